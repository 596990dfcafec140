"""Unpacking of the recordings of a corpus from an archive, wherever in it they lie.

No path of an archive is written to. Its members are recognized by their names, and each goes
where the collection keeps that recording; so no name, however made up, leads out of the folder
(known as zip slip), and what is not a recording of the corpus stays in the archive.
"""

from __future__ import annotations

import lzma
import shutil
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, Final

from audio_emotion.data.corpora import TITLES
from audio_emotion.data.official_recordings import recording_of_name, recordings
from audio_emotion.errors import AudioEmotionError, CorpusError, InputError, reason_of
from audio_emotion.files import replacing

SUFFIX: Final = ".wav"

# The longest recording of the four corpora lasts a minute: 6 MB at 48 kHz.
LARGEST_RECORDING_BYTES: Final = 64 * 2**20
# The largest corpora unpack to some 600 MB.
LARGEST_CORPUS_BYTES: Final = 4 * 2**30

# What zipfile raises at an archive that is none: a RuntimeError where it asks for a password or
# cannot decompress, the others from inside its formats.
_BROKEN: Final = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, RuntimeError, ValueError, OverflowError),
)


def unpack(archive: Path, corpus: str, folder: Path) -> int:
    """Write the recordings of a corpus in an archive to where the collection keeps them.

    Parameters
    ----------
    archive : Path
        A zip; folders in it do not matter, the first of several copies is taken.
    corpus : str
        A key of `corpora.TITLES`.
    folder : Path
        Parent of the folder of the corpus.

    Returns
    -------
    int
        Number of recordings.

    Raises
    ------
    CorpusError
        Not a zip, or damaged.
    InputError
        The archive is no file, or the folder cannot take the recordings.
    """
    official = recordings(corpus)
    taken = set()
    n_bytes = 0
    try:
        with zipfile.ZipFile(archive) as opened:
            for member in opened.infolist():
                name = PurePosixPath(member.filename)
                recording = recording_of_name(Path(*name.parts[-2:]))
                resource_fork = name.name.startswith("._")
                if recording not in official or recording in taken or resource_fork:
                    continue
                if name.suffix.lower() != SUFFIX or member.is_dir():
                    continue
                n_bytes += member.file_size
                _check_size(archive, member, n_bytes)
                path = folder / official[recording]
                path.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(member) as stream, replacing(path) as temporary:
                    _write(stream, temporary)
                taken.add(recording)
    except AudioEmotionError:
        raise
    except _BROKEN as error:
        raise CorpusError(
            f"{archive}: not a zip of {TITLES[corpus]} that can be unpacked ({reason_of(error)}). "
            "Download it again."
        ) from error
    except OSError as error:
        raise InputError(
            f"{error.filename or archive}: {reason_of(error)}. Check the archive and the "
            "room on the disk, then run the same command again."
        ) from error
    return len(taken)


def _write(stream: IO[bytes], path: Path) -> None:
    with path.open("wb") as file:
        shutil.copyfileobj(stream, file)


def _check_size(archive: Path, member: zipfile.ZipInfo, n_bytes: int) -> None:
    if member.file_size > LARGEST_RECORDING_BYTES:
        raise CorpusError(
            f"{archive}: {member.filename} would unpack to {member.file_size:,} bytes, more than "
            f"any recording of the corpus ({LARGEST_RECORDING_BYTES:,}). Download it again."
        )
    if n_bytes > LARGEST_CORPUS_BYTES:
        raise CorpusError(
            f"{archive}: would unpack to more than any corpus ({LARGEST_CORPUS_BYTES:,} bytes). "
            "Download it again."
        )
