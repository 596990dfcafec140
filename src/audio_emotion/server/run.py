"""Serve from the command line: one address, until Ctrl-C."""

from __future__ import annotations

import errno
import functools
import ipaddress
import logging
import signal
import socket
from collections.abc import Callable
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from audio_emotion.errors import ToolError
from audio_emotion.server import connections
from audio_emotion.server.limits import Limits

_FAREWELL_S: Final = 5  # for answers that are under way when the server is told to stop


def serve(
    app: ASGIApp, host: str, port: int, limits: Limits, announce: Callable[[str], None]
) -> None:
    """Serve an application until SIGINT or SIGTERM.

    Parameters
    ----------
    app : ASGI application
    host : str
        Address or name to bind to.
    port : int
        0 for any that is free.
    limits : Limits
    announce : callable
        Given the address of the page, once it answers.

    Raises
    ------
    ToolError
        The address cannot be bound to.
    """
    with bound(host, port) as listener:
        name = f"[{host}]" if ":" in host else host
        address = f"http://{name}:{listener.getsockname()[1]}"
        server = _Server(configured(app, limits), lambda: announce(address))
        # uvicorn stops gracefully and then raises the signal again, which is nobody's failure.
        kept = {
            kind: signal.signal(kind, lambda *_: None) for kind in uvicorn.server.HANDLED_SIGNALS
        }
        try:
            server.run([listener])
        finally:
            for kind, handler in kept.items():
                signal.signal(kind, handler)


def configured(app: ASGIApp, limits: Limits) -> uvicorn.Config:
    """Set up a server, wherever it may be."""
    protocol = functools.partial(
        connections.ImpatientProtocol,
        header_s=limits.header_s,
        # to arrive, to wait for a worker, to be recognized, and again for the answer to be read
        request_s=4 * limits.timeout_s,
    )
    config = uvicorn.Config(
        app,
        http=protocol,  # type: ignore[arg-type]
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=connections.MOST,
        timeout_graceful_shutdown=_FAREWELL_S,
        ws_max_size=limits.message_bytes,
        ws_per_message_deflate=False,
    )
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    return config


def _is_news(record: logging.LogRecord) -> bool:
    """Leave out what uvicorn 0.54 logs as an error whenever a stream is refused by an answer."""
    return record.msg != "ASGI callable returned without completing handshake."


def bound(host: str, port: int) -> socket.socket:
    """Bind to an address.

    Raises
    ------
    ToolError
        It is in use, or not ours.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except socket.gaierror as error:
        raise ToolError(f"{host} is no address of this machine ({error.strerror}).") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            problem = f"port {port} of {host} is in use. Choose another one with --port."
        else:
            problem = f"port {port} of {host} cannot be served ({error.strerror})."
        raise ToolError(problem) from error
    return listener


def is_local(host: str) -> bool:
    """Whether only programs on this machine reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Server(uvicorn.Server):
    """One that says when it answers."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self._when_started()
