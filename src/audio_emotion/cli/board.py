"""`audio-emotion board monitor`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from audio_emotion import extras
from audio_emotion.cli.shell import Application, app
from audio_emotion.errors import InputError

if TYPE_CHECKING:
    from audio_emotion.devices.monitor import BoardEvent, Recording

board = Application("Look at a board that runs an exported example.")
app.add_typer(board, name="board")

_METER_WIDTH: Final = 30
_METER_LOWEST_DBFS: Final = -75


@board.callback()
def _group() -> None:
    """Keep `monitor` a command of its own, though it is the only one."""


@board.example("audio-emotion board monitor /dev/ttyACM0 --record heard.wav")
def monitor(
    port: Annotated[str, typer.Argument(metavar="PORT", help="Serial port: /dev/ttyACM0, COM3.")],
    baud: Annotated[int, typer.Option(metavar="N", min=1200, help="Bits per second.")] = 115200,
    record: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="WAV file to write what the microphone gave, of a sketch with AE_RECORD.",
        ),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(metavar="N", min=0.1, help="Stop after these.", show_default="Ctrl-C"),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a line of JSON for each line of the board.")
    ] = False,
) -> None:
    """Show a board's level and answers live, and record what its microphone gives.

    A recording is what the board's model was given: `audio-emotion predict` of it says the same.
    """
    extras.require("serial", "a board's serial port", "serial")
    from audio_emotion.devices import monitor as device

    recording = device.Recording()
    try:
        for line in device.lines(port, baud, seconds):
            if line and not recording.add(line):
                _show(device.parse(line), as_json)
    except KeyboardInterrupt:
        pass
    finally:  # a board that is unplugged takes nothing away
        if record is not None and recording:
            _write(recording, record)
    if record is not None and not recording:
        raise InputError(
            "the board printed no samples, so nothing was recorded. Write #define AE_RECORD into "
            "its sketch, before the includes, and give --baud 921600."
        )


def _write(recording: Recording, path: Path) -> None:
    from audio_emotion.cli.console import ERR

    length_s = recording.write(path)
    ERR.print_lines(f"{path}: {length_s:.1f} s of what the microphone gave.")
    if recording.n_missing:
        ERR.print_lines(
            f"{recording.n_missing} samples did not arrive and are zeros there: "
            "use the board's native USB port, or raise the rate in the sketch and --baud."
        )


def _show(event: BoardEvent, as_json: bool) -> None:
    from audio_emotion.cli.console import OUT

    if as_json:
        OUT.print_lines(json.dumps(event))
        return
    level = event["level_dbfs"]
    if level is None:
        OUT.print_lines(event["text"])
        return
    filled = round(_METER_WIDTH * (1 - level / _METER_LOWEST_DBFS))
    meter = ("█" * max(0, filled)).ljust(_METER_WIDTH, "░")
    OUT.print_lines(f"{meter} {level:4} dBFS  {event['text']:14} {event['advice']}".rstrip())
