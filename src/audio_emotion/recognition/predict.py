"""Emotions of recordings: one label each, and how it changes over longer ones."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypedDict

import numpy as np

from audio_emotion.data import isolation
from audio_emotion.data.listing import recordings_below
from audio_emotion.engine import features
from audio_emotion.engine.features import SAMPLE_RATE, FeatureVector, Samples
from audio_emotion.engine.listener import Event
from audio_emotion.errors import AudioEmotionError, AudioError, reason_of
from audio_emotion.progress import Progress, no_progress
from audio_emotion.recognition.model import (
    Adaptation,
    Answer,
    AnyPath,
    EmotionModel,
    Extractor,
    adaptation_for,
    answers,
)
from audio_emotion.recognition.utterances import UtteranceFinder

WINDOW_S: Final = 3  # about as long as the utterances the models are trained on
STEP_S: Final = 1
SCHEMA: Final = 3  # of `Document`: raised when a key changes its name or meaning


class Window(TypedDict):
    """Emotion of one window, or one utterance, of a recording."""

    start_s: float
    end_s: float
    emotion: str | None  # None where nobody speaks
    confident: bool
    speech: float  # probability that somebody speaks
    probabilities: dict[str, float]


class Result(TypedDict):
    """Emotion of one recording."""

    path: str
    duration_s: float
    emotion: str | None  # None where nobody speaks
    confident: bool
    speech: float  # probability that somebody speaks
    probabilities: dict[str, float]
    utterances: list[Window]
    timeline: list[Window]


class Failure(TypedDict):
    """Reason why a recording has no emotion."""

    path: str
    error: str


class Warned(TypedDict):
    """Fault of a recording that has a result all the same."""

    path: str
    warning: str


class Document(TypedDict):
    """Document of `audio-emotion predict --json`."""

    schema: int
    model: str
    results: list[Result]
    errors: list[Failure]
    warnings: list[Warned]


def predict(
    paths: Sequence[str | os.PathLike[str]],
    model: EmotionModel,
    *,
    adapt: bool | AnyPath = False,
    progress: Progress = no_progress,
    done: Collection[str] = (),
    on_result: Callable[[Result], None] = lambda _result: None,
) -> Document:
    """Recognize the emotion of each recording.

    A recording that cannot be read is listed under `errors`; the others are still predicted.

    Parameters
    ----------
    paths : sequence of paths
        Recordings, folders (searched for recordings at any depth) and glob patterns.
    model : EmotionModel
    adapt : bool or path
        All recordings are of one speaker, in the order in which they were spoken: adapt to the
        voice from each to the next. A path: the file of that voice, which the page saves.
    progress : callable, optional
        Told how many recordings are done, and of how many.
    done : collection of str, optional
        Paths of recordings that are left out.
    on_result : callable, optional
        Receives each result as it is there.

    Returns
    -------
    Document
        Results in the order of `paths`, folders sorted by name. `timeline` is empty for
        recordings of up to `WINDOW_S` seconds, `utterances` for those of up to `LONGEST_S`, which
        have one answer. `confident` is false where the largest probability
        is below the model's threshold, and where nobody speaks, of which `emotion` is None.

    Raises
    ------
    InputError
        `adapt` is true and the model cannot.
    """
    adaptation = adaptation_for(model, adapt)
    recordings, errors = expand(paths)
    recordings = [path for path in recordings if str(path) not in done]
    read = isolation.blocks_of(len(recordings))
    document = Document(schema=SCHEMA, model=model.name, results=[], errors=errors, warnings=[])
    for number, path in enumerate(recordings):
        progress(number, len(recordings))
        sentences: list[str] = []
        try:
            blocks = partial(read, path, sentences.append)
            document["results"].append(recognize(str(path), blocks, model, adaptation))
            on_result(document["results"][-1])
        except AudioEmotionError as error:
            document["errors"].append(Failure(path=str(path), error=str(error)))
        warned = [Warned(path=str(path), warning=sentence) for sentence in sentences]
        document["warnings"] += warned
    progress(len(recordings), len(recordings))
    return document


def recognize(
    name: str, blocks: Callable[[], Iterator[Samples]], model: EmotionModel, adaptation: Adaptation
) -> Result:
    """Recognize the emotion of one recording, and adapt to its speaker.

    Parameters
    ----------
    name : str
        What the recording is called in the result and in errors.
    blocks : callable
        Gives the recording from its beginning, each time: int16 arrays of any size, mono,
        `SAMPLE_RATE` Hz.
    model : EmotionModel
    adaptation : Adaptation
        To the speaker.

    Raises
    ------
    AudioError
        The recording cannot be read, or is shorter than a frame.
    """
    try:
        finder = UtteranceFinder(model)
        whole, spans, windows = features_over_time(finder.passed(blocks()), model.extractor)
        found = finder.finish()
    except AudioError:
        raise
    except AudioEmotionError as error:
        raise AudioError(f"{name}: {error}") from error
    answer, *later = answers(model, np.stack([whole, *windows]), adaptation)
    utterances = [_utterance(event, model, adaptation) for event in found]
    if not finder.is_long:
        adaptation.update(whole)
    return Result(
        path=name,
        duration_s=finder.n_samples / SAMPLE_RATE,
        emotion=answer.emotion,
        confident=answer.confident,
        speech=answer.speech,
        probabilities=answer.probabilities,
        utterances=utterances,
        timeline=[_window(*span, one) for span, one in zip(spans, later, strict=True)],
    )


def _utterance(event: Event, model: EmotionModel, adaptation: Adaptation) -> Window:
    """Recognize an utterance that has ended, and adapt to it, as on a stream."""
    assert event.features is not None
    (answer,) = answers(model, event.features[None], adaptation)
    adaptation.update(event.features)
    return _window(event.start, event.end, answer)


def _window(start: int, end: int, answer: Answer) -> Window:
    return Window(
        start_s=start / SAMPLE_RATE,
        end_s=end / SAMPLE_RATE,
        emotion=answer.emotion,
        confident=answer.confident,
        speech=answer.speech,
        probabilities=answer.probabilities,
    )


def expand(paths: Sequence[str | os.PathLike[str]]) -> tuple[list[Path], list[Failure]]:
    """Return the recordings that the paths name, each once, and the paths that name none."""
    found: dict[Path, None] = {}
    failures: list[Failure] = []

    def report(error: OSError) -> None:
        name = os.fspath(error.filename)
        problem = f"{name}: folder cannot be listed ({reason_of(error)}). Check its permissions."
        failures.append(Failure(path=name, error=problem))

    for path in paths:
        given = os.fspath(path)
        problem, n_failures = "", len(failures)
        if os.path.isdir(given):  # noqa: PTH112  (a Path would lose the user's own spelling)
            matches = recordings_below(given, report)
            problem = "no recording in this folder. Give a folder with .wav, .flac or .ogg files."
        elif not os.path.exists(given) and glob.has_magic(given):  # noqa: PTH110
            matches = [Path(match) for match in sorted(glob.glob(given, recursive=True))]  # noqa: PTH207
            problem = "no file matches this pattern. Check its spelling."
        else:
            matches = [Path(given)]
        found.update(dict.fromkeys(matches))
        if not matches and len(failures) == n_failures:
            failures.append(Failure(path=given, error=f"{given}: {problem}"))
    return list(found), failures


def features_over_time(
    blocks: Iterator[Samples],
    new_extractor: Callable[[], Extractor] = features.Extractor,
) -> tuple[FeatureVector, list[tuple[int, int]], list[FeatureVector]]:
    """Extract the features of a whole recording and of windows of it, in fixed memory.

    Windows of `WINDOW_S` begin every `STEP_S`; the last one ends where the recording ends. A
    recording of up to `WINDOW_S` has no windows.

    Parameters
    ----------
    blocks : iterator of int16 arrays
        Mono, `SAMPLE_RATE` Hz, in pieces of any size.
    new_extractor : callable, optional
        Makes extractors.

    Returns
    -------
    whole : array of shape (n_features,)
    spans : list of (start, end), in samples
    windows : list of arrays of shape (n_features,), one per span
    """
    window, step = WINDOW_S * SAMPLE_RATE, STEP_S * SAMPLE_RATE
    extractor, whole = new_extractor(), new_extractor()
    recent = np.empty(0, np.int16)  # the last seconds, enough for the next window
    n_samples = 0
    spans: list[tuple[int, int]] = []
    windows: list[FeatureVector] = []

    def take_window(end: int) -> None:
        samples = recent[len(recent) - (n_samples - end) - window : len(recent) - (n_samples - end)]
        extractor.reset()
        extractor.process(samples)
        spans.append((end - window, end))
        windows.append(extractor.finish())

    for block in blocks:
        whole.process(block)
        recent = np.concatenate([recent, block])
        n_samples += len(block)
        # A window is taken only once more follows it: a recording of WINDOW_S gets none.
        while (next_end := len(spans) * step + window) < n_samples:
            take_window(next_end)
        recent = recent[-window:]
    if spans:
        take_window(n_samples)
    return whole.finish(), spans, windows
