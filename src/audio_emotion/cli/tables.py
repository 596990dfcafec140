"""Results as tables and lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table

from audio_emotion.data.corpora import LABELS
from audio_emotion.engine.emotions import EMOTIONS

if TYPE_CHECKING:
    import pandas as pd

    from audio_emotion.data.catalogue import Skipped
    from audio_emotion.devices.profile import Profile
    from audio_emotion.recognition.microphone import Device
    from audio_emotion.training.classical import ClassifierReport

SKIPPED_SHOWN = 3


def corpora_table(utterances: pd.DataFrame) -> Table:
    """Tabulate the utterances of each emotion in each corpus, and those without speech, if any."""
    labels = [each for each in LABELS if each in EMOTIONS or each in set(utterances["emotion"])]
    # Without lines, so that all columns fit into 80.
    headings = ("corpus", "speakers", *labels, "all")
    table = Table(*headings, title="Utterances", box=None, padding=(0, 1, 0, 0))
    table.columns[0].overflow = "fold"
    for column in table.columns[1:]:
        column.justify = "right"
    for corpus, rows in utterances.groupby("corpus"):
        counts = rows["emotion"].value_counts()
        table.add_row(
            str(corpus),
            str(rows["speaker"].nunique()),
            *(str(counts.get(label, 0)) for label in labels),
            str(len(rows)),
        )
    return table


def skipped_lines(skipped: Sequence[Skipped]) -> Iterator[str]:
    """Yield the number of skipped recordings by kind, and the first of each."""
    for kind, count in Counter(one.kind for one in skipped).items():
        yield f"skipped {count} recordings: {kind}"
        shown = [one for one in skipped if one.kind == kind][:SKIPPED_SHOWN]
        yield from (f"  {one.path}: {one.reason}" for one in shown)


def warning_lines(warnings: Sequence[str]) -> Iterator[str]:
    """Yield the number of recordings that were read with a warning, and the first warnings."""
    if warnings:
        yield f"read with a warning: {len(warnings)} recordings"
        yield from (f"  {warning}" for warning in warnings[:SKIPPED_SHOWN])


def performance_table(reports: Sequence[ClassifierReport]) -> Table:
    """Tabulate classifiers, best on unseen speakers first."""
    title = "UAR on unseen speakers and corpora; weighted F1 on random splits, speakers seen"
    table = Table(title=title, caption="by corpus: performance.csv")
    table.add_column("classifier")
    for heading in ("speakers", "mean of corpora", "unseen corpora", "random 70/30", "5 folds"):
        table.add_column(heading, justify="right")
    for report in reports:
        table.add_row(
            report.name,
            f"{report.uar:.3f}",
            *(_mean_uar(corpora) for corpora in (report.corpora, report.unseen_corpora)),
            f"{report.random_f1:.3f}",
            f"{report.cross_f1_mean:.3f} ± {report.cross_f1_std:.3f}",
        )
    return table


def _mean_uar(corpora: Mapping[str, Mapping[str, float]]) -> str:
    uars = [scores["uar"] for scores in corpora.values()]
    return f"{sum(uars) / len(uars):.3f}" if uars else "-"


def devices_table(devices: list[Device]) -> Table:
    """Tabulate microphones; an arrow marks the default."""
    table = Table("", "number", "name", "sound system", "channels", "rate", box=None)
    for device in devices:
        arrow = "→" if device.default else ""
        rate = f"{device.rate_hz:,} Hz"
        table.add_row(
            arrow, str(device.number), device.name, device.system, str(device.channels), rate
        )
    return table


def profile_table(document: Profile) -> Table:
    """Tabulate figures, with how each was found, one column per board."""
    boards = document["boards"]
    title = f"{document['model'] or 'Features alone'}, {document['seconds']:.1f} s of speech"
    notes = "\n".join(f"{board['name']}: {note}" for board in boards for note in board["notes"])
    table = Table(
        title=title, caption=notes, caption_justify="left", box=None, padding=(0, 1, 0, 0)
    )
    table.add_column("figure", no_wrap=True)
    table.add_column("how", no_wrap=True)
    for board in boards:
        heading = f"{board['name']}\n{board['core']}\n{board['clock_mhz']:g} MHz"
        table.add_column(heading, justify="right", overflow="fold", min_width=10)
    rows = {
        (figure["name"], figure["unit"]): figure for board in boards for figure in board["figures"]
    }
    values = [
        {(figure["name"], figure["unit"]): figure["value"] for figure in board["figures"]}
        for board in boards
    ]
    order = sorted(rows, key=lambda row: rows[row]["how"] == "published")
    for name, unit in order:
        cells = [_amount(column.get((name, unit))) for column in values]
        table.add_row(f"{name}, {unit}" if unit else name, rows[name, unit]["how"], *cells)
    return table


def candidates_table(candidates: pd.DataFrame) -> Table:
    """Tabulate the models that were trained to fit, as `fit.table` gives them."""
    table = Table("settings", title="Recall on unseen speakers against size", box=None)
    for name in ("flash", "RAM", "UAR"):
        table.add_column(name, justify="right")
    table.add_column("")
    for row in candidates.to_dict(orient="records"):
        note = "chosen" if row["chosen"] else "" if row["fits"] else "too large"
        sizes = (f"{row['flash_bytes']:,}", f"{row['ram_bytes']:,}")
        style = "bold" if row["chosen"] else None
        table.add_row(row["settings"], *sizes, f"{row['unseen_uar']:.3f}", note, style=style)
    return table


def _amount(value: float | None) -> str:
    if value is None:
        return "-"
    if value >= 1e6:
        return f"{value / 1e6:,.1f} M"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def held_out_table(scores: Mapping[str, Any]) -> Table:
    """Tabulate the scores of a network on the speakers that it was trained without."""
    table = Table(title="On speakers left out")
    table.add_column("corpus")
    table.add_column("UAR", justify="right")
    for corpus, uar in scores["uar"].items():
        table.add_row(corpus, f"{uar:.3f}")
    table.caption = (
        f"{scores['n_utterances']} utterances; confident about {scores['confident']:.0%} of them, "
        f"of which {scores['accuracy_if_confident'] or 0:.0%} are right; "
        f"{scores['speech_missed']:.1%} called no speech"
    )
    return table
