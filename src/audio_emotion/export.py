"""A trained model as a folder of C that a board's own tools build."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
import wave
from collections.abc import Mapping
from importlib import resources
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np

from audio_emotion import audio, csource, features
from audio_emotion.corpora import EMOTIONS
from audio_emotion.emit import emit
from audio_emotion.errors import ExportError, InputError, ToolError
from audio_emotion.model import Model, save
from audio_emotion.targets import TARGETS, render

_MANIFEST: Final = "export.json"
_BUILD: Final = "build"  # what the user's compiler made is no reason to keep a folder

# Of a probability, between C and Python: 0.007 was the most over 6367 recordings, QDA uncalibrated.
TOLERANCE: Final = 0.01

_WASM_FLAGS: Final = (
    "-target wasm32-wasi -mexec-model=reactor -std=c99 -O3 -ffp-contract=off "
    "-fno-sanitize=undefined -s"
)

# By the first part of a speaker's name: the corpora whose licenses forbid commerce with a model.
_CORPORA: Final = {
    "crema": "CREMA-D (ODbL 1.0)",
    "ravdess": "RAVDESS (CC BY-NC-SA 4.0)",
    "savee": "SAVEE (research only)",
    "tess": "TESS (CC BY-NC-ND 4.0)",
}


def export(model: Model, out: Path, target: str, *, with_model: bool = False) -> list[Path]:
    """Write a folder that holds the core, one model, an example, and the proof that it works.

    The folder is written whole or not at all, and exporting again gives the same bytes.

    Parameters
    ----------
    model : Model
    out : Path
        A folder that does not exist, is empty, or was exported before and not changed since.
    target : str
        One of `targets.TARGETS`.
    with_model : bool
        Write `model.skops` too, for a model that is nowhere else.

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
    files = contents(model, target)
    if with_model:
        files["model.skops"] = _saved(model)
    manifest = {
        "generator": "audio-emotion export",
        "version": version("embedded-audio-emotion"),
        "target": target,
        "model": model.metadata.name,
        "schema_hash": f"{model.metadata.schema_hash:08x}",
        "sha256": {path: hashlib.sha256(files[path]).hexdigest() for path in sorted(files)},
    }
    files[_MANIFEST] = (json.dumps(manifest, indent=1) + "\n").encode()
    _write_folder(files, out)
    return [out / path for path in sorted(files)]


def contents(model: Model, target: str) -> dict[str, bytes]:
    """Content of every file of the exported folder but its manifest, by path."""
    emitted = emit(model)
    notice = f"License of these constants: {model_license(model)}."
    stamp = (model.metadata, version("embedded-audio-emotion"), notice)
    model_files = {
        "model.h": csource.header(*stamp),
        "model.c": csource.source(emitted, *stamp),
    }
    verify_files, emotion = _verification(model)
    recording_name = recording().name
    words = {
        "NAME": model.metadata.name,
        "VERSION": version("embedded-audio-emotion"),
        "SYMBOL": csource.SYMBOL,
        "EMOTIONS": ", ".join(model.pipeline.classes_),
        "EMOTION_STRINGS": ", ".join(f'"{emotion}"' for emotion in EMOTIONS),
        "MODEL_BYTES": f"{emitted.n_bytes}",
        "MODEL_LICENSE": model_license(model),
        "MODEL_LICENSE_SHORT": " (nothing commercial)" if _known_corpora(model) else "",
        "TRAINING_DATA": model.metadata.training_data,
        "RECORDING": recording_name,
        "EXPECTED": emotion,
        "TOLERANCE": f"{TOLERANCE}",
        "WASM_FLAGS": _WASM_FLAGS,
        "WASM_BYTES": "",
    }
    files = render(target, model_files=model_files, verify_files=verify_files, words=words)
    if target == "wasm":
        files["emotion.wasm"] = compile_wasm(files)
        words["WASM_BYTES"] = str(len(files["emotion.wasm"]))
        readme = render(target, model_files=model_files, verify_files=verify_files, words=words)
        files["README.md"] = readme["README.md"]
    return files


def model_license(model: Model) -> str:
    """Say what the recordings that a model was trained on allow."""
    known = _known_corpora(model)
    if not known:
        return "that of the recordings it was trained on"
    return f"non-commercial use only, because of the recordings: {', '.join(known)}"


def _known_corpora(model: Model) -> list[str]:
    prefixes = {speaker.split("_")[0] for speaker in model.metadata.speakers}
    return [words for corpus, words in _CORPORA.items() if corpus in prefixes]


def recording() -> Path:
    """Find the recording to verify with, of a speaker that no shipped model has heard."""
    folder = resources.files("audio_emotion.sample") / "Ravdess" / "audio_speech_actors_01-24"
    return Path(str(folder / "Actor_22" / "03-01-08-02-01-01-22.flac"))


def _verification(model: Model) -> tuple[dict[str, bytes], str]:
    """Make the files of verify/ that depend on the model, and tell the expected emotion."""
    samples = audio.read(recording())
    utterance = features.extract(samples)
    probabilities = model.probabilities(utterance[None])[0]
    emotion = EMOTIONS[int(probabilities.argmax())]
    document = {
        "recording": "recording.wav",
        "emotion": emotion,
        "probabilities": dict(zip(EMOTIONS, map(float, probabilities), strict=True)),
        "features": {
            name: float(f"{value:.9g}")
            for name, value in zip(features.names(), utterance, strict=True)
        },
    }
    header = f"""/* What Python said of recording.wav. */
#include "model.h"

static const float expected_features[AE_N_FEATURES] = {{
{csource.number_list(utterance)}
}};
static const float expected_probabilities[AE_N_EMOTIONS] = {{
{csource.number_list(probabilities.astype(np.float32))}
}};
static const char expected_emotion[] = "{emotion}";
"""
    return {
        "recording.wav": _wav(samples),
        "expected.h": header.encode(),
        "expected.json": (json.dumps(document, indent=1) + "\n").encode(),
    }, emotion


def _saved(model: Model) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.skops"
        save(model, path)
        return path.read_bytes()


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
    if find_spec("ziglang") is None:
        raise ToolError(
            "ziglang is not installed, so no WebAssembly can be compiled. "
            "Install it with: pip install 'embedded-audio-emotion[boards]'."
        )
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
    """Refuse to overwrite what we did not write, or what somebody changed since.

    Raises
    ------
    ExportError
        `out` is there, not empty, and not just as it was exported.
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
    """Write a folder beside `out`, then put it in the place of `out`."""
    out = out.resolve()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise ExportError(f"{out}: cannot be written ({error.strerror}).") from error
    try:
        new, old = temporary / "new", temporary / "old"
        _write(files, new)
        if out.exists():
            out.rename(old)
        new.rename(out)
    finally:
        shutil.rmtree(temporary)


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
