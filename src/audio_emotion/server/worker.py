"""The worker process, which decodes uploaded recordings and recognizes their emotion.

Decoders are large C programs that read untrusted bytes. So they run in a process with limited
memory and time that cannot write files, one recording after another. If one crashes it, the pool
starts another process.
"""

from __future__ import annotations

import io
import json
import os
import signal
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import numpy as np
from threadpoolctl import threadpool_limits

from audio_emotion.data import audio
from audio_emotion.data.isolation import allow_time, confine
from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.errors import AudioEmotionError
from audio_emotion.recognition import model as recognition
from audio_emotion.recognition.model import EmotionModel, load_model
from audio_emotion.recognition.predict import SCHEMA, WINDOW_S, recognize
from audio_emotion.server.limits import Limits, RefusedError

READY: Final = b"ready"


class Recording(io.BytesIO):
    """An upload with its name, as errors and the result show it."""

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(content)
        self.name = name


def serve(connection: Connection, model_path: Path, limits: Limits) -> None:
    """Recognize recordings until the other end of the connection closes.

    A recording is two messages, its name and its bytes; the response is one, of JSON.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server handles Ctrl-C and stops us
    with threadpool_limits(1):  # the pool keeps the cores busy; threads would cost address space
        model = load_model(model_path)
        _warm_up(model)
        confine(limits.memory_bytes)
        connection.send_bytes(READY)
        _discard_stderr()
        while True:
            try:
                name = connection.recv_bytes().decode()
                allow_time(limits.timeout_s)
                recording = Recording(name, connection.recv_bytes())
                response = json.dumps(_response(recording, model, limits), allow_nan=False)
            except EOFError:
                return
            except MemoryError:  # its state is unknown
                os._exit(1)
            connection.send_bytes(response.encode())


def _response(recording: Recording, model: EmotionModel, limits: Limits) -> dict[str, Any]:
    name = recording.name
    warnings: list[str] = []
    try:
        blocks = _decoded(recording, limits.recording_s, warnings)
        adaptation = recognition.adaptation_for(model, adapt=False)
        result = recognize(name, lambda: iter(blocks), model, adaptation)
    except RefusedError as refused:
        return {"status": refused.status, "error": refused.sentence}
    except AudioEmotionError as error:
        return {"status": 422, "error": str(error)}
    except MemoryError:
        raise
    except Exception:  # a bug, which must not end the worker
        return {"status": 500, "error": traceback.format_exc()}
    return {
        "status": 200,
        "document": {"schema": SCHEMA, "model": model.name, **result, "warnings": warnings},
    }


def _decoded(recording: Recording, longest_s: float, warnings: list[str]) -> list[Samples]:
    """Decode a recording up to the longest length, whatever its header declares."""
    too_long = RefusedError(
        413, f"{recording.name}: longer than the {longest_s:g} s that are allowed. Send a part."
    )
    if audio.declared_s(recording) > longest_s:
        raise too_long
    recording.seek(0)
    blocks: list[Samples] = []
    left = round(longest_s * SAMPLE_RATE)
    for block in audio.blocks(recording, warnings.append):
        blocks.append(block)
        left -= len(block)
        if left < 0:
            raise too_long
    return blocks


def _discard_stderr() -> None:
    """Discard what decoders write to stderr, which is the server's log."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os.close(null)


def _warm_up(model: EmotionModel) -> None:
    """Recognize noise, so that libraries are loaded before memory is limited."""
    noise = np.random.default_rng(0).normal(0, 1000, (WINDOW_S + 1) * SAMPLE_RATE)
    samples = noise.astype(np.int16)
    adaptation = recognition.adaptation_for(model, adapt=False)
    recognize("noise", lambda: iter([samples]), model, adaptation)
