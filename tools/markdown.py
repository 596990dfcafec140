"""Markdown from templates: tables of rows, and blocks between marks of a page."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import jinja2

Row = Mapping[str, Any]

FIGURE: Final = re.compile(r"(<!--= (.*?) -->).*?(<!--/-->)", re.S)
"""A figure within a sentence, between its expression and an end."""

_TOOLS: Final = Path(__file__).parent


class _MissingError(Exception):
    """A cell has no value to show."""


class _Cells(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        if value is None:
            raise _MissingError
        return str(super().format_field(value, format_spec))


def lines(rows: Iterable[Row], cells: Iterable[str]) -> str:
    r"""Return the rows of a Markdown table, each cell by a format string.

    A cell of which a value is None is empty.

    Examples
    --------
    >>> lines([{"load": 17.46, "unit": "%"}, {"load": None, "unit": "%"}], ["{load:.1f} {unit}"])
    '| 17.5 % |\n|  |'
    """
    cells = list(cells)
    return "\n".join(f"| {' | '.join(_cell(row, cell) for cell in cells)} |" for row in rows)


def table(rows: Iterable[Row], columns: Mapping[str, str], align: str = "") -> str:
    """Return a Markdown table.

    Parameters
    ----------
    rows : iterable of mapping
    columns : mapping
        Heading to format string of its cells, as `str.format` has them.
    align : str
        One letter a column, `r` for numbers that end in line; left without.
    """
    marks = ["---:" if side == "r" else "---" for side in align.ljust(len(columns), "l")]
    head = f"| {' | '.join(columns)} |\n|{'|'.join(marks)}|"
    return f"{head}\n{lines(rows, columns.values())}"


def render(template: str, **values: Any) -> str:
    """Fill in a template, named as from `tools/`: `results/templates/results.md.in`."""
    return _TEMPLATES.get_template(template).render(values)


def filled(page: str, **values: Any) -> str:
    """Fill in the figures within the sentences of a page.

    `<!--= EXPRESSION -->` stands before a figure, `<!--/-->` after it; neither is shown.

    Examples
    --------
    >>> filled("of <!--= n -->91<!--/--> speakers", n=311)
    'of <!--= n -->311<!--/--> speakers'
    """

    def figure(found: re.Match[str]) -> str:
        shown = _TEMPLATES.from_string(f"{{{{ {found[2]} }}}}").render(values)
        return f"{found[1]}{shown}{found[3]}"

    return FIGURE.sub(figure, page)


def replaced(page: str, mark: str, content: str) -> str:
    """Return a page with other `content` between the two lines that are `mark`."""
    before, _, after = page.split(f"{mark}\n")
    return f"{before}{mark}\n\n{content.strip()}\n\n{mark}\n{after}"


def _cell(row: Row, cell: str) -> str:
    try:
        return _Cells().vformat(cell, (), row)
    except _MissingError:
        return ""


_TEMPLATES: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_TOOLS),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,
)
_TEMPLATES.globals.update(lines=lines, table=table)
_TEMPLATES.filters["show"] = format
