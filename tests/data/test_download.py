"""One file over connections that break, from servers that err."""

from __future__ import annotations

import errno
import hashlib
import random
import threading
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("pooch", reason="the extra [corpora] is not installed")

import broken_server
from audio_emotion.data.acquisition import download
from audio_emotion.errors import CorpusError, InputError
from broken_server import Day, Site

BODY = random.Random(1).randbytes(300_000)
MD5 = f"md5:{hashlib.md5(BODY).hexdigest()}"
AT_ONCE = download.RetryPolicy(attempts=3, pause_s=0.0, timeout_s=5.0)


@pytest.fixture
def site() -> Iterator[Site]:
    with broken_server.running() as site:
        site.files["/file"] = BODY
        yield site


@pytest.fixture
def get(site, tmp_path):
    """Download `/file`; what arrived, as bytes."""

    def run(checksum=MD5, n_bytes=None, retry=AT_ONCE, path="/file", stop=None):
        target = tmp_path / "file"
        downloader = download.ResumingDownloader(
            tmp_path / "file.part", n_bytes=n_bytes, retry=retry, stop=stop
        )
        download.download(site.url + path, target, checksum=checksum, downloader=downloader)
        return target.read_bytes()

    return run


def test_a_good_day(site, get):
    assert get(n_bytes=len(BODY)) == BODY
    assert get() == BODY  # there already: not asked again
    assert site.starts("/file") == [None]
    assert site.asked[0].encoding == "identity"  # else a length is not that of the file


def test_a_connection_that_drops_in_the_middle_is_taken_up_where_it_broke(site, get, tmp_path):
    site.days["/file"] = [Day(drop_after=100_000), Day(drop_after=50_000), Day(drop_after=1)]
    assert get(n_bytes=len(BODY)) == BODY
    assert site.starts("/file") == [None, 100_000, 150_000, 150_001]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 120_000), max_size=6), ranges=st.booleans())
def test_wherever_it_breaks_the_bytes_are_the_same(site, get, tmp_path, cuts, ranges):
    (tmp_path / "file").unlink(missing_ok=True)
    (tmp_path / "file.part").unlink(missing_ok=True)
    site.days["/file"] = [Day(drop_after=cut, ranges=ranges) for cut in cuts]
    assert get(retry=AT_ONCE._replace(attempts=8)) == BODY


def test_a_server_without_ranges_is_asked_from_the_beginning(site, get):
    site.days["/file"] = [Day(drop_after=100_000), Day(ranges=False)]
    assert get() == BODY
    assert site.starts("/file") == [None, 100_000]


def test_a_server_without_ranges_that_always_breaks_is_given_up(site, get, tmp_path):
    site.every_day["/file"] = Day(drop_after=100_000, ranges=False)
    with pytest.raises(CorpusError, match=r"3 times in a row .* 100,000 bytes are kept"):
        get()
    assert len(site.asked) == 3
    assert (tmp_path / "file.part").stat().st_size == 100_000
    site.every_day.clear()  # and the next run goes on
    assert get() == BODY
    assert site.starts("/file")[-1] == 100_000


def test_a_length_that_is_too_long_is_not_believed(site, get):
    site.every_day["/file"] = Day(says_length=10)
    with pytest.raises(CorpusError, match="300,000 bytes are kept"):
        get()
    site.every_day.clear()
    assert get(n_bytes=len(BODY)) == BODY  # nothing is left to load: 416


def test_a_length_that_is_not_the_published_one_is_not_loaded(site, get, tmp_path):
    site.every_day["/file"] = Day(body=b"<html>Log in first</html>")
    with pytest.raises(CorpusError, match="25 bytes are offered, 300,000 are published"):
        get(n_bytes=len(BODY))
    assert not (tmp_path / "file").exists()
    site.every_day["/file"] = Day(says_length=-1000)
    with pytest.raises(CorpusError, match="299,000 bytes are offered"):
        get(n_bytes=len(BODY))


def test_without_a_length_no_more_is_written_than_published(site, get, tmp_path):
    site.every_day["/file"] = Day(body=BODY + bytes(10_000_000), says_length=None)
    with pytest.raises(CorpusError, match="more than the published 300,000 bytes"):
        get(n_bytes=len(BODY))
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= len(BODY)


