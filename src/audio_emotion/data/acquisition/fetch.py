"""Download of a corpus into its folder of the collection, completely or not at all.

Files are collected in `.<Folder>.part` beside that folder and stay there after a failure, so that
the next run resumes; the last step renames the finished tree.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import requests
from filelock import FileLock, Timeout

from audio_emotion.data.acquisition.download import (
    RefusedError,
    ResumingDownloader,
    RetryPolicy,
    download,
)
from audio_emotion.data.acquisition.sources import (
    SOURCES,
    Archive,
    Dataverse,
    Registration,
    Repository,
    Source,
)
from audio_emotion.data.acquisition.unpack import SUFFIX, unpack
from audio_emotion.data.catalogue import catalogue
from audio_emotion.data.completeness import (
    LFS_POINTER,
    CompletenessReport,
    describe_missing,
    examine,
    visible_damage,
)
from audio_emotion.data.corpora import TITLES
from audio_emotion.data.official_recordings import FOLDERS, recording_of_name, recordings
from audio_emotion.errors import CorpusError, reason_of
from audio_emotion.files import folder as made_folder
from audio_emotion.progress import Progress, no_progress

# Few enough for a publisher, and four times as fast as one.
CONNECTIONS: Final = 4

MEGABYTE: Final = 1_000_000


@dataclass(frozen=True)
class FetchedCorpus:
    """A complete corpus in its folder."""

    corpus: str
    folder: Path
    recordings: int
    already_there: bool


def fetch(
    corpus: str,
    root: Path,
    *,
    source: Source | None = None,
    archive: Path | None = None,
    retry: RetryPolicy | None = None,
    progress: Progress = no_progress,
) -> FetchedCorpus:
    """Download a corpus, or unpack one that was downloaded by hand.

    The caller has accepted the license of the corpus; see `sources`.

    Parameters
    ----------
    corpus : str
        A key of `corpora.TITLES`.
    root : Path
        Folder of the collection, made if missing.
    source : Source, optional
        Publisher, by default that of `sources`.
    archive : Path, optional
        A zip to unpack instead of downloading; unpacked by its contents, whatever its folders.
    retry : RetryPolicy, optional
    progress : Progress
        Of megabytes or recordings, as its step says.

    Raises
    ------
    CorpusError
        The download failed, is not what was published or lacks recordings; or the folder of the
        corpus is there and not complete.
    InputError
        The folder cannot be written.
    """
    origin = (source or SOURCES[corpus]).origin
    if archive is None and isinstance(origin, Registration):
        raise CorpusError(
            f"{TITLES[corpus]} is given to registered persons only: register at {origin.url}, "
            f"download {origin.archive}, then run: audio-emotion corpora fetch {corpus} "
            f"--archive {origin.archive}"
        )
    place = root / FOLDERS[corpus]
    if place.is_symlink():  # to a larger disk: what is renamed in the end has to be there too
        place = place.resolve()
    if place.exists() and any(place.iterdir()):
        return _already_there(corpus, place)
    staging = made_folder(place.parent / f".{FOLDERS[corpus]}.part", "--out")
    with _locked(staging, place):
        if archive is not None:
            unpack(archive, corpus, staging)
        else:
            _get(origin, _Job(corpus, staging, retry or RetryPolicy(), progress))
        n_recordings = _check(corpus, staging, str(archive or TITLES[corpus]))
        if place.exists():
            place.rmdir()
        (staging / FOLDERS[corpus]).rename(place)
    shutil.rmtree(staging)
    return FetchedCorpus(corpus, place, n_recordings, already_there=False)


@contextmanager
def _locked(staging: Path, place: Path) -> Iterator[None]:
    try:
        with FileLock(staging / "lock", timeout=0):
            yield
    except Timeout as error:
        raise CorpusError(
            f"{place}: being fetched by another program. Wait until it is done, or stop it."
        ) from error


def _check(corpus: str, staging: Path, origin: str) -> int:
    """Return the number of recordings that arrived; raise unless all did, undamaged."""
    finished = staging / FOLDERS[corpus]
    here = [str(path) for path in finished.rglob(f"*{SUFFIX}")]
    report = examine(corpus, here, visible_damage(here))
    if report.damaged:
        path, reason = report.damaged[0]
        shutil.rmtree(finished)
        raise CorpusError(
            f"{origin}: {len(report.damaged):,} of its files are not recordings, "
            f"such as {Path(path).name} ({reason}). Download it from somewhere else."
        )
    if report.missing:
        raise CorpusError(
            f"{origin}: {_missing(report)}. The publisher may have "
            f"changed it; what is there is kept in {staging}."
        )
    return report.count.found


@dataclass(frozen=True)
class _Job:
    corpus: str
    staging: Path
    retry: RetryPolicy
    progress: Progress
    stop: threading.Event = field(default_factory=threading.Event)

    def downloader(self, path: Path, **how: Any) -> ResumingDownloader:
        part = path.with_name(f"{path.name}.part")
        return ResumingDownloader(part, retry=self.retry, stop=self.stop, **how)

    def listing(self, url: str) -> Any:
        """Read a JSON document of a server, anew in every run."""
        path = self.staging / "listing.json"
        path.unlink(missing_ok=True)
        download(url, path, checksum=None, downloader=self.downloader(path))
        try:
            return json.loads(path.read_bytes())
        except ValueError as error:
            raise CorpusError(
                f"{url}: not the list of files that was expected ({reason_of(error)}). "
                "Try again later."
            ) from error


def _already_there(corpus: str, place: Path) -> FetchedCorpus:
    report = examine(corpus, catalogue(place).utterances["path"])
    if report.missing:
        raise CorpusError(
            f"{place}: exists, and is not complete: {_missing(report)}. Move it away "
            "or give another folder with --out; nothing in it was touched."
        )
    return FetchedCorpus(corpus, place, report.count.found, already_there=True)


def _missing(report: CompletenessReport) -> str:
    words = "; ".join(describe_missing(report))
    return f"{report.count.found:,} of {report.count.official:,} recordings, missing {words}"


def _get(origin: Archive | Repository | Dataverse | Registration, job: _Job) -> None:
    match origin:
        case Archive():
            _get_archive(origin, job)
        case Repository():
            _get_repository(origin, job)
        case Dataverse():
            _get_dataverse(origin, job)


def _get_archive(origin: Archive, job: _Job) -> None:
    path = job.staging / "archive.zip"

    def progress(done: int, _total: int | None) -> None:
        job.progress(done // MEGABYTE, origin.n_bytes // MEGABYTE, "megabytes")

    downloader = job.downloader(path, n_bytes=origin.n_bytes, progress=progress)
    download(origin.url, path, checksum=origin.checksum, downloader=downloader)
    unpack(path, job.corpus, job.staging)


def _get_repository(origin: Repository, job: _Job) -> None:
    """Download the files that Git lists from the first mirror that has them, and check them."""
    top = _tree(job.listing(origin.tree_url), origin.tree_url)
    folder_url = f"{origin.tree_url.rpartition('/')[0]}/{top.get(origin.folder, origin.folder)}"
    blobs = {
        path: blob
        for name, blob in _tree(job.listing(folder_url), folder_url).items()
        if (path := _place(job, name))
    }
    session = requests.Session()
    wanted = [
        partial(_get_blob, origin.content_urls, path, blob, job.downloader(path, session=session))
        for path, blob in blobs.items()
        if not _is_blob(path, blob)
    ]
    _all_at_once(wanted, len(blobs), job)


def _tree(listing: Any, url: str) -> dict[str, str]:
    """Return names and Git identifiers of the entries of a folder."""
    try:
        if not listing.get("truncated"):
            return {entry["path"]: entry["sha"] for entry in listing["tree"]}
    except (AttributeError, KeyError, TypeError):
        pass
    raise CorpusError(f"{url}: not the whole list of a folder. Try again later.")


def _get_blob(urls: Iterable[str], path: Path, blob: str, downloader: ResumingDownloader) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    arrived = path.with_name(f"{path.name}.unchecked")
    refusals = []
    for template in urls:
        url = template.format(name=path.name)
        arrived.unlink(missing_ok=True)
        try:
            download(url, arrived, checksum=None, downloader=downloader)
        except RefusedError as error:
            refusals.append(str(error))
            continue
        if _is_blob(arrived, blob):
            arrived.replace(path)
            return
        arrived.unlink()
        refusals.append(f"{url}: not the recording that the repository lists.")
    raise CorpusError(f"{' '.join(refusals)} Try again later; what has arrived is kept.")


def _is_blob(path: Path, blob: str) -> bool:
    """Return whether a file has an identifier that Git lists.

    For a file in Large File Storage, Git lists a pointer: three lines with the SHA-256 and the
    length of the file. It is written here from the file, and must have the identifier listed.
    """
    if not path.is_file():
        return False
    content = path.read_bytes()
    if content.startswith(LFS_POINTER):
        return False
    digest = hashlib.sha256(content).hexdigest()
    pointer = f"{LFS_POINTER.decode()}v1\noid sha256:{digest}\nsize {len(content)}\n"
    return blob in {_blob_id(pointer.encode()), _blob_id(content)}


def _blob_id(content: bytes) -> str:
    header = b"blob %d\0" % len(content)
    return hashlib.sha1(header + content, usedforsecurity=False).hexdigest()


def _get_dataverse(origin: Dataverse, job: _Job) -> None:
    listed = _listed(job.listing(origin.listing_url), origin.listing_url)
    session = requests.Session()
    places: dict[Path, _Listed] = {}
    for file in listed:
        if path := _place(job, file.name):
            places.setdefault(path, file)
        elif file.name.lower().endswith(".zip"):
            places[job.staging / f"{file.id}.zip"] = file
    wanted = []
    for path, file in places.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        downloader = job.downloader(path, n_bytes=file.n_bytes, session=session)
        url = origin.file_url.format(id=file.id)
        wanted.append(partial(download, url, path, checksum=file.checksum, downloader=downloader))
    _all_at_once(wanted, len(wanted), job)
    for path in places:
        if path.suffix == ".zip":
            unpack(path, job.corpus, job.staging)


class _Listed(NamedTuple):
    """A file of a Dataverse dataset."""

    name: str
    id: int
    n_bytes: int
    checksum: str


def _listed(listing: Any, url: str) -> list[_Listed]:
    try:
        files = [file["dataFile"] for file in listing["data"]["latestVersion"]["files"]]
        return [
            _Listed(
                str(file["filename"]),
                int(file["id"]),
                int(file["filesize"]),
                # SHA-1 is written so there, and sha1 by pooch.
                f"{file['checksum']['type'].replace('-', '').lower()}:{file['checksum']['value']}",
            )
            for file in files
        ]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CorpusError(
            f"{url}: not the list of the files of a dataset with their checksums "
            f"({reason_of(error)}). Try again later."
        ) from error


def _place(job: _Job, name: str) -> Path | None:
    """Return where the collection keeps the recording of this name, if it is of the corpus."""
    recording = recording_of_name(name)
    official = recordings(job.corpus)
    if recording not in official or not name.lower().endswith(SUFFIX):
        return None
    return job.staging / official[recording]


def _all_at_once(wanted: Iterable[Callable[[], object]], total: int, job: _Job) -> None:
    """Download on several connections; the first failure ends it and is raised."""
    pool = ThreadPoolExecutor(CONNECTIONS)
    try:
        work = [pool.submit(each) for each in wanted]
        here = total - len(work)
        for done, finished in enumerate(as_completed(work), start=here + 1):
            finished.result()
            job.progress(done, total, "recordings")
    finally:
        job.stop.set()  # the others may be in a pause of minutes
        pool.shutdown(wait=True, cancel_futures=True)
