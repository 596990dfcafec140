"""Terms under which the corpora are published, as their publishers say."""

from __future__ import annotations

from typing import Final, NamedTuple

from audio_emotion.data.corpora import SONGS


class Terms(NamedTuple):
    """Terms under which a corpus is published."""

    license: str
    commercial: bool
    """Commercial use is allowed, by name or because nothing is forbidden."""


LICENSES: Final = {
    "crema": Terms("ODbL 1.0", commercial=True),
    "ravdess": Terms("CC BY-NC-SA 4.0", commercial=False),
    "savee": Terms("research only", commercial=False),
    "tess": Terms("CC BY-NC-ND 4.0", commercial=False),
    "ased": Terms("freely available, to be cited", commercial=True),
    "emovo": Terms("research only, non-commercial", commercial=False),
    "indianemospeech": Terms("CC BY-NC-SA 4.0", commercial=False),
    "nemo": Terms("CC BY-NC-SA 4.0", commercial=False),
    SONGS: Terms("CC BY-NC-SA 4.0", commercial=False),
    "read_speech": Terms(
        "speechocean762 free use, picovoice_intent Apache-2.0, VCTK CC BY 4.0", commercial=True
    ),
    "turev_db": Terms("CC BY-NC-ND 4.0", commercial=False),
    "urdu": Terms("research only", commercial=False),
    "noise": Terms("CC BY 3.0", commercial=True),
    "nonspeech": Terms("not stated", commercial=False),
    "nonverbal": Terms("CC BY-NC-ND 4.0", commercial=False),
    "urban": Terms("CC BY-NC 3.0", commercial=False),
}
"""By the keys of `corpora.TITLES`."""
