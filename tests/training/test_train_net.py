"""Training of the network, on the recordings of sample/: small, but the whole way."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile

torch = pytest.importorskip("torch", reason="PyTorch, of the extra [train], is not installed")

import small_training  # noqa: E402
from audio_emotion.data.catalogue import catalogue  # noqa: E402
from audio_emotion.engine import network_file as network_files  # noqa: E402
from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH  # noqa: E402
from audio_emotion.engine.utterance_recognizer import UtteranceRecognizer  # noqa: E402
from audio_emotion.errors import AudioError, InputError  # noqa: E402
from audio_emotion.progress import RunOptions  # noqa: E402
from audio_emotion.recognition.model import load_model  # noqa: E402
from audio_emotion.recognition.network_model import NetworkModel  # noqa: E402
from audio_emotion.training.network import (  # noqa: E402
    augment,
    clips,
    layers,
    loop,
    speakers,
)
from audio_emotion.training.network.held_out import (  # noqa: E402
    each_corpus,
    each_fold,
    of_corpora,
    of_speakers,
)
from audio_emotion.training.network.lower import lower  # noqa: E402
from audio_emotion.training.network.train_net import (  # noqa: E402
    describe,
    strangers_confidence,
    train_networks,
)
from conftest import REPOSITORY  # noqa: E402
from crashes import Crashes, Outcome  # noqa: E402
from random_networks import push_log_mel  # noqa: E402

SAMPLE = REPOSITORY / "sample"
ONE_JOB = RunOptions(jobs=1)
RECIPE = loop.Recipe(steps=12, **small_training.SMALL)


def train_net(
    recordings: pd.DataFrame, path: Path, *, leave_out: Iterable[str] = (), **how: Any
) -> dict[str, Any]:
    held_out = {path: of_speakers(recordings, leave_out)}
    (scores,) = train_networks(recordings, held_out, RECIPE, options=ONE_JOB, **how)
    return scores


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Return the catalogue of the sample, and some noises."""
    folder = tmp_path_factory.mktemp("sounds") / "noise"
    folder.mkdir()
    random = np.random.default_rng(0)
    for name in range(6):
        noise = random.normal(0, 2000, 16_000).astype(np.int16)
        soundfile.write(folder / f"{name}.wav", noise, 16_000)
    return catalogue([SAMPLE, folder.parent]).utterances


