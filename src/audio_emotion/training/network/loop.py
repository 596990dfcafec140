"""Training loop of one network, from random weights to quantized ones."""

from __future__ import annotations

import copy
import io
import math
from dataclasses import dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from audio_emotion.files import replacing
from audio_emotion.progress import Progress, no_progress
from audio_emotion.training.network import augment
from audio_emotion.training.network.clips import SPEEDS, Clips
from audio_emotion.training.network.layers import Shape, TorchNetwork, quantized_input
from audio_emotion.training.network.speakers import (
    SpeakerSampler,
    allowed_emotions,
    speaker_means,
)

_OCTAVE: Final = 512.0  # Q9
_WARM_UP: Final = 200  # steps
_CHECKPOINT_EVERY: Final = 250  # steps


@dataclass(frozen=True)
class Recipe:
    """Hyperparameters: all that a training depends on, besides the recordings."""

    seed: int = 0
    steps: int = 3000
    n_speakers: int = 8  # in a batch
    n_frames: int = 224
    learning_rate: float = 3e-3
    weight_decay: float = 0.02
    label_smoothing: float = 0.1
    dropout: float = 0.2
    quantized: float = 0.25  # last share of the steps, with the device's arithmetic
    average: float = 0.998  # of the weights, per step
    other_speed: float = 0.7  # share of clips
    tempo: float = 0.1  # faster or slower at the same pitch
    margin: int = 50  # frames of silence left around the speech, at most
    smallest_class: int = 20  # clips that make an emotion one of its corpus
    absent: float = -3.0  # log prior of an emotion that is not, beside one that is
    threads: int = 1  # another number gives other roundings
    shape: Shape = field(default_factory=Shape)
    strengths: augment.Strengths = field(default_factory=augment.Strengths)


def train(
    clips: Clips,
    rows: npt.NDArray[np.intp],
    noises: npt.NDArray[np.int16],
    recipe: Recipe,
    *,
    checkpoint: Path | None = None,
    progress: Progress = no_progress,
) -> TorchNetwork:
    """Train a network on some of the clips.

    Parameters
    ----------
    clips : Clips
    rows : int array
        The clips to train on.
    noises : int16 array of shape (n_noises, n_frames, N_MELS)
        As `clips.read_noises` gives; may be empty.
    recipe : Recipe
    checkpoint : Path, optional
        File from which an interrupted training of the same clips and recipe goes on, bit for bit.
        At the end it holds the trained network: the caller removes it when the network is safe.
    progress : Progress
        Of the steps.

    Returns
    -------
    TorchNetwork
        With averaged weights, quantized, in evaluation mode.
    """
    torch.set_num_threads(recipe.threads)
    training = _Trainer(clips, rows, noises, recipe)
    stamp = {"recipe": repr(recipe), "rows": rows.tolist(), "clips": clips.fingerprint}
    if checkpoint is not None:
        training.resume(checkpoint, stamp)
    for step in range(training.n_done, recipe.steps):
        progress(step, recipe.steps)
        if checkpoint is not None and step % _CHECKPOINT_EVERY == 0:
            training.save(checkpoint, stamp)
        training.step()
    progress(recipe.steps, recipe.steps)
    if checkpoint is not None:
        training.save(checkpoint, stamp)
    return training.averaged.eval()


