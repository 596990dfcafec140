"""Build everything that a release consists of, in the folder `dist`.

    python release/build_release.py [--out FOLDER]

Wheels for five systems, the sdist that they come from, the libraries for Arduino and ESP-IDF with
the model that ships, a list of what a user installs (SBOM), and checksums. All of it
comes from the last commit and the page of `make web`; the same commit gives the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import runpy
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import archives
import check_wheel
import cross
import wheels

ROOT: Final = Path(__file__).parents[1]
CHECKSUMS: Final = "SHA256SUMS"


def main(arguments: Sequence[str] | None = None) -> None:
    """Build a release and say what it consists of."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    given = parser.parse_args(arguments)
    timestamp = age()
    os.environ["SOURCE_DATE_EPOCH"] = str(timestamp)
    with TemporaryDirectory() as folder:
        build(Path(folder), timestamp)
        shutil.rmtree(given.out, ignore_errors=True)
        shutil.move(Path(folder) / "dist", given.out)
    for path in sorted(given.out.iterdir()):
        print(f"{path.stat().st_size:>9} {path.name}")


def age() -> int:
    """Time of the last commit, or what SOURCE_DATE_EPOCH says, in seconds since 1970."""
    if "SOURCE_DATE_EPOCH" in os.environ:
        return int(os.environ["SOURCE_DATE_EPOCH"])
    return int(_run(["git", "log", "-1", "--format=%ct"], ROOT))


def build(folder: Path, timestamp: int) -> None:
    """Build a release in `folder/dist`, and try what can be tried here."""
    dist = folder / "dist"
    dist.mkdir()
    sdist = build_sdist(folder / "checkout", dist, timestamp)
    native = build_wheels(sdist, folder, dist, timestamp)
    python = check_wheel.install(native, folder / "environment")
    check_wheel.try_out(python, folder)
    for target, write in (("arduino", archives.write_zip), ("esp-idf", archives.write_tar)):
        name, files = library(python.parent / "audio-emotion", target, folder)
        write(dist / name, files, timestamp)
    sbom(python, dist / f"{native.stem.split('-cp')[0]}.cdx.json")
    write_checksums(dist)


def build_sdist(checkout: Path, dist: Path, timestamp: int) -> Path:
    """Build the sdist from what is committed and the page."""
    committed = checkout.with_suffix(".tar")
    _run(["git", "archive", f"--output={committed}", "HEAD"], ROOT)
    with tarfile.open(committed) as archive:
        archive.extractall(checkout, filter="data")
    shutil.copytree(ROOT / "web" / "dist", checkout / "web" / "dist")
    _python(["-m", "build", "--sdist", "--outdir", str(dist)], checkout)
    (sdist,) = dist.glob("*.tar.gz")
    archives.write_tar(sdist, archives.read_tar(sdist), timestamp)
    return sdist


def build_wheels(sdist: Path, folder: Path, dist: Path, timestamp: int) -> Path:
    """Build a wheel from the sdist, and from it one for every system; the one for here."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    source = folder / sdist.name.removesuffix(".tar.gz")
    _python(["-m", "build", "--wheel", "--outdir", str(folder)], source)
    (wheel,) = folder.glob("*.whl")
    module = runpy.run_path(str(source / "src" / "audio_emotion" / "engine" / "_core_build.py"))
    for platform in cross.PLATFORMS:
        modules = {
            f"_core_{variant}{platform.suffix}": cross.compile_module(
                platform,
                emitted(module[variant], folder),
                source / "core",
                [*module["PORTABLE_FLAGS"], *module["VARIANTS"][variant]],
            )
            for variant in platform.variants
        }
        made = wheels.rewrap(wheel, dist, platform.tags, modules, timestamp=timestamp)
        _python(["-m", "abi3audit", "--strict", str(made)], folder)
        if "linux" in platform.zig:
            check_tag(made, platform.tags[0])
    (native,) = dist.glob(f"*-manylinux*_{os.uname().machine}.whl")
    return native


def emitted(builder: Any, folder: Path) -> str:
    """Return the C source of an extension module."""
    path = folder / "module.c"
    builder.emit_c_code(str(path))
    return path.read_text()


def check_tag(wheel: Path, tag: str) -> None:
    """Check with auditwheel how old a Linux the wheel runs on, and that its name says so."""
    said = _python(["-m", "auditwheel", "show", str(wheel)], wheel.parent)
    if f'"{tag}"' not in said.replace("\n", " "):
        sys.exit(f"{wheel.name}: {said}")


def library(command: Path, target: str, folder: Path) -> tuple[str, dict[str, bytes]]:
    """Let a command `audio-emotion` export the model that ships: the archive's name and files."""
    out = folder / target
    _run([str(command), "export", str(out), "--target", target], folder)
    files = archives.read_folder(out)
    version = json.loads(files["export.json"])["version"]
    if target == "arduino":  # the IDE wants one folder in the archive
        return f"AudioEmotion-{version}.zip", {
            f"AudioEmotion/{name}": files[name] for name in files
        }
    return f"audio_emotion_{version}.tgz", files  # the registry wants none


def sbom(python: Path, path: Path) -> None:
    """List what is installed for a user, in CycloneDX's format."""
    project = str(ROOT / "pyproject.toml")
    options = ["--output-reproducible", "--mc-type", "application", "--pyproject", project]
    _python(["-m", "cyclonedx_py", "environment", *options, "-o", str(path), str(python)], ROOT)


def write_checksums(dist: Path) -> None:
    """Write the file that `sha256sum --check` reads."""
    paths = sorted(path for path in dist.iterdir() if path.name != CHECKSUMS)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in paths]
    (dist / CHECKSUMS).write_text("".join(lines))


def _python(arguments: list[str], folder: Path) -> str:
    return _run([sys.executable, *arguments], folder)


def _run(command: list[str], folder: Path) -> str:
    """Run a program to its end; what it printed."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
