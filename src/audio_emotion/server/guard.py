"""Access control, applied to every request before its route.

Host
    A site can point its own name to this machine (DNS rebinding) and then read responses as its
    own. That name stands in the header Host, so only known names and addresses are accepted.
Origin
    Browsers send the origin of a page. The server's own is accepted, and those that were allowed.
Token
    If one is set, requests to the interface must carry it; the page and its files need none.
"""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from audio_emotion.errors import InputError
from audio_emotion.server.limits import Limits, RefusedError, busy

API: Final = "/api/"
FREE_OF_TOKEN: Final = ("/api/health", "/api/openapi.json")

_SOURCES: Final = {
    "script-src": "'self' 'wasm-unsafe-eval'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
}
HEADERS: Final = {
    "Content-Security-Policy": "; ".join(
        ["default-src 'none'"]
        + [f"{kind} {source}" for kind, source in _SOURCES.items()]
        + [f"{kind} 'none'" for kind in ("base-uri", "form-action", "frame-ancestors")]
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_DRAIN_S: Final = 2


class Guard:
    """Refuse requests that are not allowed, and add security headers to all responses.

    Parameters
    ----------
    app : ASGI application
    limits : Limits
    hosts : collection of str
        Names under which the server is reached, besides localhost and all addresses.
    origins : collection of str
        Origins of other pages that are allowed, such as ``https://example.org``.
    token : str or None
        Expected as ``Authorization: Bearer``.

    Raises
    ------
    InputError
        Not an origin, or a token that is empty.
    """

    def __init__(
        self,
        app: ASGIApp,
        limits: Limits,
        hosts: Collection[str] = (),
        origins: Collection[str] = (),
        token: str | None = None,
    ) -> None:
        self._app = app
        self._limits = limits
        self._hosts = {"localhost", *(name.lower() for name in hosts)}
        self._origins = {_valid_origin(origin) for origin in origins}
        self._token = token
        if token == "":
            raise InputError("the token is empty. Give one that is hard to guess, or none.")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        # With Expect: 100-continue, a client has not sent its body yet.
        waits = "expect" in Headers(scope=scope)
        body = _Body(receive, 0 if waits else self._limits.body_bytes)
        started = False

        async def protected(message: Message) -> None:
            nonlocal started
            if message["type"] in {"http.response.start", "websocket.http.response.start"}:
                _add_headers(message, scope)
                if message["status"] >= 400 and scope["type"] == "http":
                    await body.drain()
                started = True
            await send(message)

        try:
            self._check(scope)
            await self._app(scope, body.receive, protected)
        except RefusedError as refused:
            await refuse(refused, scope, body.receive, protected)
        except asyncio.CancelledError:  # the server stops, and has waited long enough
            if scope["type"] == "http" and not started:
                body.n_bytes = 0
                await refuse(busy("the server stops"), scope, body.receive, protected)
            raise

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._is_known(host):
            raise RefusedError(
                421,
                f"{host[:100]!r} is not a name of this server. "
                "Use its address, or allow the name with --allow-host.",
            )
        if origin is not None and origin not in self._origins and not _same_host(origin, host):
            raise RefusedError(
                403,
                f"pages of {origin[:100]!r} may not use this server. "
                "Allow them with --allow-origin.",
            )
        guarded = scope["path"].startswith(API) and scope["path"] not in FREE_OF_TOKEN
        # A browser's preflight request (OPTIONS) carries no token.
        if self._token is not None and guarded and scope.get("method") != "OPTIONS":
            self._check_token(headers.get("authorization", ""))

    def _is_known(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
            ipaddress.ip_address(name)
        except ValueError:
            return host.rsplit(":", 1)[0].lower().rstrip(".") in self._hosts
        return True

    def _check_token(self, authorization: str) -> None:
        assert self._token is not None
        scheme, _, given = authorization.partition(" ")
        # Starlette has decoded the header's bytes as Latin-1.
        known = secrets.compare_digest(given.strip().encode("latin-1"), self._token.encode())
        if scheme.lower() != "bearer" or not known:
            raise RefusedError(
                401,
                "this server needs a token. Send the header: Authorization: Bearer TOKEN.",
                {"WWW-Authenticate": "Bearer"},
            )


class _Body:
    """The body of a request, drained when the request is refused.

    Clients that are still sending lose the response when the connection closes.
    """

    def __init__(self, receive: Receive, n_bytes: int) -> None:
        self._receive = receive
        self.n_bytes = n_bytes
        self._ended = False

    async def receive(self) -> Message:
        """Receive the next message."""
        message = await self._receive()
        self._ended = not message.get("more_body", False)
        return message

    async def drain(self) -> None:
        """Discard what is left, up to the limits of bytes and time."""
        try:
            async with asyncio.timeout(_DRAIN_S):
                while not self._ended and self.n_bytes > 0:
                    message = await self.receive()
                    self.n_bytes -= len(message.get("body", b""))
        except TimeoutError:
            pass


async def refuse(refused: RefusedError, scope: Scope, receive: Receive, send: Send) -> None:
    """Send the reason of a refusal, for a request or for a stream."""
    response = JSONResponse({"error": refused.sentence}, refused.status, refused.headers)
    if scope["type"] == "http":
        await response(scope, receive, send)
    else:
        await WebSocket(scope, receive, send).send_denial_response(response)


def _valid_origin(origin: str) -> str:
    parts = urlsplit(origin)
    if parts.scheme not in {"http", "https"} or f"{parts.scheme}://{parts.netloc}" != origin:
        raise InputError(f"{origin!r} is not an origin. Give one such as https://example.org.")
    return origin.lower()


def _same_host(origin: str, host: str) -> bool:
    parts = urlsplit(origin)
    return parts.scheme in {"http", "https"} and parts.netloc.lower() == host.lower()


def _add_headers(message: Message, scope: Scope) -> None:
    message.setdefault("headers", [])
    headers = MutableHeaders(scope=message)
    for name, value in HEADERS.items():
        headers[name] = value
    no_store = scope["path"].startswith(API)
    headers.setdefault("Cache-Control", "no-store" if no_store else "no-cache")
    request = Headers(scope=scope)
    # Where a proxy and this server may disagree about where the request ends (RFC 9112, 6.1).
    if "content-length" in request and "transfer-encoding" in request:
        headers["Connection"] = "close"
