"""Runs whole processes and measures them: wall time and largest resident memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
NETC = [sys.executable, "-m", "netc"]


@dataclass(frozen=True)
class Run:
    """A finished process: wall time, largest resident memory, and why there is no result."""

    seconds: float
    megabytes: float
    failure: str = ""


def environment() -> dict[str, str]:
    """The environment of a measured process: quiet, and with compiled modules kept as usual."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}


def measure(command: Sequence[str], seconds: float = 120, gigabytes: float = 12) -> Run:
    """Runs a process to its end or to a limit."""
    with tempfile.TemporaryFile("w+") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, env=environment(), stdout=errors, stderr=errors, cwd=ROOT
        )
        failure = ""
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            elapsed = time.perf_counter() - start
            if pid:
                break
            if not failure and elapsed > seconds:
                failure = f"not done after {seconds:.0f} s"
            if not failure and _resident(process.pid) > gigabytes * 1e9:
                failure = f"past {gigabytes:g} GB"
            if failure:
                process.send_signal(signal.SIGKILL)
            time.sleep(0.002)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode and not failure:
            errors.seek(0)
            lines = errors.read().strip().splitlines()
            failure = lines[-1][:60] if lines else f"exit status {process.returncode}"
    return Run(elapsed, usage.ru_maxrss / 1000, failure)


def typical(command: Sequence[str], repeats: int, seconds: float = 120) -> Run:
    """The median time and largest memory of several runs, after one that is not counted."""
    measure(command, seconds)
    runs = [measure(command, seconds) for _ in range(repeats)]
    failed = [run for run in runs if run.failure]
    if failed:
        return failed[0]
    return Run(median(run.seconds for run in runs), max(run.megabytes for run in runs))


def _resident(pid: int) -> float:
    """A process's resident memory in bytes; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
