"""Corrupt samples, idle level and predictions are found where they are known to be."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_emotion.errors import InputError
from audio_emotion.power.analysis import Analysis, Battery, analyze, first_event_envelope
from audio_emotion.power.corruption import Fault
from audio_emotion.power.document import battery_life
from audio_emotion.power.streaming import Histogram
from power_traces import STEP_MS, SyntheticTrace, corrupted_trace, synthetic_trace

# What the original publishes: mW, mA, ms of a response; and how many predictions can be seen.
PUBLISHED = {
    "esp32": (254.4, 50.07, 11.0, 2),
    "esp32s3": (153.27, 30.09, 8.0, 3),
    "nrf52": (27.54, 5.39, 37.0, 2),
    "rp2040": (155.73, 30.56, 141.7, 2),
}
# Samples of which the power leaves any doubt about an edge: a step of 40 in noise of 1 is sharp.
EDGE_SAMPLES = 1


def analysis_of(folder: Path, trace: SyntheticTrace) -> Analysis:
    return analyze(trace.write(folder / "a.csv"))


@pytest.mark.parametrize("kind", ["zeros", "signs", "huge"])
def test_impossible_ends_are_found_and_left_out(tmp_path: Path, kind: str) -> None:
    trace, end = corrupted_trace(kind)
    found = analysis_of(tmp_path, trace)
    (run,) = found.corruption.runs
    # The sample before is taken for a mixture, as loggers average.
    assert (run.first_row, run.last_row) == (end.start, end.stop)
    assert found.corruption.reasons[Fault.ADJACENT] == 1
    assert found.power_mw == pytest.approx(trace.power[: end.start].mean(), rel=1e-4)
    assert found.current_ma == pytest.approx(trace.current[: end.start].mean(), rel=1e-4)
    assert len(found.complete) == 3


def corrupt(trace: SyntheticTrace, fault: Fault, row: int) -> None:
    if fault == Fault.NOT_FINITE:
        trace.power[row] = np.nan
    elif fault == Fault.TIME:
        trace.time[row] = trace.time[row - 3]
    elif fault == Fault.ZERO:
        trace.power[row] = trace.current[row] = trace.voltage[row] = 0
    elif fault == Fault.VOLTAGE:
        trace.voltage[row], trace.power[row] = 15.0, 15.0 * trace.current[row]
    elif fault == Fault.NEGATIVE:
        trace.current[row] *= -1
        trace.power[row] *= -1
    elif fault == Fault.TOO_LARGE:
        trace.current[row] *= 1e4
        trace.power[row] *= 1e4
    elif fault == Fault.INCONSISTENT:
        trace.power[row] *= 2


@pytest.mark.parametrize("fault", [one for one in Fault if one not in (Fault.NONE, Fault.ADJACENT)])
def test_each_fault_is_found_and_named(tmp_path: Path, fault: Fault) -> None:
    trace = synthetic_trace(6_000, starts=())
    rows = [1_000, 2_500, 4_000]
    for row in rows:
        corrupt(trace, fault, row)
    found = analysis_of(tmp_path, trace)
    assert found.corruption.reasons[fault] == 3
    assert found.corruption.n_runs == 3
    beside = 0 if fault in (Fault.NOT_FINITE, Fault.TIME) else 6
    assert found.corruption.samples == 3 + beside
    assert found.power_mw == pytest.approx(np.delete(trace.power, rows).mean(), rel=1e-4)


def test_a_valid_trace_has_no_corrupt_samples(tmp_path: Path) -> None:
    trace = synthetic_trace(starts=(2_000, 7_000))
    found = analysis_of(tmp_path, trace)
    assert found.corruption.samples == found.corruption.n_gaps == 0
    assert found.totals.time_ms == pytest.approx(len(trace.time) * STEP_MS)


def test_a_board_that_sleeps_is_not_corrupt(tmp_path: Path) -> None:
    """A radio draws ten thousand times what sleep does, which a coarse logger shows as 0."""
    trace = synthetic_trace(
        idle_mw=0.005, noise_mw=0.002, rise_mw=100.0, starts=(2_000, 7_000, 12_000)
    )
    trace.power[::7] = trace.current[::7] = 0.0
    trace.power[12_000:12_100] = 100.0
    trace.current = trace.power / trace.voltage
    found = analysis_of(tmp_path, trace)
    assert found.corruption.samples == 0
    assert [event.start_ms for event in found.complete] == pytest.approx(
        [STEP_MS * (row - 1) for row in (2_000, 7_000, 12_000)], abs=3 * STEP_MS
    )


def test_gaps_are_counted_and_weigh_nothing(tmp_path: Path) -> None:
    trace = synthetic_trace(starts=())
    trace.time[5_000:] += 100.0
    found = analysis_of(tmp_path, trace)
    assert found.corruption.n_gaps == 1
    assert found.corruption.missing_ms == pytest.approx(100.0)
    assert found.totals.time_ms == pytest.approx(len(trace.time) * STEP_MS)


def test_uneven_steps_weigh_as_long_as_they_last(tmp_path: Path) -> None:
    trace = synthetic_trace(4_000, starts=(), noise_mw=0.01)
    trace.power[2_000:] *= 2
    trace.current = trace.power / trace.voltage
    trace.time[2_000:] += np.arange(1, 2_001) * STEP_MS * 0.4  # 1.4 times as slow
    found = analysis_of(tmp_path, trace)
    assert found.power_mw == pytest.approx((100 + 1.4 * 200) / 2.4, rel=1e-3)


@pytest.mark.parametrize(
    ("rise", "noise", "swing", "length"),
    [
        (40, 1, 0, 100),  # plain
        (40, 1, 0, 20),  # as short as on an ESP32-S3
        (10, 2, 0, 300),  # in noise
        (60, 1, 10, 180),  # idling swings, as on an nRF52840
        (40, 0, 0, 100),  # no noise at all
    ],
)
def test_predictions_are_found_with_their_length_and_energy(
    tmp_path: Path, rise: float, noise: float, swing: float, length: int
) -> None:
    starts = (2_000, 7_000, 12_000, 17_000)
    trace = synthetic_trace(
        rise_mw=rise, noise_mw=noise, swing_mw=swing, length=length, starts=starts
    )
    found = analysis_of(tmp_path, trace)
    assert found.reason_without_events is None
    assert len(found.complete) == 4
    # In noise, the step that fits best is off by about (noise / rise)^2 samples.
    doubt = STEP_MS * (EDGE_SAMPLES + 20 * (noise / rise) ** 2 + (5 if swing else 0))
    for event, start in zip(found.complete, starts, strict=True):
        assert event.start_ms == pytest.approx(STEP_MS * (start - 1), abs=doubt)
        assert event.duration_ms == pytest.approx(STEP_MS * length, abs=2 * doubt)
    assert found.idle_mw == pytest.approx(100, rel=2e-3)
    known = rise * length * STEP_MS / 1e3
    assert np.mean(found.above_idle_mj) == pytest.approx(known, rel=0.05)
    assert found.periods_ms == pytest.approx([5_000 * STEP_MS] * 3, abs=2 * doubt)


def test_idle_and_predictions_add_up_to_the_average(tmp_path: Path) -> None:
    found = analysis_of(tmp_path, synthetic_trace())
    assert found.idle_mw is not None
    hours = found.totals.time_ms / 1e3
    again = found.idle_mw + sum(found.above_idle_mj) / hours
    assert again == pytest.approx(found.power_mw, rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["noise", "telegraph", "walk", "still", "ramp", "one sample"])
def test_nothing_is_found_where_nothing_stands_out(tmp_path: Path, kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(20_000)
    power = {
        "noise": 100 + noise,
        "telegraph": 100 + noise + 10 * (np.cumsum(rng.random(20_000) < 0.01) % 2),
        "walk": 200 + 0.05 * np.cumsum(noise),
        "still": np.full(20_000, 100.0),
        "ramp": 100 + 0.001 * np.arange(20_000),
        "one sample": 100 + noise + 200 * (np.arange(20_000) == 9_000),
    }[kind]
    trace = synthetic_trace(starts=())
    found = analysis_of(tmp_path, replace(trace, power=power, current=power / trace.voltage))
    assert found.complete == []
    assert found.reason_without_events
    assert found.idle_mw is None
    assert found.above_idle_mj == []


def test_what_is_cut_off_is_not_measured(tmp_path: Path) -> None:
    """By the beginning, by the end, by a corrupt stretch."""
    trace = synthetic_trace(starts=(0, 5_000, 10_000, 19_950))
    trace.power[10_050:10_200] = trace.current[10_050:10_200] = trace.voltage[10_050:10_200] = 0
    found = analysis_of(tmp_path, trace)
    assert len(found.complete) == 1
    assert len(found.events) == 4
    assert found.idle_mw == pytest.approx(100, rel=1e-3)


def test_a_few_corrupt_samples_do_not_cut_a_prediction(tmp_path: Path) -> None:
    trace = synthetic_trace(starts=(5_000, 10_000))
    trace.power[5_040:5_043] = np.nan
    found = analysis_of(tmp_path, trace)
    assert [event.duration_ms for event in found.complete] == pytest.approx([20.0, 20.0], abs=0.4)
    assert found.above_idle_mj == pytest.approx([0.8, 0.8], rel=0.08)


def test_power_up_is_not_taken_for_the_only_prediction(tmp_path: Path) -> None:
    trace = synthetic_trace(starts=(5_000, 10_000, 15_000))
    trace.power[500:1_000] += 500
    trace.current = trace.power / trace.voltage
    assert len(analysis_of(tmp_path, trace).complete) == 4


def test_what_follows_a_prediction_is_none(tmp_path: Path) -> None:
    """After each, the RP2040 draws a little more for a while."""
    trace = synthetic_trace(rise_mw=20, length=700, starts=(2_000, 12_000), swing_mw=2)
    for start in (2_000, 12_000):
        trace.power[start + 850 : start + 1_250] += 4
    found = analysis_of(tmp_path, trace)
    assert [event.duration_ms for event in found.complete] == pytest.approx([140, 140], abs=4)


@settings(max_examples=5)
@given(rows=st.integers(150, 7_000))
def test_blocks_of_any_size_give_the_same(
    tmp_path_factory: pytest.TempPathFactory, rows: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "blocks.csv"
    if not path.exists():
        trace, _ = corrupted_trace("huge", 8_000)
        trace.power[3_000] = np.nan
        trace.time[5_000:] += 7.0
        trace.write(path)
    whole, cut = analyze(path), analyze(path, block_rows=rows)
    assert cut.corruption == whole.corruption
    assert cut.thresholds == whole.thresholds
    assert cut.power_mw == pytest.approx(whole.power_mw, rel=1e-12)
    assert cut.idle_mw == pytest.approx(whole.idle_mw, rel=1e-9)
    assert [(event.start_ms, event.end_ms, event.complete) for event in cut.events] == [
        (event.start_ms, event.end_ms, event.complete) for event in whole.events
    ]
    np.testing.assert_array_equal(cut.envelope.high, whole.envelope.high)


def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    """Three times the rows; one column of the longer file alone would be 320 kB more."""
    trace = synthetic_trace()
    path = trace.write(tmp_path / "a.csv")
    rows = path.read_text().splitlines()[1:]
    long = tmp_path / "long.csv"
    with long.open("w") as file:
        file.write(path.read_text())
        for copy in range(1, 3):
            shift = copy * len(rows) * STEP_MS
            for row in rows:
                time, rest = row.split(",", 1)
                file.write(f"{float(time) + shift:.9g},{rest}\n")
    peaks = []
    analyze(path)  # what is imported at first use does not count
    for one in (path, long):
        tracemalloc.start()
        found = analyze(one, block_rows=2_048)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert found.limits.rows == 60_000
    assert len(found.complete) == 12
    assert peaks[1] - peaks[0] < 100_000


def test_what_is_shown_from_near_surrounds_the_first_prediction(tmp_path: Path) -> None:
    found = analysis_of(tmp_path, synthetic_trace())
    near = first_event_envelope(found)
    assert near is not None
    event = found.complete[0]
    assert near.time_ms[0] == pytest.approx(event.start_ms - event.duration_ms, abs=STEP_MS)
    assert np.nanmax(near.time_ms) == pytest.approx(event.end_ms + event.duration_ms, abs=STEP_MS)
    assert first_event_envelope(analysis_of(tmp_path, synthetic_trace(starts=()))) is None


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=200), st.floats(0, 1))
def test_quantiles_are_those_of_numpy(values: list[float], share: float) -> None:
    counted = Histogram()
    counted.add(np.array(values))
    low, high = (np.quantile(values, share, method=how) for how in ("lower", "higher"))
    assert 0.999 * low <= counted.quantile(share) <= 1.001 * high


def test_quantiles_may_count_what_is_not_positive() -> None:
    counted = Histogram(with_zero=True)
    counted.add(np.array([-1.0, 0.0, 0.0, 5.0, np.nan]))
    assert counted.total == 4
    assert counted.quantile(0.5) == 0
    assert counted.quantile(0.9) == pytest.approx(5, rel=1e-3)


def test_battery_life_is_what_the_formula_says(tmp_path: Path) -> None:
    found = analysis_of(tmp_path, synthetic_trace())
    idle, above = found.idle_mw, float(np.median(found.above_idle_mj))
    assert idle is not None
    lasts = battery_life(found, Battery(1000, 3.7, per_hour=3600))
    assert lasts["hours"] == pytest.approx(3700 / (idle + above))
    as_in_trace = battery_life(found, Battery(1000, 3.7))
    assert as_in_trace["predictions_per_hour"] == pytest.approx(3600, rel=1e-3)
    assert as_in_trace["hours"] == pytest.approx(lasts["hours"], rel=1e-3)


def test_battery_life_that_cannot_be_told_is_not_zero(tmp_path: Path) -> None:
    once = battery_life(analysis_of(tmp_path, synthetic_trace(starts=(5_000,))), Battery(1000, 3.7))
    assert once["hours"] is None
    assert "--predictions-per-hour" in once["reason"]
    never = battery_life(analysis_of(tmp_path, synthetic_trace(starts=())), Battery(1000, 3.7, 60))
    assert never["hours"] is None
    assert never["hours_at_average_power"] == pytest.approx(37, rel=1e-2)
    crowded = battery_life(analysis_of(tmp_path, synthetic_trace()), Battery(1000, 3.7, 1e9))
    assert crowded["hours"] is None
    assert "room for only" in crowded["reason"]


@pytest.mark.parametrize(("mah", "volts", "rate"), [(0, 3.7, 1), (1, -1, 1), (1, 1, -1)])
def test_a_battery_that_cannot_be_is_refused(mah: float, volts: float, rate: float) -> None:
    with pytest.raises(InputError):
        Battery(mah, volts, rate)
    with pytest.raises(InputError):
        Battery(float("nan"), volts, rate)


@pytest.mark.corpora
@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_averages_come_out(corpora: Path, name: str) -> None:
    path = corpora.parent / "power_profiles" / f"{name}.csv"
    if not path.exists():
        pytest.skip("the folder power_profiles does not stand beside the recordings")
    found = analyze(path)
    power, current, response_ms, n = PUBLISHED[name]
    assert found.power_mw == pytest.approx(power, rel=0.01)
    assert found.current_ma == pytest.approx(current, rel=0.01)
    assert len(found.complete) == n
    durations = [event.duration_ms for event in found.complete]
    # Response times were measured in another way, over 58 other predictions.
    assert np.median(durations) == pytest.approx(response_ms, rel=0.05)
    assert 0.06 < found.corruption.samples / found.limits.rows < 0.17
