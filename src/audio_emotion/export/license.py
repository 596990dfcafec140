"""License of a model, from the corpora that it was trained on."""

from __future__ import annotations

from audio_emotion.data.corpora import LICENSES, TITLES
from audio_emotion.recognition.model import EmotionModel


def model_license(model: EmotionModel) -> str:
    """Return the license of a model's constants, in words."""
    known = known_corpora(model)
    if not known:
        return "that of the recordings it was trained on"
    return f"non-commercial use only, because of the recordings: {', '.join(known)}"


def known_corpora(model: EmotionModel) -> list[str]:
    """Return titles and licenses of the corpora of known license that a model was trained on."""
    return [
        f"{title} ({LICENSES[corpus]})"
        for corpus, title in TITLES.items()
        # A speaker is named <corpus>_<number>.
        if any(speaker.startswith(f"{corpus}_") for speaker in model.metadata.speakers)
    ]


def notice(model: EmotionModel) -> str:
    """Return the sentence on the license that generated files begin with."""
    return f"License of these constants: {model_license(model)}."
