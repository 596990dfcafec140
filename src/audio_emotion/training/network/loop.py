"""Training loop of networks side by side, from random weights to quantized ones."""

from __future__ import annotations

import copy
import io
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from audio_emotion.data.corpora import LABELS
from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.files import replacing
from audio_emotion.progress import Progress, no_progress
from audio_emotion.training.network import augment
from audio_emotion.training.network.clips import Clips
from audio_emotion.training.network.layers import Shape, TorchNetwork, relative_to_peak
from audio_emotion.training.network.speakers import (
    Rows,
    SpeakerSampler,
    allowed_emotions,
    speaker_means,
)

_OCTAVE: Final = 512.0  # Q9
_WARM_UP: Final = 200  # steps
_CHECKPOINT_EVERY: Final = 60.0  # seconds
_CENTER_CLIPS: Final = 2000  # that the mean energies are computed from

# Of the speakers in a batch. Of the corpora at hand, RAVDESS has most speakers with all emotions,
# TESS most utterances of fewest speakers; people who just talk must not sound angry.
SHARES: Final = {
    "ravdess": 0.24,
    "savee": 0.07,
    "tess": 0.08,
    "crema": 0.10,
    "nemo": 0.10,
    "ased": 0.05,
    "turev_db": 0.05,
    "emovo": 0.06,
    "ravdess_song": 0.04,
    "indianemospeech": 0.03,
    "urdu": 0.03,
    "read_speech": 0.10,
    NO_SPEECH: 0.2,
}

SHAPES: Final = {
    "default": Shape(channels=144, n_blocks=6, pooled=160, embedding=40),
    "small": Shape(channels=96, n_blocks=4, pooled=128, embedding=32),
}


@dataclass(frozen=True)
class Recipe:
    """Hyperparameters: all that a training depends on, besides the recordings."""

    seed: int = 0
    steps: int = 24000
    n_speakers: int = 8  # in a batch
    n_frames: tuple[int, ...] = (96, 160, 224, 288)  # of a batch, one of these
    learning_rate: float = 3e-3
    weight_decay: float = 0.02
    label_smoothing: float = 0.1
    dropout: float = 0.2
    quantized: float = 0.25  # last share of the steps, with the device's arithmetic
    average: float = 0.998  # of the weights, per step
    varied: float = 0.8  # share of clips that are another variant than the recording itself
    tempo: float = 0.1  # faster or slower at the same pitch
    margin: int = 50  # frames of silence left around the speech, at most
    smallest_class: int = 20  # clips that make an emotion one of its corpus
    absent: float = -3.0  # log prior of an emotion that is not, beside one that is
    speech: float = 1.0  # weight of the loss of the speech score
    threads: int = 1  # another number gives other roundings
    shape: Shape = SHAPES["default"]
    strengths: augment.Strengths = field(default_factory=augment.Strengths)
    shares: Mapping[str, float] = field(default_factory=lambda: dict(SHARES))


def train(
    clips: Clips,
    rows: Sequence[Rows],
    recipe: Recipe,
    *,
    device: str = "cpu",
    checkpoint: Path | None = None,
    progress: Progress = no_progress,
) -> list[TorchNetwork]:
    """Train networks side by side, each on its own part of the clips.

    Parameters
    ----------
    clips : Clips
    rows : sequence of int arrays
        The clips to train each network on.
    recipe : Recipe
        Its shape's `n_models` is replaced.
    device : str
        Of PyTorch: "cpu" or "cuda".
    checkpoint : Path, optional
        File from which an interrupted training of the same clips and recipe goes on, bit for bit.
        At the end it holds the trained networks: the caller removes it when they are safe.
    progress : Progress
        Of the steps.

    Returns
    -------
    list of TorchNetwork
        One for each of `rows`, with averaged weights, quantized, in evaluation mode, on the CPU.
    """
    torch.set_num_threads(recipe.threads)
    # Sums of integers must stay exact.
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    training = _Trainer(clips, rows, recipe, torch.device(device))
    stamp = {
        "recipe": repr(recipe),
        "rows": [of_one.tolist() for of_one in rows],
        "clips": clips.fingerprint,
        "device": device,
    }
    if checkpoint is not None:
        training.resume(checkpoint, stamp)
    saved = time.monotonic()
    for step in range(training.n_done, recipe.steps):
        progress(step, recipe.steps)
        if checkpoint is not None and time.monotonic() - saved >= _CHECKPOINT_EVERY:
            training.save(checkpoint, stamp)
            saved = time.monotonic()
        training.step()
    progress(recipe.steps, recipe.steps)
    if checkpoint is not None:
        training.save(checkpoint, stamp)
    averaged = training.averaged.cpu().eval()
    return [averaged.one(model) for model in range(len(rows))]


