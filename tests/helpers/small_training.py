"""`audio-emotion train-net` with a network so small that it can be killed often; see `crashes`."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import torch._dynamo  # noqa: F401  (which every first optimizer imports, for seconds)

from audio_emotion import cli
from audio_emotion.training.network import layers, loop, train_net  # noqa: F401  (before any fork)

SMALL: Final[dict[str, Any]] = {
    "n_speakers": 2,
    "n_frames": (64, 96),
    "shape": layers.Shape(32, 2, 16, 12, stem=24, kernel=3),
    "smallest_class": 1,
}


def main() -> None:
    """Be the command, with a checkpoint every step."""
    loop._CHECKPOINT_EVERY = 0.0
    loop.SHAPES["default"] = SMALL["shape"]
    loop.Recipe = partial(loop.Recipe, **{name: SMALL[name] for name in SMALL if name != "shape"})
    cli.main()
