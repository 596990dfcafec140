"""Install a wheel, without extras, into an empty environment, and use it there.

    python release/check_wheel.py dist/NAME.whl [--wheels FOLDER] [--expected DOCUMENT.json]

It needs nothing but Python, so that it runs under any. Packages come from the index that pip is
set up with, or from a folder of wheels.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

HEAVY: Final = ("torch", "matplotlib", "distributed", "pyarrow", "starlette", "ziglang")
EMOTION: Final = "surprise"  # of the recording that is installed


# Every call of the Python interface, each with what it has to give.
INTERFACE: Final = f"""
import soundfile
import audio_emotion as ae
from audio_emotion.data.sample import sample_recording

path = str(sample_recording())
samples, sr = soundfile.read(path)
emotion = {EMOTION!r}
assert ae.predict(path).emotion == emotion
assert ae.predict([path, path])["emotion"].to_list() == [emotion] * 2
assert ae.predict(samples, sr).emotion == emotion
classifier = ae.load_model(sample_recording().parents[4] / "models" / "default.skops")
assert ae.predict(path, model=classifier).model == classifier.name
assert ae.predict(path, model=ae.load_model()).emotion == emotion
assert ae.extract_features([path]).shape == (1, 160)
assert ae.FeatureExtractor().fit_transform([path]).shape == (1, 160)
events = list(ae.stream([samples], ae.load_model(), sr=sr))
assert [event["emotion"] for event in events if event["event"] == "ended"] == [emotion]
assert ae.__version__
print(*ae.__all__)
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Try a wheel and print what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--wheels", type=Path, help="take all packages from this folder")
    parser.add_argument("--expected", type=Path, help="what `predict --json` said elsewhere")
    parser.add_argument("--environment", type=Path, help="keep the environment here")
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        python = install(given.wheel, given.environment or Path(folder) / "venv", given.wheels)
        found = try_out(python, Path(folder))
        if given.expected:
            expected = json.loads(given.expected.read_text(encoding="utf-8"))
            assert _answer(expected) == found["answer"], "other bits than the tree's own"
        del found["answer"]
    for name, value in found.items():
        print(f"{name}: {value}")


def install(wheel: Path, environment: Path, wheels: Path | None = None) -> Path:
    """Make an empty environment, install the wheel into it, and give its Python."""
    venv.create(environment, clear=True, with_pip=True)
    python = environment / "bin" / "python"
    source = ["--no-index", "--find-links", str(wheels)] if wheels else []
    _run(python, "-m", "pip", "install", "--quiet", "--only-binary=:all:", *source, str(wheel))
    return python


def try_out(python: Path, folder: Path) -> dict[str, Any]:
    """Use the installed package from an empty folder.

    Returns
    -------
    dict
        Version of Python, packages installed, their size, commands, and the answer of `predict`.
    """
    listed = json.loads(_run(python, "-m", "pip", "list", "--format=json"))
    packages = sorted({entry["name"] for entry in listed} - {"pip", "setuptools"})
    assert not set(packages) & set(HEAVY), packages

    command = python.parent / "audio-emotion"
    commands = _commands(_run(command, "--help"))
    for name in commands:
        assert "Usage" in _run(command, name, "--help"), name

    where = "from audio_emotion.data.sample import sample_recording; print(sample_recording())"
    document = json.loads(
        _run(command, "predict", _run(python, "-c", where).strip(), "--json", cwd=folder)
    )
    answer = _answer(document)
    assert answer["emotion"] == EMOTION, answer
    interface = _run(python, "-W", "error", "-c", INTERFACE, cwd=folder).split()
    page = "from audio_emotion import web; print(web.__path__[0] + '/dist/index.html')"
    assert Path(_run(python, "-c", page).strip()).is_file(), "no page: build it with `make web`"
    return {
        "python": platform.python_version(),
        "packages": f"{len(packages)} ({', '.join(packages)})",
        "megabytes": round(_bytes(python) / 1e6, 1),
        "commands": ", ".join(commands),
        "predicts": answer["emotion"],
        "interface": ", ".join(interface),
        "answer": answer,
    }


def _commands(text: str) -> list[str]:
    """Read the names of the commands from the help of all."""
    groups = text.partition("\n\nRecordings:\n")[2].partition("\n\nOptions:\n")[0]
    rows = [line for line in groups.splitlines() if line[:2] == "  " and line[2:3].isalpha()]
    names = [row.split()[0] for row in rows]
    assert "predict" in names, text
    return names


def _answer(document: dict[str, Any]) -> dict[str, Any]:
    """Return a prediction without the path of the recording."""
    (result,) = document["results"]
    return {key: value for key, value in result.items() if key != "path"}


def _bytes(python: Path) -> int:
    """Count what was installed, but not pip and what Python compiled."""
    (site,) = (python.parents[1] / "lib").glob("python*/site-packages")
    files = [path for path in site.rglob("*") if path.is_file()]
    ours = [path for path in files if not path.relative_to(site).parts[0].startswith("pip")]
    return sum(path.stat().st_size for path in ours if path.suffix != ".pyc")


def _run(command: Path, *arguments: str, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [str(command), *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"{command} {' '.join(arguments)}:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
