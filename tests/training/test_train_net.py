"""Training of the network, on the recordings of sample/: small, but the whole way."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

torch = pytest.importorskip("torch", reason="PyTorch, of the extra [train], is not installed")

import small_training  # noqa: E402
from audio_emotion.data.catalogue import catalogue  # noqa: E402
from audio_emotion.engine import network_file as network_files  # noqa: E402
from audio_emotion.engine.emotions import EMOTIONS  # noqa: E402
from audio_emotion.engine.utterance_recognizer import UtteranceRecognizer  # noqa: E402
from audio_emotion.errors import AudioError, InputError  # noqa: E402
from audio_emotion.progress import RunOptions  # noqa: E402
from audio_emotion.recognition.model import load_model  # noqa: E402
from audio_emotion.recognition.network_model import NetworkModel  # noqa: E402
from audio_emotion.training.network import assess, augment, clips, layers, loop, speakers  # noqa: E402
from audio_emotion.training.network.lower import lower  # noqa: E402
from audio_emotion.training.network.train_net import NO_NOISE, describe, train_net  # noqa: E402
from conftest import REPOSITORY  # noqa: E402
from crashes import Crashes, Outcome  # noqa: E402
from random_networks import push_log_mel  # noqa: E402

SAMPLE = REPOSITORY / "sample"
ONE_JOB = RunOptions(jobs=1)
RECIPE = loop.Recipe(steps=12, **small_training.SMALL)


@pytest.fixture(scope="module")
def recordings() -> pd.DataFrame:
    return catalogue(SAMPLE).utterances


@pytest.fixture(scope="module")
def sample_clips(recordings: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> clips.Clips:
    return clips.load_clips(recordings, tmp_path_factory.mktemp("clips"), ONE_JOB)


@pytest.fixture(scope="module")
def trained(sample_clips: clips.Clips) -> layers.TorchNetwork:
    return loop.train(sample_clips, np.arange(len(sample_clips.labels)), NO_NOISE, RECIPE)


def same(one: layers.TorchNetwork, other: layers.TorchNetwork) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_what_is_trained_is_what_the_core_computes(
    trained: layers.TorchNetwork, sample_clips: clips.Clips
) -> None:
    model = NetworkModel(
        network_files.to_bytes(lower(trained)), describe("test", sample_clips.catalogue, RECIPE)
    )
    recognizer = UtteranceRecognizer(model)
    for clip in range(0, len(sample_clips.labels), 5):
        log_mel = sample_clips.log_mel(clip)
        log_mel = log_mel[: len(log_mel) // trained.stride * trained.stride]
        with torch.no_grad():
            inputs = torch.from_numpy(log_mel.astype(np.float32))
            rows = trained.rows(layers.quantized_input(inputs, trained.center)[None])
            pooled = trained.pool(rows)
            embedding = trained.embed(pooled)
            logits = trained.logits(embedding)
        recognizer.reset()
        # The core is done with a row when the next one is a frame away.
        log_mel = np.concatenate([log_mel, log_mel[: trained.stride - 1]])
        push_log_mel(recognizer, log_mel[: trained.stride - 1])
        for time in range(rows.shape[2]):
            begin = trained.stride * (time + 1) - 1
            push_log_mel(recognizer, log_mel[begin:][: trained.stride])
            np.testing.assert_array_equal(recognizer.row(-1), rows[0, :, time] * layers.STEP)
        answer = recognizer.estimate()
        np.testing.assert_array_equal(answer.pooled, pooled[0] * layers.FINE_STEP)
        np.testing.assert_array_equal(answer.embedding, embedding[0] * layers.FINE_STEP)
        np.testing.assert_allclose(answer.logits, logits[0], rtol=1e-6)


def test_a_network_learns(trained: layers.TorchNetwork, sample_clips: clips.Clips) -> None:
    plain = augment.Strengths(0, 0, 0, 0, 0, 0, time_mask=1, band_mask=1)
    recipe = replace(
        RECIPE, steps=200, n_speakers=4, dropout=0, average=0.95, other_speed=0, strengths=plain
    )
    network = loop.train(sample_clips, np.arange(len(sample_clips.labels)), NO_NOISE, recipe)

    def accuracy(network: layers.TorchNetwork) -> float:
        found = []
        for clip in range(len(sample_clips.labels)):
            begin, end = sample_clips.spans[0, clip]
            log_mel = torch.from_numpy(sample_clips.log_mel(clip)[begin:end].astype(np.float32))
            inputs = layers.quantized_input(log_mel, network.center)[None]
            with torch.no_grad():
                logits = network.logits(network.embed(network.pool(network.rows(inputs))))
            found.append(int(logits.argmax()))
        return float(np.mean(found == sample_clips.labels))

    assert accuracy(network) > max(0.4, accuracy(trained))


def test_an_interrupted_training_ends_as_an_uninterrupted_one(
    trained: layers.TorchNetwork,
    sample_clips: clips.Clips,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loop, "_CHECKPOINT_EVERY", 4)
    checkpoint = tmp_path / "test.checkpoint"
    rows = np.arange(len(sample_clips.labels))
    for interrupted_at in (6, 11):  # before and after the switch to integers

        def interrupt(done: int, _total: int, last: int = interrupted_at) -> None:
            if done == last:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            loop.train(
                sample_clips, rows, NO_NOISE, RECIPE, checkpoint=checkpoint, progress=interrupt
            )
        assert checkpoint.exists()
    assert same(loop.train(sample_clips, rows, NO_NOISE, RECIPE, checkpoint=checkpoint), trained)
    # What comes after the training may be interrupted, too.
    monkeypatch.setattr(loop._Trainer, "step", lambda _: pytest.fail("trained again"))
    assert same(loop.train(sample_clips, rows, NO_NOISE, RECIPE, checkpoint=checkpoint), trained)


def test_a_checkpoint_of_another_recipe_is_not_used(
    trained: layers.TorchNetwork, sample_clips: clips.Clips, tmp_path: Path
) -> None:
    checkpoint = tmp_path / "test.checkpoint"
    rows = np.arange(len(sample_clips.labels))

    def interrupt(done: int, _total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    other = replace(RECIPE, seed=7)
    with pytest.raises(KeyboardInterrupt):
        loop.train(sample_clips, rows, NO_NOISE, other, checkpoint=checkpoint, progress=interrupt)
    assert same(loop.train(sample_clips, rows, NO_NOISE, RECIPE, checkpoint=checkpoint), trained)


def test_log_mel_is_read_again_only_if_a_recording_changed(
    recordings: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = recordings.iloc[:3]
    first = clips.load_clips(few, tmp_path, ONE_JOB)
    with monkeypatch.context() as context:
        context.setattr(clips, "_compute", lambda *_: pytest.fail("read again"))
        again = clips.load_clips(few, tmp_path, ONE_JOB)
    np.testing.assert_array_equal(first.log_mel(2, 3), again.log_mel(2, 3))
    assert len(clips.load_clips(recordings.iloc[1:3], tmp_path, ONE_JOB).labels) == 2


def test_speeds_change_length_as_they_should(sample_clips: clips.Clips) -> None:
    for k, speed in enumerate(clips.SPEEDS):
        assert len(sample_clips.log_mel(0, k)) == pytest.approx(
            len(sample_clips.log_mel(0)) / speed, abs=4
        )


def test_batches_are_groups_of_one_speaker(sample_clips: clips.Clips) -> None:
    drawn = speakers.SpeakerSampler(sample_clips, np.arange(len(sample_clips.labels)))
    batch = drawn.draw(6, np.random.default_rng(0)).reshape(6, speakers.PER_SPEAKER)
    for group in sample_clips.column("speaker")[batch]:
        assert len(set(group)) == 1


def test_a_speaker_without_previous_utterances_has_no_mean() -> None:
    torch.manual_seed(0)
    embeddings = torch.randn(4 * speakers.PER_SPEAKER, 3)
    means = speakers.speaker_means(embeddings)
    unknown = (means == 0).all(1)
    assert 0.3 < unknown.float().mean() < 0.8
    # Shrunk towards 0: never beyond what the group holds.
    assert means.abs().max() < embeddings.abs().max()


def test_a_corpus_is_not_asked_for_emotions_it_lacks(sample_clips: clips.Clips) -> None:
    rows = np.arange(len(sample_clips.labels))
    allowed = speakers.allowed_emotions(sample_clips, rows, smallest_class=1)
    crema = sample_clips.column("corpus") == "crema"
    has = {EMOTIONS[label] for label in sample_clips.labels[crema]}
    assert {EMOTIONS[i] for i in np.flatnonzero(allowed[np.flatnonzero(crema)[0]])} == has
    assert allowed[np.flatnonzero(~crema)].all()


@pytest.mark.parametrize("n_noises", [0, 2])
def test_augmentation_keeps_shape_and_range(n_noises: int) -> None:
    torch.manual_seed(0)
    energies = 30 * torch.rand(16, 50, 40)
    noises = torch.randint(0, 9000, (n_noises, 70, 40), dtype=torch.int16)
    strengths = augment.Strengths(telephone=0.5, noisy=0.8, reverberant=0.5)
    varied = augment.vary(energies, noises, strengths)
    assert varied.shape == energies.shape
    assert torch.isfinite(varied).all()
    assert varied.min() >= 0
    masked = augment.mask(varied + 1, strengths)
    assert 0 < (masked == 0).float().mean() < 0.6


def test_train_net_writes_a_calibrated_file(
    recordings: pd.DataFrame, tmp_path: Path, sample_clips: clips.Clips
) -> None:
    del sample_clips  # only to be gathered first
    path = tmp_path / "small.aem"
    measured = train_net(
        recordings,
        path,
        RECIPE,
        cache=tmp_path / "cache",
        leave_out=["ravdess_19"],
        options=ONE_JOB,
    )
    assert measured["speakers"] == ["ravdess_19"]
    assert 0 <= measured["uar"].get("ravdess", 0) <= 1
    model = NetworkModel.load(path)
    assert model.metadata.scores == measured
    assert "ravdess_19" not in model.metadata.speakers
    recognizer = load_model(path)
    assert recognizer.threshold == assess.CONFIDENCE_THRESHOLD
    assert not path.with_suffix(".checkpoint").exists()


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04 torn"])
def test_a_damaged_checkpoint_is_not_used(
    trained: layers.TorchNetwork, sample_clips: clips.Clips, tmp_path: Path, content: bytes
) -> None:
    checkpoint = tmp_path / "test.checkpoint"
    checkpoint.write_bytes(content)
    rows = np.arange(len(sample_clips.labels))
    assert same(loop.train(sample_clips, rows, NO_NOISE, RECIPE, checkpoint=checkpoint), trained)


def test_a_speaker_must_remain(recordings: pd.DataFrame, tmp_path: Path) -> None:
    everybody = set(recordings["speaker"])
    with pytest.raises(InputError, match="none remains"):
        train_net(recordings, tmp_path / "x.aem", RECIPE, cache=tmp_path, leave_out=everybody)


def test_a_folder_that_cannot_be_made_is_found_at_once(
    recordings: pd.DataFrame, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    for out, cache, option in (("file", "cache", "--out"), ("out", "file", "--cache")):
        path = tmp_path / out / "x.aem"
        with pytest.raises(InputError, match=f"cannot be made a folder.*{option}"):
            train_net(recordings, path, RECIPE, cache=tmp_path / cache)


def test_a_clip_that_is_too_short_is_named(recordings: pd.DataFrame, tmp_path: Path) -> None:
    soundfile.write(path := tmp_path / "click.wav", np.arange(410, dtype=np.int16), 16_000)
    one = recordings.iloc[:1].assign(path=str(path))
    with pytest.raises(AudioError, match=r"click.wav: 410 samples are too short"):
        clips.load_clips(one, tmp_path / "cache", ONE_JOB)


def test_an_unknown_speaker_cannot_be_left_out(recordings: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"not in the catalogue\. .* named like '\w"):
        train_net(recordings, tmp_path / "x.aem", RECIPE, cache=tmp_path, leave_out=["nobody"])


@pytest.fixture(scope="module")
def crashes() -> Iterator[Crashes]:
    running = Crashes()
    yield running
    running.close()


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
        assert re.search(r"error: .*cannot be written \(File too large\)", without_room.errors)
        assert run(out).status == 0
        assert [path.name for path in out.iterdir()] == ["x.aem"]
        assert (out / "x.aem").read_bytes() == new
