"""The network on emulated processors: the same bits as here, within its budget.

Counted with zig 0.17.1 (clang) at -O3; the head-room of 3 % is for other versions.
"""

from __future__ import annotations

import numpy as np
import pytest

import random_networks
from audio_emotion.devices import emulator
from audio_emotion.engine import features
from audio_emotion.engine.network_file import Metadata, Network, to_bytes
from audio_emotion.engine.utterance_recognizer import AdaptationState, UtteranceRecognizer
from audio_emotion.recognition.network_model import NetworkModel
from net_probe import SOURCES

SNIPPET = """
    #include "net_utterance.h"
    static struct ae_net net;
    static struct ae_net_state state;
    static union ae_net_work work;
    static struct ae_adapt adapt;
    static struct ae_prediction result;
    CALLABLE int begin(const struct ae_net_header *file) {
        const int status = ae_net_open(&net, file, file->n_bytes);
        if (status == AE_OK)
            ae_net_reset(&state, &net);
        ae_adapt_reset(&adapt);
        return status;
    }
    /* The file is the first argument of every call, so that it stays where it is. */
    CALLABLE void process(const struct ae_net_header *file, const int16_t *frames, int n) {
        for (; n > 0; n--, frames += AE_N_MELS)
            ae_net_push(&state, &net, frames, &work);
    }
    CALLABLE void predict(const struct ae_net_header *file) {
        ae_net_predict(&state, &net, &adapt, &work, &result);
        if (ae_net_is_speech(&net, result.speech))
            ae_adapt_update(&adapt, &net, result.embedding);
    }
"""

HEADROOM = 1.03
PERIOD = 4  # frames per row
# Per frame, in the mean; of the slowest frame; of the answer.
BUDGETS = {
    ("cortex-m0plus", "example"): (86_800, 96_600, 110_000),
    ("cortex-m0plus", "example_2d"): (131_500, 199_100, 99_100),
    ("cortex-m0plus", "large"): (186_100, 236_700, 116_200),
    ("cortex-m4f", "example"): (42_200, 46_200, 32_400),
    ("cortex-m4f", "example_2d"): (64_100, 95_500, 31_800),
    ("cortex-m4f", "large"): (89_000, 112_700, 42_600),
}
STACK_BYTES = 580

EXAMPLES = {
    "example": random_networks.example(),
    "example_2d": random_networks.example_2d(),
    "large": random_networks.example(*random_networks.DEFAULT),
}


@pytest.fixture(scope="module", params=emulator.PROCESSORS)
def cpu(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def program(cpu: str) -> emulator.Program:
    sources = [emulator.CORE / f"{name}.c" for name in SOURCES]
    return emulator.compile_program(cpu, sources, SNIPPET)


def words(network: Network) -> np.ndarray:
    return np.frombuffer(to_bytes(network), np.uint32).copy()


def assert_same_bits(program: emulator.Program, network: Network, frames: np.ndarray) -> None:
    file, n = words(network), len(network.emotions)
    recognizer = UtteranceRecognizer(NetworkModel(file.tobytes(), Metadata("", "", "", "", "", [])))
    random_networks.push_log_mel(recognizer, frames)
    adaptation = AdaptationState()
    assert program.call("begin", file).value == 0
    program.call("process", file, frames, len(frames))
    for _ in range(2):
        program.call("predict", file)
        expected = recognizer.finish(adaptation)
        there = program.memory_of("result", 4 * 7 + 4 * 7 + 2 * 64 + 4)
        assert there[:28] == expected.probabilities.tobytes()
        assert there[28 : 28 + 4 * n] == expected.logits.tobytes()
        assert there[56 : 56 + 2 * network.n_embedding] == expected.embedding.tobytes()
        assert there[-4:] == np.float32(expected.speech).tobytes()


@pytest.mark.parametrize("name", EXAMPLES)
def test_same_bits_as_here(program: emulator.Program, name: str) -> None:
    assert_same_bits(program, EXAMPLES[name], random_networks.log_mel(5, 40))


@pytest.mark.parametrize("seed", range(8))
def test_same_bits_of_odd_sizes(program: emulator.Program, seed: int) -> None:
    """Channels that no block of four holds, windows that need padding, dilation."""
    random = np.random.default_rng(seed)
    outputs = [int(n) for n in random.integers(1, 12, 4)]
    maker = random_networks.Maker(seed)
    maker.layer(outputs[0], (3, 5), shape=(40, 1), stride=(1 + seed % 2, 3), relu=1)
    width = 12 * outputs[0]
    maker.layer(outputs[1], (2, 1), shape=(1, width), dilation=3)
    maker.layer(outputs[1], (3, 1), shape=(1, outputs[1]), depthwise=True, dilation=2)
    maker.layer(outputs[1], shape=(1, outputs[1]), residual=1)
    maker.layer(outputs[2] + 1, shape=(1, outputs[1]), relu=1)
    network = maker.network(outputs[2], outputs[3], 5)
    assert_same_bits(program, network, random_networks.log_mel(seed, 30))


@pytest.mark.parametrize(("cpu", "name"), BUDGETS, indirect=["cpu"], scope="module")
def test_budget(cpu: str, program: emulator.Program, name: str) -> None:
    file = words(EXAMPLES[name])
    frames = random_networks.log_mel(3, 10 * PERIOD)
    program.call("begin", file)
    runs = [program.call("process", file, frame, 1) for frame in frames]
    answer = program.call("predict", file)
    costs = [run.instructions for run in runs]
    mean, largest, answering = BUDGETS[cpu, name]
    assert np.mean(costs) <= mean * HEADROOM
    assert max(costs) <= largest * HEADROOM
    assert answer.instructions <= answering * HEADROOM
    assert max(run.stack_bytes for run in (*runs, answer)) <= STACK_BYTES


def test_whole_recognizer_leaves_descriptors_out() -> None:
    """A program that only recognizes has no pitch, formants or other features in it."""
    snippet = """
        #include "net_utterance.h"
        static struct ae_net net;
        static struct ae_net_utterance utterance;
        static struct ae_prediction result;
        CALLABLE int begin(const void *file, size_t n) {
            int status = ae_net_open(&net, file, n);
            ae_net_utterance_reset(&utterance, &net);
            return status;
        }
        CALLABLE int process(const int16_t *pcm, size_t n) {
            return ae_net_utterance_process(&utterance, &net, pcm, n);
        }
        CALLABLE int finish(void) {
            return ae_net_utterance_finish(&utterance, &net, NULL, &result);
        }
    """
    sources = sorted(emulator.CORE.glob("*.c"))
    program = emulator.compile_program("cortex-m4f", sources, snippet)
    assert program.size.code + program.size.constants < 24 * 1024
    assert program.size.variables < 17 * 1024
    assert features.N_MELS == 40
