"""Results of an evaluation as `audio-emotion evaluate` prints them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from audio_emotion.cli.tables import SKIPPED_SHOWN
from audio_emotion.evaluation.measures.comparison import shown_p


def strangers(document: Mapping[str, Any]) -> Iterator[Table]:
    """Yield what strangers may expect: corpora left out, read speech, and sounds without speech."""
    measured = document["strangers"]
    if left_out := measured["left_out"]:
        yield _left_out(left_out)
    table = Table(title="People who just read, and sounds without speech", box=SIMPLE_HEAD)
    table.add_column("", no_wrap=True)
    for heading in ("tested", "share", "interval"):
        table.add_column(heading, justify="right", no_wrap=True)
    if read := measured["read_speech"]:
        for key, what in (
            ("confident_false", "read speech: confident false emotion"),
            ("neutral_or_not_confident", "read speech: neutral or not confident"),
        ):
            table.add_row(what, *_share(read, key))
    for one in measured["non_speech"][:1]:
        table.add_row("no speech: answered with an emotion", *_share(one, "answered"))
        table.add_row("no speech: answered confidently", *_share(one, "confident"))
    for one in measured["speech_missed"][:1]:
        table.add_row("speech: called no speech", *_share(one, "no_speech"))
    yield table


def _left_out(found: Mapping[str, Any]) -> Table:
    """Return the UAR of each corpus left out of training, and how its confident answers do."""
    mean = f"{found['mean_uar']:.3f}, among their own emotions {found['mean_uar_among']:.3f}"
    table = Table(title=f"Corpora left out of training, mean UAR {mean}", box=SIMPLE_HEAD)
    table.caption = "right: of the confident answers, where 80 % are wanted"
    table.add_column("corpus", no_wrap=True)
    headings = ("emotions", "UAR", "among own", "chance", "confident", "right")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    effects = {
        one["corpus"]: next(t for t in one["thresholds"] if t["wanted"] == 0.8)
        for one in found["transfer"]["corpora"]
    }
    for one in found["corpora"]:
        effect = effects.get(one["corpus"], {"coverage": None, "accuracy": None})
        table.add_row(
            one["corpus"],
            str(len(one["emotions"])),
            f"{one['uar']['value']:.3f}",
            f"{one['uar_among']['value']:.3f}",
            f"{one['chance']:.3f}",
            "" if effect["coverage"] is None else f"{effect['coverage']:.0%}",
            "" if effect["accuracy"] is None else f"{effect['accuracy']:.0%}",
        )
    return table


def _share(found: Mapping[str, Any], key: str) -> tuple[str, str, str]:
    share = found[key]
    interval = "not defined" if share["low"] is None else f"{share['low']:.1%}-{share['high']:.1%}"
    return f"{found['n_utterances']:,}", f"{share['value']:.1%}", interval


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
                    "not defined" if low is None else f"{low:.2f}-{high:.2f}",
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
