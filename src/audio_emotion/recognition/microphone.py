"""Samples from a microphone, for hours: overruns are counted, failures are errors.

PortAudio calls back from a thread of its own for every 50 ms, into a queue that holds ten seconds;
so a recognition that is late for a moment costs nothing, and one that is late for longer costs
samples and not memory.
"""

from __future__ import annotations

import atexit
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from audio_emotion.data import audio, channels
from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.errors import ToolError, reason_of
from audio_emotion.extras import installation

BLOCKS_PER_S: Final = 20
QUEUE_S: Final = 10

# Pause after which a device counts as disconnected; a sound server may take seconds to wake it up.
TIMEOUT_S: Final = 5.0
POLL_S: Final = 0.25

# PortAudio tries every device when it is loaded, which takes long on a busy machine.
OPEN_S: Final = 20.0
# A stream that does not close in time is abandoned.
CLOSE_S: Final = 2.0

WAY_OUT: Final = "Connect one, choose one of `audio-emotion listen --devices`, or use --input FILE."

DISCONNECTED: Final = (
    "the microphone gives no more samples: it was unplugged, or its sound system has ended. "
    "Connect it and start again."
)

_PORTAUDIO: Final = {
    "linux": "apt install libportaudio2 (or your system's package of PortAudio)",
    "darwin": "brew install portaudio",
    "win32": f"{installation('mic')} --force-reinstall",
}

T = TypeVar("T")


class Device(NamedTuple):
    """Input device of a sound system."""

    number: int
    name: str
    system: str
    """Sound system: ALSA, Core Audio, Windows WASAPI."""
    channels: int
    rate_hz: int
    default: bool


class SampleFormat(NamedTuple):
    """Sample rate and channels of a device."""

    rate_hz: int
    channels: int


def devices() -> list[Device]:
    """List the input devices.

    Raises
    ------
    ToolError
        No package sounddevice, or no PortAudio, or no answer of the sound system.
    """
    return _call_with_timeout(OPEN_S, _devices)


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
    on_warning: audio.Warn = audio.warn,
) -> Iterator[Samples]:
    """Yield samples of a microphone until the iteration stops.

    Parameters
    ----------
    device : int or str, optional
        Number or a part of the name, as `devices` lists them; by default the system's choice.
    on_overrun : callable
        Called each time that samples were lost, because the queue was full.
    on_warning : callable
        Receives why not both channels are mixed, once they were compared for a second.

    Yields
    ------
    int16 array
        Mono, `SAMPLE_RATE` Hz. A device that cannot give this is resampled, its channels mixed as
        those of recordings.

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

    stream, sample_format = _call_with_timeout(OPEN_S, lambda: _open_stream(device, enqueue))
    try:
        blocks = _blocks(queue, stream, on_overrun)
        if sample_format == SampleFormat(SAMPLE_RATE, 1):
            yield from (np.frombuffer(block, np.int16) for block in blocks)
        else:
            yield from audio.resample_blocks(
                _mono(blocks, sample_format, on_warning), sample_format.rate_hz
            )
    finally:
        with suppress(ToolError):
            _call_with_timeout(CLOSE_S, stream.close)


def _open_stream(
    device: int | str | None, enqueue: Callable[..., None]
) -> tuple[Any, SampleFormat]:
    """Open and start a stream that calls `enqueue`; return it and its format."""
    sounddevice = _sounddevice()
    try:
        number = _device_number(device)
        sample_format = _supported_format(sounddevice, number)
        stream = sounddevice.RawInputStream(
            samplerate=sample_format.rate_hz,
            channels=sample_format.channels,
            dtype="int16",
            blocksize=sample_format.rate_hz // BLOCKS_PER_S,
            device=number,
            callback=enqueue,
        )
        stream.start()
    except sounddevice.PortAudioError as error:
        raise ToolError(f"the microphone cannot be opened ({error}). {WAY_OUT}") from error
    return stream, sample_format


def _call_with_timeout(seconds: float, call: Callable[[], T]) -> T:
    """Call a function of PortAudio with a timeout, interruptible by Ctrl-C.

    Where a sound server dies or is stopped at the wrong moment, no call of PortAudio comes back,
    and nothing can interrupt it; so each is made in a thread that may be left behind.
    """
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(call())
        except BaseException as error:  # raised again by result()
            result.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    try:
        return result.result(seconds)
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
            block, lost = queue.get(timeout=POLL_S)
        except Empty:
            if not stream.active or time.monotonic() - last > TIMEOUT_S:
                raise ToolError(DISCONNECTED) from None
            continue
        last = time.monotonic()
        if lost:
            on_overrun()
        yield block


def _mono(
    blocks: Iterator[bytes], sample_format: SampleFormat, on_warning: audio.Warn
) -> Iterator[npt.NDArray[np.float32]]:
    mixer = channels.Mixer(sample_format.channels)
    said = {""}
    for block in blocks:
        samples = np.frombuffer(block, np.int16).reshape(-1, sample_format.channels)
        yield mixer.mix(np.asarray(samples / 32768, np.float32))
        if mixer.n_samples >= sample_format.rate_hz and mixer.reason not in said:
            said.add(mixer.reason)
            on_warning(f"the microphone: {mixer.reason}.")


def _device_number(device: int | str | None) -> int | None:
    """Return the number of a device given by number or name; None for the default."""
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


def _supported_format(sounddevice: Any, number: int | None) -> SampleFormat:
    """Return the format closest to `SAMPLE_RATE` that a device supports.

    Of two channels both are taken, as a sound server would mix them without comparing them.
    """
    about = sounddevice.query_devices(number, "input")
    own = round(about["default_samplerate"])
    both = min(2, about["max_input_channels"])
    candidates = [
        SampleFormat(rate, channels) for rate in (SAMPLE_RATE, own) for channels in (both, 1)
    ]
    for sample_format in candidates:
        try:
            sounddevice.check_input_settings(
                device=number,
                samplerate=sample_format.rate_hz,
                channels=sample_format.channels,
                dtype="int16",
            )
        except sounddevice.PortAudioError:
            continue
        return sample_format
    return candidates[0]  # opening it says what is wrong


def _sounddevice() -> Any:
    try:
        import sounddevice  # noqa: PLC0415  (optional)
    except ImportError as error:
        raise ToolError(
            "the microphone needs the package sounddevice, not installed here. Use --input FILE, "
            f"or install it with: {installation('mic')}"
        ) from error
    except OSError as error:  # its wheels for macOS and Windows bring PortAudio along
        raise ToolError(
            "the microphone needs the library PortAudio, not installed here. Use --input FILE, or "
            f"install it with: {_PORTAUDIO.get(sys.platform, _PORTAUDIO['linux'])}"
        ) from error
    except Exception as error:  # of a class that is not imported
        raise ToolError(f"PortAudio cannot start ({reason_of(error)}). {WAY_OUT}") from error
    # Its exit handler would wait without limit for a stream that stalls, and ignore Ctrl-C; the
    # operating system closes what is open.
    atexit.unregister(sounddevice._exit_handler)
    return sounddevice
