"""Where the marks of an axis stand, and how numbers are written on it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """An axis from `low` to `high`, logarithmic where `log` is set."""

    low: float
    high: float
    log: bool

    def part(self, value: float) -> float:
        """Where a value lies: 0 at the low end, 1 at the high end."""
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self, most: int = 6) -> list[float]:
        """Round values within the axis, at most about `most` of them."""
        return self._powers(most) if self.log else self._steps(most)

    def _steps(self, most: int) -> list[float]:
        rough = (self.high - self.low) / most
        size = 10.0 ** math.floor(math.log10(rough))
        step = next(size * m for m in (1, 2, 2.5, 5, 10) if size * m >= rough * 0.999)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [index * step for index in range(first, last + 1)]

    def _powers(self, most: int) -> list[float]:
        low, high = math.log10(self.low), math.log10(self.high)
        if high - low < 0.7:
            return self._steps(most)
        if high - low < 2:
            found = [
                factor * 10.0**power
                for power in range(math.floor(low), math.ceil(high) + 1)
                for factor in (1, 2, 5)
            ]
            return [value for value in found if self.low <= value <= self.high]
        every = max(1, math.ceil((high - low) / most))
        return [10.0**p for p in range(math.ceil(low), math.floor(high) + 1, every)]


def fitting(values: Iterable[float], log: bool) -> Scale:
    """A scale with a little room around some finite values; log only where all are above 0."""
    held = [value for value in values if math.isfinite(value)]
    low, high = (min(held), max(held)) if held else (0.0, 1.0)
    if log and low > 0:
        return Scale(low / 1.3, high * 1.3, True)
    room = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    return Scale(low - room, high + room, False)


def number(value: float) -> str:
    """A figure for people: four digits, no more."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else str(value)
    return f"{value:.4g}" if value else "0"


def percent_or_number(name: str, value: float) -> str:
    """Accuracies, precisions and recalls as percentages, other figures as numbers."""
    share = any(word in name for word in ("accuracy", "precision", "recall", "acc", "auc", "f1"))
    return f"{value:.2%}" if share and 0 <= value <= 1 else number(value)


def duration(seconds: float) -> str:
    """`3 h 12 min`, `4 min 5 s`, `7.3 s`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
