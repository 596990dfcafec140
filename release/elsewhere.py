"""Try wheels under Pythons that this machine does not have: Debian's newest, here and on ARM.

    python release/elsewhere.py dist        (as root, with mmdebstrap and qemu-user-static)

The newest Python for this processor gets the whole of check_wheel.py, in a root folder of Debian's
packages; the one for ARM runs in QEMU and has to give the same bits as this machine's. Packages
are fetched by this machine's pip.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from audio_emotion.data import audio
from audio_emotion.data.sample import sample_recording

HERE: Final = Path(__file__).parent
PATH: Final = "/usr/sbin:/usr/bin"  # of what runs there
CERTIFICATES: Final = Path("/etc/ssl/certs/ca-certificates.crt")  # pip wants the file, even offline
# A mirror that lags behind is old, not forged: the signature is looked at all the same.
APT: Final = 'Acquire::Check-Valid-Until "false"'


def main() -> None:
    """Try the wheels of this machine's processor and of ARM."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("dist", type=Path, help="folder of the wheels")
    parser.add_argument("--build", type=Path, default=Path("build/elsewhere"))
    parser.add_argument("--suite", default="testing", help="of Debian; its Python is tried")
    parser.add_argument("--mirror", default="http://deb.debian.org/debian")
    given = parser.parse_args()
    on_this_processor(given.dist, given.build, [given.suite, given.mirror])
    on_arm(given.dist, given.build, [given.suite, given.mirror])


def on_this_processor(dist: Path, build: Path, debian: list[str]) -> None:
    """Install the wheel into an empty environment of the newest Python, and use it."""
    root, version = _python(build / "amd64", "amd64", debian)
    (wheel,) = dist.glob("*-manylinux*_x86_64.whl")
    _fetch(wheel, version, "x86_64", ["download", "--dest", str(root / "wheels")])
    shutil.copy(wheel, root / "wheels")
    shutil.copy(HERE / "check_wheel.py", root)
    # Settings of this machine's pip name files that are not there.
    check = f"python3 /check_wheel.py /wheels/{wheel.name} --wheels /wheels"
    # A mount of its own, gone with the process.
    script = f"mount -t proc proc {root}/proc && exec env -i PATH={PATH} chroot {root} {check}"
    _run(["unshare", "--mount", "sh", "-ec", script])


def on_arm(dist: Path, build: Path, debian: list[str]) -> None:
    """Run the core on a recording on ARM, and compare with this machine, bit by bit."""
    root, version = _python(build / "arm64", "arm64", debian)
    (wheel,) = dist.glob("*-manylinux*_aarch64.whl")
    _fetch(wheel, version, "aarch64", ["install", "--upgrade", "--target", str(root / "site")])
    samples = build / "samples.s16"
    samples.write_bytes(audio.read(sample_recording()).astype("<i2").tobytes())
    script = [str(HERE / "bits.py"), str(samples)]
    here = _run([sys.executable, *script])
    emulated = ["qemu-aarch64-static", "-L", str(root), "-E", f"PYTHONPATH={root / 'site'}"]
    there = _run([*emulated, str(root / "usr/bin" / f"python{version}"), *script])
    assert here == there, f"here {here}, on ARM {there}"
    print(f"the same bits: {here.strip()}")


def _python(root: Path, processor: str, debian: list[str]) -> tuple[Path, str]:
    """Unpack Debian's packages of Python; its folder and version."""
    if not root.is_dir():
        root.parent.mkdir(parents=True, exist_ok=True)
        packages = "--include=libstdc++6,python3,python3-venv"
        command = ["mmdebstrap", "--quiet", "--variant=extract", f"--arch={processor}", packages]
        _run([*command, f"--aptopt={APT}", debian[0], str(root), debian[1]])
        # What a package's first installation would do, were it run.
        for link in ("bin", "lib", "lib64", "sbin"):
            if (root / "usr" / link).is_dir() and not (root / link).exists():
                (root / link).symlink_to(f"usr/{link}")
        (root / "proc").mkdir(exist_ok=True)
        there = root / CERTIFICATES.relative_to("/")
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CERTIFICATES, there)
    return root, (root / "usr/bin/python3").readlink().name.removeprefix("python")


def _fetch(wheel: Path, version: str, processor: str, command: list[str]) -> None:
    """Get a wheel and what it needs, for another Python than this one."""
    platforms = [f"--platform=manylinux_2_{minor}_{processor}" for minor in (17, 27, 28)]
    platforms += [f"--platform=manylinux2014_{processor}"]
    what = [f"--python-version={version}", "--only-binary=:all:", str(wheel)]
    _run([sys.executable, "-m", "pip", *command, "--quiet", *platforms, *what])


def _run(command: list[str]) -> str:
    """Run a program to its end; what it printed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout, end="")
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed")
    return done.stdout


if __name__ == "__main__":
    main()
