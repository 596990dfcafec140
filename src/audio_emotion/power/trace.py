"""CSV files of power loggers: columns and units from the header, rows in blocks."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from audio_emotion.errors import InputError, reason_of
from audio_emotion.files import check_lines

Floats: TypeAlias = npt.NDArray[np.float64]

# To milliseconds, milliamperes, milliwatts and volts.
UNITS: Final = {
    "time": {"s": 1e3, "ms": 1.0, "us": 1e-3, "ns": 1e-6},
    "current": {"a": 1e3, "ma": 1.0, "ua": 1e-3, "na": 1e-6},
    "power": {"w": 1e3, "mw": 1.0, "uw": 1e-3, "nw": 1e-6},
    "voltage": {"v": 1.0, "mv": 1e-3, "uv": 1e-6},
}
QUANTITY_NAMES: Final = {
    "time": {"time", "timestamp", "elapsed", "t"},
    "current": {"current", "curr", "amps", "ibus", "i"},
    "power": {"power", "pwr", "watts", "pbus", "p"},
    "voltage": {"voltage", "volt", "volts", "vbus", "u", "v"},
}
_UNIT_SPELLINGS: Final = {
    "sec": "s",
    "second": "s",
    "seconds": "s",
    "msec": "ms",
    "millisecond": "ms",
    "milliseconds": "ms",
    "usec": "us",
    "microsecond": "us",
    "microseconds": "us",
}
_EXAMPLE: Final = {
    "time": "Time (ms)",
    "current": "Current (mA)",
    "power": "Power (mW)",
    "voltage": "Voltage (V)",
}
_QUANTITY_OF: Final = {unit: name for name, units in UNITS.items() for unit in units}

BLOCK_ROWS: Final = 65_536
_HEAD_BYTES: Final = 65_536  # of which the header is a part
_COMMENT: Final = "#"


@dataclass(frozen=True)
class Column:
    """Column of a quantity, and the factor to ms, mA, mW or V."""

    index: int
    name: str
    factor: float


@dataclass(frozen=True)
class Samples:
    """Consecutive rows from `first` on: float arrays of shape (n,); an unknown quantity is None."""

    first: int
    time_ms: Floats
    power_mw: Floats
    current_ma: Floats | None
    voltage_v: Floats | None


@dataclass(frozen=True)
class Trace:
    """A logger's file and what its header says."""

    path: Path
    columns: dict[str, Column]
    n_columns: int
    delimiter: str
    decimal: str
    encoding: str
    skip_lines: int

    def blocks(self, rows: int = BLOCK_ROWS) -> Iterator[Samples]:
        """Read the file from its start, `rows` at a time.

        Yields
        ------
        Samples
            Where no column gives it, power is current times voltage, current power over voltage.

        Raises
        ------
        InputError
            A cell is not a number.
        """
        first = 0
        try:
            with self._reader(rows, dtype=np.float64) as reader:
                for frame in reader:
                    yield self._samples(first, frame)
                    first += len(frame)
        except pd.errors.EmptyDataError:
            return
        except ValueError as error:
            raise InputError(f"{self.path}: {self._explain(rows, str(error))}") from error

    def _samples(self, first: int, frame: pd.DataFrame) -> Samples:
        values = {
            name: frame[column.index].to_numpy(np.float64) * column.factor
            for name, column in self.columns.items()
        }
        current, voltage = values.get("current"), values.get("voltage")
        power = values.get("power")
        with np.errstate(all="ignore"):  # corrupt samples are found later
            if power is None:
                assert current is not None  # `open_trace` has checked the header
                assert voltage is not None
                power = current * voltage
            elif current is None and voltage is not None:
                current = power / voltage
        return Samples(first, values["time"], power, current, voltage)

    def _reader(self, rows: int, **how: Any) -> Any:
        return pd.read_csv(
            self.path,
            sep=self.delimiter,
            decimal=self.decimal,
            encoding=self.encoding,
            header=None,
            names=list(range(self.n_columns)),
            usecols=sorted(column.index for column in self.columns.values()),
            index_col=False,
            skiprows=self.skip_lines,
            comment=_COMMENT,
            skipinitialspace=True,
            chunksize=rows,
            **how,
        )

    def _explain(self, rows: int, otherwise: str) -> str:
        """Read the file again and return which cell is not a number."""
        try:
            with self._reader(rows, dtype=str) as reader:
                columns = ((frame, column) for frame in reader for column in self.columns.values())
                for frame, column in columns:
                    cells = frame[column.index]
                    text = cells.str.strip().str.replace(self.decimal, ".")
                    bad = pd.to_numeric(text, errors="coerce").isna() & text.notna()
                    if bad.any():
                        row = bad.idxmax()
                        return (
                            f"row {row + 1:,} has {cells[row][:40]!r} in the column "
                            f"{column.name!r}, which is not a number. Correct or remove that row."
                        )
        except ValueError as error:
            otherwise = str(error)
        return f"cannot be read as a table ({' '.join(otherwise.split())[:120]})."


