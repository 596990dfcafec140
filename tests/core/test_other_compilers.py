"""The core where it may be compiled: C++ of every standard, and processors that it refuses."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

import native

PUBLIC = [
    *("acoustic_features.h", "audio_emotion.h", "classifier.h", "listener.h", "microphone.h"),
    *("net.h", "net_stream.h", "net_utterance.h"),
]
# What sketches are compiled as, by Mbed's boards, esp32 3.x and arduino-pico among others.
STANDARDS = ["gnu++11", "gnu++14", "gnu++17", "gnu++20", "gnu++23"]


@pytest.mark.parametrize("standard", STANDARDS)
def test_headers_are_clean_cplusplus(standard: str, tmp_path: Path) -> None:
    source = tmp_path / "all.cpp"
    source.write_text("".join(f'#include "{name}"\n' for name in PUBLIC))
    flags = [f"-std={standard}", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
    subprocess.run(["g++", *flags, f"-I{native.CORE}", source], check=True)


def refusal(header: str, *flags: str) -> str:
    command = ["gcc", "-std=c99", "-fsyntax-only", *flags, str(native.CORE / header)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    return done.stderr


@pytest.mark.parametrize("header", PUBLIC)
def test_a_big_endian_processor_is_refused_in_a_sentence(header: str) -> None:
    big = ["-U__BYTE_ORDER__", "-D__BYTE_ORDER__=__ORDER_BIG_ENDIAN__"]
    assert "it needs a little-endian processor" in refusal(header, *big)


@pytest.mark.skipif("x86" not in os.uname().machine, reason="only x86 has an x87")
@pytest.mark.parametrize("header", PUBLIC)
def test_the_x87_is_refused_in_a_sentence(header: str) -> None:
    assert "on x86 compile with -msse2 -mfpmath=sse" in refusal(header, "-mfpmath=387")
