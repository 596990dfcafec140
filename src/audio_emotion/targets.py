"""What an exported folder holds for each target: templates, the core's sources, the model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final, NamedTuple

# What the Arduino IDE compiles with is not ours to choose; its compiler is GCC.
_ARDUINO_OPTIMIZATION: Final = """\
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("O3", "fp-contract=off")
#endif
"""

_DESCRIPTION: Final = "target.md"  # its place is in README.md


class Target(NamedTuple):
    """Where a target wants what."""

    title: str
    core: str
    """Folder of the core's sources."""
    model: str
    """Folder of model.c and model.h."""
    build_file: str
    """What sets the compiler's options."""


TARGETS: Final = {
    "c": Target("any C99 compiler", "core", "model", "the Makefile"),
    "arduino": Target(
        "Arduino", "src/audio_emotion", "src/audio_emotion", "every source file here"
    ),
    "esp-idf": Target("ESP-IDF", "core", "model", "`CMakeLists.txt`"),
    "zephyr": Target("Zephyr", "core", "model", "`zephyr/CMakeLists.txt`"),
    "wasm": Target("WebAssembly", "core", "model", "the Makefile"),
}


def render(
    name: str,
    *,
    model_files: Mapping[str, str],
    verify_files: Mapping[str, bytes],
    words: Mapping[str, str],
) -> dict[str, bytes]:
    """Content of every file of a target's folder, by path.

    Parameters
    ----------
    name : str
        One of `TARGETS`.
    model_files : mapping
        Text of model.c and model.h.
    verify_files : mapping
        The recording and what is expected of it.
    words : mapping
        What the templates call `@NAME@` and so on, besides what depends on the target alone.
    """
    target = TARGETS[name]
    folders = sorted({target.core, target.model})
    words = {
        **words,
        "TARGET": name,
        "TITLE": target.title,
        "BUILD_FILE": target.build_file,
        "MODEL_FILE": f"{target.model}/model.c",
        "SOURCE_GLOBS": " ".join(f"../{folder}/*.c" for folder in folders),
        "INCLUDES": " ".join(f"-I../{folder}" for folder in folders),
    }
    words["TARGET_README"] = _fill(_templates(name)[_DESCRIPTION], words).strip("\n")
    sources = {f"{target.core}/{path}": text for path, text in core_sources().items()}
    sources |= {f"{target.model}/{path}": text for path, text in model_files.items()}
    if name == "arduino":
        sources = {
            path: _ARDUINO_OPTIMIZATION + text if path.endswith(".c") else text
            for path, text in sources.items()
        }
    texts = {**_templates("common"), **_templates(name)}
    texts |= {f"verify/{path}": text for path, text in _templates("verify").items()}
    del texts[_DESCRIPTION]
    files = {path: _fill(text, words).encode() for path, text in texts.items()}
    files |= {path: text.encode() for path, text in sources.items()}
    files |= {f"verify/{path}": content for path, content in verify_files.items()}
    return files


def core_sources() -> dict[str, str]:
    """Text of the core's C files, by name; they are in the installed package too."""
    return {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in sorted(_core().iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith((".c", ".h"))
    }


def _core() -> Traversable:
    return resources.files("audio_emotion.core")


def _templates(folder: str) -> dict[str, str]:
    """Text of all templates below a folder, by path."""
    root = resources.files("audio_emotion") / "templates" / folder
    return {path: entry.read_text(encoding="utf-8") for path, entry in _walk(root, "")}


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = prefix + entry.name
        if entry.is_dir():
            yield from _walk(entry, f"{path}/")
        else:
            yield path, entry


def _fill(text: str, words: Mapping[str, str]) -> str:
    return re.sub(r"@([A-Z_]+)@", lambda match: words[match[1]], text)
