"""Reports: one HTML file that holds everything it shows, for people to read and pass on."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from audio_emotion.files import replacing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NOT_DEFINED: Final = "not defined"

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --faint: #59636e; --rule: #d1d9e0;
  --shade: #f6f8fa; --accent: #0b5cad }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --faint: #9198a1;
  --rule: #3d444d; --shade: #151b23; --accent: #6cb6ff } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, sans-serif }
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 4rem }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem }
h2 { font-size: 1.35rem; margin: 3rem 0 .5rem; padding-top: 1rem;
  border-top: 1px solid var(--rule) }
p { max-width: 46rem } .lead { font-size: 1.1rem } a { color: var(--accent) }
nav ul { columns: 16rem; padding-left: 1.2rem }
.scroll { overflow-x: auto; margin: 1rem 0 }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums }
caption { text-align: left; color: var(--faint); padding-bottom: .4rem }
th, td { padding: .3rem .7rem; text-align: right; border-bottom: 1px solid var(--rule);
  white-space: nowrap }
th { background: var(--shade); font-weight: 600 }
.words { text-align: left; white-space: normal }
figure { margin: 1.5rem 0 } figcaption { color: var(--faint); font-size: .92rem; max-width: 46rem }
figure svg { max-width: 100%; height: auto; background: #fff; border-radius: 6px }
footer { margin-top: 3rem; color: var(--faint); font-size: .9rem }
"""


@dataclass
class Report:
    """A page that grows from its top: sections of paragraphs, tables and figures.

    Parameters
    ----------
    title : str
    lead : str
        The answer, in a sentence or two, before anything else.
    footer : str, optional
        How the report was made: the command, the version.
    """

    title: str
    lead: str
    footer: str = ""
    _parts: list[str] = field(default_factory=list)
    _sections: list[str] = field(default_factory=list)

    def section(self, title: str, *paragraphs: str) -> None:
        """Begin a section."""
        self._sections.append(title)
        self._parts.append(f'<h2 id="s{len(self._sections)}">{html.escape(title)}</h2>')
        self.text(*paragraphs)

    def text(self, *paragraphs: str) -> None:
        """Add paragraphs of plain text."""
        self._parts += [f"<p>{html.escape(words)}</p>" for words in paragraphs]

    def table(
        self,
        frame: pd.DataFrame,
        caption: str = "",
        *,
        shown: Callable[[Any], str] | None = None,
    ) -> None:
        """Add a table; numbers stand right, a missing one says that it is not defined.

        Parameters
        ----------
        frame : DataFrame
            Its columns as they shall be headed; the index is left away.
        caption : str, optional
        shown : callable, optional
            Writes a number; three digits behind the point unless told otherwise.
        """
        words = [not pd.api.types.is_numeric_dtype(frame[column]) for column in frame]
        cells = [
            [_cell(value, shown or _number) for value in row]
            for row in frame.itertuples(index=False, name=None)
        ]
        head = "".join(
            f"<th{_class(is_words)} scope=col>{html.escape(str(name))}</th>"
            for name, is_words in zip(frame.columns, words, strict=True)
        )
        body = "\n".join(
            "<tr>"
            + "".join(
                f"<td{_class(is_words)}>{html.escape(cell)}</td>"
                for cell, is_words in zip(row, words, strict=True)
            )
            + "</tr>"
            for row in cells
        )
        named = f"<caption>{html.escape(caption)}</caption>" if caption else ""
        self._parts.append(
            f'<div class=scroll tabindex=0 role=region aria-label="{html.escape(caption)}"><table>'
            f"{named}<thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>"
        )

    def figure(self, figure: Figure, caption: str, alternative: str) -> None:
        """Add a figure, drawn into the page.

        Parameters
        ----------
        figure : matplotlib.figure.Figure
        caption : str
            What it shows.
        alternative : str
            The same for somebody who cannot see it: what one would learn by looking.
        """
        self._parts.append(
            f'<figure role=img aria-label="{html.escape(alternative)}">'
            f"{_svg(figure, prefix=f'f{len(self._parts)}')}"
            f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        )

    def html(self) -> str:
        """Give the whole page."""
        entries = "".join(
            f'<li><a href="#s{number}">{html.escape(title)}</a></li>'
            for number, title in enumerate(self._sections, start=1)
        )
        body = "\n".join(self._parts)
        return (
            "<!doctype html>\n<html lang=en><head><meta charset=utf-8>\n"
            '<meta name=viewport content="width=device-width, initial-scale=1">\n'
            f"<title>{html.escape(self.title)}</title><style>{_STYLE}</style></head><body><main>\n"
            f"<h1>{html.escape(self.title)}</h1>\n<p class=lead>{html.escape(self.lead)}</p>\n"
            f"<nav aria-label=Contents><ul>{entries}</ul></nav>\n{body}\n"
            f"<footer>{html.escape(self.footer)}</footer></main></body></html>\n"
        )

    def write(self, path: Path) -> Path:
        """Write the page, whole or not at all; the same content gives the same bytes."""
        with replacing(path) as partial:
            partial.write_text(self.html(), encoding="utf-8")
        return path


def save_figure(figure: Figure, path: Path, endings: Sequence[str] = ("pdf", "png")) -> list[Path]:
    """Write a figure as `path` with these endings, without a date; the files written."""
    undated = {"pdf": {"CreationDate": None}, "png": {"Software": None}, "svg": {"Date": None}}
    written = []
    for ending in endings:
        target = path.with_name(f"{path.name}.{ending}")
        # In memory: when the disk is full, matplotlib complains of something else.
        content = io.BytesIO()
        figure.savefig(content, format=ending, dpi=150, metadata=undated[ending])
        with replacing(target) as partial:
            partial.write_bytes(content.getvalue())
        written.append(target)
    return written


def _svg(figure: Figure, prefix: str) -> str:
    """Draw a figure so that several of them can stand in one page, each with names of its own."""
    import matplotlib as mpl  # noqa: PLC0415  (an optional extra)

    file = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "audio-emotion", "svg.fonttype": "none"}):
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    drawing = file.getvalue()
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r'\bid="', f'id="{prefix}-', drawing)
    return re.sub(r'(href="#|url\(#)', rf"\1{prefix}-", drawing)


def _cell(value: Any, shown: Callable[[Any], str]) -> str:
    if isinstance(value, str):
        return value
    return NOT_DEFINED if pd.isna(value) else shown(value)


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, Integral) else f"{value:.3f}"


def _class(is_words: bool) -> str:
    return " class=words" if is_words else ""
