"""Training, calibration and measurement of a network: from a catalogue to its file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import joblib
import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from audio_emotion.data import folds
from audio_emotion.data.corpora import speaker_corpus
from audio_emotion.data.feature_table import describe_corpora
from audio_emotion.engine import network_file
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import FeatureVector
from audio_emotion.engine.network import Network
from audio_emotion.engine.network_file import Metadata
from audio_emotion.errors import InputError, ModelError
from audio_emotion.files import folder
from audio_emotion.progress import RunOptions
from audio_emotion.recognition.batch import extract_batch
from audio_emotion.recognition.network_model import NetworkModel
from audio_emotion.training import metrics
from audio_emotion.training.calibration import fit_temperature
from audio_emotion.training.network import assess, clips
from audio_emotion.training.network.loop import Recipe, train
from audio_emotion.training.network.lower import inverse_temperature, lower

Held = npt.NDArray[np.bool_]
"""Rows of a catalogue that a network is trained without, shape (n_utterances,)."""

_UNCALIBRATED: Final = inverse_temperature(1.0)
_FEWEST_EMOTIONS: Final = 4  # of a corpus that is worth leaving out


def train_net(
    catalogue: pd.DataFrame,
    path: Path,
    recipe: Recipe,
    *,
    cache: Path,
    leave_out: Iterable[str] = (),
    rooms: Path | None = None,
    device: str = "auto",
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
    rooms : Path, optional
        Folder of impulse responses; without one, no variant has a room.
    device : {"auto", "cpu", "cuda"}
        "auto" is "cuda" where there is one.
    options : RunOptions
        `jobs` are processes that read recordings; `progress` receives the name of the step.

    Returns
    -------
    dict
        The scores on the speakers left out, as they are in the file's metadata.

    Raises
    ------
    InputError
        A speaker to leave out is not in the catalogue, none remains, a folder cannot be written,
        or there is no such device.
    AudioError
        A recording cannot be read, or is too short.
    """
    held_out = speakers_held_out(catalogue, leave_out)
    (scores,) = train_networks(
        catalogue,
        {path: held_out},
        recipe,
        cache=cache,
        rooms=rooms,
        device=device,
        options=options,
    )
    return scores


def train_networks(
    catalogue: pd.DataFrame,
    held_out: Mapping[Path, Held],
    recipe: Recipe,
    *,
    cache: Path,
    rooms: Path | None = None,
    device: str = "auto",
    options: RunOptions = RunOptions(),
) -> list[dict[str, Any]]:
    """Train networks, and measure each file on the rows that it was kept from.

    An accelerator trains them side by side, a processor one per process. Files that an earlier run
    of the same recipe and recordings wrote stay as they are.

    Parameters
    ----------
    catalogue, recipe, cache, rooms, device
        As for `train_net`.
    held_out : mapping of Path to bool array
        The file of each network, all in one folder, and the rows to train it without.
    options : RunOptions
        `jobs` are also processes that train.

    Returns
    -------
    list of dict
        The scores of each.
    """
    if any(mask.all() for mask in held_out.values()):
        raise InputError("every speaker is left out, so none remains to train on.")
    out = next(iter(held_out)).parent
    folder(out, "--out")
    folder(cache, "--cache")
    chosen = device_named(device)
    recordings = clips.load_clips(catalogue, cache, rooms, options.in_step("reading"))
    # An accelerator trains all at once; a processor has no time left over.
    together = [list(held_out)] if chosen == "cuda" else [[path] for path in held_out]
    parallel = joblib.Parallel(n_jobs=min(len(together), options.jobs or -1), return_as="generator")
    tasks = (
        joblib.delayed(_train_and_write)(
            recordings, {path: held_out[path] for path in paths}, recipe, chosen
        )
        for paths in together
    )
    training = options.in_step("training").progress
    if len(together) == 1:
        return _train_and_write(recordings, held_out, recipe, chosen, options)
    scores: list[dict[str, Any]] = []
    for of_some in parallel(tasks):
        scores += of_some
        training(len(scores), len(held_out))
    return scores


def _train_and_write(
    recordings: clips.Clips,
    held_out: Mapping[Path, Held],
    recipe: Recipe,
    device: str,
    options: RunOptions = RunOptions(jobs=1),
) -> list[dict[str, Any]]:
    """Train networks side by side and write their files, unless an earlier run has done it."""
    catalogue = recordings.catalogue
    described = {
        path: describe(path.stem, catalogue[~mask], recipe) for path, mask in held_out.items()
    }
    finished = {path: _scores_of(path, metadata) for path, metadata in described.items()}
    if any(scores is None for scores in finished.values()):
        checkpoint = next(iter(held_out)).with_suffix(".checkpoint")
        networks = train(
            recordings,
            [np.flatnonzero(~mask) for mask in held_out.values()],
            recipe,
            device=device,
            checkpoint=checkpoint,
            progress=options.in_step("training").progress,
        )
        finished = {
            path: write_calibrated(
                lower(network),
                path,
                described[path],
                catalogue[mask].reset_index(drop=True),
                options.in_step("testing"),
            )
            for network, (path, mask) in zip(networks, held_out.items(), strict=True)
        }
        checkpoint.unlink(missing_ok=True)
    return [scores or {} for scores in finished.values()]


