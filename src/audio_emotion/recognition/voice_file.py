"""The file of a speaker's voice, as the page saves it: a network's number and its adaptation."""

from __future__ import annotations

import json
import os
from typing import Final

import numpy as np
import numpy.typing as npt

from audio_emotion.engine.utterance_recognizer import LARGEST_MEAN, AdaptationState
from audio_emotion.errors import InputError, reason_of

_LARGEST: Final = 1 << 16  # bytes; the page writes a tenth of it


def read(path: str | os.PathLike[str], network: int, longest: int) -> npt.NDArray[np.int32]:
    """Read the words of the adaptation that a file holds.

    Parameters
    ----------
    path : path
        JSON: `network`, the CRC-32 of the network, and `words`, those of `struct ae_adapt`.
    network : int
        CRC-32 of the network that shall adapt.
    longest : int
        Utterances in its mean, at most.

    Raises
    ------
    InputError
        No such file, or of another network.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123  (any path)
            document = json.loads(file.read(_LARGEST))
        number, words = document["network"], np.array(document["words"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise InputError(f"{path}: not the file of a voice ({reason_of(error)}). {_WAY}") from error
    if number != network:
        raise InputError(
            f"{path}: the voice of another network, {_hex(number)}; this one is {_hex(network)}. "
            "Give that one with --model, or teach the voice again."
        )
    valid = words.shape == (AdaptationState.N_WORDS,) and words.dtype == np.int64
    if not valid or np.abs(words).max() > LARGEST_MEAN or not 0 <= words[-1] <= longest:
        raise InputError(f"{path}: not the file of a voice (its words are damaged). {_WAY}")
    return words.astype(np.int32)


def _hex(number: object) -> str:
    return f"{number:08x}" if isinstance(number, int) else "without a number"


_WAY: Final = "Save one in the page, below `Teach it my voice`."