class _Trainer:
    def __init__(
        self, clips: Clips, rows: Sequence[Rows], recipe: Recipe, device: torch.device
    ) -> None:
        torch.manual_seed(recipe.seed)
        self._recipe, self._device = recipe, device
        self._data = _Data(clips, device)
        self._noises = _noises(clips, rows).to(device)
        self._sampler = SpeakerSampler(clips, rows, recipe.shares, device)
        allowed = [allowed_emotions(clips, of_one, recipe.smallest_class) for of_one in rows]
        self._allowed = torch.stack(allowed).to(device)
        shape = replace(recipe.shape, n_models=len(rows))
        center = torch.stack([_center(clips, of_one) for of_one in rows])
        self.network = TorchNetwork(shape, center).to(device)
        self.averaged = copy.deepcopy(self.network)
        self._optimizer = _optimizer(self.network, recipe)
        self.n_done = 0

    def step(self) -> None:
        """Train on one batch."""
        recipe, network = self._recipe, self.network
        if self.n_done == round(recipe.steps * (1 - recipe.quantized)):
            self._quantize()
        done = self.n_done / recipe.steps
        rate = min(1.0, (self.n_done + 1) / _WARM_UP) * 0.5 * (1 + math.cos(math.pi * done))
        for group in self._optimizer.param_groups:
            group["lr"] = recipe.learning_rate * rate + 1e-5
        batch = self._sampler.draw(recipe.n_speakers)
        inputs = self._inputs(batch)
        # Half precision halves the time, and would round what the device does not.
        half = not network.head.quantized
        with torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=half):
            rows = network.rows(inputs)
        embeddings = network.embed(network.pool(rows), recipe.dropout)
        emotions = network.logits(embeddings, speaker_means(embeddings))
        loss = self._loss(emotions.transpose(0, 1), network.speech(embeddings).T, batch)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._clip_gradients()
        self._optimizer.step()
        self._average()
        self.n_done += 1

    def _inputs(self, batch: Tensor) -> Tensor:
        """Return inputs of shape (n, n_models, n_frames, N_MELS) for clips (n_models, n)."""
        recipe = self._recipe
        clips = batch.flatten()
        n_frames = recipe.n_frames[int(torch.randint(len(recipe.n_frames), ()))]
        silent = self._data.labels[clips] == LABELS.index(NO_SPEECH)
        with torch.no_grad():
            energies = self._data.excerpts(clips, n_frames, recipe)
            noises = self._noise(batch.shape, n_frames)
            energies = augment.vary(energies, noises, silent, recipe.strengths)
            relative = relative_to_peak((energies * _OCTAVE).round())
            relative = relative.view(*batch.shape, *relative.shape[1:]).transpose(0, 1)
            return augment.mask(self.network.quantized(relative), recipe.strengths)

    def _noise(self, shape: torch.Size, n_frames: int) -> Tensor | None:
        """Return a recording without speech for each clip of a batch, or None if there is none."""
        if not self._noises.any():
            return None
        clips = torch.multinomial(self._noises, shape[1], replacement=True)
        return self._data.repeated(clips.flatten(), n_frames)

    def _loss(self, emotions: Tensor, speech: Tensor, batch: Tensor) -> Tensor:
        """Compute the cross-entropies of emotion and speech, summed over the networks.

        The emotion's has the corpus's own prior, which is then not learnt: emotions that a corpus
        lacks have the log prior `absent` beside those that it has.
        """
        recipe, labels = self._recipe, self._data.labels[batch]
        spoken = labels < len(EMOTIONS)
        allowed = self._allowed.gather(1, batch[:, :, None].expand(-1, -1, len(EMOTIONS)))
        even = allowed / allowed.sum(2, keepdim=True)
        truth = functional.one_hot(labels, len(LABELS))[:, :, : len(EMOTIONS)]
        target = (1 - recipe.label_smoothing) * truth + recipe.label_smoothing * even
        log_likelihood = (emotions + recipe.absent * ~allowed).log_softmax(2)
        emotion = -(target * log_likelihood).sum(2) * spoken
        somebody = functional.binary_cross_entropy_with_logits(
            speech, spoken.float(), reduction="none"
        )
        emotion = emotion.sum(1) / spoken.sum(1).clamp(min=1)
        return (emotion + recipe.speech * somebody.mean(1)).sum()

    def _clip_gradients(self) -> None:
        """Limit the norm of each network's gradient."""
        gradients = [p.grad for p in self.network.parameters() if p.grad is not None]
        n_models = self.network.shape.n_models
        squares = [g.view(n_models, -1).square().sum(1) for g in gradients]
        factor = (5.0 / torch.stack(squares).sum(0).sqrt().clamp(min=1e-6)).clamp(max=1.0)
        for gradient in gradients:
            gradient.view(n_models, -1).mul_(factor[:, None])

    def _quantize(self) -> None:
        """Continue from the averaged weights with the arithmetic of the core."""
        self.network.load_state_dict(self.averaged.state_dict())
        self.network.quantize()
        self.averaged.quantize()

    def _average(self) -> None:
        decay = min(self._recipe.average, (self.n_done + 1) / (self.n_done + 10))
        with torch.no_grad():
            torch._foreach_lerp_(
                list(self.averaged.parameters()), list(self.network.parameters()), 1 - decay
            )
            for kept, seen in zip(self.averaged.buffers(), self.network.buffers(), strict=True):
                kept.copy_(seen)

    def save(self, path: Path, stamp: dict[str, Any]) -> None:
        """Write a checkpoint."""
        state = {
            "stamp": stamp,
            "n_done": self.n_done,
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "random": torch.get_rng_state(),
            "device_random": torch.cuda.get_rng_state_all() if self._device.type == "cuda" else [],
        }
        content = io.BytesIO()  # when the disk is full, torch complains of something else
        torch.save(state, content)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_bytes(content.getbuffer())

    def resume(self, path: Path, stamp: dict[str, Any]) -> None:
        """Resume from a checkpoint of the same training, if there is a complete one."""
        try:
            state = torch.load(path, weights_only=True, map_location="cpu")
        except (OSError, RuntimeError, UnpicklingError, EOFError, ValueError):
            return
        if not isinstance(state, dict) or state.get("stamp") != stamp:
            return
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self._optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["random"])
        if state["device_random"]:
            torch.cuda.set_rng_state_all(state["device_random"])
        self.n_done = state["n_done"]
        if self.n_done > round(self._recipe.steps * (1 - self._recipe.quantized)):
            self.network.quantize()
            self.averaged.quantize()


