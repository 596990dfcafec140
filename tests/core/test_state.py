"""How much memory the core asks its caller for: a promise that the README makes."""

import native
from conftest import REPOSITORY

PROBE = REPOSITORY / "tests" / "helpers" / "state_probe.c"
CDEF = "extern size_t probe_state, probe_listener, probe_front_end;"
_, lib = native.load(CDEF, str(PROBE), extra=("-I", str(native.CORE)))


def test_sizes_are_those_promised() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    for size in (lib.probe_state, lib.probe_listener, lib.probe_front_end):
        assert f"{size:,} bytes" in readme


def test_sizes_fit_the_smallest_boards() -> None:
    assert lib.probe_front_end <= 8 * 1024
    assert lib.probe_listener <= 24 * 1024
