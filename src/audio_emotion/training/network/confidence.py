"""Confidence of a network, fitted on what networks were not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audio_emotion.data.feature_table import is_speech
from audio_emotion.engine import network_file
from audio_emotion.engine.features import FeatureVector
from audio_emotion.engine.network import Network
from audio_emotion.engine.network_file import Metadata
from audio_emotion.recognition.network_model import NetworkModel
from audio_emotion.training.calibration import fit_temperature, fit_threshold
from audio_emotion.training.network import assess
from audio_emotion.training.network.lower import inverse_temperature

# Share of the speech that may be called no speech, at most.
MISSED_SPEECH: Final = 0.01

_MOST_SPEECH: Final = 0.5  # threshold of the probability that somebody speaks


@dataclass(frozen=True)
class Answers:
    """Answers of an uncalibrated network to recordings that it was not trained on."""

    catalogue: pd.DataFrame
    """Of the recordings, columns `corpus`, `speaker` and `emotion`."""
    probabilities: npt.NDArray[np.float64]
    """Shape (n_utterances, n_emotions)."""
    speech: npt.NDArray[np.float64]
    """Probability that somebody speaks, shape (n_utterances,)."""


@dataclass(frozen=True)
class Confidence:
    """Conversion of the scores of a network into probabilities, and of those into answers."""

    temperature: float
    threshold: float
    speech_threshold: float
    speakers: list[str]
    """That it was fitted on."""


def answers(network: Network, catalogue: pd.DataFrame, embeddings: FeatureVector) -> Answers:
    """Return the answers of a network before calibration.

    Parameters
    ----------
    network : Network
    catalogue : DataFrame of n_utterances rows
    embeddings : int16 array of shape (n_utterances, n_embedding)
    """
    model = NetworkModel(network_file.to_bytes(uncalibrated(network)), _NOBODY)
    return Answers(catalogue, model.probabilities(embeddings), model.speech(embeddings))


def uncalibrated(network: Network) -> Network:
    """Return the network with the scores' own probabilities."""
    plain = inverse_temperature(1.0)
    return replace(network, inverse_temperature=plain, speech_scale=plain)


def fit(several: Sequence[Answers]) -> Confidence | None:
    """Fit the confidence on recordings of speech; each corpus counts the same.

    Where others have several emotions, one of a single emotion, such as people who read aloud,
    counts for the speech alone: that they are neutral is easy, and says little of the rest.

    Returns
    -------
    Confidence or None
        None if nobody speaks in any of them.
    """
    catalogue = pd.concat([one.catalogue for one in several], ignore_index=True)
    spoken = is_speech(catalogue)
    if not spoken.any():
        return None
    probabilities = np.concatenate([one.probabilities for one in several])[spoken]
    speech = np.concatenate([one.speech for one in several])[spoken]
    utterances = catalogue[spoken]
    several_emotions = utterances.groupby("corpus")["emotion"].transform("nunique") > 1
    if several_emotions.any():
        utterances, probabilities = utterances[several_emotions], probabilities[several_emotions]
    truth, corpora = (utterances[name].to_numpy(dtype=str) for name in ("emotion", "corpus"))
    alike = _as_many_of_each(corpora)
    logits = assess.log_probabilities(probabilities)
    temperature = fit_temperature(logits[alike], truth[alike])
    scaled = np.exp(logits / temperature)
    largest = scaled.max(axis=1) / scaled.sum(axis=1)
    right = assess.likeliest(probabilities) == truth
    return Confidence(
        temperature=temperature,
        threshold=round(fit_threshold(largest, right, corpora), 4),
        speech_threshold=round(min(_MOST_SPEECH, float(np.quantile(speech, MISSED_SPEECH))), 4),
        speakers=sorted(set(catalogue["speaker"][spoken])),
    )


def calibrated(network: Network, confidence: Confidence) -> Network:
    """Return the network with a confidence."""
    return replace(
        uncalibrated(network),
        inverse_temperature=inverse_temperature(confidence.temperature),
        threshold=confidence.threshold,
        speech_threshold=confidence.speech_threshold,
    )


def _as_many_of_each(corpora: npt.NDArray[np.str_]) -> npt.NDArray[np.intp]:
    """Return rows with every corpus as often as the largest, some rows again."""
    names, sizes = np.unique(corpora, return_counts=True)
    rows = [np.resize(np.flatnonzero(corpora == name), sizes.max()) for name in names]
    return np.concatenate(rows)


_NOBODY: Final = Metadata("", "", "", "", "", [])
