"""Build the C core into the Python extension; everything else is in pyproject.toml."""

import os
import platform
from pathlib import Path
from typing import Final

from setuptools import setup
from setuptools.command.build_py import build_py

# Packages that hold data only; the scripts beside the data make it, from a checkout.
DATA: Final = frozenset(f"audio_emotion.{name}" for name in ("core", "models", "sample", "web"))

# Builds of the core; `engine._core` chooses one when it is imported.
BUILDER: Final = "src/audio_emotion/engine/_core_build.py"
VARIANTS: Final = ["baseline", "scalar"]
if platform.machine() == "x86_64" and os.name != "nt":
    VARIANTS.append("avx2")


class Modules(build_py):
    """Leave what only a checkout can run out of the wheel, and say so where the page is missing."""

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        """List a package's modules as (package, module, file)."""
        found = super().find_package_modules(package, package_dir)  # type: ignore[no-untyped-call]
        if package in DATA:
            return [entry for entry in found if entry[1] == "__init__"]
        return [entry for entry in found if entry[1] != "_core_build"]

    def run(self) -> None:
        """Collect the modules and their data."""
        if not Path("web/dist/index.html").is_file():
            self.warn("web/dist is not built: `serve` will have no page (`make wheel` builds it)")
        super().run()


# What earlier versions built would be imported in the place of `engine._core`, with an old core.
for old in Path(BUILDER).parent.glob("_core.*"):
    if old.suffix in {".so", ".pyd"}:
        old.unlink()

setup(
    cffi_modules=[f"{BUILDER}:{variant}" for variant in VARIANTS],
    cmdclass={"build_py": Modules},
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
