"""Receive recordings from the bodies of requests, in memory and within the limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from audio_emotion.server.limits import Limits, RefusedError

FIELD: Final = "file"
UNNAMED: Final = "recording"
_LONGEST_NAME: Final = 100
_MAX_FIELDS: Final = 8  # besides the file; they are ignored


async def receive(request: Request, limits: Limits) -> tuple[str, bytes | bytearray]:
    """Receive the recording of a request: its name and content.

    Raises
    ------
    RefusedError
        Too large, too slow, cut off, or no recording in it.
    """
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > limits.body_bytes:
        raise _too_large(limits)
    try:
        async with asyncio.timeout(limits.timeout_s), aclosing(_counted(request, limits)) as stream:
            if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
                name, content = await _of_form(request, stream, limits)
            else:
                name, content = UNNAMED, await _joined(stream)
    except TimeoutError:
        raise RefusedError(
            408, f"the recording did not arrive within {limits.timeout_s:g} s. Send a shorter one."
        ) from None
    except ClientDisconnect:
        raise RefusedError(400, "the recording was cut off. Send it again.") from None
    if not content:
        raise RefusedError(400, "the recording is empty, 0 bytes. Send an audio file as the body.")
    return name, content


async def _counted(request: Request, limits: Limits) -> AsyncGenerator[bytes, None]:
    """Yield pieces of the body while their total is within the limit."""
    n_bytes = 0
    async with aclosing(request.stream()) as stream:
        async for piece in stream:
            n_bytes += len(piece)
            if n_bytes > limits.body_bytes:
                raise _too_large(limits)
            yield piece


async def _joined(pieces: AsyncGenerator[bytes, None]) -> bytearray:
    content = bytearray()
    async for piece in pieces:
        content += piece
    return content


def _too_large(limits: Limits) -> RefusedError:
    return RefusedError(
        413,
        f"more than the {limits.body_bytes / 1e6:g} MB that are allowed. "
        "Send a shorter recording, or a compressed one.",
    )


async def _of_form(
    request: Request, stream: AsyncGenerator[bytes, None], limits: Limits
) -> tuple[str, bytes | bytearray]:
    parser = MultiPartParser(request.headers, stream, max_files=1, max_fields=_MAX_FIELDS)
    parser.spool_max_size = limits.body_bytes + 1  # beyond it, a file would go to the disk
    try:
        form: FormData = await parser.parse()
    except MultiPartException as error:
        raise RefusedError(
            400, f"not a form that can be read ({error.message.rstrip('.')}). Send one file."
        ) from None
    try:
        file = form.get(FIELD)
        if not isinstance(file, UploadFile):
            raise RefusedError(
                400, f'the form has no file called "{FIELD}". Send the recording as one.'
            )
        return _printable(file.filename or ""), await file.read()
    finally:
        await form.close()


def _printable(filename: str) -> str:
    """Return the last part of a path, printable characters only."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(character for character in name if character.isprintable())
    return name.strip()[-_LONGEST_NAME:] or UNNAMED
