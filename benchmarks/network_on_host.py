# /// script
# requires-python = ">=3.11"
# dependencies = ["embedded-audio-emotion", "numpy", "onnx==1.23.2", "onnxruntime==1.32.0"]
# [tool.uv.sources]
# embedded-audio-emotion = { path = ".." }
# ///
"""Time of the network on this computer, beside ONNX Runtime on layers of the same shapes.

    python benchmarks/network_on_host.py [models/default.aem]

Writes results/network_on_host.csv: microseconds of one core per second of sound, for every
build of the core, and for ONNX Runtime with one thread in 8-bit integers and in float.
Ours takes frame by frame, as a stream; ONNX Runtime a whole recording of four seconds at
once. The front end and the few operations behind the layers are in none of them. In every
round all take their turn; what is written is the median of the rounds.
"""

import csv
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from audio_emotion.engine import _core, network_file
from audio_emotion.engine.features import FRAME_LENGTH, HOP_LENGTH, N_MELS
from audio_emotion.engine.network import ZERO, Layer, Network

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "benchmarks" / "results" / "network_on_host.csv"
SECONDS, N_ROUNDS = 4, 40
N_FRAMES = 100 * SECONDS


def main(path: Path) -> None:
    content, _ = network_file.read(path)
    network = network_file.from_bytes(content)
    runs = {f"ours, {name}": ours(_core.build(name), content) for name in _core.builds()}
    for name, kind in (("8-bit integers", np.uint8), ("float", np.float32)):
        runs[f"ONNX Runtime, {name}"] = theirs(network, kind)
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(N_ROUNDS):
        for name, run in runs.items():
            times[name].append(run())
    with RESULT.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["network", "us_per_second", "times_onnx_int8"])
        int8 = times["ONNX Runtime, 8-bit integers"]
        for name, of_run in times.items():
            ratio = median(a / b for a, b in zip(of_run, int8, strict=True))
            table.writerow([name, f"{1e6 * median(of_run) / SECONDS:.0f}", f"{ratio:.2f}"])
    print(RESULT.read_text(), end="")


def seconds_of(work: Callable[[], object]) -> float:
    """Processor time: what other programs do in between does not count."""
    start = time.process_time()
    work()
    return time.process_time() - start


def ours(core: Any, content: bytes) -> Callable[[], float]:
    """The layers alone: the whole of an utterance without its front end."""
    ffi, lib = core.ffi, core.lib
    words = ffi.new("uint32_t[]", -(-len(content) // 4))
    ffi.memmove(words, content, len(content))
    net, utterance = ffi.new("struct ae_net *"), ffi.new("struct ae_net_utterance *")
    assert lib.ae_net_open(net, words, len(content)) == lib.AE_OK
    n_samples = FRAME_LENGTH + HOP_LENGTH * (N_FRAMES - 1)
    samples = np.random.default_rng(0).integers(-3000, 3000, n_samples).astype(np.int16)
    pcm = ffi.from_buffer("int16_t[]", samples)
    log_mel = ffi.new("int16_t[]", N_FRAMES * N_MELS)

    def run() -> float:
        lib.ae_net_utterance_reset(utterance, net)
        whole = seconds_of(lambda: lib.ae_net_utterance_process(utterance, net, pcm, n_samples))
        front_end = seconds_of(lambda: lib.log_mel_of_frames(pcm, N_FRAMES, log_mel))
        assert words
        return whole - front_end

    return run


def theirs(network: Network, kind: type) -> Callable[[], float]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model_of(network.layers, kind).SerializeToString(), options, ["CPUExecutionProvider"]
    )
    shape = (1, network.layers[0].in_channels, N_FRAMES, 1)
    given = {"x": np.random.default_rng(0).integers(0, 256, shape).astype(kind)}
    return lambda: seconds_of(lambda: session.run(None, given))


def model_of(layers: list[Layer], kind: type) -> onnx.ModelProto:
    """The convolutions as a graph over (1, channels, frames, bands)."""
    graph = Graph(in_integers=kind is np.uint8)
    value, before = "x", "x"
    for index, layer in enumerate(layers):
        assert layer.in_bands == 1, "a network in time alone"
        found = graph.convolution(value, layer, f"layer_{index}")
        if layer.residual:
            found = graph.sum_of(found, before, f"sum_{index}")
        before, value = value, found
    element = helper.np_dtype_to_tensor_dtype(np.dtype(kind))
    given = helper.make_tensor_value_info("x", element, (1, layers[0].in_channels, N_FRAMES, 1))
    result = helper.make_tensor_value_info(value, element, None)
    made = helper.make_graph(graph.nodes, "network", [given], [result], graph.constants)
    domains = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(made, opset_imports=domains, ir_version=9)


class Graph:
    """Nodes and constants of a graph in integers or in float."""

    def __init__(self, *, in_integers: bool) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._in_integers = in_integers
        if in_integers:
            self._constant("one", np.float32(1))
            self._constant("zero", np.uint8(ZERO))

    def _constant(self, name: str, value: NDArray[Any] | np.generic) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def _node(self, operation: str, given: list[str], name: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operation, given, [name], **attributes))
        return name

    def convolution(self, value: str, layer: Layer, name: str) -> str:
        weights = layer.weights.transpose(0, 3, 1, 2)
        scale = 2.0 ** -layer.shift.astype(np.float32)
        attributes = {
            "strides": [layer.stride_t, 1],
            "dilations": [layer.dilation_t, 1],
            "pads": [layer.ring_rows - 1, 0, 0, 0],
            "group": layer.out_channels if layer.depthwise else 1,
        }
        if self._in_integers:
            given = [value, "one", "zero", self._constant(f"{name}_weights", weights)]
            given.append(self._constant(f"{name}_scale", scale))
            given.append(self._constant(f"{name}_zero", np.zeros(len(scale), np.int8)))
            given += ["one", "zero", self._constant(f"{name}_bias", layer.bias)]
            found = self._node("QLinearConv", given, name, **attributes)
        else:
            weights = np.float32(weights * scale[:, None, None, None])
            given = [value, self._constant(f"{name}_weights", weights)]
            given.append(self._constant(f"{name}_bias", np.float32(layer.bias * scale)))
            found = self._node("Conv", given, name, **attributes)
        return self._relu(found) if layer.relu else found

    def _relu(self, value: str) -> str:
        if self._in_integers:
            return self._node("Max", [value, "zero"], f"{value}_relu")
        return self._node("Relu", [value], f"{value}_relu")

    def sum_of(self, value: str, other: str, name: str) -> str:
        if not self._in_integers:
            return self._node("Add", [value, other], name)
        each = [value, "one", "zero", other, "one", "zero", "one", "zero"]
        return self._node("QLinearAdd", each, name, domain="com.microsoft")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "models" / "default.aem")
