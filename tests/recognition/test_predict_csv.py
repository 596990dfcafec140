"""`audio-emotion predict --csv`: a row per recording, utterance and window, as --json says."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from audio_emotion import cli
from audio_emotion.cli.csv_output import COLUMNS
from audio_emotion.engine.emotions import EMOTIONS


@pytest.fixture(scope="module")
def recordings(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """One that is shorter than a window, and one of several; a comma in a name."""
    clip = next(sample.rglob("*.flac"))
    signal, sr = soundfile.read(clip)
    long = tmp_path_factory.mktemp("recordings") / "twice, at length.wav"
    soundfile.write(long, np.tile(signal, 4), sr)
    return [str(next(sample.rglob("*.ogg"))), str(long)]


def test_says_what_json_says(recordings: list[str]) -> None:
    runner = CliRunner()
    document = json.loads(runner.invoke(cli.app, ["predict", *recordings, "--json"]).stdout)
    text = runner.invoke(cli.app, ["predict", *recordings, "--csv"]).stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    head = ["path", "part", "start_s", "end_s", "emotion", "confident", "speech"]
    assert list(rows[0]) == [*head, *EMOTIONS]
    expected = [
        {"path": result["path"], "part": part, **found}
        for result in document["results"]
        for part, several in (
            ("recording", [{"start_s": 0.0, "end_s": result["duration_s"], **result}]),
            ("utterance", result["utterances"]),
            ("window", result["timeline"]),
        )
        for found in several
    ]
    assert len(rows) == len(expected) > 4
    assert {row["part"] for row in rows} == {"recording", "utterance", "window"}
    assert {row["confident"] for row in rows} <= {"true", "false"}
    for row, found in zip(rows, expected, strict=True):
        assert (row["path"], row["part"]) == (found["path"], found["part"])
        assert row["emotion"] == found["emotion"]
        assert row["confident"] == str(found["confident"]).lower()
        assert float(row["speech"]) == pytest.approx(found["speech"], rel=1e-8)
        for name in ("start_s", "end_s"):
            assert row[name] == f"{found[name]:.9g}"
        for name in EMOTIONS:
            assert float(row[name]) == pytest.approx(found["probabilities"][name], rel=1e-8)


def test_one_form_at_a_time(recordings: list[str]) -> None:
    result = CliRunner().invoke(cli.app, ["predict", *recordings, "--json", "--csv"])
    assert result.exit_code == 2


@pytest.mark.parametrize(
    "content", [b'{"network": 1, "words": [1]}', b"PK\x03\x04", b"path,emotion\n"]
)
def test_a_file_of_something_else_is_not_touched(
    content: bytes, recordings: list[str], tmp_path: Path
) -> None:
    """Without an end of line all of it was taken for a row that a kill had left, and cut off."""
    (path := tmp_path / "voice.json").write_bytes(content)
    result = CliRunner().invoke(cli.app, ["predict", *recordings, "--csv", "--resume", str(path)])
    assert "not a CSV of predictions" in str(result.exception)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "rest",
    [b"x" * (1 << 17), b'"' + b"x\n" * (1 << 17)],
    ids=["row without end", "cell without end"],
)
def test_a_file_that_is_damaged_behind_its_header_is_not_touched(
    rest: bytes, recordings: list[str], tmp_path: Path
) -> None:
    """A file of 5 GB was read whole, and a cell that never ends was a traceback."""
    content = f"{','.join(COLUMNS)}\n".encode() + rest
    (path := tmp_path / "predictions.csv").write_bytes(content)
    result = CliRunner().invoke(cli.app, ["predict", *recordings, "--csv", "--resume", str(path)])
    assert "not a CSV of predictions" in str(result.exception)
    assert path.read_bytes() == content


def test_rows_that_are_empty_are_none_of_a_recording(recordings: list[str], tmp_path: Path) -> None:
    (path := tmp_path / "predictions.csv").write_bytes(f"{','.join(COLUMNS)}\n\n".encode())
    result = CliRunner().invoke(cli.app, ["predict", *recordings, "--csv", "--resume", str(path)])
    assert result.exit_code == 0
    assert path.read_bytes().count(b"\n") > 2
