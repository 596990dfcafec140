"""Build the page: `web/src`, a network as WebAssembly, clips and figures become `web/dist`.

    python web/build_page.py [MODEL.aem] [--out FOLDER]

Everything is written anew but the figures of the boards, which take a minute to emulate and are
kept in `build/` until the network or the core changes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from audio_emotion import audio, features, firmware, netsource, recognition, targets
from audio_emotion.boards import BOARDS
from audio_emotion.corpora import EMOTIONS
from audio_emotion.errors import InputError
from audio_emotion.export import _wav, compile_wasm
from audio_emotion.neural import NeuralModel
from audio_emotion.profile import default_recording, profile

WEB: Final = Path(__file__).parent
ROOT: Final = WEB.parent
SAMPLE: Final = ROOT / "sample"
CACHE: Final = ROOT / "build" / "web"

_RAVDESS: Final = "Ravdess/audio_speech_actors_01-24"

# One clip an emotion, of six voices that no model that ships has heard; what the network makes of
# them was no criterion. File, emotion acted, voice.
CLIPS: Final = (
    ("Crema/1091_TAI_ANG_XX.ogg", "anger", "woman, 1091"),
    (f"{_RAVDESS}/Actor_21/03-01-07-02-01-01-21.ogg", "disgust", "man, 21"),
    (f"{_RAVDESS}/Actor_20/03-01-06-01-01-01-20.ogg", "fear", "woman, 20"),
    ("Crema/1038_IWL_HAP_XX.ogg", "happiness", "man, 1038"),
    (f"{_RAVDESS}/Actor_22/03-01-02-02-01-01-22.ogg", "neutral", "woman, 22"),
    (f"{_RAVDESS}/Actor_19/03-01-04-02-02-01-19.ogg", "sadness", "man, 19"),
    (f"{_RAVDESS}/Actor_22/03-01-08-02-01-01-22.flac", "surprise", "woman, 22"),
)
BETWEEN_S: Final = 0.3  # clips that follow one another


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the page for the network that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("model", nargs="?", type=Path, default=recognition.default_path())
    parser.add_argument("--out", type=Path, default=WEB / "dist")
    given = parser.parse_args(arguments)
    build(given.model, given.out)
    print(f"wrote {given.out}")


def build(path: Path, out: Path) -> None:
    """Write the page's folder, in the place of an earlier one."""
    model = recognition.load(path)
    if not isinstance(model, NeuralModel):
        raise InputError(f"{path}: the page runs networks only. Give an .aem file.")
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(WEB / "src", out)
    for script in out.rglob("*.js"):
        script.write_text(without_comments(script.read_text(encoding="utf-8")), encoding="utf-8")
    shutil.copy(WEB / "features.json", out)
    (out / "emotion.wasm").write_bytes(compile_wasm(sources(model)))
    _write_json(out / "model.json", about(model))
    _write_json(out / "boards.json", boards(model))
    _write_json(out / "clips.json", clips(out / "clips"))


def without_comments(script: str) -> str:
    """Leave away what only people read; no string in our scripts looks like a comment."""
    code = re.sub(r"/\*\*?\s.*?\*/[ ]?|^ *//[^\n]*$", "", script, flags=re.S | re.M)
    return re.sub(r"\n\s*", "\n", code).lstrip()


def sources(model: NeuralModel) -> dict[str, bytes]:
    """Everything that is compiled into emotion.wasm, by path."""
    made = firmware.firmware(model)
    stream = targets.template("network/wasm/exports.c").replace("@SYMBOL@", netsource.SYMBOL)
    texts = {
        "exports.c": (WEB / "exports.c").read_text(encoding="utf-8"),
        "model/stream.h": stream,
        "model/model.h": made.model_h,
        "model/model.c": made.model_c,
    }
    core = targets.core_sources([*made.core, "listener.h"], made.defines)
    texts |= {f"core/{name}": text for name, text in core.items()}
    return {path: text.encode() for path, text in texts.items()}


def about(model: NeuralModel) -> dict[str, Any]:
    """Say of the network what the page says of it."""
    return {
        "name": model.name,
        "training_data": model.metadata.training_data,
        "license": firmware.model_license(model),
        "bytes": len(model.network.content),
        "emotions": sorted(model.network.network.emotions),
    }


def boards(model: NeuralModel) -> dict[str, Any]:
    """Profile the network on every board, as `audio-emotion profile --json` does."""
    name = f"{_digest(model)}.json"
    if not (CACHE / name).is_file():
        document = profile(model, BOARDS, default_recording())
        CACHE.mkdir(parents=True, exist_ok=True)
        _write_json(CACHE / name, document)
    found: dict[str, Any] = json.loads((CACHE / name).read_text(encoding="utf-8"))
    return found


def clips(folder: Path) -> list[dict[str, Any]]:
    """Write the clips as 16 kHz WAV files, which every browser passes on as they are."""
    folder.mkdir()
    entries, heard = [], []
    silence = np.zeros(round(BETWEEN_S * features.SAMPLE_RATE), np.int16)
    for name, emotion, voice in CLIPS:
        samples = audio.read(SAMPLE / name)
        file = f"clips/{Path(name).stem}.wav"
        (folder.parent / file).write_bytes(_wav(samples))
        entries.append({"file": file, "acted": emotion, "voice": voice})
        heard += [samples, silence]
    (folder / "all.wav").write_bytes(_wav(np.concatenate(heard)))
    entries.append({"file": "clips/all.wav", "acted": None, "voice": "all of them in a row"})
    assert {clip[1] for clip in CLIPS} == set(EMOTIONS)
    return entries


def _digest(model: NeuralModel) -> str:
    """Tell one network and core from every other."""
    parts = [path.encode() + text for path, text in sorted(sources(model).items())]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _write_json(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
