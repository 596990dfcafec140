"""License of a model, from the corpora that it was trained on."""

from __future__ import annotations

from audio_emotion.data.corpora import TITLES, speaker_corpus
from audio_emotion.data.licenses import LICENSES
from audio_emotion.recognition.model import EmotionModel


def model_license(model: EmotionModel) -> str:
    """Return the license of a model's constants, in words."""
    known, restricting = _named(known_corpora(model)), _named(non_commercial_corpora(model))
    if not known:
        return "that of the recordings it was trained on"
    if not restricting:
        return f"that of the recordings it was trained on: {known}"
    return f"non-commercial use only, because of the recordings: {restricting}"


def known_corpora(model: EmotionModel) -> list[str]:
    """Return the corpora of known license that a model was trained on, keys of `LICENSES`.

    A source in freesound may be of any corpus of sounds from there: all of them count.
    """
    speakers = model.metadata.speakers
    return [
        corpus
        for corpus in LICENSES
        # A speaker is named <corpus>_<number>. Who speaks in RAVDESS has not sung for the model.
        if (prefix := speaker_corpus(corpus)) == corpus or prefix not in LICENSES
        if any(speaker.startswith(f"{prefix}_") for speaker in speakers)
    ]


def non_commercial_corpora(model: EmotionModel) -> list[str]:
    """Return those of `known_corpora` that forbid commercial use."""
    return [corpus for corpus in known_corpora(model) if not LICENSES[corpus].commercial]


def _named(corpora: list[str]) -> str:
    return ", ".join(f"{TITLES[corpus]} ({LICENSES[corpus].license})" for corpus in corpora)


def notice(model: EmotionModel) -> str:
    """Return the sentence on the license that generated files begin with."""
    return f"License of these constants: {model_license(model)}."
