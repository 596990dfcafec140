"""Reading of manifests: tables of recordings and their labels."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from unicodedata import normalize

from audio_emotion.data.corpora import same_name
from audio_emotion.data.recording_paths import is_file
from audio_emotion.errors import CorpusError, reason_of
from audio_emotion.files import check_lines


def rows(manifest: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line number and columns of each row; names in lower case, comma or semicolon."""
    try:
        check_lines(manifest)
        with manifest.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            delimiter = ";" if header.count(";") > header.count(",") else ","
            names = [name.strip(' "\r\n').lower() for name in header.split(delimiter)]
            if not {"path", "emotion"} <= set(names):
                raise CorpusError(
                    f"{manifest}: needs the columns path and emotion, has {', '.join(names)}. "
                    "Its first line should be, for example: path,emotion,speaker,sex"
                )
            reader = csv.reader(file, delimiter=delimiter)
            for row in reader:
                values = dict(zip(names, (value.strip() for value in row), strict=False))
                labels = {name: normalize("NFC", values[name]) for name in values if name != "path"}
                values |= labels
                if any("\0" in value for value in values.values()):
                    raise csv.Error("line contains NUL")
                if any(values.values()):
                    yield 1 + reader.line_num, {"path": "", "emotion": "", **values}
    except (ValueError, csv.Error) as error:
        raise CorpusError(
            f"{manifest}: not a CSV in UTF-8 ({reason_of(error)}). Save it again as 'CSV UTF-8'."
        ) from error


def file_named(folder: Path, text: str, names: dict[Path, dict[str, str]]) -> Path:
    """Return a path of a manifest: relative to the manifest's folder, else to the current one.

    Names are as the folder has them, whatever their case and normal form in the manifest.
    """
    path = Path(text.replace("\\", "/"))
    for candidate in (folder / path, path):
        if is_file(candidate):
            return candidate
    found = Path(folder.anchor) if path.is_absolute() else folder
    for part in path.parts[path.is_absolute() :]:
        if not _exists(found / part):
            if found not in names:
                names[found] = {same_name(name): name for name in reversed(_listed(found))}
            part = names[found].get(same_name(part), part)  # noqa: PLW2901
        found /= part
    return found


def _listed(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return []


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
