"""Batches of a few speakers with several utterances each, and the means of their embeddings.

An utterance is scored relative to its speaker: the device subtracts the running mean of the
embeddings of the same speaker. In training, other utterances of the batch stand for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from audio_emotion.data.corpora import LABELS
from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.training.network.clips import Clips

PER_SPEAKER: Final = 8  # utterances of each speaker in a batch
PRIOR: Final = 4  # utterances that the mean over all speakers counts for
LONGEST: Final = 64  # utterances after which the oldest begin to fade
ADAPT_BOUND: Final = 0.5  # of core/adapt.h, in units of the embedding

_OTHER_SHARE: Final = 0.05  # of a corpus that no share is given for

Rows = npt.NDArray[np.intp]


class SpeakerSampler:
    """Random batches: corpora by their shares, speakers alike, then emotions alike.

    Recordings in which nobody speaks are one corpus, of one speaker.

    Parameters
    ----------
    clips : Clips
    rows : sequence of int arrays
        The clips that each network is trained on.
    shares : mapping of str to float
        Of the speakers in a batch, by corpus; `NO_SPEECH` is one. They need not add up to 1.
    device : torch.device
    """

    def __init__(
        self,
        clips: Clips,
        rows: Sequence[Rows],
        shares: Mapping[str, float],
        device: torch.device,
    ) -> None:
        silent = clips.labels == LABELS.index(NO_SPEECH)
        corpora = np.where(silent, NO_SPEECH, clips.column("corpus"))
        speakers = np.where(silent, NO_SPEECH, clips.column("speaker"))
        _, first, speaker = np.unique(
            np.stack([corpora, speakers]), axis=1, return_index=True, return_inverse=True
        )
        groups = speaker.reshape(-1) * len(LABELS) + clips.labels
        order = np.concatenate([r[np.argsort(groups[r], kind="stable")] for r in rows])
        size = len(first) * len(LABELS)
        counts = np.stack([np.bincount(groups[r], minlength=size) for r in rows])
        starts = (counts.cumsum() - counts.ravel()).reshape(len(rows), -1, len(LABELS))
        counts = counts.reshape(starts.shape)
        share = np.array([shares.get(corpus, _OTHER_SHARE) for corpus in corpora[first]])
        of_corpus = corpora[first][:, None] == corpora[first]
        present = counts.any(2)
        alike = share * present / np.maximum(1, present.astype(int) @ of_corpus)
        self._order, self._starts, self._counts, self._share = (
            torch.from_numpy(table).to(device) for table in (order, starts, counts, alike)
        )

    def draw(self, n_speakers: int) -> Tensor:
        """Draw a batch for each network: `n_speakers` groups of `PER_SPEAKER` clips.

        Returns
        -------
        int tensor of shape (n_models, n_speakers * PER_SPEAKER)
        """
        device = self._order.device
        speaker = torch.multinomial(self._share, n_speakers, replacement=True)
        model = torch.arange(len(speaker), device=device)[:, None]
        counts = self._counts[model, speaker]
        shuffled = torch.rand(counts.shape, device=device).masked_fill(counts == 0, 2.0).argsort(2)
        turn = torch.arange(PER_SPEAKER, device=device) % (counts > 0).sum(2, keepdim=True)
        label = shuffled.gather(2, turn)
        which = torch.rand(label.shape, device=device) * counts.gather(2, label)
        start = self._starts[model, speaker].gather(2, label)
        return self._order[start + which.long()].flatten(1)


def speaker_means(embeddings: Tensor) -> Tensor:
    """Compute what is subtracted for a speaker, from some other utterances, as core/adapt.h does.

    It is half of the mean embedding, shrunk towards 0 and bounded.
    Half of the utterances have none before them. For the others, 1 to `PER_SPEAKER` - 1 of the
    same group stand for themselves or for four times as many.

    Parameters
    ----------
    embeddings : float tensor of shape (n_speakers * PER_SPEAKER, n_models, embedding)
        In the order of `SpeakerSampler.draw`.
    """
    n, n_models, _ = embeddings.shape
    device = embeddings.device
    group = torch.arange(n, device=device) // PER_SPEAKER
    others = (group[:, None] == group) & ~torch.eye(n, dtype=torch.bool, device=device)
    n_previous = torch.randint(PER_SPEAKER, (n_models, n, 1), device=device)
    n_previous *= torch.rand(n_models, n, 1, device=device) >= 0.5
    turn = torch.rand(n_models, n, n, device=device).masked_fill(~others, 2.0)
    previous = (others & (turn.argsort(2).argsort(2) < n_previous)).float()
    counted_four = torch.rand(n_models, n, 1, device=device) < 0.5
    weight = torch.where(counted_four, 4.0, 1.0) * n_previous
    mean = previous @ embeddings.transpose(0, 1) / n_previous.clamp(min=1)
    shrunk = 0.5 * mean * weight / (weight + PRIOR)
    return shrunk.clamp(-ADAPT_BOUND, ADAPT_BOUND).transpose(0, 1)


def allowed_emotions(clips: Clips, rows: Rows, smallest_class: int) -> Tensor:
    """Return which emotions each clip's corpus tells apart, shape (n_clips, n_emotions).

    A corpus with few emotions tells these apart, and nothing about the others: CREMA-D's clips at
    hand, nearly all happy or sad, must not teach that its microphones sound happy or sad. One with
    a single emotion, such as people who read aloud, tells it from all others.
    """
    n_emotions = len(EMOTIONS)
    corpora = clips.column("corpus")
    allowed = torch.ones(len(corpora), n_emotions, dtype=torch.bool)
    for corpus in np.unique(corpora[rows]):
        labels = clips.labels[rows][corpora[rows] == corpus]
        has = np.bincount(labels, minlength=len(LABELS))[:n_emotions] >= smallest_class
        if has.sum() > 1:
            allowed[corpora == corpus] = torch.from_numpy(has)
    spoken = torch.from_numpy(np.flatnonzero(clips.labels < n_emotions))
    allowed[spoken, torch.from_numpy(clips.labels)[spoken]] = True
    return allowed
