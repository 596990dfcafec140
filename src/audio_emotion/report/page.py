"""Reports as one self-contained HTML file."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass, field
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from audio_emotion.files import replacing
from audio_emotion.report.figures import inline_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NOT_DEFINED: Final = "not defined"
LONGEST_OPEN: Final = 16
"""Rows of a table that is shown without a click, where no figure stands beside it."""
_WIDE_INCHES: Final = 7.5  # beyond it, the text stands below a figure, not beside it
_SMALLEST: Final = 0.66  # scale at which labels of 9 points can still be read; then it scrolls

_STYLE: Final = (Path(__file__).parent / "report.css").read_text(encoding="utf-8")


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, Integral) else f"{value:.3f}"


def _cell(value: Any, shown: Callable[[Any], str]) -> str:
    if isinstance(value, str):
        return value
    return NOT_DEFINED if pd.isna(value) else shown(value)


@dataclass
class _Section:
    """What answers a question: figures first, words beside them, tables below."""

    title: str
    words: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    tables: list[tuple[str, str, int]] = field(default_factory=list)
    """Of each its caption, its HTML and the number of its rows."""
    wide: bool = False

    def html(self, number: int) -> str:
        tables = "\n".join(self._table(*one) for one in self.tables)
        kind = "one" if len(self.pictures) == 1 else "several"
        kind = "" if self.wide or not self.pictures else kind
        return (
            f'<section id="s{number}" class="{kind}"><h2>{html.escape(self.title)}</h2>\n'
            f"<div class=pictures>{''.join(self.pictures)}</div>\n"
            f"<div class=words>{''.join(self.words)}</div>\n<div class=tables>{tables}</div>"
            "</section>"
        )

    def _table(self, caption: str, table: str, n_rows: int) -> str:
        """Fold a table that is long, or shows what a figure shows."""
        name = html.escape(caption)
        scroll = f'<div class=scroll tabindex=0 role=region aria-label="{name}">{{}}</div>'
        if n_rows > LONGEST_OPEN or self.pictures:
            summary = f"Table: {name.removesuffix('.')} ({n_rows:,} rows)"
            return f"<details><summary>{summary}</summary>{scroll.format(table)}</details>"
        titled = f"<table><caption>{name}</caption>" if caption else "<table>"
        return scroll.format(table.replace("<table>", titled, 1))


@dataclass
class Report:
    """Page of sections, each with figures, words and tables; key figures stand at the top.

    The same content gives the same bytes.

    Parameters
    ----------
    title : str
    lead : str
        Main result in a sentence or two, which stands below the title.
    footer : str, optional
        How the report was made: the command, the version.
    """

    title: str
    lead: str
    footer: str = ""
    _tiles: list[str] = field(default_factory=list)
    _sections: list[_Section] = field(default_factory=list)

    def tile(self, value: str, label: str, note: str = "") -> None:
        """Add a key figure to the top of the page."""
        parts = (("strong", value), ("span", label), ("small", note))
        inner = "".join(f"<{tag}>{html.escape(text)}</{tag}>" for tag, text in parts if text)
        self._tiles.append(f"<li>{inner}</li>")

    def section(self, title: str, *paragraphs: str) -> None:
        """Begin a section."""
        self._sections.append(_Section(title))
        self.text(*paragraphs)

    def text(self, *paragraphs: str) -> None:
        """Add paragraphs of plain text."""
        self._sections[-1].words += [f"<p>{html.escape(text)}</p>" for text in paragraphs]

    def folded(self, title: str, lines: list[str]) -> None:
        """Add a list of lesser facts that a click opens; nothing without lines."""
        if lines:
            entries = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
            self._sections[-1].words.append(
                f"<details><summary>{html.escape(title)}</summary><ul>{entries}</ul></details>"
            )

    def table(
        self,
        frame: pd.DataFrame,
        caption: str = "",
        *,
        shown: Callable[[Any], str] = _number,
    ) -> None:
        """Add a table; a missing value reads `NOT_DEFINED`.

        It is folded where it has more than `LONGEST_OPEN` rows, or the section has a figure.

        Parameters
        ----------
        frame : DataFrame
            Columns are named as they are to be headed; the index is not shown.
        caption : str, optional
        shown : callable, optional
            Formats a number; three digits behind the point by default.
        """
        marks = [
            "" if pd.api.types.is_numeric_dtype(frame[column]) else " class=words"
            for column in frame
        ]
        head = "".join(
            f"<th{mark} scope=col>{html.escape(str(name))}</th>" if name else "<td></td>"
            for name, mark in zip(frame.columns, marks, strict=True)
        )
        body = "\n".join(
            "<tr>"
            + "".join(
                f"<td{mark}>{html.escape(_cell(value, shown))}</td>"
                for value, mark in zip(row, marks, strict=True)
            )
            + "</tr>"
            for row in frame.itertuples(index=False, name=None)
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"
        self._sections[-1].tables.append((caption, table, len(frame)))

    def figure(
        self, figure: Figure, caption: str, alternative: str, *, folded: bool = False
    ) -> None:
        """Add a figure as SVG within the page.

        Parameters
        ----------
        figure : matplotlib.figure.Figure
        caption : str
        alternative : str
            What the figure shows, for readers who cannot see it.
        folded : bool
            Show it at a click only.
        """
        section, width = self._sections[-1], float(figure.get_figwidth())
        prefix = f"f{len(self._sections)}-{len(section.pictures)}"
        least = f"{_SMALLEST * 96 * width:.0f}px"
        drawn = (
            f'<div class=scroll tabindex=0 role=img aria-label="{html.escape(alternative)}" '
            f'style="--least:{least}">{inline_svg(figure, prefix)}</div>'
        )
        text = html.escape(caption)
        section.pictures.append(
            f"<details><summary>{text}</summary><figure>{drawn}</figure></details>"
            if folded
            else f"<figure>{drawn}<figcaption>{text}</figcaption></figure>"
        )
        section.wide = section.wide or (width > _WIDE_INCHES and not folded)

    def html(self) -> str:
        """Return the whole page."""
        entries = "".join(
            f'<li><a href="#s{number}">{html.escape(section.title)}</a></li>'
            for number, section in enumerate(self._sections, start=1)
        )
        tiles = f"<ul class=tiles>{''.join(self._tiles)}</ul>\n" if self._tiles else ""
        body = "\n".join(
            section.html(number) for number, section in enumerate(self._sections, start=1)
        )
        return (
            "<!doctype html>\n<html lang=en><head><meta charset=utf-8>\n"
            '<meta name=viewport content="width=device-width, initial-scale=1">\n'
            f"<title>{html.escape(self.title)}</title><style>{_STYLE}</style></head><body><main>\n"
            f"<h1>{html.escape(self.title)}</h1>\n<p class=lead>{html.escape(self.lead)}</p>\n"
            f"{tiles}<nav aria-label=Contents><ul>{entries}</ul></nav>\n{body}\n"
            f"<footer>{html.escape(self.footer)}</footer></main></body></html>\n"
        )

    def write(self, path: Path) -> Path:
        """Write the page, whole or not at all, and return `path`."""
        with replacing(path) as partial:
            partial.write_text(self.html(), encoding="utf-8")
        return path
