"""Waiting for what another process does, however long a busy machine takes for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

LONGEST = 600.0
"""Seconds after which nothing comes any more: what a fault costs, not what a slow machine needs."""


def wait_until(met: Callable[[], object], alive: Callable[[], bool] = lambda: True) -> None:
    """Waits until something is met; fails when what is to bring it about is not alive any more."""
    until = time.monotonic() + LONGEST
    while not met():
        assert alive() or met(), "it ended before"
        assert time.monotonic() < until, "it does not come"
        time.sleep(0.01)


def has_ended(number: int) -> bool:
    """Whether a process has come to its end, by what Linux says of it."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True
