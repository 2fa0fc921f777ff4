"""Runs netc's verbs as a person does, and says how long they took."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Took:
    """How long a command ran, in seconds of the clock and of all processors together."""

    clock: float
    processor: float


def netc(*command: str) -> int:
    """Runs a verb, shown as a person would type it; its exit status."""
    print(f"\n$ netc {' '.join(command)}", flush=True)
    return subprocess.run([sys.executable, "-m", "netc", *command], check=False).returncode


def timed(*command: str) -> tuple[int, Took]:
    """The same, with how long it took."""
    begun, before = time.monotonic(), _processor_seconds()
    status = netc(*command)
    return status, Took(time.monotonic() - begun, _processor_seconds() - before)


def _processor_seconds() -> float:
    """The processor time of the programs that have been run and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
