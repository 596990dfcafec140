"""What a model says when nobody speaks: of silence and of noise alone.

It has no answer for that, and is asked all the same wherever no listener stands before it. So its
confidence should be low; and `noticed` says how often the listener that ships (`listener.Listener`,
which finds utterances by their energy above the noise) would have asked at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final
from zlib import crc32

import joblib
import numpy as np

from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.engine.listener import Listener
from audio_emotion.evaluation.perturbations.conditions import Condition
from audio_emotion.evaluation.perturbations.levels import Signal, saturated
from audio_emotion.evaluation.perturbations.noises import ColoredNoise, RecordedNoise
from audio_emotion.evaluation.protocols.evaluation_split import Panel

GROUP: Final = "no speech"
SECONDS: Final = 3.0
PIECES: Final = 20
LEVELS_DBFS: Final = (-60.0, -40.0, -20.0)

_Draw = Callable[[int, np.random.Generator], Signal]


def measure(
    panel: Panel, conditions: Sequence[Condition], *, jobs: int | None = None
) -> list[dict[str, Any]]:
    """Ask every judge about silence, white and pink noise, and the recordings of noise.

    Parameters
    ----------
    panel : Panel
    conditions : sequence of Condition
        Their recordings of noise are used, each kind at its own level.
    jobs : int, optional
        Threads; one per core by default.

    Returns
    -------
    list of dict
        Of each kind of noise: `group`, `condition`, `level` and `unit`, `n_utterances` (answers
        of all judges), mean `confidence`, share that the judge is `sure` of (None if it always
        is), the `commonest` answer with its share (`commonest_share`), and the share of the pieces
        in which the listener `noticed` an utterance.
    """
    work = (
        joblib.delayed(_answers)(panel, name, level, pieces)
        for name, level, pieces in _kinds(conditions)
    )
    parallel = joblib.Parallel(n_jobs=jobs or -1, backend="threading")
    return list(parallel(work))


def _kinds(conditions: Sequence[Condition]) -> Iterator[tuple[str, float | None, list[Samples]]]:
    """Name, level and pieces of each kind of noise."""
    n_samples = round(SECONDS * SAMPLE_RATE)
    yield "digital silence", None, [np.zeros(n_samples, np.int16)]
    for color in ("white", "pink"):
        for level_dbfs in LEVELS_DBFS:
            amplitude = 32768 * 10 ** (level_dbfs / 20)
            yield color, level_dbfs, _pieces(color, ColoredNoise(color, 0.0).draw, amplitude)
    recorded: dict[str, RecordedNoise] = {}
    for condition in conditions:
        if isinstance(condition, RecordedNoise):
            recorded.setdefault(condition.name, condition)
    for name, noise in recorded.items():
        yield name, None, _pieces(name, noise.draw, 1.0)


def _pieces(name: str, draw: _Draw, amplitude: float) -> list[Samples]:
    n_samples = round(SECONDS * SAMPLE_RATE)
    return [
        saturated(amplitude * draw(n_samples, np.random.default_rng([crc32(name.encode()), piece])))
        for piece in range(PIECES)
    ]


def _answers(
    panel: Panel, name: str, level: float | None, pieces: Sequence[Samples]
) -> dict[str, Any]:
    found, sure = [], []
    for judge in panel.judges:
        extractor = judge.model.extractor()
        rows = []
        for piece in pieces:
            extractor.reset()
            extractor.process(piece)
            rows.append(extractor.finish())
        probabilities = judge.model.probabilities(np.stack(rows))
        found.append(probabilities)
        sure.append(probabilities.max(axis=1) >= judge.model.threshold)
    probabilities = np.concatenate(found)
    answers = np.bincount(probabilities.argmax(axis=1), minlength=len(EMOTIONS))
    always = all(judge.model.threshold == 0 for judge in panel.judges)
    return {
        "group": GROUP,
        "condition": name,
        "level": level,
        "unit": "as recorded" if level is None else "dBFS",
        "n_utterances": len(probabilities),
        "confidence": float(probabilities.max(axis=1).mean()),
        "sure": None if always else float(np.concatenate(sure).mean()),
        "commonest": EMOTIONS[int(answers.argmax())],
        "commonest_share": float(answers.max() / len(probabilities)),
        "noticed": float(np.mean([_is_noticed(piece) for piece in pieces])),
    }


def _is_noticed(piece: Samples) -> bool:
    listener = Listener()
    events = [*listener.process(piece), *listener.finish()]
    return any(event.kind == "ended" for event in events)
