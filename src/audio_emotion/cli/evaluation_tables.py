"""Results of an evaluation as `audio-emotion evaluate` prints them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from audio_emotion.cli.tables import SKIPPED_SHOWN
from audio_emotion.evaluation.measures.comparison import shown_p


def scores(document: Mapping[str, Any]) -> Table:
    """Return the UAR of each protocol, in all and per corpus, with 95 % intervals."""
    title = f"UAR of {document['model']}, 95 % intervals over speakers"
    table = Table(title=title, box=SIMPLE_HEAD)
    table.add_column("protocol", no_wrap=True)
    table.add_column("corpus", no_wrap=True)
    for heading in ("tested", "speakers", "UAR", "interval", "chance"):
        table.add_column(heading, justify="right", no_wrap=True)
    for entry in document["protocols"]:
        named = [("all", entry["all"]), *((one["corpus"], one) for one in entry["corpora"])]
        for name, found in named:
            if "uar" in found:
                low, high = found["uar"]["low"], found["uar"]["high"]
                table.add_row(
                    entry["protocol"] if name == "all" else "",
                    name,
                    f"{found['n_utterances']:,}",
                    str(found["n_speakers"]),
                    f"{found['uar']['value']:.3f}",
                    "not defined" if low is None else f"{low:.3f}-{high:.3f}",
                    f"{found['chance']:.3f}",
                )
    seen = [entry["protocol"] for entry in document["protocols"] if entry["speakers_seen"]]
    table.caption = f"speakers are in the training data, too: {', '.join(seen)}" if seen else None
    return table


def notes(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield exclusions, skipped protocols, failures and the comparison, one line each."""
    for entry in document["protocols"]:
        for exclusion in entry["exclusions"]:
            yield (
                f"excluded, {entry['protocol']}: {exclusion['n_utterances']} utterances; "
                f"{exclusion['reason']}"
            )
    for one in document["skipped_protocols"]:
        yield f"skipped, {one['protocol']}: {one['why']}"
    failures = document["failures"]
    if failures:
        yield f"not readable: {len(failures)} recordings"
        yield from (f"  {one['path']}: {one['error']}" for one in failures[:SKIPPED_SHOWN])
    if comparison := document["comparison"]:
        difference = comparison["measures"][0]["difference"]
        low, high = difference["low"], difference["high"]
        interval = "interval not defined" if low is None else f"{low:+.3f} to {high:+.3f}"
        yield (
            f"against {comparison['model']}, {comparison['n_utterances']} utterances: UAR "
            f"{difference['value']:+.3f} ({interval}), McNemar p "
            f"{shown_p(comparison['mcnemar_p'])}"
        )
