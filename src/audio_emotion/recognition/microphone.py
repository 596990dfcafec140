"""Samples from a microphone, for hours: what is lost is counted, what breaks is said.

PortAudio calls back from a thread of its own for every 50 ms, into a queue that holds ten seconds;
so a recognition that is late for a moment costs nothing, and one that is late for longer costs
samples and not memory.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from audio_emotion.data import audio
from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.errors import ToolError, first_line

BLOCKS_PER_S: Final = 20
QUEUE_S: Final = 10

# A sound server may need some seconds to wake a device up; afterwards this long a pause is the end.
SILENT_S: Final = 5.0
LOOK_S: Final = 0.25

# PortAudio tries every device when it is loaded; a machine under load may take its time.
OPEN_S: Final = 20.0
# A stream that does not close is left behind, which costs nothing where the process ends.
CLOSE_S: Final = 2.0

WAY_OUT: Final = "Connect one, choose one of `audio-emotion listen --devices`, or use --input FILE."

GONE: Final = (
    "the microphone gives no more samples: it was unplugged, or its sound system has ended. "
    "Connect it and start again."
)

T = TypeVar("T")


class Device(NamedTuple):
    """A microphone, or whatever else can be recorded from."""

    number: int
    name: str
    system: str
    """Through which sound system of the machine: ALSA, Core Audio, Windows WASAPI."""
    channels: int
    rate_hz: int
    default: bool


class Form(NamedTuple):
    """In what form a device gives its samples."""

    rate_hz: int
    channels: int


def devices() -> list[Device]:
    """List what can be recorded from.

    Raises
    ------
    ToolError
        No package sounddevice, or no PortAudio, or no answer of the sound system.
    """
    return _within(OPEN_S, _devices)


def _devices() -> list[Device]:
    sounddevice = _sounddevice()
    systems = sounddevice.query_hostapis()
    default = sounddevice.default.device[0]
    return [
        Device(
            number,
            device["name"],
            systems[device["hostapi"]]["name"],
            device["max_input_channels"],
            round(device["default_samplerate"]),
            number == default,
        )
        for number, device in enumerate(sounddevice.query_devices())
        if device["max_input_channels"] > 0
    ]


def microphone(
    device: int | str | None = None,
    *,
    on_overrun: Callable[[], None] = lambda: None,
) -> Iterator[Samples]:
    """Record until whoever iterates stops.

    Parameters
    ----------
    device : int or str, optional
        Number or a part of the name, as `devices` lists them; by default the system's choice.
    on_overrun : callable
        Called each time that samples were lost, as nobody took them in time.

    Yields
    ------
    int16 array
        Mono, `SAMPLE_RATE` Hz. A device that cannot give this is resampled, its channels averaged.

    Raises
    ------
    ToolError
        No package sounddevice, no PortAudio, no such microphone, or it is gone.
    """
    # Its methods take no lock that an interrupted listener could leave to the callback.
    queue: SimpleQueue[tuple[bytes, bool]] = SimpleQueue()
    lost = False

    def enqueue(block: Any, _n: int, _time: Any, status: Any) -> None:
        nonlocal lost
        lost = lost or bool(status.input_overflow)
        if queue.qsize() < QUEUE_S * BLOCKS_PER_S:
            queue.put((bytes(block), lost))
            lost = False
        else:
            lost = True

    stream, form = _within(OPEN_S, lambda: _started(device, enqueue))
    try:
        blocks = _blocks(queue, stream, on_overrun)
        if form == Form(SAMPLE_RATE, 1):
            yield from (np.frombuffer(block, np.int16) for block in blocks)
        else:
            yield from audio.resample_blocks(_mono(blocks, form.channels), form.rate_hz)
    finally:
        with suppress(ToolError):
            _within(CLOSE_S, stream.close)


def _started(device: int | str | None, enqueue: Callable[..., None]) -> tuple[Any, Form]:
    """Open the stream that calls `enqueue`, in the form that suits best."""
    sounddevice = _sounddevice()
    try:
        number = _chosen(device)
        form = _form(sounddevice, number)
        stream = sounddevice.RawInputStream(
            samplerate=form.rate_hz,
            channels=form.channels,
            dtype="int16",
            blocksize=form.rate_hz // BLOCKS_PER_S,
            device=number,
            callback=enqueue,
        )
        stream.start()
    except sounddevice.PortAudioError as error:
        raise ToolError(f"the microphone cannot be opened ({error}). {WAY_OUT}") from error
    return stream, form


def _within(seconds: float, call: Callable[[], T]) -> T:
    """Call PortAudio without waiting for ever, and so that Ctrl-C works meanwhile.

    Where a sound server dies or is stopped at the wrong moment, no call of PortAudio comes back,
    and nothing can interrupt it; so each is made in a thread that may be left behind.
    """
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:  # raised again where the answer is waited for
            answer.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    try:
        return answer.result(seconds)
    except TimeoutError:
        raise ToolError(
            f"the sound system did not answer for {seconds:g} s. Start it again, "
            "or use --input FILE."
        ) from None


def _blocks(
    queue: SimpleQueue[tuple[bytes, bool]], stream: Any, on_overrun: Callable[[], None]
) -> Iterator[bytes]:
    last = time.monotonic()
    while True:
        try:
            block, lost = queue.get(timeout=LOOK_S)
        except Empty:
            if not stream.active or time.monotonic() - last > SILENT_S:
                raise ToolError(GONE) from None
            continue
        last = time.monotonic()
        if lost:
            on_overrun()
        yield block


def _mono(blocks: Iterator[bytes], channels: int) -> Iterator[npt.NDArray[np.float32]]:
    for block in blocks:
        samples = np.frombuffer(block, np.int16).reshape(-1, channels)
        yield (samples.mean(axis=1) / 32768.0).astype(np.float32)


def _chosen(device: int | str | None) -> int | None:
    """Find the number of the device that is meant."""
    found = _devices()
    if not found:
        raise ToolError(f"there is no microphone. {WAY_OUT}")
    if device is None:
        return None
    names = "; ".join(f"{one.number} {one.name}" for one in found)
    if isinstance(device, int) or device.isdigit():
        matching = [one for one in found if str(one.number) == str(device)]
    else:
        matching = [one for one in found if device.lower() in one.name.lower()]
        # The same microphone is often there through several sound systems.
        exact = [one for one in matching if one.name.lower() == device.lower()]
        matching = exact or matching
    if len(matching) != 1:
        how_many = "no microphone is" if not matching else f"{len(matching)} microphones are"
        raise ToolError(f"{how_many} called {device!r}; there are: {names}. Give --device NUMBER.")
    return matching[0].number


def _form(sounddevice: Any, number: int | None) -> Form:
    """Find what the device can give, as near as possible to what is needed."""
    about = sounddevice.query_devices(number, "input")
    own = round(about["default_samplerate"])
    both = min(2, about["max_input_channels"])
    forms = [Form(rate, channels) for rate in (SAMPLE_RATE, own) for channels in (1, both)]
    for form in forms:
        try:
            sounddevice.check_input_settings(
                device=number, samplerate=form.rate_hz, channels=form.channels, dtype="int16"
            )
        except sounddevice.PortAudioError:
            continue
        return form
    return forms[0]  # opening it says what is wrong


def _sounddevice() -> Any:
    try:
        import sounddevice  # noqa: PLC0415  (optional)
    except (ImportError, OSError) as error:  # an OSError is a missing PortAudio library
        raise ToolError(
            f"the microphone needs the package sounddevice ({error}). Install it with: "
            "pip install 'embedded-audio-emotion[mic]', or use --input FILE."
        ) from error
    except Exception as error:  # its own class cannot be named when importing it has failed
        raise ToolError(f"PortAudio cannot start ({first_line(error)}). {WAY_OUT}") from error
    # It would end PortAudio when the process ends, and wait without limit for a stream that stalls,
    # deaf to Ctrl-C; the operating system closes what is open.
    atexit.unregister(sounddevice._exit_handler)
    return sounddevice
