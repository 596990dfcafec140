"""The HTTP interface and the page of `audio-emotion serve`.

Uploaded recordings are decoded in worker processes that may crash (`pool`, `worker`); `guard`
controls access, and `limits` what a request may cost.
"""

from audio_emotion.server.app import create_app
from audio_emotion.server.limits import Limits

__all__ = ["Limits", "create_app"]
