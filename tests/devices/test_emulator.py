"""The emulated processors themselves."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from audio_emotion import extras
from audio_emotion.devices import emulator
from audio_emotion.errors import ToolError

SNIPPET = """
#include <stdint.h>
static uint32_t calls;
static const uint32_t table[100] = {1, 2, 3};
CALLABLE int add(int a, int b) { return a + b; }
CALLABLE uint32_t count(void) { return ++calls; }
CALLABLE uint32_t look_up(unsigned index) { return table[index]; }
CALLABLE void twice(int16_t *samples, int n) {
    for (int i = 0; i < n; i++)
        samples[i] = (int16_t)(2 * samples[i]);
}
__attribute__((noinline)) static int deep(int n) {
    volatile char room[256];
    room[n] = (char)n;
    return room[n];
}
CALLABLE int use_stack(int n) { return deep(n) + 1; }
int unused(int n) { return n; }
"""


@pytest.fixture(scope="module", params=emulator.PROCESSORS)
def program(request: pytest.FixtureRequest) -> emulator.Program:
    return emulator.compile_program(request.param, [], SNIPPET)


def test_integers_go_in_and_out(program: emulator.Program) -> None:
    assert program.call("add", 40, 2).value == 42


def test_arrays_come_back_changed(program: emulator.Program) -> None:
    samples = np.arange(-5, 6, dtype=np.int16)
    program.call("twice", samples, len(samples))
    assert samples.tolist() == list(range(-10, 11, 2))


def test_variables_keep_their_values(program: emulator.Program) -> None:
    first = program.call("count").value
    assert program.call("count").value == first + 1
    assert program.memory_of("calls", 4) == (first + 1).to_bytes(4, "little")


def test_instructions_are_those_of_the_call_alone(program: emulator.Program) -> None:
    assert program.call("add", 1, 2).instructions == 2  # add, return
    assert program.call("add", 3, 4).instructions == 2


def test_instructions_of_a_loop_grow_with_its_length(program: emulator.Program) -> None:
    runs = [program.call("twice", np.zeros(n, np.int16), n).instructions for n in (64, 128, 192)]
    assert runs[2] - runs[1] == runs[1] - runs[0] > 64


def test_instructions_by_function_add_up(program: emulator.Program) -> None:
    program.call("use_stack", 3)
    by_function = program.instructions_by_function()
    assert by_function["deep"] > 0
    assert sum(by_function.values()) == program.instructions


def test_deepest_stack(program: emulator.Program) -> None:
    assert program.call("add", 1, 2).stack_bytes == 0
    assert 256 <= program.call("use_stack", 3).stack_bytes < 400


def test_size_is_that_of_what_is_used(program: emulator.Program) -> None:
    assert program.call("look_up", 2).value == 3
    assert 20 < program.size.code < 400
    assert 400 <= program.size.constants < 600
    assert program.size.variables == 4
    with pytest.raises(KeyError):
        program.call("unused", 1)


def test_without_counting() -> None:
    program = emulator.compile_program("cortex-m4f", [], SNIPPET, counting=False)
    assert program.call("add", 40, 2) == emulator.Run(value=42, instructions=0, stack_bytes=0)


@pytest.mark.parametrize(
    ("halfwords", "thumb", "n"),
    [
        ([0x4770, 0xBF00], True, 2),  # bx lr; nop
        ([0xF000, 0xF800, 0x4770], True, 2),  # bl; bx lr
        ([0xE7FE, 0xE800, 0x0000], True, 2),  # b is short though it begins with 0b11100
        ([0x8082], False, 1),  # c.ret
        ([0x0513, 0x0000, 0x8082], False, 2),  # li a0, 0; c.ret
    ],
)
def test_count_instructions(halfwords: list[int], thumb: bool, n: int) -> None:
    assert emulator.count_instructions(np.array(halfwords, np.uint16), thumb) == n


@pytest.mark.parametrize("module", ["ziglang", "unicorn", "elftools"])
def test_missing_tool_is_named(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, module, raising=False)
    found = extras.find_spec
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == module else found(name))
    with pytest.raises(ToolError, match=rf"needs {module}, not installed here.*\[boards\]"):
        emulator.compile_program("cortex-m4f", [], SNIPPET)


def test_code_that_does_not_compile() -> None:
    with pytest.raises(ToolError, match=r"zig cannot compile the core for this board: .*error"):
        emulator.compile_program("cortex-m4f", [], "#error sorry")
