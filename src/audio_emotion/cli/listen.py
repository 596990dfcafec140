"""`audio-emotion listen`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audio_emotion import tables
from audio_emotion.cli.shell import ERR, OUT, app

if TYPE_CHECKING:
    from audio_emotion.listen import Heard


@app.command(
    epilog="Example: arecord -q -t raw -f S16_LE -r 16000 | audio-emotion listen --input -"
)
def listen(
    model_path: Annotated[
        Path | None,
        typer.Argument(metavar="MODEL", help="An .aem or .skops model.", show_default="ours"),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--input",
            help="A recording, or - for raw PCM (16-bit little-endian, mono, 16 kHz) on stdin.",
            show_default="the microphone",
        ),
    ] = None,
    estimates: Annotated[
        bool, typer.Option(help="Say twice a second how it sounds so far.")
    ] = False,
    adapt: Annotated[
        bool | None,
        typer.Option(help="One person speaks: get used to the voice.", show_default="if it can"),
    ] = None,
    realtime: Annotated[bool, typer.Option(help="Hear a recording at its own pace.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a line of JSON for each event.")
    ] = False,
) -> None:
    """Recognize the emotion of each utterance as it ends, live, until the stream ends or Ctrl-C."""
    from audio_emotion import audio, recognition
    from audio_emotion import listen as listening

    chosen = recognition.load(model_path or recognition.default_path())
    if source is None:
        blocks = listening.microphone()
    elif source == "-":
        blocks = listening.raw_pcm(sys.stdin.buffer)
    else:
        blocks = audio.blocks(source)
    if realtime:
        blocks = listening.in_realtime(blocks)
    with _status(as_json) as show, suppress(KeyboardInterrupt):
        for heard in listening.listen(blocks, chosen, estimates=estimates, adapt=adapt):
            show(heard)


@contextmanager
def _status(as_json: bool) -> Iterator[Callable[[Heard], None]]:
    """Print each utterance that ended, and show on one line the one that goes on."""
    if as_json:
        yield lambda heard: print(json.dumps(heard, allow_nan=False), flush=True)
        return
    with ERR.status("listening") as status:

        def show(heard: Heard) -> None:
            status.update(tables.of_heard(heard))
            if heard["event"] == "ended":
                OUT.print(tables.of_heard(heard), soft_wrap=True)
                status.update("listening")

        yield show
