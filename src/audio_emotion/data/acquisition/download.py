"""Download of one file over an unreliable connection: resume, then check.

pooch checks files but starts a broken download again from nothing. `ResumingDownloader` is a pooch
downloader that keeps what has arrived beside the file, as `<name>.part`, and requests the rest (RFC
9110, range requests).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

import pooch
import requests
import urllib3

from audio_emotion.errors import AudioEmotionError, CorpusError, InputError, reason_of
from audio_emotion.progress import Progress, no_progress

CHUNK_BYTES: Final = 1 << 16
HIGHEST_WAIT_S: Final = 120.0
# Too busy or broken for the moment (RFC 9110, RFC 6585); any other refusal is final.
TEMPORARY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class RetryPolicy(NamedTuple):
    """Limits of repeated attempts."""

    attempts: int = 6
    """Attempts without a further byte, after which the download fails."""
    pause_s: float = 1.0
    """Pause after the first failure; doubled after every further one."""
    timeout_s: float = 30.0
    """Time without any byte, after which an attempt fails."""


class RefusedError(CorpusError):
    """The server refuses the file, and further attempts are useless."""


class _TransientError(Exception):
    """A failure after which another attempt may succeed."""

    def __init__(self, reason: str, wait_s: float = 0.0) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class ResumingDownloader:
    """Downloader for pooch that resumes what an earlier attempt or an earlier run has left.

    Parameters
    ----------
    part : path
        Where the unfinished file is kept.
    n_bytes : int, optional
        Length as published; nothing longer is ever written.
    session : requests.Session, optional
        To use one connection for many files.
    retry : RetryPolicy
    progress : Progress
        Of the bytes.
    stop : threading.Event, optional
        Cancels the download at the next byte or pause.
    """

    def __init__(
        self,
        part: Path,
        *,
        n_bytes: int | None = None,
        session: requests.Session | None = None,
        retry: RetryPolicy | None = None,
        progress: Progress = no_progress,
        stop: threading.Event | None = None,
    ) -> None:
        self._part = part
        self._n_bytes = n_bytes
        self._session = session or requests.Session()
        self._retry = retry or RetryPolicy()
        self._progress = progress
        self._stop = stop or threading.Event()

    def __call__(
        self, url: str, output_file: str, _pooch: Any = None, *, check_only: bool = False
    ) -> None:
        """Download `url` to `output_file`, as pooch asks.

        Raises
        ------
        RefusedError
            The server has no such file or will not give it.
        CorpusError
            The connection broke again and again; what has arrived is kept.
        InputError
            The disk cannot take it.
        """
        assert not check_only  # only `Pooch.is_available` does
        failures, best = 0, self._arrived()
        while True:
            try:
                self._attempt(url)
                break
            except _TransientError as error:
                arrived = self._arrived()
                # Without ranges an attempt begins at 0: only more bytes than ever are progress.
                failures = failures + 1 if arrived <= best else 1
                best = max(best, arrived)
                if failures >= self._retry.attempts:
                    raise CorpusError(
                        f"{url}: failed {failures} times in a row ({error}). Check the connection "
                        f"and run the same command again; {arrived:,} bytes are kept."
                    ) from error
                pause = self._retry.pause_s * 2.0 ** (failures - 1)
                self._stop.wait(min(max(pause, error.wait_s), HIGHEST_WAIT_S))
                self._check_stop()
        self._part.replace(output_file)

    def _arrived(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise CorpusError(f"{self._part}: stopped; {self._arrived():,} bytes are kept.")

    def _attempt(self, url: str) -> None:
        start = self._arrived()
        # Content-Length of a compressed response would not be the length of the file.
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        try:
            with self._session.get(
                url, headers=headers, stream=True, timeout=self._retry.timeout_s
            ) as response:
                self._receive(response, start)
        except (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError) as error:
            raise _TransientError(_root_cause(error)) from error
        except requests.RequestException as error:
            raise RefusedError(f"{url}: cannot be downloaded ({_root_cause(error)}).") from error

    def _receive(self, response: requests.Response, start: int) -> None:
        if response.status_code == 416:
            self._past_the_end(start)
            return
        _raise_for_status(response)
        if start and not _resumes_at(response, start):
            start = 0
        length = response.headers.get("Content-Length", "")
        total = start + int(length) if length.isdigit() else None
        if None not in (total, self._n_bytes) and total != self._n_bytes:
            raise _TransientError(f"{total:,} bytes are offered, {self._n_bytes:,} are published")
        total = self._n_bytes if total is None else total
        self._write(response, start, total)
        if total is not None and self._arrived() < total:
            raise _TransientError(f"ended after {self._arrived():,} of {total:,} bytes")

    def _past_the_end(self, start: int) -> None:
        """Handle a range beyond the end: the file is complete, or it is discarded."""
        if start != self._n_bytes:
            self._part.unlink()
            raise _TransientError(f"the server has nothing after {start:,} bytes")

    def _write(self, response: requests.Response, start: int, total: int | None) -> None:
        with _explained(self._part):
            file = self._part.open("r+b" if start else "wb")
        with file:
            file.seek(start)
            # When the connection breaks, `iter_content` would lose up to a chunk.
            while chunk := response.raw.read1(CHUNK_BYTES):
                self._check_stop()
                if self._n_bytes is not None and file.tell() + len(chunk) > self._n_bytes:
                    file.truncate(0)
                    raise _TransientError(f"more than the published {self._n_bytes:,} bytes came")
                with _explained(self._part):
                    file.write(chunk)
                self._progress(file.tell(), total)
            with _explained(self._part):
                file.flush()


def download(
    url: str,
    path: Path,
    *,
    checksum: str | None,
    downloader: ResumingDownloader,
) -> Path:
    """Download a file, unless it is there with the right checksum.

    Parameters
    ----------
    url : str
    path : Path
        Destination; written whole or not at all.
    checksum : str or None
        As pooch takes it, `md5:...`; None if the caller checks in another way.
    downloader : ResumingDownloader

    Raises
    ------
    CorpusError
        See `ResumingDownloader`; or the checksum is wrong twice.
    """
    pooch.get_logger().setLevel("ERROR")
    wrong = ""
    # Once more from nothing: parts of two versions of a file may have been joined.
    for _ in range(2):
        try:
            pooch.retrieve(url, checksum, path.name, path.parent, downloader=downloader)
        except AudioEmotionError:
            raise
        except ValueError as error:  # of pooch: the checksum differs
            wrong = str(error)
        except OSError as error:
            _no_room(path, error)
        else:
            return path
    raise CorpusError(
        f"{url}: not what was published: wrong checksum, deleted ({wrong}). "
        "Try again later; if that does not help, the publisher has changed the file."
    )


def _raise_for_status(response: requests.Response) -> None:
    status = response.status_code
    if status in {200, 206}:
        return
    reason = f"status {status} {response.reason or ''}".strip()
    wait = response.headers.get("Retry-After", "")
    if status in TEMPORARY:
        raise _TransientError(reason, float(wait) if wait.isdigit() else 0.0)
    if response.headers.get("X-RateLimit-Remaining") == "0":
        raise RefusedError(
            f"{response.url}: too many requests from here ({reason}). Try again in an hour."
        )
    raise RefusedError(f"{response.url}: the server does not give it ({reason}).")


def _resumes_at(response: requests.Response, start: int) -> bool:
    content_range = response.headers.get("Content-Range", "")
    return response.status_code == 206 and content_range.startswith(f"bytes {start}-")


def _root_cause(error: BaseException) -> str:
    """Return the innermost cause, without the wrappings of requests and urllib3."""
    below = [getattr(error, "reason", None), *error.args]
    for cause in below:
        if isinstance(cause, BaseException):
            return _root_cause(cause)
    text = reason_of(error)
    # urllib3 begins with the representation of its connection.
    return re.sub(r"^<?[\w.]*HTTPS?Connection\w*[^:]*: ", "", text)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        _no_room(path, error)


def _no_room(path: Path, error: OSError) -> NoReturn:
    raise InputError(
        f"{path}: cannot be written ({reason_of(error)}). Make room or give another "
        "folder, then run the same command again to go on."
    ) from error
