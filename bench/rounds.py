"""Measures functions against each other: in rounds, so that all meet the same machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

WARM = 4
"""Rounds that are not counted."""


def interleaved(runs: Sequence[Callable[[], object]], rounds: int) -> list[list[float]]:
    """Seconds of each run in each round; every second round goes backwards."""
    times: list[list[float]] = [[] for _ in runs]
    for number in range(rounds + WARM):
        order = list(range(len(runs)))
        for index in order if number % 2 else reversed(order):
            start = time.perf_counter()
            runs[index]()
            if number >= WARM:
                times[index].append(time.perf_counter() - start)
    return times