def test_without_a_length_a_cut_is_noticed_by_the_published_one(site, get):
    site.days["/file"] = [Day(drop_after=1000, says_length=None)]
    assert get(n_bytes=len(BODY)) == BODY
    assert site.starts("/file") == [None, 1000]


def test_a_wrong_checksum_is_tried_once_more_from_nothing_and_thrown_away(site, get, tmp_path):
    site.every_day["/file"] = Day(body=BODY[::-1])
    with pytest.raises(CorpusError, match=r"not what was published.*MD5 hash"):
        get(n_bytes=len(BODY))
    assert site.starts("/file") == [None, None]
    assert list(tmp_path.iterdir()) == []


def test_a_part_of_another_file_is_thrown_away(site, get, tmp_path):
    (tmp_path / "file.part").write_bytes(bytes(1000))
    assert get(n_bytes=len(BODY)) == BODY
    assert site.starts("/file") == [1000, None]


def test_a_part_that_is_too_long_is_thrown_away(site, get, tmp_path):
    (tmp_path / "file.part").write_bytes(BODY + b"more")
    assert get() == BODY
    assert site.starts("/file") == [len(BODY) + 4, None]


def test_what_is_not_there_is_not_asked_for_again(site, get):
    with pytest.raises(download.RefusedError, match=r"/missing: .* \(status 404 Not Found\)"):
        get(path="/missing")
    assert len(site.asked) == 1


def test_too_many_requests_for_today(site, get):
    site.days["/file"] = [Day(status=403, headers=(("X-RateLimit-Remaining", "0"),))]
    with pytest.raises(download.RefusedError, match="too many requests from here"):
        get()


def test_a_server_that_is_busy_is_asked_later(site, get, monkeypatch):
    waits = []
    stop = threading.Event()
    monkeypatch.setattr(stop, "wait", waits.append)
    retry = (("Retry-After", "7"),)
    site.days["/file"] = [
        Day(status=503),
        Day(status=429, headers=retry),
        Day(status=502, headers=(("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"),)),
    ]
    assert get(retry=AT_ONCE._replace(attempts=4, pause_s=1.0), stop=stop) == BODY
    assert waits == [1.0, 7.0, 4.0]


def test_a_download_that_nobody_needs_any_more_ends(site, tmp_path):
    stop = threading.Event()
    downloader = download.ResumingDownloader(
        tmp_path / "file.part", progress=lambda *_: stop.set(), stop=stop
    )
    with pytest.raises(CorpusError, match=r"file\.part: stopped; [1-9][0-9,]* bytes are kept"):
        downloader(f"{site.url}/file", str(tmp_path / "file"))
    assert not (tmp_path / "file").exists()


def test_a_redirection_is_followed_also_for_the_rest(site, get):
    site.files["/here"] = b""
    away = Day(status=302, headers=(("Location", "/file"),))
    site.every_day["/here"] = away
    site.days["/file"] = [Day(drop_after=1000)]
    assert get(path="/here") == BODY
    assert site.starts("/file") == [None, 1000]


def test_a_redirection_in_a_circle_is_refused(site, get):
    site.every_day["/here"] = Day(status=302, headers=(("Location", "/here"),))
    with pytest.raises(download.RefusedError, match="redirects"):
        get(path="/here")


def test_a_stalled_connection_is_given_up_a_slow_one_is_not(site, get):
    site.days["/file"] = [
        Day(drop_after=100_000, stall_s=1.0),
        Day(piece=10_000),  # 20 pauses: longer than the timeout, each of them shorter
    ]
    assert get(retry=AT_ONCE._replace(timeout_s=0.15)) == BODY
    assert site.starts("/file") == [None, 100_000]


def test_a_server_that_is_not_there(tmp_path):
    downloader = download.ResumingDownloader(tmp_path / "file.part", retry=AT_ONCE)
    with pytest.raises(CorpusError, match=r"Connection refused.*0 bytes are kept"):
        download.download(
            "http://127.0.0.1:9/file", tmp_path / "file", checksum=None, downloader=downloader
        )


def test_a_full_disk_is_explained_and_what_is_here_is_kept(get, tmp_path):
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (131_072, hard))
    try:
        with pytest.raises(InputError, match=r"cannot be written \(.*\)\. Make room") as raised:
            get()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert raised.value.__cause__.errno == errno.EFBIG
    assert 0 < (tmp_path / "file.part").stat().st_size <= 131_072
    assert get() == BODY
