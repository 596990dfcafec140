"""How a phone on the same network opens the page: address, QR code, and what works there."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

MARGIN: Final = 2
"""Light modules around a code; scanners need some."""

CERTIFICATES: Final = (
    "Samples and files work there. The microphone does not: browsers give it to https:// and "
    "localhost only, and a phone refuses a certificate that it does not trust. For the microphone "
    "put a proxy with a trusted certificate in front (docs/server.md)."
)
_ELSEWHERE: Final = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
_BLOCKS: Final = {(0, 0): " ", (1, 0): "\N{UPPER HALF BLOCK}", (0, 1): "\N{LOWER HALF BLOCK}"}


def reached_at(address: str) -> str | None:
    """Return the address of the page as other machines reach it; None if they cannot.

    Parameters
    ----------
    address : str
        URL that is served, such as `http://0.0.0.0:8000`.
    """
    url = urlsplit(address)
    host = url.hostname or ""
    try:
        bound = ipaddress.ip_address(host)
    except ValueError:
        return None if host == "localhost" else address
    if bound.is_loopback:
        return None
    if not bound.is_unspecified:
        return address
    own = _own(socket.AF_INET if bound.version == 4 else socket.AF_INET6)
    if own is None:
        return None
    return f"http://{f'[{own}]' if ':' in own else own}:{url.port}"


def code(address: str) -> list[str] | None:
    """Return a QR code as lines of half blocks, dark on light; None without the package `segno`."""
    try:
        import segno  # noqa: PLC0415  (of the extra `web`)
    except ImportError:
        return None
    modules = [list(row) for row in segno.make(address, error="m").matrix_iter(border=MARGIN)]
    return half_blocks(modules)


def half_blocks(modules: Sequence[Sequence[int]]) -> list[str]:
    """Return rows of modules, two to a line: 1 is dark."""
    rows = [*modules, [0] * len(modules[0])] if len(modules) % 2 else list(modules)
    return [
        "".join(_BLOCKS.get((int(top), int(below)), "\N{FULL BLOCK}") for top, below in pair)
        for pair in (zip(*rows[line : line + 2], strict=True) for line in range(0, len(rows), 2))
    ]


def _own(family: socket.AddressFamily) -> str | None:
    """Return the own address on the way to others; nothing is sent."""
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((_ELSEWHERE[family], 9))
            own = str(probe.getsockname()[0])
        except OSError:
            return None
    return None if ipaddress.ip_address(own).is_loopback else own
