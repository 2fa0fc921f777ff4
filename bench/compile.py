"""`netc compile` beside Keras's ONNX export: whole processes, measured one after the other.

    python bench/compile.py [--seconds 120] [--gigabytes 12]

Keras's export needs tf2onnx, which netc does not install: `pip install --no-deps tf2onnx` (its own
pins are older than what Keras needs). An export past the time or memory limit is ended.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]

KERAS = """
import sys, keras, numpy as np
model = getattr(keras.applications, sys.argv[1])(weights=None)
model(np.zeros((1, 224, 224, 3), np.float32))
model.export(sys.argv[2], format="onnx", verbose=False)
"""

NETS = {"ResNet50": "resnet.net", "VGG16": "vgg.net"}
REPEATS = 3


@dataclass(frozen=True)
class Run:
    """A finished process: wall time, largest resident memory, and why there is no result."""

    seconds: float
    megabytes: float
    failure: str = ""


def measure(command: list[str], seconds: float, gigabytes: float) -> Run:
    """Runs a process to its end or to a limit."""
    with tempfile.TemporaryFile("w+") as errors:
        start = time.perf_counter()
        quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
        process = subprocess.Popen(command, env=quiet, stdout=errors, stderr=errors)
        failure = ""
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            elapsed = time.perf_counter() - start
            if pid:
                break
            if not failure and elapsed > seconds:
                failure = f"not done after {seconds:.0f} s"
            if not failure and resident(process.pid) > gigabytes * 1e9:
                failure = f"past {gigabytes:g} GB"
            if failure:
                process.send_signal(signal.SIGKILL)
            time.sleep(0.005)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode and not failure:
            errors.seek(0)
            lines = errors.read().strip().splitlines()
            failure = lines[-1][:60] if lines else f"exit status {process.returncode}"
    return Run(elapsed, usage.ru_maxrss / 1000, failure)


def resident(pid: int) -> float:
    """A process's resident memory in bytes; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def netc(net: str, folder: Path) -> Run:
    """The median of some runs of `netc compile` with seeded weights."""
    target = f"{ROOT / 'models' / NETS[net]}:{net}"
    command = [sys.executable, "-m", "netc", "compile", target, "-o", str(folder / "netc.onnx")]
    runs = [measure(command, 60, 8) for _ in range(REPEATS)]
    failed = [run for run in runs if run.failure]
    if failed:
        return failed[0]
    return Run(median(run.seconds for run in runs), max(run.megabytes for run in runs))


def row(net: str, tool: str, run: Run, ours: Run) -> str:
    cells = f"{net:<10}{tool:<16}{run.seconds:>9.2f} s{run.megabytes:>9.0f} MB"
    if run is ours:
        return cells + f"   {run.failure}".rstrip()
    if run.failure and not run.failure.startswith(("not done", "past")):
        return cells + f"   {run.failure}"
    more = "more than " if run.failure else ""
    ratio = f"{more}{run.seconds / ours.seconds:.0f} times the time"
    memory = f"{more}{run.megabytes / ours.megabytes:.0f} times the memory"
    return cells + f"   {ratio}, {memory}" + (f" ({run.failure})" if run.failure else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=120, help="time limit of an export")
    parser.add_argument("--gigabytes", type=float, default=12, help="memory limit of an export")
    limits = parser.parse_args()
    print(f"{'net':<10}{'process':<16}{'time':>11}{'memory':>12}   beside netc")
    with tempfile.TemporaryDirectory() as folder:
        for net in NETS:
            ours = netc(net, Path(folder))
            print(row(net, "netc compile", ours, ours), flush=True)
            if importlib.util.find_spec("tf2onnx") is None:
                print(f"{net:<10}{'Keras export':<16}   not run: tf2onnx is not installed")
                continue
            command = [sys.executable, "-c", KERAS, net, str(Path(folder) / "keras.onnx")]
            theirs = measure(command, limits.seconds, limits.gigabytes)
            print(row(net, "Keras export", theirs, ours), flush=True)


if __name__ == "__main__":
    main()