def open_trace(path: Path) -> Trace:
    """Read a trace's header: delimiter, decimal sign, columns and their units.

    Raises
    ------
    InputError
        There is no such file, no time with a unit, or neither power nor both current and voltage.
    """
    text, encoding = _head(path)
    lines = text.splitlines()
    place = next(
        (n for n, line in enumerate(lines) if line.strip(", ;\t") and not _is_comment(line)), -1
    )
    if place < 0:
        raise InputError(f"{path}: is empty. A trace has a header and a row per sample.")
    delimiter = max(",;\t", key=lines[place].count)
    names = [cell.strip() for cell in _cells(lines[place], delimiter)]
    columns = _columns(path, names)
    data = next((line for line in lines[place + 1 :] if line.strip() and not _is_comment(line)), "")
    if not data:
        raise InputError(f"{path}: has a header and no row below it. A trace has a row per sample.")
    cells = _cells(data, delimiter)
    if len(cells) < len(names) or any(cell.strip() for cell in cells[len(names) :]):
        raise InputError(
            f"{path}: the header has {len(names)} columns, the first row {len(cells)}. Write "
            "decimal commas only where a semicolon or a tab separates the columns."
        )
    comma = delimiter != "," and any(re.fullmatch(r"\s*-?\d+,\d+\s*", cell) for cell in cells)
    return Trace(
        path, columns, len(names), delimiter, "," if comma else ".", encoding, skip_lines=place + 1
    )


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith(_COMMENT)


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter))


def _head(path: Path) -> tuple[str, str]:
    """Read the beginning of a file; return it as text, and its encoding."""
    try:
        check_lines(path)
        with path.open("rb") as file:
            raw = file.read(_HEAD_BYTES)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: cannot be read ({reason_of(error)}). Give a logger's CSV file."
        ) from error
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", errors="ignore"), "utf-16"
    if re.search(rb"[\x00-\x08\x0e-\x1f]", raw):
        raise InputError(f"{path}: is not a text file. Let the logger export CSV.")
    try:  # may be cut within a character
        return codecs.getincrementaldecoder("utf-8-sig")().decode(raw), "utf-8-sig"
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace"), "cp1252"


def _columns(path: Path, names: Sequence[str]) -> dict[str, Column]:
    """Find each quantity's column.

    Raises
    ------
    InputError
        A required column is missing, has no unit, or is there twice.
    """
    found: dict[str, list[Column]] = {}
    without_unit: dict[str, str] = {}
    for index, name in enumerate(names):
        quantity, unit = parse_heading(name)
        if quantity and unit:
            column = Column(index, name, UNITS[quantity][unit])
            found.setdefault(quantity, []).append(column)
        elif quantity:
            without_unit.setdefault(quantity, name)
    for quantity, columns in found.items():
        if len(columns) > 1:
            both = " and ".join(repr(column.name) for column in columns)
            raise InputError(f"{path}: {both} both give the {quantity}. Leave one of them.")
    for quantity, name in without_unit.items():
        if quantity not in found:
            raise InputError(
                f"{path}: the column {name!r} names no unit that is known. Call it, for example, "
                f"{_EXAMPLE[quantity]!r}."
            )
    seen = ", ".join(repr(name[:40]) for name in names[:8])
    if "time" not in found:
        raise InputError(
            f"{path}: has no column for the time, only {seen}. "
            "Name one, for example, 'Time (ms)', and separate columns by comma, semicolon or tab."
        )
    if "power" not in found and not {"current", "voltage"} <= set(found):
        raise InputError(
            f"{path}: has no column for the power, nor both current and voltage, only {seen}. "
            "Name one, for example, 'Power (mW)'."
        )
    return {quantity: columns[0] for quantity, columns in found.items()}


def parse_heading(name: str) -> tuple[str | None, str | None]:
    """Return the quantity and the unit that a heading names, None where it names none.

    Examples
    --------
    >>> parse_heading("USB Avg Current (mA)")
    ('current', 'ma')
    >>> parse_heading("t_us")
    ('time', 'us')
    >>> parse_heading("Supply voltage")
    ('voltage', None)
    """
    plain = name.lower().replace("\N{MICRO SIGN}", "u").replace("\N{GREEK SMALL LETTER MU}", "u")
    words = [_UNIT_SPELLINGS.get(word, word) for word in re.findall(r"[a-z]+", plain)]
    if not words:
        return None, None
    named = {quantity for quantity, known in QUANTITY_NAMES.items() if known & set(words)}
    bracketed = re.findall(r"[(\[]\s*([a-z]+)\s*[)\]]", plain)
    for unit in (*(_UNIT_SPELLINGS.get(word, word) for word in bracketed), words[-1]):
        quantity = _QUANTITY_OF.get(unit)
        if quantity and (quantity in named or len(words) == 1):
            return quantity, unit
    return (next(iter(named)), None) if len(named) == 1 else (None, None)
