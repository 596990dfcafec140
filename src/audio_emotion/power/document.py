"""Results of traces as one JSON document, and as one row of a CSV table per trace."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from audio_emotion.power.analysis import FORMULA, Analysis, Battery
from audio_emotion.power.corruption import REASONS
from audio_emotion.power.events import Thresholds

SCHEMA: Final = 2  # grows when a key changes
_MS_PER_HOUR: Final = 3_600_000.0


def document(
    found: Sequence[Analysis], battery: Battery | None, errors: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    """Return the results of all traces, and the errors of those that cannot be analyzed."""
    return {
        "schema": SCHEMA,
        "version": version("embedded-audio-emotion"),
        "traces": [_rounded(_trace(one, battery)) for one in found],
        "errors": [dict(error) for error in errors],
    }


def _trace(found: Analysis, battery: Battery | None) -> dict[str, Any]:
    """Return the results of one trace; what is not defined is None, with a reason beside it."""
    return {
        "path": str(found.trace.path),
        "columns": {name: column.name for name, column in found.trace.columns.items()},
        "samples": found.limits.rows,
        "sample_period_ms": found.limits.step_ms,
        "valid": {
            "samples": found.totals.samples,
            "start_ms": found.totals.start_ms,
            "end_ms": found.totals.end_ms,
            "measured_ms": found.totals.time_ms,
        },
        "corrupt": _corrupt(found),
        "gaps": {"count": found.corruption.n_gaps, "missing_ms": found.corruption.missing_ms},
        "average": {
            "power_mw": found.power_mw,
            "current_ma": found.current_ma,
            "voltage_v": found.voltage_v,
        },
        "energy_mj": found.totals.energy_uj / 1e3,
        "distribution": {
            "power_mw": found.box_statistics("power"),
            "current_ma": found.box_statistics("current"),
        },
        "idle": {"power_mw": found.idle_mw, "current_ma": found.idle_ma},
        "predictions": _predictions(found),
        "battery": None if battery is None else battery_life(found, battery),
    }


def _corrupt(found: Analysis) -> dict[str, Any]:
    corrupt = found.corruption
    return {
        "samples": corrupt.samples,
        "share": corrupt.samples / found.limits.rows,
        "reasons": {REASONS[fault]: n for fault, n in corrupt.reasons.most_common()},
        "n_runs": corrupt.n_runs,
        "runs": [
            {
                "first_row": run.first_row,
                "last_row": run.last_row,
                "start_ms": run.start_ms,
                "end_ms": run.end_ms,
                "reasons": {REASONS[fault]: n for fault, n in run.reasons.most_common()},
            }
            for run in corrupt.runs
        ],
    }


def _predictions(found: Analysis) -> dict[str, Any]:
    complete = found.complete
    thresholds = found.thresholds if isinstance(found.thresholds, Thresholds) else None
    return {
        "count": len(complete),
        "cut_off": len(found.events) - len(complete),
        "reason": found.reason_without_events,
        "smoothing_samples": thresholds and thresholds.smoothing,
        "separation": thresholds and thresholds.separation,
        "duration_ms": _quartiles(event.duration_ms for event in complete),
        "above_idle_mj": _quartiles(found.above_idle_mj),
        "total_mj": _quartiles(event.energy_mj for event in complete),
        "period_ms": _quartiles(found.periods_ms),
        "list": [
            {
                "start_ms": event.start_ms,
                "end_ms": event.end_ms,
                "total_mj": event.energy_mj,
                "above_idle_mj": above,
            }
            for event, above in zip(complete, found.above_idle_mj, strict=True)
        ],
    }


def _quartiles(values: Iterable[float]) -> dict[str, float] | None:
    """Return median and quartiles; None of no values."""
    known = list(values)
    if not known:
        return None
    q1, median, q3 = (float(value) for value in np.quantile(known, [0.25, 0.5, 0.75]))
    return {"median": median, "q1": q1, "q3": q3}


def battery_life(found: Analysis, battery: Battery) -> dict[str, Any]:
    """Return how long a battery lasts, or the reason why that is not defined."""
    content: dict[str, Any] = {
        "mah": battery.mah,
        "volts": battery.volts,
        "predictions_per_hour": None,
        "hours": None,
        "reason": None,
        "hours_at_average_power": battery.hours(found.power_mw) if found.power_mw > 0 else None,
        "formula": FORMULA,
    }
    idle, reason = found.idle_mw, found.reason_without_events
    if reason or idle is None:
        content["reason"] = f"the energy of a prediction is not known: {reason or 'no idle time'}"
        return content
    per_hour = battery.per_hour
    if per_hour is None:
        if not found.periods_ms:
            content["reason"] = "one prediction has no rate; give one with --predictions-per-hour"
            return content
        per_hour = _MS_PER_HOUR / float(np.median(found.periods_ms))
    content["predictions_per_hour"] = per_hour
    most = _MS_PER_HOUR / float(np.median([event.duration_ms for event in found.complete]))
    if per_hour > most:
        content["reason"] = f"an hour has room for only {most:,.0f} predictions"
    elif idle <= 0:
        content["reason"] = f"an idle power of {idle:.3g} mW is not above zero"
    else:
        above = float(np.median(found.above_idle_mj))
        content["hours"] = battery.hours(idle, above, per_hour)
    return content


def row(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return the main figures of a trace of the document; empty where not defined."""
    predictions = one["predictions"]
    battery = one["battery"]
    values = {
        "trace": Path(one["path"]).stem,
        "samples": one["samples"],
        "corrupt": one["corrupt"]["samples"],
        "valid_s": round(one["valid"]["measured_ms"] / 1e3, 6),
        "power_mw": one["average"]["power_mw"],
        "current_ma": one["average"]["current_ma"],
        "idle_mw": one["idle"]["power_mw"],
        "idle_ma": one["idle"]["current_ma"],
        "predictions": predictions["count"],
        "duration_ms": _median(predictions["duration_ms"]),
        "above_idle_mj": _median(predictions["above_idle_mj"]),
        "total_mj": _median(predictions["total_mj"]),
        "period_ms": _median(predictions["period_ms"]),
        "reason": predictions["reason"],
    }
    if battery:
        values |= {
            "predictions_per_hour": battery["predictions_per_hour"],
            "battery_hours": battery["hours"],
        }
    return {name: "" if value is None else value for name, value in values.items()}


def _median(values: Mapping[str, float] | None) -> float | None:
    return values["median"] if values else None


def _rounded(value: Any) -> Any:
    """Round to nine digits, more than any logger has; None of what is not finite."""
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    if not isinstance(value, float):
        return value
    return float(f"{value:.9g}") if math.isfinite(value) else None
