"""Room for deep programs and large graphs: Python's own limits, moved while anything is checked."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

RECURSION = 100_000
"""Frames that a check may nest. The limits of the parser and of `expand/body.py` bound them before
this does, and a legal program nests deeper than Python's default allows."""

LARGE, MOST_SKIPPED = 50_000, 2_000_000
"""How many new objects are skipped by the collector, and how many before it looks through all."""

_lock = threading.Lock()
_checks = 0
_skipped = 0
_before = (0, False)
"""The recursion limit, and whether cycles were collected, before the first of the checks."""


@contextmanager
def headroom() -> Iterator[None]:
    """Deep recursion, and no collection of cycles, until the last check of any thread has ended.

    Both belong to the process. Checks that overlap in several threads are therefore counted: the
    first moves them, the last moves them back. What a caller sets himself meanwhile stays.

    Syntax trees and graphs hold no cycles. Looking for some makes the time of large nets grow
    faster than their size (`bench/scaling.py` shows it with `gc.disable` left out).
    """
    global _checks, _before
    with _lock:
        if _checks == 0:
            _before = (sys.getrecursionlimit(), gc.isenabled())
            sys.setrecursionlimit(max(_before[0], RECURSION))
            gc.disable()
        _checks += 1
    try:
        yield
    finally:
        with _lock:
            _checks -= 1
            if _checks == 0:
                limit, collecting = _before
                if sys.getrecursionlimit() == max(limit, RECURSION):
                    sys.setrecursionlimit(limit)
                if collecting:
                    _skip_young()
                    gc.enable()


def _skip_young() -> None:
    """Has the collector not look through a large tree and graph that are new, all of them alive.

    They count as old at once; all that is old is looked through when there are many of them.
    """
    global _skipped
    count = gc.get_count()[0]
    if count < LARGE or gc.get_freeze_count():
        return
    if _skipped + count > MOST_SKIPPED:
        _skipped = 0
        gc.collect()
        return
    _skipped += count
    gc.freeze()
    gc.unfreeze()
