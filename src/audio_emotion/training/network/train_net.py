"""Training, calibration and measurement of a network: from a catalogue to its file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import torch

from audio_emotion.data.corpora import HOW_TO_LABEL
from audio_emotion.data.feature_table import describe_corpora, is_speech
from audio_emotion.engine import features, network_file
from audio_emotion.engine.emotions import NO_SPEECH
from audio_emotion.engine.features import FeatureVector
from audio_emotion.engine.network import Network
from audio_emotion.engine.network_file import Metadata
from audio_emotion.errors import InputError, ModelError
from audio_emotion.files import folder
from audio_emotion.progress import RunOptions
from audio_emotion.recognition.batch import extract_batch
from audio_emotion.recognition.network_model import NetworkModel
from audio_emotion.training import metrics
from audio_emotion.training.network import assess, clips, confidence
from audio_emotion.training.network.confidence import Confidence
from audio_emotion.training.network.held_out import Held, each_corpus
from audio_emotion.training.network.loop import Recipe, train
from audio_emotion.training.network.lower import lower


def train_networks(
    catalogue: pd.DataFrame,
    held_out: Mapping[Path, Held],
    recipe: Recipe,
    *,
    cache: Path,
    rooms: Path | None = None,
    device: str = "auto",
    of_strangers: Confidence | None = None,
    options: RunOptions = RunOptions(),
) -> list[dict[str, Any]]:
    """Train networks, and measure each file on the rows that it was kept from.

    An accelerator trains them side by side, a processor one per process. What an earlier run of the
    same recipe and recordings has trained is measured again.

    Parameters
    ----------
    catalogue : DataFrame
        As `audio-emotion dataset` writes it.
    held_out : mapping of Path to bool array
        The `.aem` file of each network, all in one folder, and the rows to train it without.
    recipe : Recipe
    cache : Path
        Folder for log-mel energies, which later trainings use again.
    rooms : Path, optional
        Folder of impulse responses; without one, no variant has a room.
    device : {"auto", "cpu", "cuda"}
        "auto" is "cuda" where there is one.
    of_strangers : Confidence, optional
        As `strangers_confidence` gives; by default it is fitted on what is held out.
    options : RunOptions
        `jobs` are processes that read recordings, and that train; `progress` receives the name of
        the step.

    Returns
    -------
    list of dict
        The scores of each on the rows held out, as they are in its file's metadata.

    Raises
    ------
    InputError
        Fewer than two emotions remain to train on, a folder cannot be written, or there is no
        such device.
    AudioError
        A recording cannot be read, or is too short.
    """
    for mask in held_out.values():
        emotions = sorted({*catalogue["emotion"][~mask]} - {NO_SPEECH})
        if len(emotions) < 2:
            raise InputError(
                f"{', '.join(emotions) or 'no emotion'} remains to train on, which needs two "
                f"emotions of speakers who are not left out. {HOW_TO_LABEL}."
            )
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
            recordings,
            {path: held_out[path] for path in paths},
            recipe,
            chosen,
            of_strangers=of_strangers,
        )
        for paths in together
    )
    training = options.in_step("training").progress
    if len(together) == 1:
        return _train_and_write(
            recordings, held_out, recipe, chosen, of_strangers=of_strangers, options=options
        )
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
    *,
    of_strangers: Confidence | None,
    options: RunOptions = RunOptions(jobs=1),
) -> list[dict[str, Any]]:
    """Train networks side by side and write their files, but for what an earlier run has done."""
    catalogue = recordings.catalogue
    described = {
        path: describe(path.stem, catalogue[~mask], recipe) for path, mask in held_out.items()
    }
    trained = {path: _trained(path, metadata) for path, metadata in described.items()}
    checkpoint = next(iter(held_out)).with_suffix(".checkpoint")
    if None in trained.values():
        networks = train(
            recordings,
            [np.flatnonzero(~mask) for mask in held_out.values()],
            recipe,
            device=device,
            checkpoint=checkpoint,
            progress=options.in_step("training").progress,
        )
        trained = dict(zip(held_out, map(lower, networks), strict=True))
    scores = [
        write_calibrated(
            network,
            path,
            described[path],
            catalogue[held_out[path]].reset_index(drop=True),
            of_strangers=of_strangers,
            options=options.in_step("testing"),
        )
        for path, network in trained.items()
        if network is not None
    ]
    checkpoint.unlink(missing_ok=True)
    return scores


def _trained(path: Path, metadata: Metadata) -> Network | None:
    """Return the network in a file if it was trained as described, or None."""
    try:
        content, written = network_file.read(path)
    except ModelError:
        return None
    same = replace(written, scores={}) == metadata
    return network_file.from_bytes(content) if same else None


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


def write_calibrated(
    network: Network,
    path: Path,
    metadata: Metadata,
    held_out: pd.DataFrame,
    *,
    of_strangers: Confidence | None = None,
    options: RunOptions = RunOptions(),
) -> dict[str, Any]:
    """Write a network with its confidence, measured on recordings that it was not trained on.

    Parameters
    ----------
    network : Network
    path : Path
    metadata : Metadata
        Its scores are filled in.
    held_out : DataFrame
        Catalogue of those recordings; may be empty.
    of_strangers : Confidence, optional
        As `strangers_confidence` gives; by default it is fitted on `held_out`.
    options : RunOptions

    Returns
    -------
    dict
        The scores, empty if nobody speaks in what was held out.
    """
    network = confidence.uncalibrated(network)
    embeddings = _embeddings(network, held_out, options)
    fitted = of_strangers
    if fitted is None and not held_out.empty:
        fitted = confidence.fit([confidence.answers(network, held_out, embeddings)])
    scores: dict[str, Any] = {}
    if fitted is not None:
        network = confidence.calibrated(network, fitted)
        scores = {"temperature": fitted.temperature, "calibrated_on": fitted.speakers}
    if is_speech(held_out).any():
        scores |= _measure(_model(network, metadata), held_out, embeddings)
    # Nothing is written before it is complete: an older network stays until then.
    network_file.write(network, path, replace(metadata, scores=scores))
    return scores


def strangers_confidence(
    catalogue: pd.DataFrame, networks: Path, options: RunOptions = RunOptions()
) -> Confidence:
    """Fit a confidence on corpora by the networks that were trained without them.

    Parameters
    ----------
    catalogue : DataFrame
    networks : Path
        Folder of the files that `each_corpus` names; those that are there are used.
    options : RunOptions

    Raises
    ------
    InputError
        None is there.
    ModelError
        One is no network's file.
    """
    answers = []
    for path, mask in each_corpus(catalogue, networks).items():
        if path.exists():
            model = NetworkModel.load(path)
            rows = mask & ~catalogue["speaker"].isin(model.metadata.speakers).to_numpy()
            held_out = catalogue[rows].reset_index(drop=True)
            embeddings = _embeddings(model.network, held_out, options)
            answers.append(confidence.answers(model.network, held_out, embeddings))
    if (fitted := confidence.fit(answers) if answers else None) is None:
        raise InputError(
            f"{networks}: no network that a corpus was left out of. "
            "Train them with: audio-emotion train-net --each corpus."
        )
    return fitted


def _embeddings(network: Network, catalogue: pd.DataFrame, options: RunOptions) -> FeatureVector:
    if catalogue.empty:
        return np.empty((0, network.n_embedding), np.int16)
    model = _model(network, describe("", catalogue, Recipe()))
    return extract_batch(
        model, catalogue["path"].to_list(), jobs=options.jobs, progress=options.progress
    )


def _model(network: Network, metadata: Metadata) -> NetworkModel:
    return NetworkModel(network_file.to_bytes(network), metadata)


def _measure(
    model: NetworkModel, held_out: pd.DataFrame, embeddings: FeatureVector
) -> dict[str, Any]:
    """Compute the scores that the file's metadata keeps; their keys are part of the format."""
    spoken = is_speech(held_out)
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
    """Return the SHA-256 over what the front end computes, and the recordings' names and labels."""
    digest = hashlib.sha256(f"{features.log_mel_hash():08x}".encode())
    for path, speaker, emotion in catalogue[["path", "speaker", "emotion"]].to_numpy(dtype=str):
        digest.update(f"{Path(path).name}|{speaker}|{emotion}\n".encode())
    return digest.hexdigest()
