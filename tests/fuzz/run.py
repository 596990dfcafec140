"""Fuzz every target for a while; fail when one of them crashes.

    python tests/fuzz/run.py --seconds 600 [TARGET...]

The C core and the firmware's WAV reader run under libFuzzer with the address, undefined and
integer sanitizers, what is Python under atheris. Seeds are made, what covers something new is
kept in `build/fuzz/<target>/corpus` for the next run, and an input that crashes in
`build/fuzz/<target>/`.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

import build
import seeds

TESTS: Final = build.HERE.parent
OUT: Final = build.REPOSITORY / "build" / "fuzz"
PYTHON_TARGETS: Final = ("catalogue", "door", "tables", "models", "classifiers", "http")
TARGETS: Final = (*build.TARGETS, "chunks", *PYTHON_TARGETS)

# The program of `network` with a small network, and inputs of a quarter of a second at most.
PROGRAMS: Final = {"chunks": "network"}
SAMPLES: Final = {"network": 48_000, "chunks": 4_000}

MERGE_S: Final = 60

# Bytes: more only makes an input slower.
LONGEST: Final = {
    "acoustic": 8192,
    "door": 8192,
    "listener": 8192,
    "network": 8192,
    "chunks": 1024,
    "models": 1 << 17,
    "classifiers": 8,
}

_printing = threading.Lock()


class Fuzzed(NamedTuple):
    """How it went with one target."""

    target: str
    runs: int
    seconds: int
    edges: int
    all_edges: int
    """Of everything that is instrumented, most of it for other targets."""
    found: bool


def main() -> None:
    """Fuzz what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", default=TARGETS, metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--csv", type=Path, help="table of what was done")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="targets at once")
    arguments = parser.parse_args()
    if unknown := set(arguments.targets) - set(TARGETS):
        parser.error(f"{min(unknown)!r} is unknown: choose from {', '.join(TARGETS)}.")
    programs = build.build(OUT / "bin", jobs=arguments.jobs)
    (OUT / "small.aem").write_bytes(seeds.small_network())
    for target in arguments.targets:
        seeds.write(target, OUT / target / "seeds")
    with ThreadPoolExecutor(arguments.jobs) as pool:
        done = list(
            pool.map(
                lambda target: fuzz(target, command(target, programs), arguments.seconds),
                arguments.targets,
            )
        )
    if arguments.csv:
        with arguments.csv.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(Fuzzed._fields)
            writer.writerows(done)
    print(
        f"fuzz: {sum(fuzzed.runs for fuzzed in done):,} runs of {len(done)} targets, "
        f"{sum(fuzzed.found for fuzzed in done)} of which crashed"
    )
    if any(fuzzed.found for fuzzed in done):
        sys.exit(1)


def command(target: str, programs: dict[str, Path]) -> list[str]:
    """How a target is started."""
    program = PROGRAMS.get(target, target)
    if program in programs:
        return [str(programs[program])]
    return [sys.executable, str(build.HERE / f"fuzz_{target}.py")]


def fuzz(target: str, start: list[str], seconds: int) -> Fuzzed:
    """Fuzz one target and say how it went."""
    folder = OUT / target
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    options = [
        *(f"-max_total_time={seconds}", f"-max_len={LONGEST.get(target, 4096)}"),
        *("-len_control=0", "-timeout=60", "-rss_limit_mb=3000", "-print_final_stats=1"),
        f"-artifact_prefix={folder}/",
    ]
    environment = os.environ | {
        "FUZZ_NETWORK": str(
            OUT / "small.aem" if target == "chunks" else build.REPOSITORY / "models" / "default.aem"
        ),
        "FUZZ_LONGEST": str(SAMPLES.get(target, 0)),
        "PYTHONPATH": os.pathsep.join(map(str, (build.HERE, TESTS, TESTS / "helpers"))),
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
    seconds = round(time.monotonic() - began)
    minimise([*start, *options], corpus, environment)
    log_text = (folder / "log").read_text(errors="replace")
    fuzzed = Fuzzed(
        target,
        last_number("stat::number_of_executed_units", log_text),
        seconds,
        last_number("cov", log_text),
        sum(map(int, re.findall(r"\((\d+) (?:inline 8-bit )?counters\)", log_text))),
        done.returncode != 0,
    )
    with _printing:
        report(fuzzed, log_text)
    return fuzzed


def minimise(start: list[str], corpus: Path, environment: dict[str, str]) -> None:
    """Keep of a corpus what covers something that nothing else does, for a minute at most."""
    smaller = corpus.with_name("corpus.part")
    shutil.rmtree(smaller, ignore_errors=True)
    smaller.mkdir()
    done = subprocess.run(
        [*start, "-merge=1", f"-max_total_time={MERGE_S}", str(smaller), str(corpus)],
        capture_output=True,
        env=environment,
        check=False,
    )
    if done.returncode == 0 and any(smaller.iterdir()):
        shutil.rmtree(corpus)
        smaller.rename(corpus)
    shutil.rmtree(smaller, ignore_errors=True)


def last_number(name: str, log: str) -> int:
    """What libFuzzer said last of something; 0 if it did not get there."""
    found = re.findall(rf"{name}: (\d+)", log)
    return int(found[-1]) if found else 0


def report(fuzzed: Fuzzed, log: str) -> None:
    """Print one line, and of a crash the end of the log."""
    print(
        f"fuzz {fuzzed.target}: {'CRASH' if fuzzed.found else 'nothing found'} "
        f"in {fuzzed.runs:,} runs, {fuzzed.runs / max(1, fuzzed.seconds):,.0f} a second, "
        f"{fuzzed.seconds} s, {fuzzed.edges:,} of {fuzzed.all_edges:,} edges covered",
        flush=True,
    )
    if fuzzed.found:
        kept = re.findall(r"Test unit written to (\S+)", log)
        print("\n".join(log.splitlines()[-60:]))
        print(f"fuzz {fuzzed.target}: give it {kept[-1] if kept else 'its corpus'} to see it again")


if __name__ == "__main__":
    main()
