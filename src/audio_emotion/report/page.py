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


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, Integral) else f"{value:.3f}"


def _cell(value: Any, shown: Callable[[Any], str]) -> str:
    if isinstance(value, str):
        return value
    return NOT_DEFINED if pd.isna(value) else shown(value)


@dataclass
class Report:
    """Page of sections, paragraphs, tables and figures, added from top to bottom.

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
    _parts: list[str] = field(default_factory=list)
    _sections: list[str] = field(default_factory=list)

    def section(self, title: str, *paragraphs: str) -> None:
        """Begin a section."""
        self._sections.append(title)
        self._parts.append(f'<h2 id="s{len(self._sections)}">{html.escape(title)}</h2>')
        self.text(*paragraphs)

    def text(self, *paragraphs: str) -> None:
        """Add paragraphs of plain text."""
        self._parts += [f"<p>{html.escape(text)}</p>" for text in paragraphs]

    def table(
        self,
        frame: pd.DataFrame,
        caption: str = "",
        *,
        shown: Callable[[Any], str] = _number,
    ) -> None:
        """Add a table; a missing value reads `NOT_DEFINED`.

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
            f"<th{mark} scope=col>{html.escape(str(name))}</th>"
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
        named = f"<caption>{html.escape(caption)}</caption>" if caption else ""
        self._parts.append(
            f'<div class=scroll tabindex=0 role=region aria-label="{html.escape(caption)}"><table>'
            f"{named}<thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>"
        )

    def figure(self, figure: Figure, caption: str, alternative: str) -> None:
        """Add a figure as SVG within the page.

        Parameters
        ----------
        figure : matplotlib.figure.Figure
        caption : str
        alternative : str
            What the figure shows, for readers who cannot see it.
        """
        self._parts.append(
            f'<figure role=img aria-label="{html.escape(alternative)}">'
            f"{inline_svg(figure, prefix=f'f{len(self._parts)}')}"
            f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        )

    def html(self) -> str:
        """Return the whole page."""
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
        """Write the page, whole or not at all, and return `path`."""
        with replacing(path) as partial:
            partial.write_text(self.html(), encoding="utf-8")
        return path
