"""Networks of random weights as models that can be asked, whose answers differ from each other."""

from dataclasses import replace
from functools import cache

import random_networks
from audio_emotion.engine.network_file import Metadata, to_bytes
from audio_emotion.recognition.network_model import NetworkModel

METADATA = Metadata("Random", "random weights", "0", "made up", "0", ["ravdess_01"])


@cache
def made_up(
    threshold: float = 0.25,
    speech_threshold: float = 0.0,
    shape: tuple[int, int, int, int] = random_networks.SMALL,
) -> NetworkModel:
    """A network unconfident of itself; by default all is speech."""
    network = replace(
        random_networks.example(*shape),
        inverse_temperature=1 / 64,
        threshold=threshold,
        speech_threshold=speech_threshold,
    )
    return NetworkModel(to_bytes(network), METADATA)
