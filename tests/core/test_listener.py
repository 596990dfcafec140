"""The core's listener: utterances on a stream, and exactly their features."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import native
from audio_emotion.data import audio
from audio_emotion.engine import features
from audio_emotion.engine.listener import Event, Listener
from audio_emotion.errors import InputError
from audio_emotion.recognition.predict import expand
from conftest import REPOSITORY

SR, BLOCK = 16_000, 160
MARGIN = 12 * BLOCK

Samples = NDArray[np.int16]


def room(seconds: float, dbfs: float = -75, seed: int = 0) -> Samples:
    """White noise; dbfs is its RMS."""
    noise = np.random.default_rng(seed).normal(0, 32768 * 10 ** (dbfs / 20), int(seconds * SR))
    return np.clip(np.rint(noise), -32768, 32767).astype(np.int16)


def voice(seconds: float, dbfs: float = -20) -> Samples:
    """Harmonics of 150 Hz; 8 dB above dbfs at its peaks, pulsing four times a second."""
    n = np.arange(int(seconds * SR)) / SR
    pulses = sum(np.cos(2 * np.pi * 150 * k * n) for k in range(1, 12))
    syllables = 0.3 + np.abs(np.sin(2 * np.pi * 2 * n))
    signal = pulses * syllables
    signal *= 32768 * 10 ** (dbfs / 20) / np.sqrt(np.mean(signal**2))
    return np.clip(np.rint(signal), -32768, 32767).astype(np.int16)


def events_of(pcm: Samples, **config: int) -> list[Event]:
    listener = Listener(**config)
    return [*listener.process(pcm), *listener.finish()]


def utterances_of(pcm: Samples, **config: int) -> list[Event]:
    return [event for event in events_of(pcm, **config) if event.kind == "ended"]


@pytest.fixture(scope="module")
def clips(sample: Path) -> list[Samples]:
    return [audio.read(path) for path in expand([sample])[0]]


@pytest.fixture(scope="module")
def stream(clips: list[Samples]) -> Samples:
    """Six clips with pauses."""
    pieces = [room(1)]
    for clip in clips[::7]:
        pieces += [clip, room(1.5)]
    return np.concatenate(pieces)


def same(a: Event, b: Event) -> bool:
    if a[:4] != b[:4] or (a.features is None) != (b.features is None):
        return False
    return a.features is None or a.features.tobytes() == b.features.tobytes()


def test_chunking_changes_no_bit(stream: Samples) -> None:
    expected = events_of(stream, estimate_ms=500)
    assert {event.kind for event in expected} == {"began", "estimate", "ended"}

    @settings(max_examples=15, deadline=None)
    @given(st.lists(st.integers(1, 3 * SR), min_size=1, max_size=9))
    def chunked(lengths: list[int]) -> None:
        listener = Listener(estimate_ms=500)
        events = []
        ends = np.cumsum(np.resize(lengths, 1 + len(stream) * len(lengths) // sum(lengths)))
        for chunk in np.split(stream, ends[ends < len(stream)]):
            events += listener.process(chunk)
        events += listener.finish()
        assert len(events) == len(expected)
        assert all(map(same, events, expected))

    chunked()
    for length in (1, 64, 160, 256, 512):  # what a DMA would give
        listener = Listener(estimate_ms=500)
        part = stream[: 4 * SR]
        pieces = [part[k : k + length] for k in range(0, len(part), length)]
        events = [event for piece in pieces for event in listener.process(piece)]
        assert all(map(same, events, expected))
        assert len(events) >= 2


def test_features_are_exactly_those_of_the_samples(stream: Samples) -> None:
    described = [e for e in events_of(stream, estimate_ms=300) if e.features is not None]
    assert len(described) > 20
    for event in described:
        expected = features.extract(stream[event.start : event.end])
        assert event.features is not None
        assert event.features.tobytes() == expected.tobytes()


def test_one_clip_gives_one_utterance(clips: list[Samples]) -> None:
    """Almost always: some actors pause for longer than 0.6 s."""
    counts = [len(utterances_of(np.concatenate([room(1), clip, room(1)]))) for clip in clips]
    assert counts.count(1) >= 0.95 * len(clips)
    assert max(counts) <= 2
    assert min(counts) >= 1


def test_features_are_close_to_those_of_the_clip(clips: list[Samples]) -> None:
    """What differs is the silence around the speech: levels, their spread and the share of voice.

    In units of the standard deviation that a feature has over the clips, the median of all
    differences is 0.12; of one feature's it is at most 0.73 (rms_db_std).
    """
    pairs = []
    for clip in clips:
        found = utterances_of(np.concatenate([room(1), clip, room(1)]))
        if len(found) == 1:
            pairs.append((found[0].features, features.extract(clip)))
    heard, alone = (np.array(side, float) for side in zip(*pairs, strict=True))
    spread = alone.std(axis=0)
    difference = np.abs(heard - alone)[:, spread > 0] / spread[spread > 0]
    assert np.median(difference) < 0.2
    assert np.median(difference, axis=0).max() < 1


@pytest.mark.parametrize("dbfs", [-90, -70, -50, -30, -10])
def test_noise_is_nobody(dbfs: float) -> None:
    assert events_of(room(20, dbfs)) == []


def test_silence_is_nobody() -> None:
    assert events_of(np.zeros(10 * SR, np.int16)) == []
    assert events_of(np.full(10 * SR, -12345, np.int16)) == []
    assert events_of(np.empty(0, np.int16)) == []


@pytest.mark.parametrize("dbfs", range(-40, 1, 10))
def test_any_level(dbfs: int) -> None:
    quiet = room(2, dbfs - 35)
    pcm = np.concatenate([quiet, voice(2, dbfs), quiet])
    (utterance,) = utterances_of(pcm)
    assert abs(utterance.start + MARGIN - 2 * SR) <= 5 * BLOCK
    assert abs(utterance.end - MARGIN - 4 * SR) <= 5 * BLOCK


def test_pauses_are_bridged_up_to_a_length() -> None:
    for pause_s, count in ((0.5, 1), (0.8, 2)):
        pcm = np.concatenate([room(1), voice(1), room(pause_s), voice(1), room(1)])
        assert len(utterances_of(pcm)) == count
    for event in utterances_of(pcm, pause_ms=1000):
        assert event.end - event.start > 2.8 * SR


def test_the_pause_is_not_in_the_utterance_but_its_margins_are() -> None:
    pcm = np.concatenate([room(1), voice(1), room(3)])
    (utterance,) = utterances_of(pcm)
    assert 0 <= SR - utterance.start <= MARGIN
    assert 0 <= utterance.end - 2 * SR <= MARGIN + BLOCK


def test_a_sound_at_once() -> None:
    pcm = np.concatenate([room(0.05), voice(1), room(1)])
    (utterance,) = utterances_of(pcm)
    assert utterance.start == 0


def test_a_click_is_no_utterance() -> None:
    pcm = room(5)
    for at in range(SR, 5 * SR, SR // 2):
        pcm[at : at + SR // 10] += voice(0.1)
    assert events_of(pcm) == []


def test_a_long_utterance_is_cut_and_goes_on() -> None:
    pcm = np.concatenate([room(1), voice(9), room(1)])
    found = utterances_of(pcm, longest_s=2)
    assert [event.cut for event in found] == [True] * (len(found) - 1) + [False]
    for before, after in pairwise(found):
        assert before.end - before.start == 2 * SR
        assert after.start == before.end


def test_estimates_come_at_their_interval() -> None:
    pcm = np.concatenate([room(1), voice(3), room(2)])
    began, *estimates, ended = events_of(pcm, estimate_ms=500)
    assert (began.kind, ended.kind) == ("began", "ended")
    assert {event.kind for event in estimates} == {"estimate"}
    assert {b.end - a.end for a, b in pairwise(estimates)} == {SR // 2}
    assert len(estimates) in (5, 6)
    assert all(event.start == ended.start and event.end <= ended.end for event in estimates)


@pytest.mark.parametrize("tail_ms", [0, 50, 150, 300, 590])
def test_the_end_of_the_stream_ends_the_utterance(tail_ms: int) -> None:
    pcm = np.concatenate([room(1), voice(1), room(tail_ms / 1000)])
    (utterance,) = utterances_of(pcm)
    longer = np.concatenate([pcm, room(2, seed=1)])
    (expected,) = utterances_of(longer)
    assert utterance.end == min(len(pcm), expected.end)
    assert utterance.features is not None
    described = features.extract(pcm[utterance.start : utterance.end])
    assert utterance.features.tobytes() == described.tobytes()


def test_days_of_listening() -> None:
    """Sample counters pass 2^32 after 74 hours; nothing else counts that long."""
    ffi, lib = native.load(
        """
        struct ae_utterance { uint64_t start, end; };
        void probe_skip_to(uint64_t sample);
        int probe_process(const int16_t *pcm, size_t n, size_t *used);
        struct ae_utterance *probe_utterance(void);
        size_t probe_bytes(void);
        """,
        *sorted(path.name for path in native.CORE.glob("*.c")),
        str(REPOSITORY / "tests" / "helpers" / "listener_probe.c"),
        extra=(f"-I{native.CORE}",),
    )
    pcm = np.concatenate([room(1), voice(2), room(2)])
    (expected,) = utterances_of(pcm)
    begin = 2**32 - 2 * SR
    lib.probe_skip_to(begin)
    used = ffi.new("size_t *")
    done = 0
    kinds = []
    while done < len(pcm):
        rest = pcm[done:].copy()
        kinds.append(lib.probe_process(native.pointer(ffi, "int16_t *", rest), len(rest), used))
        done += used[0]
    assert kinds == [1, 3, 0]
    utterance = lib.probe_utterance()
    assert (utterance.start, utterance.end) == (begin + expected.start, begin + expected.end)
    assert lib.probe_bytes() <= 24 * 1024


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("on_db", 0), ("on_db", 61), ("off_db", 9), ("quietest_dbfs", 1)),
        *(("shortest_ms", 9), ("shortest_ms", 1001), ("pause_ms", 239), ("pause_ms", 5001)),
        *(("longest_s", 1), ("longest_s", 3601), ("estimate_ms", 9), ("estimate_ms", 10001)),
    ],
)
def test_values_outside_their_limits_are_refused(name: str, value: int) -> None:
    with pytest.raises(InputError, match=name):
        Listener(**{name: value})


def test_unknown_options_are_refused() -> None:
    with pytest.raises(InputError, match="pause_ms"):
        Listener(pauses=3)