def _scores_of(path: Path, metadata: Metadata) -> dict[str, Any] | None:
    """Return the scores in a network's file if it was trained as described, or None."""
    try:
        _, written = network_file.read(path)
    except ModelError:
        return None
    return written.scores if replace(written, scores={}) == metadata else None


def device_named(name: str) -> str:
    """Return the device of PyTorch that a name stands for.

    Raises
    ------
    InputError
        There is none.
    """
    available = torch.cuda.is_available()
    if name == "auto":
        return "cuda" if available else "cpu"
    if name not in {"cpu", "cuda"}:
        raise InputError(f"no device {name!r}. Choose auto, cpu or cuda.")
    if name == "cuda" and not available:
        raise InputError("PyTorch finds no CUDA device here. Train with --device cpu.")
    return name


def speakers_held_out(catalogue: pd.DataFrame, leave_out: Iterable[str]) -> Held:
    """Return the rows of some speakers.

    Raises
    ------
    InputError
        A speaker is not in the catalogue.
    """
    left_out = sorted(set(leave_out))
    speakers = catalogue["speaker"].to_numpy(dtype=str)
    if unknown := set(left_out) - set(speakers.tolist()):
        raise InputError(
            f"speaker {min(unknown)!r} is not in the catalogue. "
            f"Its speakers are named like {str(speakers[0])!r}."
        )
    return np.isin(speakers, left_out)


def corpora_named(catalogue: pd.DataFrame, names: Iterable[str]) -> Held:
    """Return the rows of some corpora.

    Raises
    ------
    InputError
        A corpus is not in the catalogue.
    """
    corpora = catalogue["corpus"].to_numpy(dtype=str)
    if unknown := set(names) - set(corpora.tolist()):
        raise InputError(
            f"corpus {min(unknown)!r} is not in the catalogue, which has "
            f"{', '.join(sorted(set(corpora.tolist())))}."
        )
    return np.isin(corpora, list(names))


def folds_held_out(catalogue: pd.DataFrame, out: Path) -> dict[Path, Held]:
    """Return the file and the rows of each outer fold, `fold0.aem` and so on."""
    fold = folds.assign(catalogue)
    return {out / f"fold{number}.aem": fold == number for number in np.unique(fold)}


def corpora_held_out(catalogue: pd.DataFrame, out: Path) -> dict[Path, Held]:
    """Return the file and the rows of each corpus with some emotions, `without_<corpus>.aem`.

    The speakers of a corpus are left out wherever they are: RAVDESS's also sing.
    """
    spoken = catalogue[catalogue["emotion"].isin(EMOTIONS)]
    n_emotions = spoken.groupby(spoken["corpus"].map(speaker_corpus))["emotion"].nunique()
    named = catalogue["corpus"].map(speaker_corpus).to_numpy(dtype=str)
    return {
        out / f"without_{corpus}.aem": named == corpus
        for corpus in n_emotions.index[n_emotions >= _FEWEST_EMOTIONS]
    }


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
        Catalogue of those recordings; without speech, the confidence stays uncalibrated.
    options : RunOptions

    Returns
    -------
    dict
        The scores, empty if nobody speaks in what was held out.
    """
    network = replace(network, inverse_temperature=_UNCALIBRATED, speech_scale=_UNCALIBRATED)
    spoken = held_out["emotion"].isin(EMOTIONS).to_numpy()
    if not spoken.any():
        network_file.write(network, path, metadata)
        return {}
    # Nothing is written before it is complete: an older network stays until then.
    model = _model(network, metadata)
    embeddings = extract_batch(
        model, held_out["path"].to_list(), jobs=options.jobs, progress=options.progress
    )
    logits = assess.log_probabilities(model.probabilities(embeddings[spoken]))
    temperature = fit_temperature(logits, held_out["emotion"][spoken].to_numpy(dtype=str))
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
    spoken = held_out["emotion"].isin(EMOTIONS).to_numpy()
    speech = model.speech(embeddings) >= model.speech_threshold
    utterances = held_out[spoken]
    truth = utterances["emotion"].to_numpy(dtype=str)
    probabilities = model.probabilities(embeddings[spoken])
    found = assess.likeliest(probabilities)
    right = found == truth
    confident = probabilities.max(axis=1) >= model.threshold
    corpora = metrics.by_corpus(utterances["corpus"].to_numpy(dtype=str), truth, found)
    return {
        "n_utterances": len(utterances),
        "speakers": sorted(set(utterances["speaker"])),
        "uar": {corpus: scores["uar"] for corpus, scores in corpora.items()},
        "accuracy": float(np.mean(right)),
        "confident": float(confident.mean()),
        "accuracy_if_confident": float(np.mean(right[confident])) if confident.any() else None,
        "speech_missed": float(np.mean(~speech[spoken])),
        "non_speech_answered": float(np.mean(speech[~spoken])) if not spoken.all() else None,
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
