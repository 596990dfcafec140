"""`audio-emotion train-net`: from a catalogue to a network's file."""

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

from audio_emotion.engine import network_file
from audio_emotion.engine.features import N_MELS, FeatureVector
from audio_emotion.engine.network import Network
from audio_emotion.engine.network_file import Metadata
from audio_emotion.errors import InputError
from audio_emotion.files import folder
from audio_emotion.progress import Progress, in_step, no_progress
from audio_emotion.recognition.batch import extract_batch
from audio_emotion.recognition.network_model import NetworkModel
from audio_emotion.training.calibration import fit_temperature
from audio_emotion.training.network import assess, clips
from audio_emotion.training.network.loop import Recipe, train
from audio_emotion.training.network.lower import inverse, lower

NO_NOISE: Final = np.empty((0, clips.NOISE_FRAMES, N_MELS), np.int16)


def train_net(
    catalogue: pd.DataFrame,
    path: Path,
    recipe: Recipe,
    *,
    cache: Path,
    leave_out: Iterable[str] = (),
    noise: Path | None = None,
    jobs: int | None = None,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Train a network, write its file, and measure the file on the speakers left out.

    Killed and run again, it goes on where it was.

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
        Speakers that training shall not hear; the confidence is calibrated on them.
    noise : Path, optional
        Folder of background noises; without one, synthetic noise only.
    jobs : int, optional
        Processes that read recordings; one per core by default.
    progress : callable, optional
        Told what is being done, how much of it, and of how much.

    Returns
    -------
    dict
        What was measured on the speakers left out, as it is in the file's metadata.

    Raises
    ------
    InputError
        A speaker to leave out is not in the catalogue, nobody remains, or a folder cannot be
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
    rows = np.flatnonzero(~np.isin(speakers, left_out))
    if not len(rows):
        raise InputError("every speaker is left out, so nobody remains to learn from.")
    folder(path.parent, "--out")
    folder(cache, "--cache")
    heard = clips.gather(catalogue, cache, jobs=jobs, progress=in_step(progress, "reading"))
    noises = clips.noises(noise) if noise else NO_NOISE
    checkpoint = path.with_suffix(".checkpoint")
    trained = train(
        heard,
        rows,
        noises,
        recipe,
        checkpoint=checkpoint,
        progress=in_step(progress, "training"),
    )
    metadata = describe(path.stem, catalogue.iloc[rows], recipe)
    unheard = catalogue[np.isin(speakers, left_out)].reset_index(drop=True)
    measured = write_calibrated(
        lower(trained),
        path,
        metadata,
        unheard,
        jobs=jobs,
        progress=in_step(progress, "testing"),
    )
    checkpoint.unlink(missing_ok=True)
    return measured


def write_calibrated(
    network: Network,
    path: Path,
    metadata: Metadata,
    unheard: pd.DataFrame,
    *,
    jobs: int | None = None,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Write a network whose confidence is right for recordings that it was not trained on.

    Parameters
    ----------
    network : Network
    path : Path
    metadata : Metadata
        Its scores are filled in.
    unheard : DataFrame
        Catalogue of those recordings; may be empty, then the confidence stays uncalibrated.
    """
    network = replace(network, inverse_temperature=inverse(1.0))
    if unheard.empty:
        network_file.write(network, path, metadata)
        return {}
    # Nothing is written before it is complete: an older network stays until then.
    uncalibrated = _model(network, metadata)
    embeddings = extract_batch(
        uncalibrated, unheard["path"].to_list(), jobs=jobs, progress=progress
    )
    truth = unheard["emotion"].to_numpy(dtype=str)
    scores = assess.log_odds(uncalibrated.probabilities(embeddings))
    temperature = fit_temperature(scores, truth)
    network = replace(network, inverse_temperature=inverse(temperature), threshold=assess.SURE)
    measured = _measure(_model(network, metadata), unheard, embeddings)
    measured |= {"temperature": temperature}
    network_file.write(network, path, replace(metadata, scores=measured))
    return measured


def _model(network: Network, metadata: Metadata) -> NetworkModel:
    return NetworkModel(network_file.to_bytes(network), metadata)


def _measure(
    model: NetworkModel, unheard: pd.DataFrame, embeddings: FeatureVector
) -> dict[str, Any]:
    truth = unheard["emotion"].to_numpy(dtype=str)
    probabilities = model.probabilities(embeddings)
    found = assess.likeliest(probabilities)
    sure = probabilities.max(axis=1) >= model.threshold
    return {
        "n_utterances": len(unheard),
        "speakers": sorted(set(unheard["speaker"])),
        "uar": assess.by_corpus(unheard, found),
        "accuracy": float(np.mean(found == truth)),
        "sure": float(sure.mean()),
        "accuracy_if_sure": float(np.mean(found[sure] == truth[sure])) if sure.any() else None,
    }


def describe(name: str, catalogue: pd.DataFrame, recipe: Recipe) -> Metadata:
    """Say what a network was trained on and how; nothing is measured yet."""
    groups = catalogue.groupby("corpus")["speaker"]
    words = [f"{corpus}: {len(s)} utterances of {s.nunique()} speakers" for corpus, s in groups]
    return Metadata(
        name=name,
        recipe=json.dumps(asdict(recipe)),
        version=version("embedded-audio-emotion"),
        training_data=", ".join(words),
        data_hash=data_hash(catalogue),
        speakers=sorted(set(catalogue["speaker"])),
    )


def data_hash(catalogue: pd.DataFrame) -> str:
    """SHA-256 over the recordings' names and labels."""
    digest = hashlib.sha256()
    for path, speaker, emotion in catalogue[["path", "speaker", "emotion"]].to_numpy(dtype=str):
        digest.update(f"{Path(path).name}|{speaker}|{emotion}\n".encode())
    return digest.hexdigest()
