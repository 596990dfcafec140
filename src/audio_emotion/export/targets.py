"""What an exported folder holds for each target: templates, the core's sources, the model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, NamedTuple

# What the Arduino IDE compiles with is not ours to choose; its compiler is GCC.
_ARDUINO_OPTIMIZATION: Final = """\
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("O3", "fp-contract=off")
#endif
"""

_WORD: Final = r"@([A-Z_]+)@"
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
    words: Mapping[str, str] = {}
    """What templates call this target's things."""


TARGETS: Final = {
    "c": Target("any C99 compiler", "core", "model", "the Makefile"),
    "arduino": Target(
        "Arduino", "src/audio_emotion", "src/audio_emotion", "every source file here"
    ),
    "esp-idf": Target(
        "ESP-IDF", "core", "model", "`CMakeLists.txt`", {"PRINT": "printf", "STOP": "return"}
    ),
    "zephyr": Target(
        "Zephyr",
        "core",
        "model",
        "`zephyr/CMakeLists.txt`",
        {"PRINT": "printk", "STOP": "return 0"},
    ),
    "wasm": Target("WebAssembly", "core", "model", "the Makefile"),
}


def render(
    name: str,
    *,
    sources: Mapping[str, str],
    model_files: Mapping[str, str],
    verify_files: Mapping[str, bytes],
    words: Mapping[str, str],
    kind: str | None = None,
) -> dict[str, bytes]:
    """Content of every file of a target's folder, by path.

    Parameters
    ----------
    name : str
        One of `TARGETS`.
    sources : mapping
        Text of the core's files.
    model_files : mapping
        Text of model.c and model.h.
    verify_files : mapping
        The recording and what is expected of it.
    words : mapping
        What the templates call `@NAME@` and so on, besides what depends on the target alone.
    kind : str, optional
        Folder of templates that take the place of those of the same name.
    """
    target = TARGETS[name]
    folders = sorted({target.core, target.model})
    words = {
        **words,
        **target.words,
        "TARGET": name,
        "TITLE": target.title,
        "BUILD_FILE": target.build_file,
        "MODEL_FILE": f"{target.model}/model.c",
        "SOURCE_GLOBS": " ".join(f"../{folder}/*.c" for folder in folders),
        "INCLUDES": " ".join(f"-I../{folder}" for folder in folders),
    }

    def templates(folder: str) -> dict[str, str]:
        return _templates(folder) | (_templates(f"{kind}/{folder}") if kind else {})

    for path, text in templates("parts").items():
        if set(re.findall(_WORD, text)) <= words.keys():
            words[Path(path).stem.upper()] = _fill(text, words).strip("\n")
    texts = {**templates("common"), **templates(name)}
    words["TARGET_README"] = _fill(texts.pop(_DESCRIPTION), words).strip("\n")
    texts |= {f"verify/{path}": text for path, text in templates("verify").items()}
    code = {f"{target.core}/{path}": text for path, text in sources.items()}
    code |= {f"{target.model}/{path}": text for path, text in model_files.items()}
    if name == "arduino":
        code = {
            path: _ARDUINO_OPTIMIZATION + text if path.endswith(".c") else text
            for path, text in code.items()
        }
    files = {path: _fill(text, words).encode() for path, text in texts.items()}
    files |= {path: text.encode() for path, text in code.items()}
    files |= {f"verify/{path}": content for path, content in verify_files.items()}
    return files


def core_sources(
    headers: Sequence[str], defines: Mapping[str, int] | None = None
) -> dict[str, str]:
    """Text of the core's C files that a program needs, by name.

    Parameters
    ----------
    headers : sequence of str
        What the program includes. A header's functions are in the file of its name.
    defines : mapping, optional
        Settings that are to have another default.
    """
    found: dict[str, str] = {}
    wanted = list(headers)
    while wanted:
        name = wanted.pop()
        if name in found or not (_core() / name).is_file():
            continue
        text = found[name] = (_core() / name).read_text(encoding="utf-8")
        wanted += re.findall(r'^#include "([^"]+)"', text, re.M)
        wanted.append(f"{Path(name).stem}.c")
    for setting, value in (defines or {}).items():
        for name, text in found.items():
            found[name] = re.sub(rf"(?m)^(#define {setting}) .*$", rf"\1 {value}", text)
    return dict(sorted(found.items()))


def template(path: str) -> str:
    """Text of one template."""
    return (_root() / path).read_text(encoding="utf-8")


def _core() -> Traversable:
    return resources.files("audio_emotion.core")


def _root() -> Traversable:
    return resources.files("audio_emotion.export") / "templates"


def _templates(folder: str) -> dict[str, str]:
    """Text of all templates below a folder, by path; none if there is no such folder."""
    root = _root() / folder
    if not root.is_dir():
        return {}
    return {path: entry.read_text(encoding="utf-8") for path, entry in _walk(root, "")}


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = prefix + entry.name
        if entry.is_dir():
            yield from _walk(entry, f"{path}/")
        else:
            yield path, entry


def _fill(text: str, words: Mapping[str, str]) -> str:
    return re.sub(_WORD, lambda match: words[match[1]], text)
