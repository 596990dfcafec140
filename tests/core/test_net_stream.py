"""The core's listener with a network: the other listener's utterances, the recognizer's answers."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from audio_emotion.data import audio
from audio_emotion.engine import _core
from audio_emotion.engine.listener import Event, Listener, NetworkListener
from audio_emotion.engine.utterance_recognizer import (
    AdaptationState,
    UtteranceRecognizer,
    UtteranceResult,
)
from audio_emotion.errors import InputError
from audio_emotion.recognition.predict import expand
from random_network_models import made_up

SR, BLOCK, MARGIN = 16_000, 160, 1_920

Samples = NDArray[np.int16]


@pytest.fixture(scope="module")
def stream(sample: Path) -> Samples:
    """Six clips with pauses, in a quiet room."""
    pause = np.zeros(SR, np.int16)
    clips = [audio.read(path) for path in expand([sample])[0][::7]]
    pcm = np.concatenate([pause, *(piece for clip in clips for piece in (clip, pause))])
    return pcm + np.rint(np.random.default_rng(0).normal(0, 5, len(pcm))).astype(np.int16)


def core_says(listener: NetworkListener) -> tuple[bytes, bytes, bytes]:
    """Scores, probabilities and embedding of the newest summary, bit for bit."""
    result = listener._listener.utterance.result
    buffer = _core.ffi.buffer
    return (
        bytes(buffer(result.logits)),
        bytes(buffer(result.probabilities)),
        bytes(buffer(result.embedding)),
    )


def recognizer_says(recognition: UtteranceResult) -> tuple[bytes, bytes, bytes]:
    return (
        recognition.logits.tobytes().ljust(28, b"\0"),
        recognition.probabilities.tobytes(),
        recognition.embedding.tobytes().ljust(128, b"\0"),
    )


def followed(
    pcm: Samples, lengths: tuple[int, ...] = (4096,), **config: int
) -> list[tuple[Event, tuple[bytes, bytes, bytes]]]:
    """Every event of a stream in pieces of these lengths, with what the core said then."""
    listener = made_up().listener(**config)
    assert isinstance(listener, NetworkListener)
    ends = np.cumsum(np.resize(lengths, 1 + len(pcm) * len(lengths) // sum(lengths)))
    found = []
    for piece in np.split(pcm, ends[ends < len(pcm)]):
        found += [(event, core_says(listener)) for event in listener.process(piece)]
    found += [(event, core_says(listener)) for event in listener.finish()]
    return found


def test_utterances_are_those_of_the_other_listener(stream: Samples) -> None:
    config = {"estimate_ms": 500, "pause_ms": 3000, "longest_s": 4}
    listener = Listener(**config)
    expected = [event[:4] for event in [*listener.process(stream), *listener.finish()]]
    assert [event[:4] for event, _ in followed(stream, **config)] == expected
    assert any(event[3] for event in expected), "else nothing was cut"


def test_answers_are_the_recognizers_who_gets_used_to_the_speaker(stream: Samples) -> None:
    adaptation = AdaptationState()
    recognizer = UtteranceRecognizer(made_up())
    kinds = []
    for event, said in followed(stream, estimate_ms=300):
        if event.kind == "began":
            continue
        recognizer.reset()
        recognizer.process(stream[event.start : event.end])
        answer = recognizer.finish if event.kind == "ended" else recognizer.estimate
        assert said == recognizer_says(answer(adaptation))
        assert event.features is not None
        assert event.features.astype(np.int16).tobytes() == said[2][: 2 * len(event.features)]
        kinds.append(event.kind)
    assert kinds.count("ended") >= 5
    assert kinds.count("estimate") > 20


def test_chunking_changes_no_bit(stream: Samples) -> None:
    part = stream[: 12 * SR]
    expected = [(event[:4], said) for event, said in followed(part, estimate_ms=500)]

    def same(lengths: tuple[int, ...]) -> bool:
        found = followed(part, lengths, estimate_ms=500)
        return [(event[:4], said) for event, said in found] == expected

    @settings(max_examples=10)
    @given(st.lists(st.integers(1, 2 * SR), min_size=1, max_size=9))
    def chunked(lengths: list[int]) -> None:
        assert same(tuple(lengths))

    chunked()
    assert all(same((length,)) for length in (64, 160, 256, 512))


def test_it_need_not_adapt_and_can_begin_with_another_speaker(stream: Samples) -> None:
    def probabilities(prepare: str) -> list[bytes]:
        listener = made_up().listener()
        if prepare == "stranger":
            listener._listener.adapts = False
        found = []
        for event in chain(listener.process(stream), listener.finish()):
            if event.kind == "ended":
                found.append(core_says(listener)[1])
                if prepare == "new speaker":
                    _core.lib.ae_adapt_reset(_core.ffi.addressof(listener._listener, "speaker"))
        return found

    recognizer = UtteranceRecognizer(made_up())
    strange, new, known = map(probabilities, ("stranger", "new speaker", "known"))
    ended = [event for event, _ in followed(stream) if event.kind == "ended"]
    for event, said, first in zip(ended, strange, new, strict=True):
        for adaptation, found in ((None, said), (AdaptationState(), first)):
            recognizer.reset()
            recognizer.process(stream[event.start : event.end])
            assert recognizer.estimate(adaptation).probabilities.tobytes() == found
    assert known[0] == new[0]
    assert all(a != b for a, b in zip(known[1:], new[1:], strict=True))
    assert all(a != b for a, b in zip(strange, new, strict=True))


def test_a_sound_that_is_no_speech_ends_so_and_changes_nobody(stream: Samples) -> None:
    """Between a threshold below all and one above all, the threshold decides."""
    lib = _core.lib

    def ends(threshold: float) -> list[tuple[bool, float, int]]:
        listener = made_up(speech_threshold=threshold).listener()
        found, used = [], _core.ffi.new("size_t *")
        pcm = _core.ffi.from_buffer("int16_t[]", stream)
        done, event = 0, lib.AE_NOTHING
        while done < len(stream) or event != lib.AE_NOTHING:
            event = listener._process(*listener._self, pcm + done, len(stream) - done, used)
            done += used[0]
            if event in {lib.AE_UTTERANCE_ENDED, lib.AE_NO_SPEECH}:
                state = listener._listener
                speech = state.utterance.result.speech
                found.append((event == lib.AE_UTTERANCE_ENDED, speech, state.speaker.n))
        return found

    speech = [speech for _, speech, _ in ends(0.0)]
    middle = sorted(speech)[len(speech) // 2]
    assert [end[0] for end in ends(0.0)] == [True] * len(speech)
    assert [end[::2] for end in ends(1.0)] == [(False, 0)] * len(speech)
    expected, n = [], 0
    for value in speech:
        n += value >= middle
        expected.append((value >= middle, value, n))
    assert ends(middle) == expected
    assert 0 < n < len(speech)


@pytest.mark.parametrize("tail", [0, 800, 4_000, 9_440])
def test_the_end_of_the_stream_ends_the_utterance(stream: Samples, tail: int) -> None:
    first = next(event for event, _ in followed(stream) if event.kind == "ended")
    pcm = stream[: first.end - MARGIN + tail]
    (event, said) = followed(pcm)[-1]
    assert event.kind == "ended"
    assert event.end == min(first.end, len(pcm) // BLOCK * BLOCK)
    recognizer = UtteranceRecognizer(made_up())
    recognizer.process(pcm[event.start : event.end])
    assert said == recognizer_says(recognizer.finish(AdaptationState()))


def test_memory_is_small() -> None:
    """Beside the arena, which is as large as the network wants."""
    size = _core.ffi.sizeof("struct ae_net_stream")
    assert size - _core.lib.AE_NET_ARENA <= 6 * 1024
    assert size <= 18 * 1024


def test_values_outside_their_limits_are_refused() -> None:
    with pytest.raises(InputError, match="pause_ms"):
        made_up().listener(pause_ms=3)
    with pytest.raises(InputError, match="pauses"):
        made_up().listener(pauses=3)


def test_null_is_refused() -> None:
    lib, null = _core.lib, _core.ffi.NULL
    assert lib.ae_net_stream_reset(null, null, null) < 0
    assert lib.ae_net_stream_process(null, null, null, 0, null) < 0
    assert lib.ae_net_stream_finish(null, null) < 0
