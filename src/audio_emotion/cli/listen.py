"""`audio-emotion listen`."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Annotated

import typer

from audio_emotion.cli import places
from audio_emotion.cli.shell import Adapt, AdaptFrom, Hidden, Model, app, model_of, print_json
from audio_emotion.errors import InputError

if TYPE_CHECKING:
    from audio_emotion.cli.live import View
    from audio_emotion.data.pcm import PcmDecoder
    from audio_emotion.engine.features import Samples


@app.example(
    "audio-emotion listen",
    "audio-emotion listen --input recording.wav",
    "arecord -q -t raw -f S16_LE -r 16000 | audio-emotion listen --input -",
)
def listen(
    given: Hidden = None,
    model: Model = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="FILE",
            help="A recording, or - for raw PCM, mono, on stdin.",
            show_default="the microphone",
        ),
    ] = None,
    rate: Annotated[
        int | None,
        typer.Option(metavar="HZ", help="Sample rate of raw PCM.", show_default="16000", min=1),
    ] = None,
    sample_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="TYPE",
            help="Type of its samples, such as s16be or f32le.",
            show_default="s16le",
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER|NAME",
            help="Which microphone.",
            show_default="the one the system uses",
        ),
    ] = None,
    list_devices: Annotated[bool, typer.Option("--devices", help="List the microphones.")] = False,
    estimates: Annotated[
        bool, typer.Option(help="Print an estimate of the present utterance twice a second.")
    ] = False,
    adapt: Adapt = False,
    adapt_from: AdaptFrom = None,
    realtime: Annotated[bool, typer.Option(help="Process a recording at its own pace.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a line of JSON for each event.")
    ] = False,
) -> None:
    """Recognize the emotion of each utterance as it ends, live, until the stream ends or Ctrl-C."""
    if source is not None and (device is not None or list_devices):
        raise typer.BadParameter(
            "--device and --devices are for the microphone, not for --input; give one."
        )
    if source != "-" and (rate is not None or sample_format is not None):
        raise typer.BadParameter(
            "--rate and --format are for raw PCM, --input -; a recording has its own."
        )
    if source is None and realtime:
        raise typer.BadParameter("--realtime is for --input: a microphone is always real-time.")
    recording = None if source == "-" else source
    places.check(places.model(given or model), places.recording(recording, "--input"))
    model = model_of(given, model, "audio-emotion listen --model")
    if list_devices:
        _print_devices(as_json)
        return
    from audio_emotion.cli.live import LiveView
    from audio_emotion.cli.quiet import quiet_libraries
    from audio_emotion.data.pcm import PcmDecoder
    from audio_emotion.engine.features import SAMPLE_RATE
    from audio_emotion.recognition import stream
    from audio_emotion.recognition.model import load_model

    decoder = PcmDecoder(rate or SAMPLE_RATE, sample_format or "s16le")
    chosen = load_model(model)
    view = _view(as_json)
    blocks = _blocks(source, decoder, device, view)
    paced = stream.in_realtime(blocks) if realtime else blocks
    # The view of a terminal always shows the present estimate.
    estimates = estimates or isinstance(view, LiveView)
    with quiet_libraries(), view, suppress(KeyboardInterrupt), closing(blocks):
        metered = _metered(paced, view)
        for event in stream.stream(metered, chosen, estimates=estimates, adapt=adapt_from or adapt):
            view.show(event)


def _view(as_json: bool) -> View:
    from audio_emotion.cli.console import OUT
    from audio_emotion.cli.live import JsonLines, Lines, LiveView

    if as_json:
        return JsonLines()
    return LiveView(OUT) if OUT.is_terminal else Lines()


def _blocks(
    source: str | None, decoder: PcmDecoder, device: str | None, view: View
) -> Generator[Samples, None, None]:
    from audio_emotion.data import audio
    from audio_emotion.recognition import microphone, stream

    if source is None:
        yield from microphone.microphone(device, on_overrun=view.overrun)
    elif source != "-":
        yield from audio.blocks(source)
    elif sys.stdin is None:
        raise InputError("--input - is the standard input, which is closed. Send PCM to it.")
    else:
        yield from stream.raw_pcm(sys.stdin.buffer, decoder)


def _metered(blocks: Iterator[Samples], view: View) -> Iterator[Samples]:
    for block in blocks:
        view.process(block)
        yield block


def _print_devices(as_json: bool) -> None:
    from audio_emotion.cli import tables
    from audio_emotion.cli.console import OUT
    from audio_emotion.cli.quiet import quiet_libraries
    from audio_emotion.recognition import microphone

    with quiet_libraries():
        found = microphone.devices()
    if as_json:
        print_json({"devices": [device._asdict() for device in found]})
    elif found:
        OUT.print(tables.devices_table(found))
    else:
        OUT.print("There is no microphone.")
