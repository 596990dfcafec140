"""The address of the page for a phone, and its QR code."""

from __future__ import annotations

import ipaddress

import pytest

pytest.importorskip("starlette")

from audio_emotion.cli.serve import phone_lines
from audio_emotion.server import phone

ADDRESS = "http://192.168.1.5:8000"


def test_only_what_others_reach_has_an_address() -> None:
    assert phone.reached_at("http://127.0.0.1:8000") is None
    assert phone.reached_at("http://[::1]:8000") is None
    assert phone.reached_at("http://localhost:8000") is None
    assert phone.reached_at(ADDRESS) == ADDRESS
    assert phone.reached_at("http://[fe80::1]:8000") == "http://[fe80::1]:8000"
    assert phone.reached_at("http://studio.example:8000") == "http://studio.example:8000"
    own = phone.reached_at("http://0.0.0.0:8000")
    if own is not None:  # there is a network
        host = ipaddress.ip_address(own.removeprefix("http://").removesuffix(":8000"))
        assert not host.is_loopback
        assert not host.is_unspecified


def test_without_a_network_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone, "_own", lambda _: None)
    assert phone.reached_at("http://0.0.0.0:8000") is None


def test_half_blocks_hold_every_module() -> None:
    assert phone.half_blocks([[1, 0, 1, 0], [1, 1, 0, 0], [0, 1, 1, 0]]) == ["█▄▀ ", " ▀▀ "]


def test_the_code_is_that_of_the_address() -> None:
    segno = pytest.importorskip("segno")
    lines = phone.code(ADDRESS)
    assert lines is not None
    pairs = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
    modules = [[pairs[block][half] for block in line] for line in lines for half in (0, 1)]
    expected = [list(row) for row in segno.make(ADDRESS, error="m").matrix_iter(border=2)]
    assert modules[: len(expected)] == expected


def test_it_says_what_a_certificate_is_for() -> None:
    words = " ".join(line.plain for line in phone_lines("http://192.168.1.5:8000"))
    assert ADDRESS in words
    assert "The microphone does not" in words
    assert "certificate" in words
    assert phone_lines("http://127.0.0.1:8000") == []
