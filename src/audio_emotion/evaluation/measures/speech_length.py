"""How much speech an answer needs: recall against seconds heard, time to an answer that stays.

Seconds count from the first speech (`levels.span`: an energy rule), whatever silence a recording
begins with; the model hears the recording from its beginning, as when it is asked about all of it,
and is asked again and again while it listens. Every utterance counts at every length, one that has
ended with all of it: so the same utterances stand behind every point, and `ended` says how many of
them had nothing more to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audio_emotion.data import audio
from audio_emotion.data.folds import Indices
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import SAMPLE_RATE, Floats
from audio_emotion.errors import AudioEmotionError, AudioError, InputError
from audio_emotion.evaluation.measures.bootstrap import Draws
from audio_emotion.evaluation.measures.scores import measures
from audio_emotion.evaluation.perturbations import levels
from audio_emotion.evaluation.protocols.evaluation_split import Panel
from audio_emotion.evaluation.protocols.predictions import in_batches
from audio_emotion.evaluation.protocols.subsample import stratified
from audio_emotion.evaluation.report.figures import COLORS, GRAY, MARKERS, figure
from audio_emotion.progress import Progress, no_progress
from audio_emotion.recognition.model import EmotionModel
from audio_emotion.report.page import Report
from audio_emotion.training.metrics import SMALLEST_CLASS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SECONDS: Final = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
STEP_S: Final = 0.05  # between two answers
N_UTTERANCES: Final = 1920
ALL: Final = "all"

_STEP: Final = round(STEP_S * SAMPLE_RATE)
_QUARTILES: Final = (25, 50, 75)

Labels = npt.NDArray[np.str_]


@dataclass(frozen=True)
class _Heard:
    """One recording, described every `STEP_S` of its speech and at its end."""

    rows: Floats  # (n_steps + 1, n_values)
    speech_s: float
    """From the first speech to the last."""
    whole_s: float
    """From the first speech to the end of the recording."""


@dataclass(frozen=True)
class _Track:
    """How the answer about one recording came about."""

    labels: Labels  # (n_steps + 1,)
    speech_s: float
    whole_s: float

    def at(self, seconds: float) -> str:
        """Answer after so much speech; the last one if there is no more."""
        return str(self.labels[min(round(seconds / STEP_S), len(self.labels)) - 1])

    @property
    def stable_s(self) -> float:
        """From when on the answer stays what it is at the end of the recording."""
        others = np.flatnonzero(self.labels != self.labels[-1])
        first = int(others[-1]) + 1 if len(others) else 0
        return min((first + 1) * STEP_S, self.whole_s)


def measure(
    panel: Panel,
    catalogue: pd.DataFrame,
    rows: Indices,
    *,
    n_utterances: int = N_UTTERANCES,
    failures: dict[str, str] | None = None,
    jobs: int | None = None,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    """Ask about utterances while they are heard.

    Parameters
    ----------
    panel : Panel
    catalogue : DataFrame
        Columns as `corpora.COLUMNS`.
    rows : int array
        Of the catalogue; those with a judge are chosen from, evenly (`subsample.stratified`).
    n_utterances : int
        How many recordings are heard at most.
    failures : dict, optional
        Filled with path and reason of recordings that cannot be heard. Without it the first of
        them ends everything.
    jobs : int, optional
        Threads; one per core by default.
    progress : callable, optional
        Told how many recordings are done, and of how many.

    Returns
    -------
    DataFrame
        Rows of two kinds (`measure`) for all corpora together and for each (`corpus`):

        - `uar` after so many `seconds` of speech (NaN: after the whole recording): its `value` and
          its interval over speakers (`low`, `high`), over the emotions of which the corpus has
          `SMALLEST_CLASS` utterances; the share of utterances that had `ended`, and
          the share of answers that are already the last one (`settled`).
        - `stable`: from when on the answer stays, in seconds of speech: median (`value`) and
          quartiles (`low`, `high`).

    Raises
    ------
    InputError
        None of the rows has a judge.
    AudioError
        A recording cannot be heard, and there is no `failures`; or none can.
    """
    allowed = np.intersect1d(rows, panel.rows)
    if not len(allowed):
        raise InputError("no recording that the model may be asked about: give one at least.")
    chosen = stratified(catalogue, allowed, n_utterances)
    errors: dict[str, str] = {}
    tracks = _listen(panel, catalogue, chosen, errors, jobs=jobs, progress=progress)
    if errors and (failures is None or len(errors) == len(chosen)):
        raise AudioError(next(iter(errors.values())))
    if failures is not None:
        failures.update(errors)
    kept = [place for place, track in enumerate(tracks) if track is not None]
    there = [track for track in tracks if track is not None]
    utterances = catalogue.iloc[chosen[kept]].reset_index(drop=True)
    found: list[dict[str, Any]] = []
    for corpus, of_corpus in _parts(utterances):
        heard = [there[place] for place in of_corpus.index]
        found += _recalls(corpus, of_corpus, heard)
        found.append(_stability(corpus, heard))
    return pd.DataFrame(found)


def _listen(
    panel: Panel,
    catalogue: pd.DataFrame,
    rows: Indices,
    errors: dict[str, str],
    *,
    jobs: int | None,
    progress: Progress,
) -> list[_Track | None]:
    """Give the answers about each recording over time; None where it cannot be heard."""
    paths = catalogue["path"].to_numpy(dtype=str)[rows]
    tracks: list[_Track | None] = [None] * len(rows)

    def hear(model: EmotionModel, places: Indices) -> list[_Heard | AudioError]:
        return _hear(model, paths[places].tolist())

    for judge, places, heard in in_batches(panel, rows, hear, jobs=jobs, progress=progress):
        for place, one in zip(places, heard, strict=True):
            if isinstance(one, AudioError):
                errors[paths[place]] = str(one)
        there = [place for place in places if paths[place] not in errors]
        for place, track in zip(there, _answers(judge.model, heard), strict=True):
            tracks[place] = track
    return tracks


def _answers(model: EmotionModel, heard: Sequence[_Heard | AudioError]) -> Iterator[_Track]:
    """Ask about several recordings at once: forests take as long for one as for many."""
    there = [one for one in heard if not isinstance(one, AudioError)]
    if not there:
        return
    found = model.probabilities(np.concatenate([one.rows for one in there])).argmax(axis=1)
    ends = np.cumsum([len(one.rows) for one in there])
    for one, labels in zip(there, np.split(np.array(EMOTIONS)[found], ends[:-1]), strict=True):
        yield _Track(labels, one.speech_s, one.whole_s)


def _hear(model: EmotionModel, paths: Sequence[str]) -> list[_Heard | AudioError]:
    """Hear each recording once, and describe what was heard so far again and again."""
    extractor = model.extractor()
    found: list[_Heard | AudioError] = []
    for path in paths:
        try:
            samples = audio.read(path)
            begin, end = levels.span(samples)
            marks = [*range(begin + _STEP, len(samples), _STEP), len(samples)]
            extractor.reset()
            rows, done = [], 0
            for mark in marks:
                extractor.process(samples[done:mark])
                rows.append(extractor.finish())
                done = mark
        except AudioError as error:
            found.append(error)
        except AudioEmotionError as error:
            found.append(AudioError(f"{path}: {error}"))
        else:
            whole_s = (len(samples) - begin) / SAMPLE_RATE
            found.append(_Heard(np.stack(rows), (end - begin) / SAMPLE_RATE, whole_s))
    return found


def _parts(utterances: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """All utterances, then those of each corpus if there are several."""
    yield ALL, utterances
    if utterances["corpus"].nunique() > 1:
        for corpus, of_corpus in utterances.groupby("corpus"):
            yield str(corpus), of_corpus


def _recalls(
    corpus: str, utterances: pd.DataFrame, tracks: Sequence[_Track]
) -> Iterator[dict[str, Any]]:
    """UAR after each of `SECONDS`, and of whole recordings."""
    truth = utterances["emotion"].to_numpy(dtype=str)
    emotions, n = np.unique(truth, return_counts=True)
    counted = np.isin(truth, emotions[n >= SMALLEST_CLASS]) if corpus != ALL else truth != ""
    draws = Draws(utterances["speaker"].to_list(), utterances["corpus"].to_list())
    last = np.array([track.labels[-1] for track in tracks])
    speech_s = np.array([track.speech_s for track in tracks])
    for seconds in (*SECONDS, None):
        answers = np.array([track.at(seconds) for track in tracks]) if seconds else last
        estimate = draws.estimate(measures, draws.counts(truth, answers, counted))[0]
        yield {
            "measure": "uar",
            "corpus": corpus,
            "seconds": np.nan if seconds is None else seconds,
            "value": estimate["value"],
            "low": estimate["low"],
            "high": estimate["high"],
            "ended": 1.0 if seconds is None else float(np.mean(speech_s <= seconds)),
            "settled": float(np.mean(answers == last)),
            "n_utterances": int(counted.sum()),
        }


def _stability(corpus: str, tracks: Sequence[_Track]) -> dict[str, Any]:
    low, median, high = np.percentile([track.stable_s for track in tracks], _QUARTILES)
    return {
        "measure": "stable",
        "corpus": corpus,
        "value": float(median),
        "low": float(low),
        "high": float(high),
        "n_utterances": len(tracks),
    }


def add_section(report: Report, table: pd.DataFrame) -> None:
    """Show in a report what `measure` found."""
    recalls = table[table["measure"] == "uar"]
    stable = table[table["measure"] == "stable"]
    together = stable[stable["corpus"] == ALL].iloc[0]
    report.section(
        "How much speech an answer needs",
        f"Half of the answers no longer change after {together['value']:.2f} s of speech, three "
        f"quarters after {together['high']:.2f} s ({int(together['n_utterances'])} utterances, "
        f"asked every {1000 * STEP_S:.0f} ms).",
        "Seconds count from the first speech, found by its energy. Utterances that have ended "
        "count with all of them, so the same utterances stand behind every figure.",
    )
    of_all = recalls[recalls["corpus"] == ALL]
    report.table(
        pd.DataFrame(
            {
                "seconds of speech": [_length(seconds) for seconds in of_all["seconds"]],
                "UAR": of_all["value"].to_numpy(dtype=float),
                "from": of_all["low"].to_numpy(dtype=float),
                "to": of_all["high"].to_numpy(dtype=float),
                "as at the end": of_all["settled"].to_numpy(dtype=float),
                "had ended": of_all["ended"].to_numpy(dtype=float),
            }
        ),
        "UAR with its 95 % interval over speakers; share of answers that are already the last one; "
        "share of utterances that had no more speech",
    )
    report.figure(
        curve(table),
        "UAR against seconds of speech heard; right of the line, of whole recordings.",
        "; ".join(
            f"{_length(seconds)}: {value:.2f}"
            for seconds, value in zip(
                of_all["seconds"].astype(float), of_all["value"].astype(float), strict=True
            )
        ),
    )
    report.table(
        pd.DataFrame(
            {
                "corpus": stable["corpus"].to_numpy(),
                "a quarter": stable["low"].to_numpy(dtype=float),
                "half": stable["value"].to_numpy(dtype=float),
                "three quarters": stable["high"].to_numpy(dtype=float),
                "utterances": stable["n_utterances"].to_numpy(dtype=int),
            }
        ),
        "Seconds of speech after which so many of the answers no longer change",
    )


def curve(table: pd.DataFrame) -> Figure:
    """Draw UAR against seconds of speech, one line per corpus."""
    drawn = figure(7, 4)
    axes = drawn.add_subplot()
    recalls = table[(table["measure"] == "uar") & table["value"].notna()]
    whole = max(SECONDS) + 0.6
    corpora = sorted(set(recalls["corpus"]) - {ALL})
    for number, corpus in enumerate([ALL, *corpora]):
        points = recalls[recalls["corpus"] == corpus]
        x = points["seconds"].to_numpy(dtype=float)
        x = np.where(np.isnan(x), whole, x)
        y = points["value"].to_numpy(dtype=float)
        color = COLORS[(number - 1) % len(COLORS)] if number else "black"
        marker = MARKERS[(number - 1) % len(MARKERS)] if number else "."
        width = 1.2 if number else 2.2
        axes.plot(x, y, marker=marker, label=corpus, color=color, linewidth=width)
        if corpus == ALL and points["low"].notna().all():
            low, high = (points[name].to_numpy(dtype=float) for name in ("low", "high"))
            axes.fill_between(x, low, high, color=GRAY, alpha=0.2, linewidth=0)
    axes.axvline(max(SECONDS) + 0.3, color=GRAY, linewidth=0.8, linestyle=":")
    shown = [0.5, 1.0, 1.5, 2.0, 3.0]
    axes.set_xticks([*shown, whole], [*(f"{seconds:g}" for seconds in shown), "whole"])
    axes.set_xlabel("seconds of speech heard")
    axes.set_ylabel("UAR")
    axes.set_ylim(0, 1)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9)
    return drawn


def _length(seconds: float) -> str:
    return "whole recording" if pd.isna(seconds) else f"{seconds:g}"
