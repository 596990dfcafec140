"""Fuzz every target for a while; fail when one of them crashes.

    python tests/fuzz/run.py --seconds 600 [TARGET...]

The C core and the firmware's WAV reader run under libFuzzer with the address, undefined and
integer sanitizers, what is Python under atheris. Seeds are made, what covers something new is
kept in `build/fuzz/<target>/corpus` for the next run, and an input that crashes in
`build/fuzz/<target>/`.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import build
import seeds

OUT: Final = build.REPOSITORY / "build" / "fuzz"
PYTHON_TARGETS: Final = ("catalogue", "tables", "models", "http")
TARGETS: Final = (*build.TARGETS, *PYTHON_TARGETS)

# Bytes: more only makes an input slower.
LONGEST: Final = {"acoustic": 8192, "listener": 8192, "network": 8192, "models": 1 << 17}

_printing = threading.Lock()


def main() -> None:
    """Fuzz what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", default=TARGETS, metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="targets at once")
    arguments = parser.parse_args()
    if unknown := set(arguments.targets) - set(TARGETS):
        parser.error(f"{min(unknown)!r} is unknown: choose from {', '.join(TARGETS)}.")
    programs = build.build(OUT / "bin", jobs=arguments.jobs)
    for target in arguments.targets:
        seeds.write(target, OUT / target / "seeds")
    with ThreadPoolExecutor(arguments.jobs) as pool:
        passed = pool.map(
            lambda target: fuzz(target, command(target, programs), arguments.seconds),
            arguments.targets,
        )
        if not all(list(passed)):
            sys.exit(1)


def command(target: str, programs: dict[str, Path]) -> list[str]:
    """How a target is started."""
    if target in programs:
        return [str(programs[target])]
    return [sys.executable, str(build.HERE / f"fuzz_{target}.py")]


def fuzz(target: str, start: list[str], seconds: int) -> bool:
    """Fuzz one target; returns whether nothing crashed."""
    folder = OUT / target
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    options = [
        *(f"-max_total_time={seconds}", f"-max_len={LONGEST.get(target, 4096)}"),
        *("-len_control=0", "-timeout=30", "-rss_limit_mb=3000", "-print_final_stats=1"),
        f"-artifact_prefix={folder}/",
    ]
    environment = os.environ | {
        "FUZZ_NETWORK": str(build.REPOSITORY / "models" / "default.aem"),
        "PYTHONPATH": str(build.HERE),
        "OMP_NUM_THREADS": "1",
    }
    began = time.monotonic()
    with (folder / "log").open("wb") as log:
        done = subprocess.run(
            [*start, str(corpus), str(folder / "seeds"), *options],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            check=False,
        )
    text = (folder / "log").read_text(errors="replace")
    with _printing:
        _report(target, text, time.monotonic() - began, done.returncode)
    return done.returncode == 0


def _report(target: str, log: str, seconds: float, status: int) -> None:
    n_runs = re.findall(r"stat::number_of_executed_units: (\d+)", log)
    covered = re.findall(r"cov: (\d+)", log)
    runs = f"{int(n_runs[-1]):,}" if n_runs else "?"
    print(
        f"fuzz {target}: {'nothing found' if status == 0 else 'CRASH'} in {runs} runs, "
        f"{seconds:.0f} s, {covered[-1] if covered else '?'} edges covered",
        flush=True,
    )
    if status == 0:
        return
    kept = re.findall(r"Test unit written to (\S+)", log)
    print("\n".join(log.splitlines()[-60:]))
    if kept:
        print(f"fuzz {target}: the input is {kept[-1]}; give it to the target to see it again")


if __name__ == "__main__":
    main()
