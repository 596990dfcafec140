"""Years of listening: clocks that pass 2^32 samples, blocks, and any date."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

import native
import random_networks
from audio_emotion.engine.network_file import to_bytes
from conftest import REPOSITORY

SR = 16_000
PER_YEAR = 365 * 24 * 3600 * SR

CDEF = """
    struct ae_prediction {
        float probabilities[7], logits[7]; int16_t embedding[64]; float speech;
    };
    struct ae_net_stream_utterance { uint64_t start, end; struct ae_prediction result; bool cut; };
    int probe_begin(const void *bytes, size_t n, uint64_t sample, uint32_t n_quiet);
    int probe_process(const int16_t *pcm, size_t n, size_t *used);
    const struct ae_net_stream_utterance *probe_utterance(void);
"""


class Probe:
    """The listener with a network, whose clocks can be set."""

    def __init__(self) -> None:
        sources = [path.name for path in sorted(native.CORE.glob("*.c"))]
        probe = str(REPOSITORY / "tests" / "helpers" / "long_probe.c")
        self.ffi, self.lib = native.load(CDEF, *sources, probe, extra=(f"-I{native.CORE}",))
        content = to_bytes(dataclasses.replace(random_networks.example(), speech_threshold=0.0))
        self.words = np.frombuffer(content, np.uint32).copy()

    def begin(self, sample: int = 0, n_quiet: int = 0) -> None:
        words = native.pointer(self.ffi, "void *", self.words)
        assert self.lib.probe_begin(words, self.words.nbytes, sample, n_quiet) == 0

    def utterances(self, pcm: NDArray[np.int16]) -> list[tuple[int, int, bytes]]:
        used, done, found = self.ffi.new("size_t *"), 0, []
        while done < len(pcm):
            rest = native.pointer(self.ffi, "int16_t *", pcm[done:])
            if self.lib.probe_process(rest, len(pcm) - done, used) == 3:
                utterance = self.lib.probe_utterance()
                result = bytes(self.ffi.buffer(self.ffi.addressof(utterance.result)))
                found.append((utterance.start, utterance.end, result))
            done += used[0]
        return found


@pytest.fixture(scope="module")
def probe() -> Probe:
    return Probe()


def speech() -> NDArray[np.int16]:
    """Two seconds of noise in bursts, in a quiet room."""
    sample = np.arange(5 * SR)
    burst = (sample > SR) & (sample < 3 * SR)
    loud = np.where(burst, 3000 * (0.3 + np.abs(np.sin(2 * np.pi * 2 * sample / SR))), 5)
    noise = np.random.default_rng(1).normal(0, 1, len(sample))
    return np.rint(np.convolve(loud * noise, np.ones(4) / 4, "same")).astype(np.int16)


@pytest.mark.parametrize("years", [0.0085, 1.36, 100])
def test_the_clock_passes_any_date(probe: Probe, years: float) -> None:
    """2^32 samples are 74 hours, 2^32 blocks of silence are 497 days; both within an utterance."""
    pcm = speech()
    probe.begin()
    expected = probe.utterances(pcm)
    assert len(expected) == 1
    now = int(years * PER_YEAR) // 160 * 160
    for begin in (now, 2**32 - 2 * SR, 2**32 * 7 - 2 * SR):
        probe.begin(sample=begin, n_quiet=2**32 - 150)
        found = probe.utterances(pcm)
        assert found == [(start + begin, end + begin, result) for start, end, result in expected]
