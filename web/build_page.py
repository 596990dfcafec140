"""Build the page: `web/src`, a network as WebAssembly, clips and figures become `web/dist`.

    python web/build_page.py [MODEL] [--out FOLDER]

The WebAssembly and the figures of the boards take long: they are cached in `build/web` until the
network or the core changes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import soundfile

from audio_emotion.data import audio
from audio_emotion.data.sample import sample_recording
from audio_emotion.devices import boards, device, emulator, profile
from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.engine.features import SAMPLE_RATE
from audio_emotion.errors import InputError
from audio_emotion.export import export, firmware, targets
from audio_emotion.export.license import model_license
from audio_emotion.files import replacing
from audio_emotion.recognition.model import find_model, load_model
from audio_emotion.recognition.network_model import NetworkModel

WEB: Final = Path(__file__).parent
ROOT: Final = WEB.parent
SAMPLE: Final = ROOT / "sample"
EVERYDAY_SOUNDS: Final = ROOT / "everyday"
CACHE: Final = ROOT / "build" / "web"

_RAVDESS: Final = "Ravdess/audio_speech_actors_01-24"

# One clip per emotion, of six speakers that no shipped model is trained on, not chosen by their
# predictions. File, emotion acted, speaker.
ACTED: Final = (
    ("Crema/1091_TAI_ANG_XX.ogg", "anger", "woman, 1091"),
    (f"{_RAVDESS}/Actor_21/03-01-07-02-01-01-21.ogg", "disgust", "man, 21"),
    (f"{_RAVDESS}/Actor_20/03-01-06-01-01-01-20.ogg", "fear", "woman, 20"),
    ("Crema/1038_IWL_HAP_XX.ogg", "happiness", "man, 1038"),
    (f"{_RAVDESS}/Actor_22/03-01-02-02-01-01-22.ogg", "neutral", "woman, 22"),
    (f"{_RAVDESS}/Actor_19/03-01-04-02-02-01-19.ogg", "sadness", "man, 19"),
    (f"{_RAVDESS}/Actor_22/03-01-08-02-01-01-22.flac", "surprise", "woman, 22"),
)
NOT_CONFIDENT: Final = "not confident"  # of emotions.js
# What nobody acts. File, what it is, the labels that are right.
EVERYDAY: Final = (
    ("read_aloud.ogg", "read aloud", ("neutral", NOT_CONFIDENT)),
    ("fan.flac", "a fan", (NO_SPEECH,)),
)
SHOWN_FIGURES: Final = (  # of a board, by boards.js
    "per frame",
    "load",
    "latency",
    "flash code",
    "flash constants",
    "total RAM",
    "original: latency",
)
PAGE_ONLY: Final = ("exports.c", "model/stream.h")  # sources that no board runs
_BUILDERS: Final = (boards, device, emulator, export, profile)


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the page from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("model", nargs="?", type=find_model, default="default")
    parser.add_argument("--out", type=Path, default=WEB / "dist")
    given = parser.parse_args(arguments)
    build(given.model, given.out)
    print(f"wrote {given.out}")


def build(path: Path, out: Path) -> None:
    """Write the page's folder, replacing an earlier one."""
    model = load_model(path)
    if not isinstance(model, NetworkModel):
        raise InputError(f"{path}: the page runs networks only. Give an .aem file.")
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(WEB / "src", out)
    for script in out.rglob("*.js"):
        script.write_text(without_comments(script.read_text(encoding="utf-8")), encoding="utf-8")
    _join_styles(out)
    shutil.copy(WEB / "features.json", out)
    files = sources(model)
    on_boards = {path: files[path] for path in files if path not in PAGE_ONLY}
    (out / "emotion.wasm").write_bytes(
        _cached(f"{_digest(files)}.wasm", lambda: export.compile_wasm(files))
    )
    profiled = _cached(f"{_digest(on_boards)}.json", lambda: costs(model))
    (out / "boards.json").write_bytes(_json(shown_costs(json.loads(profiled))))
    (out / "model.json").write_bytes(_json(about(model)))
    (out / "clips.json").write_bytes(_json(clips(out / "clips")))
    _list_files(out)


def without_comments(script: str) -> str:
    """Remove comments; no string in the page's scripts looks like one."""
    code = re.sub(r"/\*\*?\s.*?\*/[ ]?|^ *//[^\n]*$", "", script, flags=re.S | re.M)
    return re.sub(r"\n\s*", "\n", code).lstrip()


