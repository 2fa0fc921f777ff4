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

_lock = threading.Lock()
_checks = 0
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
                    gc.enable()
