"""The seven emotions, in the order of the core, and the words in their place."""

from __future__ import annotations

from typing import Final

from audio_emotion.engine import _core

NO_SPEECH: Final = "no speech"
"""The word where nobody speaks, and the `emotion` of such recordings in a catalogue."""

NOT_CONFIDENT: Final = "not confident"
"""The words for an emotion whose probability is below the model's threshold."""

_ffi, _lib = _core.ffi, _core.lib

EMOTIONS: Final[tuple[str, ...]] = tuple(
    _ffi.string(_lib.ae_emotion_names[index]).decode("ascii") for index in range(_lib.AE_N_EMOTIONS)
)
