"""Modules of the package and the imports between them.

    python -m tools.layout [FOLDER]

prints how many modules stand at the top, the longest chain of imports, lines, and which package
imports which; FOLDER is that of `audio_emotion`, by default this checkout's.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).parents[1] / "src" / "audio_emotion"

Graph = dict[str, set[str]]


def modules(package: Path = PACKAGE) -> dict[str, Path]:
    """Return the file of each module, by its name below `audio_emotion`; "" is the package's own."""
    return {_name(path, package): path for path in sorted(package.rglob("*.py"))}


def import_graph(package: Path = PACKAGE) -> Graph:
    """Return which modules each module imports, at its top or inside a function."""
    found = modules(package)
    return {name: set(_imported(path, set(found))) for name, path in found.items()}


def longest_chain(graph: Graph) -> list[str]:
    """Return the longest chain of modules that import each other, one after the other.

    Raises
    ------
    ValueError
        A module imports itself through others.
    """

    @cache
    def chain(name: str) -> tuple[str, ...]:
        deeper = [chain(other) for other in graph[name]]
        return (name, *max(deeper, key=len, default=()))

    try:
        chains: list[tuple[str, ...]] = [chain(name) for name in graph]
        return [*max(chains, key=len)]
    except RecursionError:
        raise ValueError("the imports have a circle") from None


def step_of(module: str) -> str:
    """Return the package of a module, or the module itself where it stands at the top."""
    return module.split(".", maxsplit=1)[0]


def steps(graph: Graph) -> Graph:
    """Return which packages, and modules at the top, import which others."""
    result: Graph = {}
    for module, imports in graph.items():
        others = {step_of(other) for other in imports} - {step_of(module)}
        result.setdefault(step_of(module), set()).update(others)
    return result


def _name(path: Path, package: Path) -> str:
    parts = path.relative_to(package).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _imported(path: Path, known: set[str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("audio_emotion"):
            package = str(node.module).removeprefix("audio_emotion").removeprefix(".")
            for alias in node.names:
                whole = f"{package}.{alias.name}".lstrip(".")
                if not alias.name.startswith("_core_"):  # a build of the core
                    yield from {whole if whole in known else package} & known - {""}


def main() -> None:
    """Print the figures."""
    package = Path(sys.argv[1]) if sys.argv[1:] else PACKAGE
    graph = import_graph(package)
    paths = [path for path in modules(package).values() if path.name != "__init__.py"]
    chain = longest_chain({name: imports - {name} for name, imports in graph.items()})
    lines = sum(
        len(path.read_text(encoding="utf-8").splitlines()) for path in package.rglob("*.py")
    )
    print(f"modules at the top: {sum(path.parent == package for path in paths)} of {len(paths)}")
    print(f"longest chain of imports: {len(chain)} ({' > '.join(chain)})")
    print(f"lines of Python: {lines}")
    for step, others in steps(graph).items():
        if others:
            print(f"{step} imports {', '.join(sorted(others))}")


if __name__ == "__main__":
    main()
