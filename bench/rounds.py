"""Measures functions against each other: in rounds, so that all meet the same machine."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import onnxruntime

WARM = 4
"""Rounds that are not counted."""
GROUP = 0.4
"""Seconds of rounds that are counted together or not at all."""
BUSY = 0.1
"""The share of the processors that other programs may use while a group is measured."""
PATIENCE = 60.0
"""Seconds in which rounds are looked for, before busy ones are counted too."""
PAUSE = 0.01
"""Seconds before each run, in which the threads of the one before stop waiting for work."""


def interleaved(
    runs: Sequence[Callable[[], object]],
    rounds: int,
    threads: int = 0,
    patience: float = PATIENCE,
    warm: int = WARM,
) -> list[list[float]]:
    """Seconds of each run in each round, in an order that is drawn anew.

    Of one thread it is the processor's time, which other work on the machine hardly changes. Of
    more it is the clock's, and rounds in which other programs took part are not counted, where
    there are enough without them within `patience` seconds. The first `warm` rounds never are.
    """
    clock = time.thread_time if threads == 1 else time.perf_counter
    quiet: list[list[float]] = []
    busy: list[list[float]] = []
    drawn = np.random.default_rng(0)
    for _ in range(warm):
        _round(runs, drawn, clock, 0)
    last = time.perf_counter() + patience
    while len(quiet) < rounds and (threads == 1 or time.perf_counter() < last):
        group: list[list[float]] = []
        end = time.perf_counter() + GROUP
        others = Others()
        while time.perf_counter() < end or not group:
            group.append(_round(runs, drawn, clock, 0 if threads == 1 else PAUSE))
        (quiet if threads == 1 or others.share() < BUSY else busy).extend(group)
    counted = quiet if len(quiet) >= min(WARM, rounds) else [*quiet, *busy]
    return [list(times) for times in zip(*counted, strict=True)]


def _round(
    runs: Sequence[Callable[[], object]],
    drawn: np.random.Generator,
    clock: Callable[[], float],
    pause: float,
) -> list[float]:
    seconds = [0.0] * len(runs)
    for index in drawn.permutation(len(runs)):
        time.sleep(pause)
        start = clock()
        runs[index]()
        seconds[index] = clock() - start
    return seconds


class Others:
    """What other programs take of the processors from now on; nothing where Linux cannot say."""

    def __init__(self) -> None:
        self.start = time.perf_counter()
        self.used = self._used()

    def share(self) -> float:
        """Their share of all processors since the beginning."""
        passed = time.perf_counter() - self.start
        return (self._used() - self.used) / (passed * (os.cpu_count() or 1))

    @staticmethod
    def _used() -> float:
        try:
            first = Path("/proc/stat").read_text("ascii").splitlines()[0].split()[1:]
        except OSError:
            return 0.0
        user, nice, system, _, _, irq, soft, stolen = map(int, first[:8])
        ours = os.times()
        ticks = user + nice + system + irq + soft + stolen
        return ticks / os.sysconf("SC_CLK_TCK") - ours.user - ours.system


def session_run(
    path: Path, inputs: Mapping[str, np.ndarray[Any, Any]], threads: int = 0
) -> Callable[[], object]:
    """Runs a model on some inputs, with so many threads (0: as onnxruntime chooses)."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    # Threads that wait for the next run would wait at the cost of another session's.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, inputs)


def milliseconds(times: Sequence[float]) -> str:
    """The median, in eleven characters."""
    return f"{1000 * median(times):>8.2f} ms"


def ratios(one: Sequence[float], other: Sequence[float]) -> str:
    """How much longer one takes: the median over the rounds, and that of the fastest rounds."""
    typical = median(a / b for a, b in zip(one, other, strict=True))
    return f"{typical:>8.3f}{min(one) / min(other):>8.3f}"
