"""How long a battery lasts."""

from __future__ import annotations

from dataclasses import dataclass

from audio_emotion.errors import InputError

FORMULA = (
    "hours = mAh x V / (idle mW + predictions per hour x mJ above idle / 3600), without "
    "self-discharge, aging or losses of a converter"
)
_MS_PER_HOUR = 3_600_000.0


@dataclass(frozen=True)
class Battery:
    """Charge and mean voltage of a battery, and how often it pays for a prediction.

    Parameters
    ----------
    mah, volts : float
    per_hour : float, optional
        Predictions an hour; as often as in the trace unless given.
    """

    mah: float
    volts: float
    per_hour: float | None = None

    def __post_init__(self) -> None:
        if not (0 < self.mah < float("inf") and 0 < self.volts < float("inf")):
            raise InputError(
                f"a battery of {self.mah:g} mAh at {self.volts:g} V holds nothing. "
                "Give values above zero, as in --battery-mah 1000 --battery-v 3.7."
            )
        if self.per_hour is not None and not 0 <= self.per_hour < float("inf"):
            raise InputError(
                f"{self.per_hour:g} predictions an hour is no rate. Give zero or more with "
                "--predictions-per-hour."
            )

    def hours(self, idle_mw: float, above_idle_mj: float, per_hour: float) -> float:
        """Time until it is empty: `FORMULA`.

        Examples
        --------
        >>> Battery(1000, 3.7).hours(idle_mw=37.0, above_idle_mj=0.0, per_hour=60)
        100.0
        """
        return self.mah * self.volts / (idle_mw + per_hour * above_idle_mj / 3600)

    def hours_at(self, power_mw: float) -> float:
        """Time until it is empty at a constant power."""
        return self.mah * self.volts / power_mw


def busiest(duration_ms: float) -> float:
    """Predictions that an hour has room for."""
    return _MS_PER_HOUR / duration_ms
