"""`audio-emotion serve`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Final

import typer

from audio_emotion import extras
from audio_emotion.cli import places
from audio_emotion.cli.shell import Jobs, Model, app

if TYPE_CHECKING:
    from rich.text import Text

_TOKEN: Final = "AUDIO_EMOTION_TOKEN"


@app.example("audio-emotion serve", "audio-emotion serve --port 8080 --max-mb 100")
def serve(
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to serve; 0.0.0.0 for everyone.")
    ] = ("127.0.0.1"),
    port: Annotated[
        int, typer.Option(metavar="N", help="Port; 0 for any that is free.", min=0, max=65535)
    ] = 8000,
    model: Model = None,
    token: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            envvar=_TOKEN,
            help=f"Token that programs must send; also the variable {_TOKEN}.",
        ),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="Origin of pages that are allowed; repeatable."),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Host name that is allowed; repeatable."),
    ] = None,
    max_mb: Annotated[
        float, typer.Option(metavar="N", help="Largest recording, MB.", min=0.001)
    ] = 25,
    max_minutes: Annotated[
        float, typer.Option(metavar="N", help="Longest recording, minutes.", min=0.01)
    ] = 10,
    max_requests: Annotated[int, typer.Option(metavar="N", help="Recordings at once.", min=1)] = 8,
    max_streams: Annotated[int, typer.Option(metavar="N", help="Streams at once.", min=1)] = 8,
    timeout_s: Annotated[
        float, typer.Option(metavar="N", help="Seconds to recognize a recording.", min=0.1)
    ] = 30,
    memory_mb: Annotated[
        int, typer.Option(metavar="N", help="Memory to recognize a recording, MB.", min=1)
    ] = 256,
    jobs: Jobs = None,
) -> None:
    """Serve the page, and the same recognition over HTTP, until Ctrl-C.

    Needs the package's extra "web". docs/server.md describes the interface.
    """
    from audio_emotion.cli.console import ERR

    os.environ.pop(_TOKEN, None)  # the workers, which read untrusted bytes, do not inherit it
    extras.require("web", "serving", "starlette", "uvicorn", "python_multipart", "websockets")
    from audio_emotion.server import Limits, create_app, run
    from audio_emotion.server import app as application

    places.check(places.model(model))
    limits = Limits(
        body_bytes=round(max_mb * 1e6),
        recording_s=60 * max_minutes,
        requests=max_requests,
        streams=max_streams,
        timeout_s=timeout_s,
        memory_bytes=memory_mb << 20,
        workers=jobs or Limits.workers,
    )
    service = create_app(
        model,
        limits=limits,
        token=token,
        allow_origins=allow_origin or (),
        allow_hosts=[host, *(allow_host or ())],
    )
    if token is None and not run.is_local(host):
        ERR.print_lines(
            f"Everybody who reaches {host} can use the interface; --token sets a password."
        )

    def announce(address: str) -> None:
        print(f"{address}  (Ctrl-C ends)", flush=True)
        if ERR.is_terminal:
            ERR.print(*phone_lines(address), sep="\n", soft_wrap=True)
        if application.built_page() is None:
            print(application.NOT_BUILT, flush=True)

    run.serve(service, host, port, limits, announce)


def phone_lines(address: str) -> list[Text]:
    """Return what is shown of the page's address for a phone, its QR code first."""
    from rich.text import Text

    from audio_emotion.server import phone

    reached = phone.reached_at(address)
    if reached is None:
        return []
    code = phone.code(reached) or []
    return [
        *(Text(line, style="black on white") for line in code),
        Text(f"On a phone in the same network: {reached}"),
        Text(phone.CERTIFICATES),
    ]