@pytest.fixture(scope="module")
def sample_clips(recordings: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> clips.Clips:
    return load(recordings, tmp_path_factory.mktemp("clips"))


@pytest.fixture(scope="module")
def trained(sample_clips: clips.Clips) -> layers.TorchNetwork:
    return train_one(sample_clips, RECIPE)


def load(recordings: pd.DataFrame, cache: Path) -> clips.Clips:
    return clips.load_clips(recordings, cache, options=ONE_JOB)


def train_one(of_clips: clips.Clips, recipe: loop.Recipe, **how: Any) -> layers.TorchNetwork:
    (network,) = loop.train(of_clips, [np.arange(len(of_clips.labels))], recipe, **how)
    return network


def same(one: layers.TorchNetwork, other: layers.TorchNetwork) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def check_against_core(network: layers.TorchNetwork, of_clips: clips.Clips, every: int) -> None:
    """Compare each row, pooled value, embedding and score with the core's, bit by bit."""
    content = network_files.to_bytes(lower(network))
    model = NetworkModel(content, describe("test", of_clips.catalogue, RECIPE))
    recognizer = UtteranceRecognizer(model)
    for clip in range(0, len(of_clips.labels), every):
        log_mel = of_clips.log_mel(clip)
        log_mel = log_mel[: len(log_mel) // network.stride * network.stride]
        with torch.no_grad():
            relative = layers.relative_to_peak(torch.from_numpy(log_mel.astype(np.float32))[None])
            rows = network.rows(network.quantized(relative[:, None]))
            pooled = network.pool(rows)
            embedding = network.embed(pooled)
        recognizer.reset()
        # The core is done with a row when the next one is a frame away.
        log_mel = np.concatenate([log_mel, log_mel[: network.stride - 1]])
        push_log_mel(recognizer, log_mel[: network.stride - 1])
        for time in range(rows.shape[3]):
            begin = network.stride * (time + 1) - 1
            push_log_mel(recognizer, log_mel[begin:][: network.stride])
            np.testing.assert_array_equal(recognizer.row(-1), rows[0, 0, :, time] * layers.STEP)
        answer = recognizer.estimate()
        np.testing.assert_array_equal(answer.pooled, pooled[0, 0] * layers.FINE_STEP)
        np.testing.assert_array_equal(answer.embedding, embedding[0, 0] * layers.FINE_STEP)
        np.testing.assert_allclose(
            answer.logits, network.logits(embedding)[0, 0].detach(), rtol=1e-6
        )
        speech = network.speech(embedding)[0, 0].sigmoid().item()
        assert answer.speech == pytest.approx(speech, abs=1e-5)


def test_what_is_trained_is_what_the_core_computes(
    trained: layers.TorchNetwork, sample_clips: clips.Clips
) -> None:
    check_against_core(trained, sample_clips, 5)


def test_networks_train_side_by_side(sample_clips: clips.Clips) -> None:
    speaker = sample_clips.column("speaker")
    rows = [np.flatnonzero(speaker != out) for out in ("ravdess_19", "ravdess_20")]
    networks = loop.train(sample_clips, rows, RECIPE)
    assert not same(*networks)
    for network in networks:
        assert network.shape == RECIPE.shape
        check_against_core(network, sample_clips, 20)


def test_a_network_learns(trained: layers.TorchNetwork, sample_clips: clips.Clips) -> None:
    plain = augment.Strengths(0, 0, 0, 0, time_mask=1, band_mask=1)
    recipe = replace(
        RECIPE,
        steps=300,
        n_speakers=4,
        dropout=0,
        average=0.95,
        varied=0,
        shares={"ravdess": 0.5, "crema": 0.4, NO_SPEECH: 0.1},
        strengths=plain,
    )
    network = train_one(sample_clips, recipe)
    spoken = np.flatnonzero(sample_clips.labels < len(EMOTIONS))

    def accuracy(network: layers.TorchNetwork) -> float:
        found = []
        for clip in spoken:
            begin, end = sample_clips.spans[0, clip]
            log_mel = torch.from_numpy(sample_clips.log_mel(clip)[begin:end].astype(np.float32))
            relative = layers.relative_to_peak(log_mel[None])[:, None]
            with torch.no_grad():
                rows = network.rows(network.quantized(relative))
                logits = network.logits(network.embed(network.pool(rows)))
            found.append(int(logits.argmax()))
        return float(np.mean(found == sample_clips.labels[spoken]))

    assert accuracy(network) > max(0.4, accuracy(trained))


def test_an_interrupted_training_ends_as_an_uninterrupted_one(
    trained: layers.TorchNetwork,
    sample_clips: clips.Clips,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loop, "_CHECKPOINT_EVERY", 0.0)
    checkpoint = tmp_path / "test.checkpoint"
    for interrupted_at in (6, 11):  # before and after the switch to integers

        def interrupt(done: int, _total: int, last: int = interrupted_at) -> None:
            if done == last:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            train_one(sample_clips, RECIPE, checkpoint=checkpoint, progress=interrupt)
        assert checkpoint.exists()
    assert same(train_one(sample_clips, RECIPE, checkpoint=checkpoint), trained)
    # What comes after the training may be interrupted, too.
    monkeypatch.setattr(loop._Trainer, "step", lambda _: pytest.fail("trained again"))
    assert same(train_one(sample_clips, RECIPE, checkpoint=checkpoint), trained)


def test_a_checkpoint_of_another_recipe_is_not_used(
    trained: layers.TorchNetwork, sample_clips: clips.Clips, tmp_path: Path
) -> None:
    checkpoint = tmp_path / "test.checkpoint"

    def interrupt(done: int, _total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    other = replace(RECIPE, seed=7)
    with pytest.raises(KeyboardInterrupt):
        train_one(sample_clips, other, checkpoint=checkpoint, progress=interrupt)
    assert same(train_one(sample_clips, RECIPE, checkpoint=checkpoint), trained)


def test_batches_are_groups_of_one_speaker_that_the_network_may_see(
    sample_clips: clips.Clips,
) -> None:
    torch.manual_seed(0)
    speaker = sample_clips.column("speaker")
    rows = [np.flatnonzero(speaker != out) for out in ("ravdess_19", "ravdess_20")]
    shares = {"ravdess": 3.0, "crema": 1.0, NO_SPEECH: 1.0}
    sampler = speakers.SpeakerSampler(sample_clips, rows, shares, torch.device("cpu"))
    batch = sampler.draw(500).numpy().reshape(2, 500, speakers.PER_SPEAKER)
    for allowed, drawn in zip(rows, batch, strict=True):
        assert np.isin(drawn, allowed).all()
        silent = sample_clips.labels[drawn] == len(EMOTIONS)
        assert (silent.all(1) | ~silent.any(1)).all()
        assert silent[:, 0].mean() == pytest.approx(0.2, abs=0.06)
        assert (sample_clips.column("corpus")[drawn[:, 0]] == "ravdess").mean() == pytest.approx(
            0.6, abs=0.07
        )
        for group in speaker[drawn[~silent[:, 0]]]:
            assert len(set(group)) == 1
    labels = sample_clips.labels[batch[0]]
    most = [np.bincount(group).max() for group in labels if group[0] < len(EMOTIONS)]
    n_emotions = [len(set(group)) for group in labels if group[0] < len(EMOTIONS)]
    assert all(m <= -(-speakers.PER_SPEAKER // n) for m, n in zip(most, n_emotions, strict=True))


def test_a_corpus_is_not_asked_for_emotions_it_lacks(sample_clips: clips.Clips) -> None:
    rows = np.arange(len(sample_clips.labels))
    allowed = speakers.allowed_emotions(sample_clips, rows, smallest_class=1)
    crema = sample_clips.column("corpus") == "crema"
    has = {EMOTIONS[label] for label in sample_clips.labels[crema]}
    assert {EMOTIONS[i] for i in np.flatnonzero(allowed[np.flatnonzero(crema)[0]])} == has
    assert allowed[np.flatnonzero(~crema)].all()


def test_a_corpus_of_one_emotion_tells_it_from_all_others(sample_clips: clips.Clips) -> None:
    neutral = sample_clips.labels == EMOTIONS.index("neutral")
    read = replace(
        sample_clips,
        catalogue=sample_clips.catalogue.assign(corpus=np.where(neutral, "read", "acted")),
    )
    allowed = speakers.allowed_emotions(read, np.arange(len(neutral)), smallest_class=1)
    assert allowed[neutral].all()
    assert not allowed[~neutral][:, EMOTIONS.index("neutral")].any()


def test_train_net_writes_a_calibrated_file(
    recordings: pd.DataFrame, tmp_path: Path, sample_clips: clips.Clips
) -> None:
    del sample_clips  # only to be gathered first
    path = tmp_path / "small.aem"
    measured = train_net(recordings, path, cache=tmp_path / "cache", leave_out=["ravdess_19"])
    assert measured["speakers"] == ["ravdess_19"]
    assert 0 <= measured["uar"].get("ravdess", 0) <= 1
    model = NetworkModel.load(path)
    assert model.metadata.scores == measured
    assert "ravdess_19" not in model.metadata.speakers
    recognizer = load_model(path)
    assert recognizer.calibrated_on == ["ravdess_19"]
    assert recognizer.speech_threshold <= 0.5
    assert not path.with_suffix(".checkpoint").exists()


def test_a_network_of_all_recordings_is_written(recordings: pd.DataFrame, tmp_path: Path) -> None:
    """Nothing is left out to test it on, which ended the training after its last step."""
    path = tmp_path / "network.aem"
    assert train_net(recordings, path, cache=tmp_path / "cache") == {}
    assert load_model(path).calibrated_on == []


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04 torn"])
def test_a_damaged_checkpoint_is_not_used(
    trained: layers.TorchNetwork, sample_clips: clips.Clips, tmp_path: Path, content: bytes
) -> None:
    checkpoint = tmp_path / "test.checkpoint"
    checkpoint.write_bytes(content)
    assert same(train_one(sample_clips, RECIPE, checkpoint=checkpoint), trained)


def test_a_speaker_must_remain(recordings: pd.DataFrame, tmp_path: Path) -> None:
    everybody = set(recordings["speaker"])
    with pytest.raises(InputError, match="no emotion remains"):
        train_net(recordings, tmp_path / "x.aem", cache=tmp_path, leave_out=everybody)


def test_a_folder_that_cannot_be_made_is_found_at_once(
    recordings: pd.DataFrame, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    for out, cache, option in (("file", "cache", "--out"), ("out", "file", "--cache")):
        path = tmp_path / out / "x.aem"
        with pytest.raises(InputError, match=f"cannot be made a folder.*{option}"):
            train_net(recordings, path, cache=tmp_path / cache)


def test_a_clip_that_is_too_short_is_named(recordings: pd.DataFrame, tmp_path: Path) -> None:
    soundfile.write(path := tmp_path / "click.wav", np.arange(410, dtype=np.int16), 16_000)
    one = recordings.iloc[:1].assign(path=str(path))
    with pytest.raises(AudioError, match=r"click.wav: 410 samples are too short"):
        load(one, tmp_path / "cache")


def test_an_unknown_speaker_cannot_be_left_out(recordings: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"not in the catalogue\. .* named like '\w"):
        train_net(recordings, tmp_path / "x.aem", cache=tmp_path, leave_out=["nobody"])


@pytest.fixture(scope="module")
def crashes() -> Iterator[Crashes]:
    running = Crashes()
    yield running
    running.close()


def test_folds_and_corpora_are_left_out_as_a_whole(
    recordings: pd.DataFrame, tmp_path: Path
) -> None:
    folds = each_fold(recordings, tmp_path)
    assert list(folds) == [tmp_path / f"fold{number}.aem" for number in range(len(folds))]
    assert (np.sum(list(folds.values()), axis=0) == 1).all()
    corpora = each_corpus(recordings, tmp_path)
    assert tmp_path / "without_ravdess.aem" in corpora
    assert not any("noise" in path.name for path in corpora)
    for path, mask in corpora.items():
        assert set(recordings["corpus"][mask]) == {path.stem.removeprefix("without_")}


def test_networks_of_folds_have_files_of_their_own(
    recordings: pd.DataFrame, tmp_path: Path
) -> None:
    held_out = dict(list(each_fold(recordings, tmp_path / "out").items())[:2])
    scores = train_networks(
        recordings, held_out, RECIPE, cache=tmp_path / "cache", device="cpu", options=ONE_JOB
    )
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(
        path.name for path in held_out
    )
    for (path, mask), measured in zip(held_out.items(), scores, strict=True):
        metadata = NetworkModel.load(path).metadata
        assert not set(metadata.speakers) & set(recordings["speaker"][mask])
        assert metadata.scores == measured


def test_a_trained_network_is_calibrated_again_and_not_trained(
    recordings: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpora = each_corpus(recordings, tmp_path / "corpora")
    train_networks(recordings, corpora, RECIPE, cache=tmp_path, device="cpu", options=ONE_JOB)
    confidence = strangers_confidence(recordings, tmp_path / "corpora", ONE_JOB)
    assert set(confidence.speakers) == set(recordings["speaker"][np.any(list(corpora.values()), 0)])
    monkeypatch.setattr(loop._Trainer, "step", lambda _: pytest.fail("trained again"))
    (path, mask), *_ = corpora.items()
    before = NetworkModel.load(path)
    options: dict[str, Any] = {"cache": tmp_path, "device": "cpu", "options": ONE_JOB}
    train_networks(recordings, {path: mask}, RECIPE, of_strangers=confidence, **options)
    after = NetworkModel.load(path)
    assert after.temperature == pytest.approx(confidence.temperature, rel=1e-3)
    assert after.threshold == pytest.approx(confidence.threshold)
    np.testing.assert_array_equal(after.network.head_weights, before.network.head_weights)
    with pytest.raises(InputError, match="no network that a corpus was left out of"):
        strangers_confidence(recordings, tmp_path / "nowhere", ONE_JOB)


def test_a_corpus_that_is_not_there_cannot_be_left_out(recordings: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="'tess' is not in the catalogue, which has crema"):
        of_corpora(recordings, ["tess"])


@pytest.mark.parametrize("device", ["tpu", "cuda"])
def test_a_device_that_is_not_there_is_named(
    device: str, recordings: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="device"):
        train_net(recordings, tmp_path / "x.aem", cache=tmp_path, device=device)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_train_net_killed_at_any_change_or_without_room(
    crashes: Crashes, recordings: pd.DataFrame, tmp_path: Path
) -> None:
    """The old network stays until there is the new one, with the bytes of an undisturbed one."""
    catalogue, whole, out = tmp_path / "few.csv", tmp_path / "whole", tmp_path / "out"
    few = recordings[recordings["corpus"] == "crema"].iloc[3:6]
    few.to_csv(catalogue, index=False)

    def command(folder: Path) -> list[object]:
        where = ["--out", folder / "x.aem", "--cache", tmp_path / "cache", "--jobs", 1]
        return ["train-net", catalogue, *where, "--steps", 5, "--leave-out", "crema_1038"]

    def run(folder: Path, **how: int) -> Outcome:
        return crashes.run(*command(folder), below=folder, program="small_training", **how)

    assert run(whole).status == 0  # with the log-mel energies in the cache
    n_changes = run(whole).n_changes
    new = (whole / "x.aem").read_bytes()
    for moment in range(2, n_changes + 1, 2):
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        (out / "x.aem").write_bytes(b"old")
        assert run(out, kill_at=moment).status == -signal.SIGKILL
        assert (out / "x.aem").read_bytes() in (b"old", new)
        without_room = run(out, largest_file=2500)
        assert without_room.status == 1
        assert re.search(r"error: .*cannot be written \(file too large\)", without_room.errors)
        assert run(out).status == 0
        assert [path.name for path in out.iterdir()] == ["x.aem"]
        assert (out / "x.aem").read_bytes() == new
