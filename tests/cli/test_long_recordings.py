"""Recordings of many utterances: one answer for each, in every form, and those of a stream."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

import audio_emotion as ae
from audio_emotion import cli
from audio_emotion.cli.console import OUT
from audio_emotion.data import audio
from audio_emotion.engine.features import SAMPLE_RATE as SR
from audio_emotion.recognition.model import load_model
from audio_emotion.recognition.stream import stream
from audio_emotion.recognition.utterances import LONGEST_S
from conftest import REPOSITORY

CLIPS = ("05-02-02-01-20.flac", "08-02-01-01-22.flac", "02-02-01-01-22.ogg")


@pytest.fixture(scope="module")
def interview(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Anger, surprise and neutral with pauses between them, some of it after a minute."""
    pause = np.zeros(2 * SR, np.int16)
    pieces = [pause]
    for name in CLIPS:
        pieces += [audio.read(next((REPOSITORY / "sample").rglob(f"*{name}"))), pause]
    pieces += [np.zeros(60 * SR, np.int16), pieces[1], pause]
    path = tmp_path_factory.mktemp("long") / "interview.wav"
    soundfile.write(path, np.concatenate(pieces), SR, subtype="PCM_16")
    return path


def printed(*arguments: object, width: int = 80) -> str:
    with patch.object(OUT, "_width", width):  # which a console reads from COLUMNS when it is made
        run = CliRunner().invoke(cli.app, [*map(str, arguments)])
    assert run.exit_code == 0, run.output
    return run.stdout


def result(*arguments: object) -> dict:
    return json.loads(printed("predict", *arguments, "--json"))["results"][0]


@pytest.mark.parametrize("options", [[], ["--adapt"]])
def test_utterances_are_those_of_a_stream(interview: Path, options: list[str]) -> None:
    found = result(interview, *options)
    events = stream(audio.blocks(interview), load_model(), adapt=bool(options))
    ended = [event for event in events if event["event"] == "ended"]
    assert len(found["utterances"]) == len(ended) >= 4
    for utterance, event in zip(found["utterances"], ended, strict=True):
        assert utterance == {key: event[key] for key in utterance}
    assert found["duration_s"] == audio.read(interview).size / SR
    assert ae.predict(interview).utterances == tuple(result(interview)["utterances"])


def test_a_short_recording_has_one_answer(interview: Path, tmp_path: Path) -> None:
    samples = audio.read(interview)
    for seconds, is_long in ((LONGEST_S, False), (LONGEST_S + 1 / SR, True)):
        soundfile.write(path := tmp_path / "part.wav", samples[: round(seconds * SR)], SR)
        assert bool(result(path)["utterances"]) == is_long


def test_a_table_shares_and_a_sentence(interview: Path) -> None:
    text = printed("predict", interview, width=80)
    assert text.startswith("Emotions predicted by default (network, ")
    assert re.search(r"^0:0\d\.\d   \d\.\d s  anger +█████  9\d%", text, re.M)
    assert re.search(r"^1:2\d\.\d   \d\.\d s  anger ", text, re.M)
    shares = re.search(r"^anger (\d+)%, (\w+ \d+%(, )?)+$", text, re.M)
    assert shares
    assert 98 <= sum(map(int, re.findall(r"(\d+)%", shares[0]))) <= 102
    assert re.search(
        rf"^Most(ly| often) anger: {shares[1]}% of 0:0\d\.\d of speech, in 4 utterances\.$",
        text,
        re.M,
    )
    assert f"{interview}, 1:" in text
    assert all(len(line) <= 80 for line in text.splitlines() if not line.startswith(str(interview)))
    assert "every 3 s" not in text
    windows = printed("predict", interview, "--timeline").partition("every 3 s:")[2]
    assert windows.count(" 3.0 s ") == len(result(interview)["timeline"])


def test_nobody_speaks(tmp_path: Path) -> None:
    soundfile.write(path := tmp_path / "still.wav", np.zeros(20 * SR), SR, subtype="PCM_16")
    assert "still.wav, 0:20.0:\nNobody speaks.\n" in printed("predict", path)
    assert printed("predict", path, "--srt") == ""


def test_subtitles(interview: Path) -> None:
    spoken = [one for one in result(interview)["utterances"] if one["emotion"]]
    for form, mark, head in (("--srt", ",", ""), ("--vtt", ".", "WEBVTT\n\n")):
        text = printed("predict", interview, form)
        assert text.startswith(head)
        cues = text.removeprefix(head).strip().split("\n\n")
        assert len(cues) == len(spoken)
        for number, (cue, one) in enumerate(zip(cues, spoken, strict=True), 1):
            count, times, words = cue.split("\n")
            assert int(count) == number
            begin, end = (
                sum(
                    float(part) * weight
                    for part, weight in zip(
                        time.replace(mark, ".").split(":"), (3600, 60, 1), strict=True
                    )
                )
                for time in times.split(" --> ")
            )
            assert begin == pytest.approx(one["start_s"], abs=0.0006)
            assert end == pytest.approx(one["end_s"], abs=0.0006)
            share = f"{max(one['probabilities'].values()):.0%}"
            expected = f"{one['emotion']} {share}" if one["confident"] else "not confident"
            assert words == expected
    everyday = REPOSITORY / "everyday"
    several = CliRunner().invoke(cli.app, ["predict", str(interview), str(everyday), "--srt"])
    assert several.exit_code == 2
    assert "of one recording" in several.stderr


def test_the_subtitle_of_a_short_recording_is_all_of_it() -> None:
    clip = next((REPOSITORY / "sample").rglob(f"*{CLIPS[1]}"))
    lines = printed("predict", clip, "--srt").splitlines()
    assert lines == ["1", "00:00:00,000 --> 00:00:03,570", "surprise 99%", ""]


def test_csv_tells_parts_apart(interview: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(printed("predict", interview, "--csv"))))
    found = result(interview)
    assert [row["part"] for row in rows] == [
        "recording",
        *["utterance"] * len(found["utterances"]),
        *["window"] * len(found["timeline"]),
    ]
    assert (rows[0]["start_s"], float(rows[0]["end_s"])) == (
        "0",
        pytest.approx(found["duration_s"], rel=1e-8),
    )


@pytest.mark.parametrize("width", [120, 80, 60, 44, 30])
def test_no_answer_is_cut(width: int, tmp_path: Path) -> None:
    """Names are shortened, and columns left out, before "happiness" loses a letter."""
    folder = tmp_path / ("a_folder_of_a_very_long_name_" * 3)
    folder.mkdir()
    source = next((REPOSITORY / "sample").rglob("*-08-01-01-01-20.ogg"))
    for name in ("one", "two"):
        (folder / name).mkdir()
        (folder / name / source.name).write_bytes(source.read_bytes())
    text = printed("predict", folder, width=width)
    assert text.count(" not confident") == 3 if width >= 60 else 2
    assert "…" in text
    assert all(len(line) <= width for line in text.splitlines()[2:4])
    if width >= 44:
        assert text.count(" happiness ") >= 2
