"""Traces are read whatever their columns are called, and refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_emotion.errors import InputError
from audio_emotion.power.analysis import analyze
from audio_emotion.power.trace import QUANTITY_NAMES, UNITS, open_trace, parse_heading
from power_traces import HEADER, synthetic_trace

SMALL = synthetic_trace(400, starts=())


def read(path: Path) -> tuple[np.ndarray, ...]:
    blocks = list(open_trace(path).blocks(150))
    return tuple(
        np.concatenate([getattr(block, name) for block in blocks])
        for name in ("time_ms", "current_ma", "power_mw", "voltage_v")
    )


def assert_same(path: Path) -> None:
    expected = (SMALL.time, SMALL.current, SMALL.power, SMALL.voltage)
    for found, known in zip(read(path), expected, strict=True):
        np.testing.assert_allclose(found, known, rtol=1e-7)


SPELLINGS = st.sampled_from(
    [
        "{word} ({unit})",
        "{word} [{unit}]",
        "{word}_{unit}",
        "USB Avg {word} ({unit})",
        "{word}/{unit}",
        "  {word}({unit})",
        "{word} in {unit}",
        "{word} ( {unit} )",
        "Avg {word} ({unit}) 1",
    ]
)
CASES = st.sampled_from([str, str.lower, str.upper, str.title])


@given(st.data())
def test_any_spelling_of_a_header_is_understood(data: st.DataObject) -> None:
    for quantity, units in UNITS.items():
        word = data.draw(st.sampled_from(sorted(QUANTITY_NAMES[quantity])))
        unit = data.draw(st.sampled_from(sorted(units)))
        name = data.draw(SPELLINGS).format(word=word, unit=unit)
        assert parse_heading(data.draw(CASES)(name)) == (quantity, unit)


@pytest.mark.parametrize(
    ("name", "understood"),
    [
        ("mA", ("current", "ma")),
        ("Voltage", ("voltage", None)),
        ("Current (kA)", ("current", None)),
        ("Power supply voltage (mV)", ("voltage", "mv")),
        ("I [\N{MICRO SIGN}A]", ("current", "ua")),
        ("Elapsed time (seconds)", ("time", "s")),
        ("Temperature (C)", (None, None)),
        ("Charge (mAh)", (None, None)),
        ("", (None, None)),
        ("4", (None, None)),
    ],
)
def test_what_a_heading_says(name: str, understood: tuple[str | None, str | None]) -> None:
    assert parse_heading(name) == understood


@pytest.mark.parametrize(
    ("header", "delimiter", "decimal", "scale"),
    [
        (HEADER, ",", ".", (1, 1, 1, 1)),
        (("t_s", "I [A]", "P [W]", "U [mV]"), ";", ",", (1e-3, 1e-3, 1e-3, 1e3)),
        (("time_us", "current_ua", "power_uw", "voltage_v"), "\t", ".", (1e3, 1e3, 1e3, 1)),
        (("TIME (MS)", "Current/\N{MICRO SIGN}A", "p (mW)", "V"), ";", ".", (1, 1e3, 1, 1)),
    ],
)
def test_units_delimiters_and_decimal_signs(
    tmp_path: Path, header: tuple[str, ...], delimiter: str, decimal: str, scale: tuple[float, ...]
) -> None:
    assert_same(SMALL.write(tmp_path / "a.csv", header, delimiter, decimal, scale))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_comments_blank_lines_marks_and_encodings(tmp_path: Path, encoding: str) -> None:
    header = ("Time (ms)", "Current (\N{MICRO SIGN}A)", "Power (mW)", "Voltage (V)")
    path = SMALL.write(tmp_path / "a.csv", header, scale=(1, 1e3, 1, 1))
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    text = "\r\n".join(["# a logger's note", "", head, *rows[:200], "# pause", *rows[200:]])
    path.write_bytes(text.encode(encoding))
    assert_same(path)


def test_other_columns_and_any_order_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    columns = zip(SMALL.power, SMALL.voltage, SMALL.time, SMALL.current, strict=True)
    rows = [f"{p:.9g},on,{v:.9g},{t:.9g},{c:.9g}" for p, v, t, c in columns]
    path.write_text("\n".join(["power_mw,state,voltage_v,time_ms,current_ma", *rows]))
    assert_same(path)


def test_power_or_current_follow_from_the_others(tmp_path: Path) -> None:
    for leave in (1, 2):
        names = [name if n != leave else "other" for n, name in enumerate(HEADER)]
        assert_same(SMALL.write(tmp_path / "a.csv", names))


GOOD = "Time (ms),Current (mA),Power (mW),Voltage (V)\n"
ROWS = "".join(f"{n},1,5,5\n" for n in range(50))

BAD = {
    "empty": ("", "is empty"),
    "only notes": ("# nothing\n\n", "is empty"),
    "header only": (GOOD, "no row below"),
    "one row": (GOOD + "0,1,5,5\n", "at least two"),
    "no time": ("Power (mW),b\n1,2\n", "no column for the time"),
    "time without unit": ("Time,Power (mW)\n1,2\n", "'Time' names no unit"),
    "no power": ("Time (ms),Current (mA)\n1,2\n", "no column for the power"),
    "current without unit": ("Time (ms),Current,Power (mW)\n1,2,3\n", "'Current' names no unit"),
    "twice": ("Time (ms),Avg Power (mW),Max Power (mW)\n1,2,3\n", "both give the power"),
    "wrong delimiter": (GOOD.replace(",", "|") + ROWS.replace(",", "|"), "no column for"),
    "decimal commas": (GOOD + "0,0,1,0,5,0,5,0\n", "decimal"),
    "fewer columns": (GOOD + "0,1,5\n", "the first row 3"),
    "text": (GOOD + ROWS + "50,1,broken,5\n", "row 51 has 'broken' in the column 'Power (mW)'"),
    "not increasing": (GOOD + "7,1,5,5\n" * 50, "time does not increase"),
    "descending": (GOOD + "".join(f"{-n},1,5,5\n" for n in range(50)), "does not increase"),
    "all NaN": (GOOD + "".join(f"{n},nan,nan,nan\n" for n in range(50)), "every one is corrupt"),
    "all zero": (GOOD + "".join(f"{n},0,0,0\n" for n in range(50)), "every one is corrupt"),
    "all incomplete": (GOOD + "".join(f"{n},1,5,\n" for n in range(50)), "50 samples are corrupt"),
    "wrong unit": (GOOD.replace("mA", "A") + ROWS, "power and current times voltage differ"),
    "wrong sign": (GOOD + ROWS.replace(",1,", ",-1,"), "power and current times voltage differ"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_trace_gets_one_sentence(tmp_path: Path, name: str) -> None:
    content, says = BAD[name]
    path = tmp_path / "bad.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=r"bad\.csv: ") as caught:
        analyze(path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [bytes(range(256)) * 20, b"\x89PNG\r\n\x1a\n\x00\x00"])
def test_a_binary_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a text file"):
        open_trace(path)


def test_no_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            open_trace(path)


@settings(max_examples=50)
@given(st.binary(max_size=300))
def test_no_bytes_end_in_a_traceback(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "junk.csv"
    path.write_bytes(GOOD.encode() + b"0,1,5,5\n1,1,5,5\n" + junk)
    said = ""
    try:
        assert np.isfinite(analyze(path).power_mw)
    except InputError as error:
        said = str(error)
    assert "\n" not in said
