"""Run the server on one address until Ctrl-C."""

from __future__ import annotations

import errno
import functools
import ipaddress
import logging
import math
import signal
import socket
from collections.abc import Callable
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from audio_emotion.errors import ToolError, reason_of
from audio_emotion.server import connections, log, pool
from audio_emotion.server.limits import Limits

_REPEATS: Final = log.Repeats()


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
        Called with the address of the page when the server has started.

    Raises
    ------
    ToolError
        The address cannot be bound to.
    """
    with bound(host, port) as listener:
        name = f"[{host}]" if ":" in host else host
        address = f"http://{name}:{listener.getsockname()[1]}"
        server = _Server(configured(app, limits), lambda: announce(address))
        # uvicorn stops gracefully and then raises the signal again.
        kept = {
            kind: signal.signal(kind, lambda *_: None) for kind in uvicorn.server.HANDLED_SIGNALS
        }
        try:
            server.run([listener])
        finally:
            for kind, handler in kept.items():
                signal.signal(kind, handler)


def configured(app: ASGIApp, limits: Limits) -> uvicorn.Config:
    """Return the configuration of a server at any address."""
    room = connections.room(limits)
    protocol = functools.partial(
        connections.TimeoutProtocol,
        header_s=limits.header_s,
        # to arrive, to wait for a worker, to be recognized, and again for the response to be read
        request_s=4 * limits.timeout_s,
        most_open=room.open,
    )
    config = uvicorn.Config(
        app,
        http=protocol,  # type: ignore[arg-type]
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=room.accepted,
        timeout_graceful_shutdown=math.ceil(limits.timeout_s),  # for what is being recognized
        ws_max_size=limits.message_bytes,
        ws_per_message_deflate=False,
    )
    logging.getLogger("uvicorn.error").addFilter(log.is_fault)
    for name in ("asyncio", "uvicorn.error", pool.__name__):
        logging.getLogger(name).addFilter(_REPEATS)
    return config


def bound(host: str, port: int) -> socket.socket:
    """Bind to an address.

    Raises
    ------
    ToolError
        It is in use, or not of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except socket.gaierror as error:
        raise ToolError(
            f"{host} is not an address of this machine ({reason_of(error)})."
        ) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            problem = f"port {port} of {host} is in use. Choose another one with --port."
        else:
            problem = f"port {port} of {host} cannot be served ({reason_of(error)})."
        raise ToolError(problem) from error
    return listener


def is_local(host: str) -> bool:
    """Return whether only programs on this machine reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Server(uvicorn.Server):
    """A server with a callback for its start."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then call back."""
        await super().startup(sockets)
        self._when_started()
