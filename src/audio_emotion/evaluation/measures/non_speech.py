"""Answers to recordings without speech: silence and noise alone.

No emotion is right there: `answered` is the share of pieces that get one. `vad_triggered` is the
share in which the endpointer of the core (`engine.listener.Listener`) finds an utterance, without
which a device predicts nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final
from zlib import crc32

import joblib
import numpy as np

from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.engine.listener import Listener
from audio_emotion.evaluation.perturbations.conditions import Condition
from audio_emotion.evaluation.perturbations.levels import Signal, saturated
from audio_emotion.evaluation.perturbations.noises import ColoredNoise, RecordedNoise
from audio_emotion.evaluation.protocols.answers import answer
from audio_emotion.evaluation.protocols.evaluation_split import EvaluationSplit

GROUP: Final = NO_SPEECH
SECONDS: Final = 3.0
PIECES: Final = 20
LEVELS_DBFS: Final = (-60.0, -40.0, -20.0)

_Draw = Callable[[int, np.random.Generator], Signal]


def measure(
    split: EvaluationSplit, conditions: Sequence[Condition], jobs: int | None = None
) -> list[dict[str, Any]]:
    """Predict silence, white and pink noise, and the recordings of noise, with every fold model.

    Parameters
    ----------
    split : EvaluationSplit
    conditions : sequence of Condition
        Their recordings of noise are used, each kind at its own level.
    jobs : int, optional
        Threads; one per core by default.

    Returns
    -------
    list of dict
        Of each kind of noise: `group`, `condition`, `level` and `unit`, `n_utterances` (answers of
        all fold models), the share `answered` with an emotion, the share of `confident` answers
        (None without a threshold), the mean largest probability (`confidence`), the `commonest`
        emotion with its share (`commonest_share`), and `vad_triggered`.
    """
    work = (
        joblib.delayed(_measure_kind)(split, name, level, pieces)
        for name, level, pieces in _kinds(conditions)
    )
    parallel = joblib.Parallel(n_jobs=jobs or -1, backend="threading")
    return list(parallel(work))


def _kinds(conditions: Sequence[Condition]) -> Iterator[tuple[str, float | None, list[Samples]]]:
    """Yield name, level and pieces of each kind of noise."""
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


def _measure_kind(
    split: EvaluationSplit, name: str, level: float | None, pieces: Sequence[Samples]
) -> dict[str, Any]:
    of_folds = []
    for fold in split.fold_models:
        extractor = fold.model.extractor()
        rows = []
        for piece in pieces:
            extractor.reset()
            extractor.process(piece)
            rows.append(extractor.finish())
        of_folds.append(answer(fold.model, np.stack(rows)))
    probabilities = np.concatenate([one.probabilities for one in of_folds])
    counts = np.bincount(probabilities.argmax(axis=1), minlength=len(EMOTIONS))
    has_threshold = any(fold.model.threshold for fold in split.fold_models)
    confident = float(np.mean([one.confident for one in of_folds]))
    return {
        "group": GROUP,
        "condition": name,
        "level": level,
        "unit": "as recorded" if level is None else "dBFS",
        "n_utterances": len(probabilities),
        "answered": float(np.mean([one.labels != NO_SPEECH for one in of_folds])),
        "confident": confident if has_threshold else None,
        "confidence": float(probabilities.max(axis=1).mean()),
        "commonest": EMOTIONS[int(counts.argmax())],
        "commonest_share": float(counts.max() / len(probabilities)),
        "vad_triggered": float(np.mean([_triggers_vad(piece) for piece in pieces])),
    }


def _triggers_vad(piece: Samples) -> bool:
    listener = Listener()
    events = [*listener.process(piece), *listener.finish()]
    return any(event.kind == "ended" for event in events)
