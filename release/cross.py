"""The extension modules for systems that this machine is not, compiled by Zig."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from abi3info import DATAS, FUNCTIONS

_HERE: Final = Path(__file__).parent
# Zig looks for undefined behavior unless it is told not to; the tests do that, with more patience.
_FLAGS: Final = ("-DNDEBUG", "-fno-sanitize=undefined", "-fvisibility=hidden", "-g0", "-s")


class Platform(NamedTuple):
    """A system that a wheel is built for."""

    zig: str
    """Zig's name of it, with the oldest version of the C library or system that is needed."""
    tags: tuple[str, ...]
    """Tags of the wheel; older pip knows only the second one."""
    suffix: str = ".abi3.so"
    """Ending of the files in which Python there finds modules."""
    link: tuple[str, ...] = ()

    @property
    def variants(self) -> tuple[str, ...]:
        """Builds of the core that its processors can run."""
        return ("baseline", "scalar", *(["avx2"] if self.zig.startswith("x86_64") else []))


PLATFORMS: Final = (
    Platform("x86_64-linux-gnu.2.17", ("manylinux_2_17_x86_64", "manylinux2014_x86_64")),
    Platform("aarch64-linux-gnu.2.17", ("manylinux_2_17_aarch64", "manylinux2014_aarch64")),
    Platform("x86_64-macos.10.13", ("macosx_10_13_x86_64",), link=("-undefined", "dynamic_lookup")),
    Platform("aarch64-macos.11.0", ("macosx_11_0_arm64",), link=("-undefined", "dynamic_lookup")),
    Platform("x86_64-windows-gnu", ("win_amd64",), ".pyd", ("libpython3.a",)),
)


def compile_module(platform: Platform, generated: str, core: Path, flags: list[str]) -> bytes:
    """Compile the extension module.

    Parameters
    ----------
    platform : Platform
    generated : str
        What cffi makes of the core's declarations.
    core : Path
        Folder of the core's sources.
    flags : list of str
        What the core is compiled with.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "module.c").write_text(generated, encoding="utf-8")
        shutil.copytree(core, folder / "core")
        _copy_headers(folder / "python")
        if "libpython3.a" in platform.link:
            _make_import_library(folder / "libpython3.a")
        sources = sorted(f"core/{path.name}" for path in core.glob("*.c"))
        command = ["cc", "-target", platform.zig, *flags, *_FLAGS, "-Ipython", "-Icore", "-shared"]
        module = f"module{platform.suffix}"
        command += ["-o", module, "module.c", *sources, *platform.link]
        _zig(command, folder)
        return (folder / module).read_bytes()


def _copy_headers(folder: Path) -> None:
    """Copy Python's headers, with a pyconfig.h that does not describe this machine."""
    shutil.copytree(sysconfig.get_paths()["include"], folder)
    shutil.copy(_HERE / "pyconfig.h", folder)


def _make_import_library(path: Path) -> None:
    """Make what Windows programs link with, from the names of the stable ABI."""
    names = [f"{entry.name} DATA" for entry in DATAS] + [f"{entry.name}" for entry in FUNCTIONS]
    definition = path.with_suffix(".def")
    definition.write_text("\n".join(["LIBRARY python3.dll", "EXPORTS", *sorted(names), ""]))
    arguments = ["-m", "i386:x86-64", "-d", definition.name, "-l", path.name]
    _zig(["dlltool", *arguments], path.parent)


def _zig(arguments: list[str], folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "ziglang", *arguments], cwd=folder, check=True)
