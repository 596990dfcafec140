"""Measure how well the listener finds utterances among pauses and noise.

    python benchmarks/listener_detection.py speech-emotion-recognition-en noise
        [MODEL]

Writes benchmarks/results/listener_detection.csv. A stream is one speaker's recordings, strung
together with pauses of 1 to 3 s of room tone (the quietest 0.2 s of these recordings), and
ESC-10's sounds over it all. The truth is where a clean recording is within 30 dB of its loudest
10 ms (and 6 dB above its quietest). In noise every utterance is brought to -26 dBFS, and the
signal-to-noise ratio is that of its mean power to the mean power of each clip of noise; without
noise, levels are as recorded.

What the listener finds is an utterance only if the model, by default the network that ships, says
that somebody speaks. An utterance is missed if less than half of it is found, split if it is found
in parts. What is found is false if it touches no utterance, merged if it touches several. Onset and
offset errors are of utterances found in one piece; the listener's margins (120 ms) are part of
them.

Give a network that was trained without these speakers for what a stranger may expect. The
listener's constants were chosen on the first speakers of each corpus and ESC-10's folds 1 and 2;
what is reported are the other speakers and folds 3 to 5.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from audio_emotion.data import audio
from audio_emotion.data.catalogue import catalogue
from audio_emotion.recognition.model import EmotionModel, load_model
from audio_emotion.recognition.stream import stream as recognize_stream

RESULT = Path(__file__).parent / "results" / "listener_detection.csv"

SR = 16_000
HOP_LENGTH = 160
SPEECH_DBFS = -26
SNRS_DB = (20, 10, 5)
UTTERANCES_PER_STREAM = 8
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 1, 3
TRUTH_RANGE_DB = 30
TUNING_FOLDS = "12"  # of ESC-10, the first character of a file's name
TUNING_SHARE = 0.3  # of each corpus's speakers

Signal = NDArray[np.float32]  # in units of int16


class Span(NamedTuple):
    """Samples from start to end."""

    start: int
    end: int

    def overlap(self, other: Span) -> int:
        """How many samples two spans share."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True)
class Stream:
    """One speaker's utterances with pauses between them."""

    corpus: str
    signal: Signal  # as recorded
    leveled: Signal  # every utterance at SPEECH_DBFS
    truth: list[Span]


def power(signal: Signal) -> float:
    """Mean square."""
    return float(np.mean(np.square(signal, dtype=float)))