class _Data:
    """The clips as tensors on the device, and random excerpts of them."""

    def __init__(self, clips: Clips, device: torch.device) -> None:
        self.labels = torch.from_numpy(clips.labels).to(device)
        self._starts = torch.from_numpy(clips.starts).to(device)
        self._spans = torch.from_numpy(clips.spans).to(device)
        self._frames = torch.from_numpy(clips.frames).to(device)

    def excerpts(self, clips: Tensor, n_frames: int, recipe: Recipe) -> Tensor:
        """Take `n_frames` of each clip in some variant and tempo; what is shorter is repeated.

        Returns
        -------
        float tensor of shape (n_clips, n_frames, N_MELS)
            Octaves.
        """
        n, device = len(clips), clips.device

        def up_to(most: Tensor | int) -> Tensor:
            """Draw whole numbers from 0 to `most`."""
            return (torch.rand(n, device=device) * (most + 1)).long()

        other = torch.randint(1, len(self._starts), (n,), device=device)
        variant = torch.where(torch.rand(n, device=device) < recipe.varied, other, 0)
        first = self._starts[variant, clips]
        length = self._starts[variant, clips + 1] - first
        begin, end = self._spans[variant, clips].unbind(1)
        begin = (begin - up_to(recipe.margin)).clamp(min=0)
        end = torch.minimum(length, end + up_to(recipe.margin))
        tempo = 1 + recipe.tempo * (2 * torch.rand(n, device=device) - 1)
        needed = (n_frames * tempo).long()
        spare = end - begin - needed
        begin = torch.where(
            spare > 0,
            begin + up_to(spare.clamp(min=0)),
            (begin - up_to((-spare).clamp(min=0))).clamp(min=0),
        )
        end = torch.minimum(torch.where(spare > 0, end, length), begin + needed)
        time = (torch.arange(n_frames, device=device) * tempo[:, None]).long()
        frames = (first + begin)[:, None] + time % (end - begin)[:, None]
        return self._frames[frames].float() / _OCTAVE

    def repeated(self, clips: Tensor, n_frames: int) -> Tensor:
        """Take `n_frames` of each clip from anywhere on, again from its beginning at its end."""
        first, end = self._starts[0, clips], self._starts[0, clips + 1]
        begin = torch.rand(len(clips), device=clips.device) * (end - first)
        time = begin.long()[:, None] + torch.arange(n_frames, device=clips.device)
        return self._frames[first[:, None] + time % (end - first)[:, None]].float() / _OCTAVE


def _noises(clips: Clips, rows: Sequence[Rows]) -> Tensor:
    """Return 1 for the clips without speech that each network is trained on, or else 0."""
    chances = torch.zeros(len(rows), len(clips.labels))
    for chance, of_one in zip(chances, rows, strict=True):
        chance[of_one[clips.labels[of_one] == LABELS.index(NO_SPEECH)]] = 1.0
    return chances


def _center(clips: Clips, rows: Rows) -> Tensor:
    """Return the mean energy of speech relative to the peak, per band, whole numbers in Q9."""
    spoken = rows[clips.labels[rows] < len(EMOTIONS)]
    speech = []
    for row in spoken[:: max(1, len(spoken) // _CENTER_CLIPS)]:
        energies = torch.from_numpy(clips.log_mel(row).astype(np.float32))
        speech.append(relative_to_peak(energies[None])[0, slice(*clips.spans[0, row])])
    return torch.cat(speech).mean(0).round()


def _optimizer(network: TorchNetwork, recipe: Recipe) -> torch.optim.Optimizer:
    matrices = [p for p in network.parameters() if p.dim() > 1]
    others = [p for p in network.parameters() if p.dim() <= 1]
    groups = [{"params": matrices, "weight_decay": recipe.weight_decay}]
    groups += [{"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, fused=True)
