"""The HTTP interface and the page of `audio-emotion serve`.

Recordings that strangers send are decoded in processes of their own (`pool`, `worker`), which may
die; `guard` decides who may ask at all, and `limits` how much.
"""

from audio_emotion.server.app import create_app
from audio_emotion.server.limits import Limits

__all__ = ["Limits", "create_app"]
