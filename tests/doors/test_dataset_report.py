"""What `dataset` says of recordings: warnings, known faults of corpora, and nothing of joblib's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from itertools import chain
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import separable_dataset
from audio_emotion import cli
from audio_emotion.data import dataset
from audio_emotion.engine import features
from doors.recordings import VOICE, encoded, patched, voice

WAV = encoded(VOICE, "WAV")
SILENCE = encoded(0 * VOICE, "WAV")
TOO_SMALL = patched(WAV, b"data", "<I", 9_999)
DECLARES = "its header declares 9999 bytes of samples, 32000 are there and were read"


def lay(folder: Path, **contents: bytes) -> Path:
    folder.mkdir(parents=True)
    for name, content in contents.items():
        (folder / name.replace("_wav", ".wav")).write_bytes(content)
    return folder


def test_a_resumed_run_repeats_the_warnings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were those of the recordings that the last run happened to read."""
    root = lay(tmp_path / "mine" / "angry", a_wav=TOO_SMALL, b_wav=encoded(voice(16_001), "WAV"))

    def stop(*_arguments: object, **_how: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(dataset, "_write", stop)
        with pytest.raises(KeyboardInterrupt):
            dataset.build(tmp_path / "mine", tmp_path / "out", jobs=1)
    result = dataset.build(tmp_path / "mine", tmp_path / "out", jobs=1)
    assert result.n_resumed == 2
    assert result.warnings == [f"{root / 'a.wav'}: {DECLARES}."]


def test_known_faults_are_listed_with_what_was_done(tmp_path: Path) -> None:
    lay(
        tmp_path / "in",
        **{"1076_MTI_SAD_XX_wav": SILENCE, "1064_IEO_DIS_MD_wav": WAV},
        **dict.fromkeys(
            ("03-01-03-01-02-01-07_wav", "03-01-03-01-02-02-07_wav"),
            encoded(voice(16_001), "WAV"),
        ),
    )
    arguments = ["dataset", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--jobs", "1"]
    lines = CliRunner().invoke(cli.app, arguments).stdout.splitlines()
    first = tmp_path / "in" / "03-01-03-01-02-01-07.wav"
    assert [line for line in lines if " as published: " in line] == [
        "CREMA-D as published: 1076_MTI_SAD_XX is silent; 1076_MTI_SAD_XX was left out (silent, "
        "every sample is 0; check the microphone or the recording)",
        "CREMA-D as published: 1064_IEO_DIS_MD lasts a minute and has all emotions; kept as it is "
        "labelled",
        "RAVDESS as published: 03-01-03-01-02-01-07 and 03-01-03-01-02-02-07 hold the same audio; "
        f"03-01-03-01-02-02-07 was left out (same audio as {first})",
    ]


def test_a_partition_keeps_its_warnings(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    from audio_emotion.data.cluster import partitions

    root = lay(tmp_path / "mine" / "angry", a_wav=TOO_SMALL, b_wav=WAV)
    listed = partitions._listing([str(tmp_path / "mine")])
    (partition,) = partitions._partitions(listed, 10, print)
    table = str(tmp_path / "table")
    first, again = (partitions.extract_partition(partition.pack(), table) for _ in range(2))
    assert (first.resumed, again.resumed) == (False, True)
    assert first.warnings == again.warnings == [f"{root / 'a.wav'}: {DECLARES}."]


def test_recordings_at_a_url_are_known_by_their_content() -> None:
    fsspec = pytest.importorskip("fsspec")
    from audio_emotion.data.cluster.locations import listing

    store = fsspec.filesystem("memory")
    names = {"a.wav": WAV, "b": encoded(VOICE, "FLAC"), "c.txt": b"notes", "._a.wav": b"\0" * 99}
    for name, content in names.items():
        store.pipe(f"/door/mine/angry/{name}", content)
    found = [Path(one.entry.path).name for one in listing("memory://door")]
    assert found == ["a.wav", "b"]


@pytest.mark.skipif(os.name == "nt", reason="has no SIGTERM for one process")
@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_no_folder_of_joblib(tmp_path: Path, kind: signal.Signals) -> None:
    """Its workers went on alone, and their tracker complained of leaked objects at last."""
    data = separable_dataset.dataset(per_emotion=30)  # beyond 1 MB: an array that workers share
    values = pd.DataFrame(data.utterances, columns=list(features.names()))
    table = tmp_path / "features.csv"
    pd.concat([data.catalogue, values], axis="columns").to_csv(table, index=False)
    program = [sys.executable, "-c", "from audio_emotion.cli import main; main()", "train"]
    folders = {"--models": tmp_path / "models", "--logs": tmp_path / "logs"}
    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(
            [*program, table, "--only", "RandomForest", "--jobs", "2", *chain(*folders.items())],
            stdout=said,
            stderr=said,
            env={**os.environ, "JOBLIB_TEMP_FOLDER": str(tmp_path), "OMP_NUM_THREADS": "1"},
        )
        while not list(tmp_path.glob("joblib_memmapping*/*")):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(kind)
        assert process.wait(60) == 130
    deadline = time.monotonic() + 20
    while left := list(tmp_path.glob("joblib_memmapping*")):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)
    assert "leaked" not in (tmp_path / "said").read_text()
