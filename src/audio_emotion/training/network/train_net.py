"""Training, calibration and measurement of a network: from a catalogue to its file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from audio_emotion.data.feature_table import describe_corpora
from audio_emotion.engine import network_file
from audio_emotion.engine.features import N_MELS, FeatureVector
from audio_emotion.engine.network import Network
from audio_emotion.engine.network_file import Metadata
from audio_emotion.errors import InputError
from audio_emotion.files import folder
from audio_emotion.progress import RunOptions
from audio_emotion.recognition.batch import extract_batch
from audio_emotion.recognition.network_model import NetworkModel
from audio_emotion.training import metrics
from audio_emotion.training.calibration import fit_temperature
from audio_emotion.training.network import assess, clips
from audio_emotion.training.network.loop import Recipe, train
from audio_emotion.training.network.lower import inverse_temperature, lower

NO_NOISE: Final = np.empty((0, clips.NOISE_FRAMES, N_MELS), np.int16)
_UNCALIBRATED: Final = inverse_temperature(1.0)


def train_net(
    catalogue: pd.DataFrame,
    path: Path,
    recipe: Recipe,
    *,
    cache: Path,
    leave_out: Iterable[str] = (),
    noise: Path | None = None,
    options: RunOptions = RunOptions(),
) -> dict[str, Any]:
    """Train a network, write its file, and measure the file on the speakers left out.

    An interrupted run is resumed from its checkpoint.

    Parameters
    ----------
    catalogue : DataFrame
        As `audio-emotion dataset` writes it.
    path : Path
        The `.aem` file.
    recipe : Recipe
    cache : Path
        Folder for log-mel energies, which later trainings use again.
    leave_out : iterable of str
        Speakers to train without; the confidence is calibrated on them.
    noise : Path, optional
        Folder of background noises; without one, synthetic noise only.
    options : RunOptions
        `jobs` are processes that read recordings; `progress` receives the name of the step.

    Returns
    -------
    dict
        The scores on the speakers left out, as they are in the file's metadata.

    Raises
    ------
    InputError
        A speaker to leave out is not in the catalogue, none remains, or a folder cannot be
        written.
    AudioError
        A recording cannot be read, or is too short.
    """
    left_out = sorted(set(leave_out))
    speakers = catalogue["speaker"].to_numpy(dtype=str)
    if unknown := set(left_out) - set(speakers.tolist()):
        raise InputError(
            f"speaker {min(unknown)!r} is not in the catalogue. "
            f"Its speakers are named like {str(speakers[0])!r}."
        )
    held_out = np.isin(speakers, left_out)
    rows = np.flatnonzero(~held_out)
    if not len(rows):
        raise InputError("every speaker is left out, so none remains to train on.")
    folder(path.parent, "--out")
    folder(cache, "--cache")
    recordings = clips.load_clips(catalogue, cache, options.in_step("reading"))
    noises = clips.read_noises(noise) if noise else NO_NOISE
    checkpoint = path.with_suffix(".checkpoint")
    progress = options.in_step("training").progress
    network = train(recordings, rows, noises, recipe, checkpoint=checkpoint, progress=progress)
    metadata = describe(path.stem, catalogue.iloc[rows], recipe)
    scores = write_calibrated(
        lower(network),
        path,
        metadata,
        catalogue[held_out].reset_index(drop=True),
        options.in_step("testing"),
    )
    checkpoint.unlink(missing_ok=True)
    return scores


def write_calibrated(
    network: Network,
    path: Path,
    metadata: Metadata,
    held_out: pd.DataFrame,
    options: RunOptions = RunOptions(),
) -> dict[str, Any]:
    """Write a network whose confidence is calibrated on recordings that it was not trained on.

    Parameters
    ----------
    network : Network
    path : Path
    metadata : Metadata
        Its scores are filled in.
    held_out : DataFrame
        Catalogue of those recordings; may be empty, then the confidence stays uncalibrated.
    options : RunOptions

    Returns
    -------
    dict
        The scores, empty if nothing was held out.
    """
    network = replace(network, inverse_temperature=_UNCALIBRATED)
    if held_out.empty:
        network_file.write(network, path, metadata)
        return {}
    # Nothing is written before it is complete: an older network stays until then.
    model = _model(network, metadata)
    embeddings = extract_batch(
        model, held_out["path"].to_list(), jobs=options.jobs, progress=options.progress
    )
    logits = assess.log_probabilities(model.probabilities(embeddings))
    temperature = fit_temperature(logits, held_out["emotion"].to_numpy(dtype=str))
    network = replace(
        network,
        inverse_temperature=inverse_temperature(temperature),
        threshold=assess.CONFIDENCE_THRESHOLD,
    )
    scores = _measure(_model(network, metadata), held_out, embeddings)
    scores |= {"temperature": temperature}
    network_file.write(network, path, replace(metadata, scores=scores))
    return scores


def _model(network: Network, metadata: Metadata) -> NetworkModel:
    return NetworkModel(network_file.to_bytes(network), metadata)


def _measure(
    model: NetworkModel, held_out: pd.DataFrame, embeddings: FeatureVector
) -> dict[str, Any]:
    """Compute the scores that the file's metadata keeps; their keys are part of the format."""
    truth = held_out["emotion"].to_numpy(dtype=str)
    probabilities = model.probabilities(embeddings)
    right = assess.likeliest(probabilities) == truth
    confident = probabilities.max(axis=1) >= model.threshold
    corpora = metrics.by_corpus(
        held_out["corpus"].to_numpy(dtype=str), truth, assess.likeliest(probabilities)
    )
    return {
        "n_utterances": len(held_out),
        "speakers": sorted(set(held_out["speaker"])),
        "uar": {corpus: scores["uar"] for corpus, scores in corpora.items()},
        "accuracy": float(np.mean(right)),
        "sure": float(confident.mean()),
        "accuracy_if_sure": float(np.mean(right[confident])) if confident.any() else None,
    }


def describe(name: str, catalogue: pd.DataFrame, recipe: Recipe) -> Metadata:
    """Return the metadata of a network that is not measured yet: its data and its recipe."""
    return Metadata(
        name=name,
        recipe=json.dumps(asdict(recipe)),
        version=version("embedded-audio-emotion"),
        training_data=describe_corpora(catalogue),
        data_hash=data_hash(catalogue),
        speakers=sorted(set(catalogue["speaker"])),
    )


def data_hash(catalogue: pd.DataFrame) -> str:
    """Return the SHA-256 over the recordings' names and labels."""
    digest = hashlib.sha256()
    for path, speaker, emotion in catalogue[["path", "speaker", "emotion"]].to_numpy(dtype=str):
        digest.update(f"{Path(path).name}|{speaker}|{emotion}\n".encode())
    return digest.hexdigest()
