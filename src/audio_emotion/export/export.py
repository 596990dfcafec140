"""A trained model as a folder of C that a board's own tools build."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
import textwrap
import wave
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final

from audio_emotion import extras
from audio_emotion.data import audio
from audio_emotion.data.sample import sample_recording
from audio_emotion.engine import features
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.errors import ExportError, InputError, ToolError
from audio_emotion.export.firmware import firmware, verification
from audio_emotion.export.generated import Firmware
from audio_emotion.export.license import model_license, non_commercial_corpora
from audio_emotion.export.targets import TARGETS, render
from audio_emotion.files import writing
from audio_emotion.recognition.classifier_file import ClassifierModel, to_bytes
from audio_emotion.recognition.model import EmotionModel

_MANIFEST: Final = "export.json"
_BUILD: Final = "build"  # made by the user's compiler, and replaced with the folder

_WASM_FLAGS: Final = (
    "-target wasm32-wasi -mexec-model=reactor -msimd128 -std=c99 -O3 -ffp-contract=off "
    "-fno-sanitize=undefined -s"
)


def export(model: EmotionModel, out: Path, target: str, *, with_model: bool = False) -> list[Path]:
    """Write a folder with the core, one model, an example, and a check of the results.

    The folder is written whole or not at all, and exporting again gives the same bytes.

    Parameters
    ----------
    model : EmotionModel
    out : Path
        A folder that does not exist, is empty, or was exported before and not changed since.
    target : str
        One of `targets.TARGETS`.
    with_model : bool
        Write `model.skops` too, for a model that has no file yet.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    ExportError
        The core cannot run such a classifier, or `out` holds something else.
    ToolError
        WebAssembly is asked for and its compiler is missing.
    """
    if target not in TARGETS:
        raise InputError(f"target {target!r} is unknown: choose from {', '.join(TARGETS)}.")
    check_replaceable(out)
    made = firmware(model)
    files = contents(model, made, target)
    if with_model:
        files["model.skops"] = _saved(model)
    manifest = {
        "generator": "audio-emotion export",
        "version": version("embedded-audio-emotion"),
        "target": target,
        "model": model.name,
        **made.version,
        "sha256": {path: hashlib.sha256(files[path]).hexdigest() for path in sorted(files)},
    }
    files[_MANIFEST] = (json.dumps(manifest, indent=1) + "\n").encode()
    _write_folder(files, out)
    return [out / path for path in sorted(files)]


def contents(model: EmotionModel, made: Firmware, target: str) -> dict[str, bytes]:
    """Return the content of every file of the exported folder but its manifest, by path."""
    samples = audio.read(sample_recording())
    expected = verification(model, samples)
    document = {"recording": "recording.wav", **expected.document}
    verify_files = {
        "recording.wav": _wav(samples),
        "expected.json": (json.dumps(document, indent=1) + "\n").encode(),
    }
    variables = {
        "NAME": model.name,
        "VERSION": version("embedded-audio-emotion"),
        "EMOTIONS": ", ".join(made.emotions),
        "EMOTION_STRINGS": ", ".join(f'"{emotion}"' for emotion in EMOTIONS),
        "MODEL_BYTES": f"{made.n_bytes}",
        "MODEL_LICENSE": model_license(model),
        "MODEL_LICENSE_SHORT": " (nothing commercial)" if non_commercial_corpora(model) else "",
        "TRAINING_DATA": model.metadata.training_data,
        "RECORDING": sample_recording().name,
        "RECORDING_BYTES": f"{samples.nbytes}",
        "RECORDING_SAMPLES": textwrap.fill(
            ", ".join(map(str, samples)), 100, initial_indent="    ", subsequent_indent="    "
        ),
        "EXPECTED": expected.emotion,
        "WASM_FLAGS": _WASM_FLAGS,
        "WASM_BYTES": "",
        **expected.variables,
    }
    files = render(target, made, variables=variables, verify_files=verify_files)
    if target == "wasm":
        files["emotion.wasm"] = compile_wasm(files)
        variables["WASM_BYTES"] = str(len(files["emotion.wasm"]))
        again = render(target, made, variables=variables, verify_files=verify_files)
        files["README.md"] = again["README.md"]
    return files


def _saved(model: EmotionModel) -> bytes:
    if not isinstance(model, ClassifierModel):
        raise InputError(f"{model.name} is a network, which is not trained here: it has its file.")
    return to_bytes(model)


def _wav(samples: features.Samples) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(features.SAMPLE_RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()


def compile_wasm(files: Mapping[str, bytes]) -> bytes:
    """Compile the sources of a wasm folder.

    Raises
    ------
    ToolError
        There is no compiler, or it fails.
    """
    extras.require("boards", "compiling WebAssembly", "ziglang")
    with tempfile.TemporaryDirectory() as folder:
        _write(files, Path(folder))
        sources = sorted(path for path in files if path.endswith(".c") and "verify" not in path)
        command = [sys.executable, "-m", "ziglang", "cc", *_WASM_FLAGS.split()]
        command += ["-Icore", "-Imodel", "-o", "emotion.wasm", *sources]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ToolError(f"zig cc failed: {done.stderr.strip().splitlines()[0]}")
        return (Path(folder) / "emotion.wasm").read_bytes()


def check_replaceable(out: Path) -> None:
    """Check that `out` may be overwritten.

    Raises
    ------
    ExportError
        `out` is not empty and was not exported, or was changed since.
    """
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    try:
        known = json.loads((out / _MANIFEST).read_text(encoding="utf-8"))["sha256"]
    except (OSError, ValueError, KeyError):
        raise ExportError(
            f"{out}: is not empty and was not written by audio-emotion export. "
            "Give a folder that does not exist yet."
        ) from None
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out).as_posix()
        if path.is_dir() or name == _MANIFEST or name.split("/")[0] == _BUILD:
            continue
        if known.get(name) != hashlib.sha256(path.read_bytes()).hexdigest():
            raise ExportError(
                f"{path}: was changed since the export, which would replace it. "
                "Give another folder, or delete this one."
            )


def _write_folder(files: Mapping[str, bytes], out: Path) -> None:
    """Write a folder beside `out`, then put it in the place of `out`.

    A process killed in between leaves its files in `.<out>.part`: the next export takes the old
    folder back from there, if it was out of its place, and removes the rest.
    """
    out = out.resolve()
    temporary = out.with_name(f".{out.name}.part")
    new, old = temporary / "new", temporary / "old"
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        _clear(temporary, out)
        try:
            _write(files, new)
            if out.exists():
                out.rename(old)
            new.rename(out)
        finally:
            _clear(temporary, out)


def _clear(temporary: Path, out: Path) -> None:
    """Remove what was being written; put an old folder that lost its place back."""
    old = temporary / "old"
    if old.exists() and not out.exists():
        old.rename(out)
    if temporary.exists():
        shutil.rmtree(temporary)


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
