"""What is asked of a net that a contender has loaded: runs of one batch, and their outputs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from ...compiler.ops.base.backend import Array

Outputs = Mapping[str, Array]


@dataclass(frozen=True)
class Lap:
    """Seconds of one run, and of what it needs of them for the forward pass where it has two."""

    seconds: float
    forward: float | None = None


@dataclass(frozen=True)
class Ready:
    """What is said of a net once it is loaded and has run once."""

    outputs: Outputs | None
    """None where the weights are not those of the other contenders, or nothing is put out."""
    ran: str = ""
    """What ran, where that is not the net itself."""


class Running(Protocol):
    """A loaded net, here or in a process of its own."""

    @property
    def ready(self) -> Ready:
        """What came of the first run."""
        ...

    def lap(self) -> Lap:
        """Runs a batch once. Raises UserError where it cannot."""
        ...

    def end(self) -> int | None:
        """Lets go of it; the most memory that it took, in bytes, where that is known."""
        ...

    def stop(self) -> None:
        """Lets go of it whatever it does; that may have happened before."""
        ...


def timed(run: Callable[[], object]) -> Callable[[], Lap]:
    """Laps of a run."""

    def lap() -> Lap:
        start = time.perf_counter()
        run()
        return Lap(time.perf_counter() - start)

    return lap


def timed_twice(forward: Callable[[], object], both: Callable[[], object]) -> Callable[[], Lap]:
    """Laps of a forward and backward run, each beside a forward run alone."""

    def lap() -> Lap:
        start = time.perf_counter()
        forward()
        middle = time.perf_counter()
        both()
        return Lap(time.perf_counter() - middle, middle - start)

    return lap