class _Trainer:
    def __init__(
        self,
        clips: Clips,
        rows: npt.NDArray[np.intp],
        noises: npt.NDArray[np.int16],
        recipe: Recipe,
    ) -> None:
        self._clips, self._recipe = clips, recipe
        self._noises = torch.from_numpy(noises)
        self._sampler = SpeakerSampler(clips, rows)
        self._allowed = allowed_emotions(clips, rows, recipe.smallest_class)
        self._labels = torch.from_numpy(clips.labels)
        self._random = np.random.default_rng(recipe.seed)
        torch.manual_seed(recipe.seed)
        self.network = TorchNetwork(recipe.shape, _center(clips, rows))
        self.averaged = copy.deepcopy(self.network)
        self._optimizer = _optimizer(self.network, recipe)
        self.n_done = 0

    def step(self) -> None:
        """Train on one batch."""
        recipe = self._recipe
        if self.n_done == round(recipe.steps * (1 - recipe.quantized)):
            self._quantize()
        done = self.n_done / recipe.steps
        rate = min(1.0, (self.n_done + 1) / _WARM_UP) * 0.5 * (1 + math.cos(math.pi * done))
        for group in self._optimizer.param_groups:
            group["lr"] = recipe.learning_rate * rate + 1e-5
        batch = self._sampler.draw(recipe.n_speakers, self._random)
        inputs = self._inputs(batch)
        # Half precision halves the time, and would round what the device does not.
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=not self.network.head.quantized):
            rows = self.network.rows(inputs)
        embeddings = self.network.embed(self.network.pool(rows), recipe.dropout)
        logits = self.network.logits(embeddings, speaker_means(embeddings))
        loss = self._loss(logits, torch.from_numpy(batch))
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self._optimizer.step()
        self._average()
        self.n_done += 1

    def _inputs(self, batch: npt.NDArray[np.intp]) -> Tensor:
        energies = torch.from_numpy(np.stack([self._excerpt(clip) for clip in batch])).float()
        strengths = self._recipe.strengths
        energies = augment.vary(energies / _OCTAVE, self._noises, strengths)
        center = self.network.center
        return augment.mask(quantized_input(energies * _OCTAVE, center), strengths)

    def _excerpt(self, clip: int) -> npt.NDArray[np.int16]:
        """Take `n_frames` of a clip at some speed and tempo; what is shorter is repeated."""
        recipe, random = self._recipe, self._random
        speed = int(random.integers(1, len(SPEEDS))) if random.random() < recipe.other_speed else 0
        log_mel = self._clips.log_mel(clip, speed)
        begin, end = self._clips.spans[speed, clip]
        begin = max(0, begin - int(random.integers(recipe.margin + 1)))
        end = min(len(log_mel), end + int(random.integers(recipe.margin + 1)))
        tempo = 1 + random.uniform(-recipe.tempo, recipe.tempo)
        needed = int(recipe.n_frames * tempo)
        if end - begin > needed:
            begin = int(random.integers(begin, end - needed + 1))
            end = begin + needed
        else:
            begin = max(0, begin - int(random.integers(needed - (end - begin) + 1)))
            end = min(len(log_mel), begin + needed)
        time = (np.arange(recipe.n_frames) * tempo).astype(np.intp) % (end - begin)
        excerpt: npt.NDArray[np.int16] = log_mel[begin:end][time]
        return excerpt

    def _loss(self, logits: Tensor, batch: Tensor) -> Tensor:
        """Compute the cross-entropy with the corpus's own prior, which is then not learnt.

        Emotions that a corpus lacks have the log prior `absent` beside those that it has.
        """
        recipe, allowed = self._recipe, self._allowed[batch]
        even = allowed / allowed.sum(1, keepdim=True)
        truth = functional.one_hot(self._labels[batch], logits.shape[1])
        target = (1 - recipe.label_smoothing) * truth + recipe.label_smoothing * even
        log_likelihood = (logits + recipe.absent * ~allowed).log_softmax(1)
        return -(target * log_likelihood).sum(1).mean()

    def _quantize(self) -> None:
        """Continue from the averaged weights with the arithmetic of the core."""
        self.network.load_state_dict(self.averaged.state_dict())
        self.network.quantize()
        self.averaged.quantize()

    def _average(self) -> None:
        decay = min(self._recipe.average, (self.n_done + 1) / (self.n_done + 10))
        with torch.no_grad():
            for mean, new in zip(
                self.averaged.parameters(), self.network.parameters(), strict=True
            ):
                mean.lerp_(new, 1 - decay)
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
            "torch": torch.get_rng_state(),
            "numpy": self._random.bit_generator.state,
        }
        content = io.BytesIO()  # when the disk is full, torch complains of something else
        torch.save(state, content)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_bytes(content.getbuffer())

    def resume(self, path: Path, stamp: dict[str, Any]) -> None:
        """Resume from a checkpoint of the same training, if there is a complete one."""
        try:
            state = torch.load(path, weights_only=True)
        except (OSError, RuntimeError, UnpicklingError, EOFError, ValueError):
            return
        if not isinstance(state, dict) or state.get("stamp") != stamp:
            return
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self._optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["torch"])
        self._random.bit_generator.state = state["numpy"]
        self.n_done = state["n_done"]
        if self.n_done > round(self._recipe.steps * (1 - self._recipe.quantized)):
            self.network.quantize()
            self.averaged.quantize()


def _center(clips: Clips, rows: npt.NDArray[np.intp]) -> Tensor:
    """Return the mean log-mel energy of speech, per band, whole numbers in Q9."""
    speech = [clips.log_mel(row)[slice(*clips.spans[0, row])] for row in rows]
    return torch.from_numpy(np.rint(np.concatenate(speech).mean(0))).float()


def _optimizer(network: TorchNetwork, recipe: Recipe) -> torch.optim.Optimizer:
    matrices = [p for p in network.parameters() if p.dim() > 1]
    others = [p for p in network.parameters() if p.dim() <= 1]
    groups = [{"params": matrices, "weight_decay": recipe.weight_decay}]
    groups += [{"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=recipe.learning_rate)
