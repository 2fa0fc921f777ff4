"""What was measured of one contender on one case."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from .case import TIMES_FORWARD, Case, Contender


@dataclass(frozen=True)
class Timing:
    """One contender on one case, in seconds a batch."""

    contender: Contender
    seconds: tuple[float, ...]
    backward: tuple[float, ...] = ()
    """Of each run, how much longer it took than a forward run beside it; empty without a backward
    pass."""
    apart: float = math.nan
    """The largest difference of its outputs from the first contender's; NaN where there are none,
    or where the weights are others."""
    flops: int | None = None
    """Operations of a run; None where they are not known."""
    peak: float | None = None
    """Operations a second of a large matrix product in the same engine; None where not measured."""
    memory: int | None = None
    """The most bytes that the net took, beyond those of the engine; None where nobody says."""
    ran: str = ""
    """What ran, where that is not the net itself."""

    @property
    def engine(self) -> str:
        """The contender's name, with what it did."""
        return str(self.contender)

    @property
    def median(self) -> float:
        """The median over the rounds."""
        return median(self.seconds)

    @property
    def spread(self) -> tuple[float, float]:
        """The quartiles: half of the rounds lie between them."""
        return quartiles(self.seconds)

    @property
    def backward_median(self) -> float | None:
        """The median of what the backward pass takes; None without one."""
        return median(self.backward) if self.backward else None

    @property
    def rate(self) -> float | None:
        """Operations a second."""
        return None if self.flops is None else self.flops / self.median

    @property
    def share(self) -> float | None:
        """The rate as a share of the engine's peak."""
        return None if self.rate is None or not self.peak else self.rate / self.peak


@dataclass(frozen=True)
class Missing:
    """A contender that could not be tried, and why."""

    engine: str
    reason: str


@dataclass(frozen=True)
class Measured:
    """All contenders on one case."""

    case: Case
    timings: tuple[Timing, ...]
    missing: tuple[Missing, ...] = ()

    def ratio(self, timing: Timing) -> float:
        """A median beside that of the first contender."""
        return timing.median / self.timings[0].median


def quartiles(values: Sequence[float]) -> tuple[float, float]:
    """The first and the third quartile, between the values where they fall between two."""
    if len(values) == 1:
        return values[0], values[0]
    first, _, third = quantiles(values, n=4, method="inclusive")
    return first, third


def operations(case: Case, contender: Contender) -> int | None:
    """Operations of a run: three times those of the forward pass where there is a backward one."""
    flops = case.flops
    return None if flops is None else flops * (TIMES_FORWARD if contender.train else 1)


def milliseconds(seconds: float) -> str:
    """Milliseconds, with as many digits as they are good for."""
    return f"{1000 * seconds:.2f}" if seconds < 0.1 else f"{1000 * seconds:,.0f}"
