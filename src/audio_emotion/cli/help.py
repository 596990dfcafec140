"""Help of the commands: nothing cut, examples to copy, and of each value what to put there."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from enum import Enum
from typing import Any, Final, NamedTuple

import typer.core

SECTIONS: Final = {
    "Recordings": ("corpora", "dataset", "analyse"),
    "Models": ("train", "train-net", "evaluate", "report"),
    "Recognition": ("predict", "listen", "serve"),
    "Boards": ("export", "profile", "board", "power"),
}
"""Commands in the order of the pipeline."""


class Row(NamedTuple):
    """Row of a list of arguments and options."""

    name: str
    meaning: str
    default: str


def row(parameter: Any) -> Row:
    """Return how an argument or an option is shown."""
    value = "" if getattr(parameter, "is_flag", False) else parameter.metavar or ""
    if parameter.param_type_name == "argument":
        return Row(_argument(parameter), parameter.help or "", _default(parameter))
    names = ", ".join(sorted(parameter.opts, key=len))
    if parameter.default and parameter.secondary_opts:
        names += f" / {parameter.secondary_opts[0]}"
    return Row(f"{names} {value}".rstrip(), parameter.help or "", _default(parameter))


def usage(command: Any, context: Any) -> str:
    """Return the arguments of a command as its first line shows them."""
    given = [one for one in command.get_params(context) if one.param_type_name == "argument"]
    shown = [_argument(one) if one.required else f"[{_argument(one)}]" for one in _visible(given)]
    follows = [command.subcommand_metavar] if hasattr(command, "commands") else []
    return " ".join(["[OPTIONS]", *shown, *follows])


def purpose(command: Any) -> str:
    """Return the first paragraph of the help of a command."""
    return " ".join(inspect.cleandoc(command.help or "").partition("\n\n")[0].split())


class PlainHelp:
    """Parts of a help page, in the place of those of a command of Typer."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the first line."""
        formatter.write_usage(ctx.command_path, usage(self, ctx))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options, each with its default."""
        parameters = list(_visible(self.get_params(ctx)))  # type: ignore[attr-defined]
        for kind, title in (("argument", "Arguments"), ("option", "Options")):
            rows = [row(one) for one in parameters if one.param_type_name == kind]
            if rows:
                with formatter.section(title):
                    formatter.write_dl([(one.name, _text(one)) for one in rows])

    def format_epilog(self, _ctx: Any, formatter: Any) -> None:
        """Write the examples, a line each, as they can be copied."""
        if examples := self.epilog:  # type: ignore[attr-defined]
            with formatter.section("Examples"):
                for line in examples.splitlines():
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")


class PlainCommand(PlainHelp, typer.core.TyperCommand):
    """Command with plain help."""


class PlainGroup(PlainHelp, typer.core.TyperGroup):
    """Group of commands with plain help, the application in sections."""

    def sections(self) -> dict[str, tuple[str, ...]]:
        """Return the names of the commands under the headings that they stand below."""
        if "predict" not in self.commands:
            return {"Commands": tuple(self.commands)}
        assert set(self.commands) == {name for names in SECTIONS.values() for name in names}
        return SECTIONS

    def list_commands(self, _ctx: Any) -> list[str]:
        """Return the names of the commands in the order of the pipeline."""
        return [name for names in self.sections().values() for name in names]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the commands, then the options."""
        for title, names in self.sections().items():
            with formatter.section(title):
                formatter.write_dl([(name, purpose(self.commands[name])) for name in names])
        super().format_options(ctx, formatter)


def _visible(parameters: Any) -> Iterator[Any]:
    return (one for one in parameters if not getattr(one, "hidden", False))


def _argument(parameter: Any) -> str:
    more = "..." if parameter.nargs != 1 else ""
    return f"{parameter.metavar or parameter.name.upper()}{more}"


def _default(parameter: Any) -> str:
    """Return the default in words; nothing of a switch that is off."""
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    value = parameter.default.value if isinstance(parameter.default, Enum) else parameter.default
    if isinstance(value, bool):
        return parameter.opts[0] if value and parameter.secondary_opts else ""
    return "" if value is None or callable(value) or not parameter.show_default else str(value)


def _text(one: Row) -> str:
    return f"{one.meaning} [default: {one.default}]" if one.default else one.meaning
