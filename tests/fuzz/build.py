"""Builds the C targets: libFuzzer with the address, undefined and integer sanitizers."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
REPOSITORY: Final = HERE.parents[1]
CORE: Final = REPOSITORY / "core"
FIRMWARE: Final = REPOSITORY / "boards" / "firmware"

TARGETS: Final = ("acoustic", "listener", "network", "aem", "wav")

_SANITIZERS: Final = ",".join(
    (
        *("fuzzer-no-link", "address", "undefined", "float-cast-overflow", "local-bounds"),
        *("unsigned-integer-overflow", "implicit-conversion"),
    )
)
_FLAGS: Final = (
    *("-std=c99", "-g", "-O1", "-ffp-contract=off", "-fno-omit-frame-pointer"),
    *(f"-fsanitize={_SANITIZERS}", "-fno-sanitize-recover=all"),
    f"-fsanitize-ignorelist={HERE / 'wraps.txt'}",
    *(f"-I{CORE}", f"-I{FIRMWARE}"),
)


def build(folder: Path, targets: tuple[str, ...] = TARGETS, jobs: int = 2) -> dict[str, Path]:
    """Compile targets and what they test into `folder`; returns the programs by name.

    Raises
    ------
    SystemExit
        No clang, no libFuzzer, or a source does not compile.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sources = [*sorted(CORE.glob("*.c")), FIRMWARE / "wav.c"]
    sources += [HERE / f"fuzz_{name}.c" for name in targets]
    headers = [*CORE.glob("*.h"), *FIRMWARE.glob("*.h"), *HERE.glob("*.h"), HERE / "wraps.txt"]
    newest = max(path.stat().st_mtime_ns for path in (*headers, Path(__file__)))
    with ThreadPoolExecutor(jobs) as pool:
        objects = list(pool.map(lambda source: _compiled(source, folder, newest), sources))
    n_shared = len(objects) - len(targets)
    shared, own = objects[:n_shared], objects[n_shared:]
    programs = {name: folder / f"fuzz_{name}" for name in targets}
    for (name, program), main in zip(programs.items(), own, strict=True):
        linked = [path for path in shared if name == "wav" or path.stem != "wav"]
        _run([*_compiler(), "-fsanitize=fuzzer", *map(str, [main, *linked]), "-o", str(program)])
    return programs


def _compiled(source: Path, folder: Path, newest: int) -> Path:
    target = folder / f"{source.stem}.o"
    newest = max(newest, source.stat().st_mtime_ns)
    if not target.exists() or target.stat().st_mtime_ns < newest:
        _run([*_compiler(), "-c", str(source), "-o", str(target)])
    return target


def _compiler() -> list[str]:
    return ["clang", *_FLAGS]


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise SystemExit("fuzz: there is no clang. Install it with: make tools") from None
    if done.returncode != 0:
        raise SystemExit(
            f"fuzz: clang failed.\n{done.stderr.strip()}\n"
            "If it lacks libFuzzer, install its runtime with: make tools"
        )
