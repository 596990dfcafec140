"""A server on this machine that does what publishers' servers do on bad days."""

from __future__ import annotations

import io
import re
import threading
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Day(NamedTuple):
    """How one request is answered."""

    drop_after: int | None = None
    """Bytes of the body before the connection is cut."""
    ranges: bool = True
    says_length: int | None = 0
    """Added to the true Content-Length; None sends none."""
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    stall_s: float = 0.0
    """Pause after `drop_after` bytes, before the cut."""
    piece: int | None = None
    """Bytes at a time, a hundredth of a second between them."""
    body: bytes | None = None
    """Instead of the right one."""


GOOD = Day()


class Request(NamedTuple):
    path: str
    start: int | None
    encoding: str


@dataclass
class Site:
    """What lies where, on which days, and what was asked."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    days: dict[str, list[Day]] = field(default_factory=lambda: defaultdict(list))
    """Of each path, used up one by one; GOOD after the last."""
    every_day: dict[str, Day] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    on_request: Callable[[str], None] = lambda _path: None

    def starts(self, path: str) -> list[int | None]:
        return [request.start for request in self.asked if request.path == path]


@contextmanager
def running() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer(site, self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients leave early
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answer(site: Site, handler: BaseHTTPRequestHandler) -> None:
    path = handler.path
    asked = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
    start = int(asked[1]) if asked else None
    site.asked.append(Request(path, start, handler.headers.get("Accept-Encoding", "")))
    site.on_request(path)
    day = site.days[path].pop(0) if site.days[path] else site.every_day.get(path, GOOD)
    body = site.files.get(path) if day.body is None else day.body
    status = day.status or (404 if body is None else 200)
    body = body or b""
    headers = list(day.headers)
    if status == 200 and start is not None and day.ranges:
        status = 206 if start < len(body) else 416
        headers.append(("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}"))
        body = body[start:]
    handler.send_response(status)
    for name, value in headers:
        handler.send_header(name, value)
    if day.says_length is None:
        handler.send_header("Connection", "close")
        handler.close_connection = True
    else:
        handler.send_header("Content-Length", str(len(body) + day.says_length))
    handler.end_headers()
    sent = body if day.drop_after is None else body[: day.drop_after]
    piece = day.piece or max(1, len(sent))
    for at in range(0, len(sent), piece):
        handler.wfile.write(sent[at : at + piece])
        handler.wfile.flush()
        if day.piece:
            time.sleep(0.01)
    if day.stall_s:
        time.sleep(day.stall_s)
    if day.drop_after is not None or day.says_length:
        handler.close_connection = True


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()