def sources(model: NetworkModel) -> dict[str, bytes]:
    """Return the sources of emotion.wasm by path."""
    made = firmware.firmware(model)
    stream = targets.template("network/wasm/exports.c").replace("@SYMBOL@", made.symbol)
    texts = {
        "exports.c": (WEB / "exports.c").read_text(encoding="utf-8"),
        "model/stream.h": stream,
        "model/model.h": made.model_h,
        "model/model.c": made.model_c,
    }
    core = targets.core_sources([*made.core, "listener.h"], made.defines)
    texts |= {f"core/{name}": text for name, text in core.items()}
    return {path: text.encode() for path, text in texts.items()}


def about(model: NetworkModel) -> dict[str, Any]:
    """Return what the page shows of the network."""
    return {
        "name": model.name,
        "license": model_license(model),
        "bytes": len(model.content),
    }


def costs(model: NetworkModel) -> bytes:
    """Profile the network on every board, as `audio-emotion profile --json` does."""
    return _json(profile.profile(model, boards.BOARDS, sample_recording()))


def shown_costs(profiled: dict[str, Any]) -> dict[str, Any]:
    """Return what the page shows of a profile: see boards.js."""
    shown = ("name", "core", "clock_mhz", "run_here")
    boards = [
        {key: board[key] for key in shown}
        | {
            "figures": [
                {key: figure[key] for key in ("name", "unit", "value")}
                for figure in board["figures"]
                if figure["name"] in SHOWN_FIGURES
            ]
        }
        for board in profiled["boards"]
    ]
    return {"boards": boards}


def clips(folder: Path) -> list[dict[str, Any]]:
    """Write the clips as 16 kHz WAV files, which every browser passes on as they are."""
    folder.mkdir()
    acted = [(SAMPLE / name, f"acted {label}", [label], who) for name, label, who in ACTED]
    others = [(EVERYDAY_SOUNDS / name, what, list(right), None) for name, what, right in EVERYDAY]
    entries: list[dict[str, Any]] = []
    for path, what, right, speaker in acted + others:
        file = f"clips/{path.stem}.wav"
        soundfile.write(folder.parent / file, audio.read(path), SAMPLE_RATE, subtype="PCM_16")
        entries.append({"file": file, "what": what, "right": right, "speaker": speaker})
    assert {label for _, label, _ in ACTED} == set(EMOTIONS)
    return entries


def _join_styles(out: Path) -> None:
    """Join the style sheets that index.html links to, without comments and spaces."""
    page = (out / "index.html").read_text(encoding="utf-8")
    link = '<link rel="stylesheet" href="{}">\n'
    names = re.findall(link.format("(css/.*?)"), page)
    styles = "".join((out / name).read_text(encoding="utf-8") for name in names)
    shutil.rmtree(out / "css")
    styles = re.sub(r"/\*.*?\*/", "", styles, flags=re.S)
    (out / "style.css").write_text(re.sub(r"\s*([{};,])\s*", r"\1", styles).strip() + "\n")
    for name in names[1:]:
        page = page.replace(link.format(name), "")
    page = page.replace(link.format(names[0]), link.format("style.css"))
    (out / "index.html").write_text(page, encoding="utf-8")


def _list_files(out: Path) -> None:
    """Tell the service worker what to keep: all files, by their paths."""
    paths = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    files = ["./", *(path for path in paths if path not in {"sw.js", "index.html"})]
    script = (out / "sw.js").read_text(encoding="utf-8")
    script = script.replace('["@FILES@"]', json.dumps(files, separators=(",", ":")))
    (out / "sw.js").write_text(script, encoding="utf-8")


def _digest(files: Mapping[str, bytes]) -> str:
    """Return a hash of the sources and of the modules that compile and measure them."""
    parts = [path.encode() + content for path, content in sorted(files.items())]
    parts += [Path(str(module.__file__)).read_bytes() for module in _BUILDERS]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _cached(name: str, make: Callable[[], bytes]) -> bytes:
    path = CACHE / name
    if not path.is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        with replacing(path) as partial:
            partial.write_bytes(make())
    return path.read_bytes()


def _json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


if __name__ == "__main__":
    main()
