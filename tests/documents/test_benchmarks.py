"""The benchmarks measure what they say; how fast it is, they say themselves."""

import subprocess
import sys

import numpy as np
import pytest

from audio_emotion.engine import features
from conftest import REPOSITORY

BENCHMARKS = REPOSITORY / "benchmarks"
SCRIPT = BENCHMARKS / "extraction_speed.py"


@pytest.fixture
def importable(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)


@pytest.mark.usefixtures("importable")
def test_ratios_are_taken_within_a_round():
    import speed_table

    turns = [
        speed_table.Turn(16_000, round_number, method, seconds, 4.4)
        for round_number, slowdown in enumerate((1.0, 5.0, 2.0))
        for method, seconds in (("ours", 0.01 * slowdown), ("peer", 0.2 * slowdown))
    ]
    ours, peer = speed_table.summarize(turns, reference="ours")
    assert (ours.method, ours.median_times_ours) == ("ours", 1.0)
    assert (peer.method, peer.rounds) == ("peer", 3)
    assert peer.median_times_ours == pytest.approx(20)
    assert (peer.median_ms, peer.min_ms) == pytest.approx((400, 200))
    assert peer.median_times_real_time == pytest.approx(11)


@pytest.mark.usefixtures("importable")
def test_the_table_in_the_readme_shows_the_results():
    import speed_table

    assert speed_table.markdown() in speed_table.README.read_text()


@pytest.mark.usefixtures("importable")
def test_recordings_last_as_long_as_published_figures_are_for(tmp_path):
    import recordings

    clips = recordings.write(tmp_path, 44_100)
    assert len(clips) == 3
    for clip in clips:
        assert clip.duration_s == pytest.approx(4.4, abs=0.1)
        assert len(clip.samples) == pytest.approx(16_000 * clip.duration_s, abs=1)


@pytest.mark.usefixtures("importable")
def test_the_front_end_alone_gives_the_frames_of_the_pipeline(tmp_path):
    import recordings
    from peers import ours

    clip = recordings.write(tmp_path, 16_000)[0]
    np.testing.assert_array_equal(ours.front_end(clip), features.log_mel(clip.samples))


def test_without_a_peer_it_says_what_to_install():
    without_librosa = (
        "import runpy, sys; sys.modules['librosa'] = None;"
        f"sys.path.insert(0, {str(BENCHMARKS)!r}); runpy.run_path({str(SCRIPT)!r})"
    )
    run = subprocess.run(
        [sys.executable, "-c", without_librosa], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert "librosa" in run.stderr.splitlines()[0]
    assert "pip install . librosa opensmile praat-parselmouth" in run.stderr
