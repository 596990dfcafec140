"""Any bytes as a recording or as raw PCM: samples or one of our errors, in time that is linear."""

from __future__ import annotations

import io
import sys
from contextlib import suppress

import atheris

with atheris.instrument_imports(include=["audio_emotion.data"]):
    from audio_emotion.data import audio, containers, pcm

import numpy as np

from audio_emotion.errors import AudioError, InputError

TYPES = list(pcm.TYPES)


def recording(content: bytes) -> None:
    """Read a recording; its parts lie inside the file, one after the other."""
    file = io.BytesIO(content)
    layout = containers.layout(file, containers.kind_of(file))
    begin = 0
    for part in layout.parts:
        assert begin <= part.start <= part.stop <= len(content), layout
        begin = part.stop
    n_samples = 0
    with suppress(AudioError):
        for samples in audio.blocks(file, audio.ignore):
            assert samples.dtype == np.int16
            assert len(samples)
            n_samples += len(samples)
            if n_samples > 1 << 24:  # a header that makes much of little
                return


def stream(kind: int, content: bytes) -> None:
    """Decode PCM in pieces of any length: the samples do not depend on them."""
    results = []
    for length in (1 + kind, 1 << 16):
        decoder = pcm.PcmDecoder(16_000, TYPES[kind % len(TYPES)])
        with suppress(InputError):
            pieces = [content[at : at + length] for at in range(0, len(content), length)]
            results.append(np.concatenate([*map(decoder.process, pieces), decoder.finish()]))
    if len(results) == 2:
        np.testing.assert_array_equal(*results)


def one_input(data: bytes) -> None:
    """Do what the first byte says."""
    if data[:1] > b"\xe0":
        stream(data[0] & 0x1F, data[1:])
    else:
        recording(data[1:])


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
