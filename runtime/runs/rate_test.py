"""What a learning-rate range test saw, and the rate it suggests (Smith 2017)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...compiler.ops.base.backend import Array

DIVERGED, FINISHED = "diverged", "finished"
"""How a test ends: the loss rose far above its best, or was not finite; or all rates were tried."""

SPREAD = 0.12
"""Decades of the rate over which losses are smoothed: the deviation of a normal weight."""
ROUNDING = 1e-6
"""The share of a loss that float32 may make of nothing."""
FEWEST = 5
"""Steps below which nothing is suggested."""


@dataclass(frozen=True)
class RateTest:
    """The loss of each step of a test, whose rates grow from one step to the next."""

    optimizer: str
    """The optimizer as the recipe writes it, with its own rate."""
    rates: tuple[float, ...]
    """The learning rate of each step."""
    losses: tuple[float, ...]
    """The loss of each step's batches, before the step; all finite."""
    low: float
    """The first rate."""
    high: float
    """The last rate, where the test gets so far."""
    planned: int
    """The steps that would be made from the one to the other."""
    ending: str
    """`finished`, or `diverged` where it ended before the last rate."""

    @cached_property
    def smoothed(self) -> Array:
        """The losses, each a mean of those at rates near by: normal weights of `SPREAD` decades.

        The mean looks ahead as well as back, so that it does not come late.
        """
        at = np.log10(np.array(self.rates))
        weights = np.exp(-(((at[:, None] - at[None]) / SPREAD) ** 2) / 2)
        return np.asarray(weights @ np.array(self.losses) / weights.sum(axis=1))

    @property
    def lowest(self) -> int:
        """The step of the lowest smoothed loss."""
        return int(np.argmin(self.smoothed))

    @property
    def falls(self) -> bool:
        """Whether the loss falls by more than what it jumps from step to step."""
        if len(self.losses) < FEWEST:
            return False
        until = self.lowest + 1
        noise = float(np.std(np.array(self.losses[:until]) - self.smoothed[:until]))
        rounding = ROUNDING * abs(float(self.smoothed[0]))
        return bool(self.smoothed[0] - self.smoothed[self.lowest] > noise + rounding)

    @property
    def steepest(self) -> float | None:
        """The rate at which the smoothed loss falls fastest, per decade; None where it does not.

        It is looked for before the lowest loss.
        """
        if not self.falls:
            return None
        slopes = np.gradient(self.smoothed, np.log10(np.array(self.rates)))
        return self.rates[int(np.argmin(slopes[: self.lowest + 1]))]

    @property
    def tenth(self) -> float | None:
        """A tenth of the rate of the lowest smoothed loss; None where the loss does not fall."""
        return self.rates[self.lowest] / 10 if self.falls else None

    @property
    def suggestion(self) -> float | None:
        """The rate to begin with, two digits of it: the steepest."""
        return None if self.steepest is None else two_digits(self.steepest)


def two_digits(rate: float) -> float:
    """A rate in two significant digits; more would say more than a test can know."""
    return float(f"{rate:.1e}")


def diverges(best: float, first: float, now: float) -> bool:
    """Whether a running loss is far above its best: by three times that, or what was gained.

    Of losses below zero the size counts. The first loss is that of the untrained net.
    """
    return not math.isfinite(now) or now > best + 3 * max(abs(best), first - best)
