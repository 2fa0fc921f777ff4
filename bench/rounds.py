"""Measures functions against each other: in rounds, so that all meet the same machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import onnxruntime

WARM = 4
"""Rounds that are not counted."""


def interleaved(
    runs: Sequence[Callable[[], object]], rounds: int, threads: int = 0
) -> list[list[float]]:
    """Seconds of each run in each round; every second round goes backwards.

    Of one thread it is the processor's time, which other work on the machine hardly changes.
    """
    clock = time.thread_time if threads == 1 else time.perf_counter
    times: list[list[float]] = [[] for _ in runs]
    for number in range(rounds + WARM):
        order = list(range(len(runs)))
        for index in order if number % 2 else reversed(order):
            start = clock()
            runs[index]()
            if number >= WARM:
                times[index].append(clock() - start)
    return times


def session_run(
    path: Path, inputs: Mapping[str, np.ndarray[Any, Any]], threads: int = 0
) -> Callable[[], object]:
    """Runs a model on some inputs, with so many threads (0: as onnxruntime chooses)."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, inputs)


def milliseconds(times: Sequence[float]) -> str:
    """The median, in eleven characters."""
    return f"{1000 * median(times):>8.2f} ms"


def ratios(one: Sequence[float], other: Sequence[float]) -> str:
    """How much longer one takes: the median over the rounds, and that of the fastest rounds."""
    typical = median(a / b for a, b in zip(one, other, strict=True))
    return f"{typical:>8.3f}{min(one) / min(other):>8.3f}"