def speech_of(clip: Signal) -> Span:
    """Where a clean recording is loud, at least 30 ms in a row."""
    blocks = clip[: len(clip) // HOP_LENGTH * HOP_LENGTH].reshape(-1, HOP_LENGTH)
    level_db = 10 * np.log10(np.mean(np.square(blocks - blocks.mean()), axis=1) + 0.1)
    loud = level_db > max(level_db.max() - TRUTH_RANGE_DB, np.percentile(level_db, 5) + 6)
    runs = np.flatnonzero(loud[:-2] & loud[1:-1] & loud[2:])
    return Span(int(runs[0]) * HOP_LENGTH, int(runs[-1] + 3) * HOP_LENGTH)


def room_tone(clips: list[Signal], length: int) -> Signal:
    """Repeat the quietest 0.2 s, forwards and backwards so that nothing clicks."""
    n = SR // 5
    pieces = [clip[i : i + n] for clip in clips for i in range(0, len(clip) - n, n)]
    quietest = min(pieces, key=power)
    loop = np.concatenate([quietest, quietest[::-1]])
    return np.resize(loop, length)


def string_together(corpus: str, paths: list[Path], generator: np.random.Generator) -> Stream:
    """Recordings of one speaker in a row."""
    clips = [audio.read(path).astype(np.float32) for path in paths]
    pieces: list[Signal] = []
    leveled: list[Signal] = []
    truth = []
    length = 0
    for clip in [*clips, None]:
        pause = int(generator.uniform(SHORTEST_PAUSE_S, LONGEST_PAUSE_S) * SR)
        tone = room_tone(clips, pause)
        pieces.append(tone)
        leveled.append(tone)
        length += pause
        if clip is not None:
            span = speech_of(clip)
            gain = 32768 * 10 ** (SPEECH_DBFS / 20) / np.sqrt(power(clip[span.start : span.end]))
            pieces.append(clip)
            leveled.append(clip * np.float32(gain))
            truth.append(Span(span.start + length, span.end + length))
            length += len(clip)
    return Stream(corpus, np.concatenate(pieces), np.concatenate(leveled), truth)


def streams(root: Path, *, tuning: bool) -> Iterator[Stream]:
    """Streams of the speakers to tune on, or of the others."""
    generator = np.random.default_rng(0)
    for corpus, rows in catalogue(root).utterances.groupby("corpus"):
        speakers = sorted(set(rows["speaker"]))
        n_tuning = max(1, round(TUNING_SHARE * len(speakers)))
        chosen = speakers[:n_tuning] if tuning else speakers[n_tuning:]
        for speaker in track(chosen, f"{corpus}"):
            paths = rows.loc[rows["speaker"] == speaker, "path"].to_numpy()
            some = generator.permutation(paths)[:UTTERANCES_PER_STREAM]
            yield string_together(str(corpus), [Path(path) for path in some], generator)


def noises(root: Path, *, tuning: bool) -> dict[str, Signal]:
    """Every class of ESC-10 as one long sound of mean power 1."""
    classes = {}
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        clips = [
            audio.read(path).astype(np.float32)
            for path in sorted(folder.iterdir())
            if (path.name[0] in TUNING_FOLDS) == tuning
        ]
        sound = np.concatenate([clip / np.sqrt(power(clip)) for clip in clips])
        classes[folder.name.split("_-_")[-1].lower()] = sound
    return classes


def mix(stream: Stream, noise: Signal, snr_db: float, offset: int) -> NDArray[np.int16]:
    """Lay noise over a stream, beginning somewhere in it."""
    rms = 32768 * 10 ** ((SPEECH_DBFS - snr_db) / 20)
    over = np.resize(np.roll(noise, -offset), len(stream.leveled))
    return np.clip(np.rint(stream.leveled + rms * over), -32768, 32767).astype(np.int16)


def detect(pcm: NDArray[np.int16], model: EmotionModel) -> list[Span]:
    """Spans of the utterances that are reported, the listener's margins of 120 ms included."""
    return [
        Span(round(event["start_s"] * SR), round(event["end_s"] * SR))
        for event in recognize_stream(iter([pcm]), model, adapt=False)
        if event["event"] == "ended" and event["emotion"] is not None
    ]


class Score(Counter[str]):
    """Counts, and the errors of utterances found in one piece."""

    def __init__(self) -> None:
        super().__init__()
        self.onset_ms: list[float] = []
        self.offset_ms: list[float] = []

    def add(self, truth: list[Span], found: list[Span], duration_s: float) -> None:
        """Compare what was found in a stream with the truth."""
        self["streams"] += 1
        self["seconds"] += round(duration_s)
        self["utterances"] += len(truth)
        self["found"] += len(found)
        self["false"] += sum(not any(f.overlap(t) for t in truth) for f in found)
        self["merged"] += sum(sum(f.overlap(t) > 0 for t in truth) > 1 for f in found)
        for t in truth:
            parts = [f for f in found if f.overlap(t)]
            covered = sum(f.overlap(t) for f in parts) / (t.end - t.start)
            self["missed"] += covered < 0.5
            self["split"] += covered >= 0.5 and len(parts) > 1
            if covered >= 0.5 and len(parts) == 1:
                self["whole"] += 1
                self.onset_ms.append((parts[0].start - t.start) * 1000 / SR)
                self.offset_ms.append((parts[0].end - t.end) * 1000 / SR)

    def row(self) -> list[str]:
        """The figures of the table."""
        counts = [self[name] for name in COUNTS]
        per_hour = self["false"] * 3600 / self["seconds"]
        errors = [
            figure
            for error in (self.onset_ms, self.offset_ms)
            for figure in np.percentile(error or [np.nan], (5, 50, 95))
        ]
        return [*map(str, counts), f"{per_hour:.1f}", *(f"{error:.0f}" for error in errors)]


COUNTS = ("streams", "seconds", "utterances", "missed", "false", "split", "merged", "whole")
COLUMNS = (
    *("speech", "noise", "snr_db", *COUNTS, "false_per_hour"),
    *(f"{edge}_error_p{p}_ms" for edge in ("onset", "offset") for p in ("05", "50", "95")),
)


class Condition(NamedTuple):
    """Subject of a row of the table."""

    speech: str  # a corpus, or all
    noise: str  # none, a class of ESC-10, or all
    snr_db: int | None

    def rank(self) -> tuple[bool, bool, str, str, int]:
        """Sort the summaries first, and quiet before noise."""
        return (
            self.noise != "none",
            self.noise != "all",
            self.noise,
            "" if self.speech == "all" else self.speech,
            -(self.snr_db or 0),
        )


def measure(corpora: Path, noise: Path, model: EmotionModel) -> dict[Condition, Score]:
    """Listen to every stream without noise and with every noise at every ratio."""
    sounds = noises(noise, tuning=False)
    scores: defaultdict[Condition, Score] = defaultdict(Score)
    for number, stream in enumerate(streams(corpora, tuning=False)):
        duration_s = len(stream.signal) / SR
        found = detect(np.rint(stream.signal).astype(np.int16), model)
        for speech in ("all", stream.corpus):
            scores[Condition(speech, "none", None)].add(stream.truth, found, duration_s)
        for name, sound in sounds.items():
            for snr_db in SNRS_DB:
                found = detect(mix(stream, sound, snr_db, number * 7 * SR), model)
                for key in (name, "all"):
                    scores[Condition("all", key, snr_db)].add(stream.truth, found, duration_s)
    return scores


def main(corpora: str, noise: str, model: str | None = None) -> None:
    """Measure and write the table."""
    scores = measure(Path(corpora), Path(noise), load_model(model))
    RESULT.parent.mkdir(exist_ok=True)
    with RESULT.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for condition in sorted(scores, key=Condition.rank):
            table.writerow([*condition, *scores[condition].row()])
    print(RESULT.read_text(), end="")


if __name__ == "__main__":
    main(*sys.argv[1:])
