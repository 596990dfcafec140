"""Any model file: refused in a sentence, or it answers. What is loaded never runs code of its own.

An audit hook watches: a file that made Python run, import from elsewhere, connect or write
something would be a crash.
"""

from __future__ import annotations

import struct
import sys
import tempfile
import warnings
import zlib
from pathlib import Path
from typing import Any

import atheris
import numpy as np

from archive import unpack

with atheris.instrument_imports(
    include=[
        "audio_emotion.recognition.classifier_file",
        "audio_emotion.engine.network_file",
        "skops",
    ]
):
    from audio_emotion.engine import features
    from audio_emotion.errors import ModelError
    from audio_emotion.recognition.classifier_file import ClassifierModel
    from audio_emotion.recognition.model import load_model

ROOT = Path(tempfile.mkdtemp(prefix="audio_emotion_fuzz_"))
FORBIDDEN = (
    "subprocess.",
    "os.exec",
    "os.system",
    "os.posix_spawn",
    "os.fork",
    "socket.",
    "ctypes.",
    "pickle.",
)
watching = False


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Crash when a model does what only a program should."""
    # Modules of the standard library that are imported late are code too, but of a file.
    made_up = event == "exec" and getattr(arguments[0], "co_filename", "<").startswith("<")
    if watching and (made_up or event.startswith(FORBIDDEN)):
        raise SystemError(f"a model file led to {event} {arguments!r}"[:500])


def with_crc(content: bytes) -> bytes:
    """Make length and CRC fit, without which nothing would get past the first check."""
    content = content[: len(content) // 4 * 4]
    if len(content) < 128:
        return content
    content = content[:8] + struct.pack("<I", len(content)) + content[12:-4]
    content += struct.pack("<I", zlib.crc32(content))
    metadata = (
        b'{"name":"x","recipe":"","version":"","training_data":"","data_hash":"","speakers":[]}'
    )
    trailer = struct.pack("<I", len(metadata)) + metadata
    return content + trailer + struct.pack("<I", zlib.crc32(trailer))


def one_input(data: bytes) -> None:
    """Load it and ask it."""
    global watching  # noqa: PLW0603  (the hook cannot be given anything)
    as_network = data[:1] == b"\0"
    path = ROOT / ("m.aem" if as_network else "m.skops")
    path.write_bytes(with_crc(data[1:]) if as_network else unpack(data[1:]))
    watching = True
    try:
        loaded = load_model(path)
        if isinstance(loaded, ClassifierModel):
            loaded.probabilities(np.zeros((1, len(features.names())), np.float32))
        else:
            extractor = loaded.extractor()
            extractor.process(np.arange(3000, dtype=np.int16))
            loaded.probabilities(extractor.finish()[None])
    except ModelError:
        pass
    finally:
        watching = False


if __name__ == "__main__":
    sys.addaudithook(watch)
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
