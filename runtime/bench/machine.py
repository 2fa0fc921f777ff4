"""What figures depend on: the machine, what else it does, the versions of libraries."""

from __future__ import annotations

import gc
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ...dsl.text.escape import terminal
from .case import Contender

LIBRARIES = (
    "netc", "numpy", "onnx", "onnxruntime", "openvino", "keras", "tensorflow", "tensorflow-cpu",
    "torch", "torchvision", "onnx2torch",
)  # fmt: skip
_RESET = "5"
"""What lets Linux forget the peak of a process (proc(5), /proc/pid/clear_refs)."""


@dataclass(frozen=True)
class Circumstances:
    """What all figures of a run depend on."""

    machine: Mapping[str, object]
    versions: Mapping[str, str]
    threads: int
    """Threads of one operator; 0 is each engine's choice."""
    peaks: Mapping[Contender, float]
    """Operations a second of a large matrix product in each engine."""

    def lines(self) -> list[str]:
        """The machine, the libraries and the peaks, in a line each."""
        memory = self.machine["memory_bytes"]
        size = f", {memory / 2**30:.0f} GiB" if isinstance(memory, int) else ""
        used = f"{self.threads} of them used" if self.threads else "threads as engines choose"
        cores = self.machine["usable_processors"]
        found = [
            f"{self.machine['processor']}, {cores} cores{size}; {used}",
            ", ".join(f"{name} {version}" for name, version in self.versions.items()),
        ]
        if self.peaks:
            each = (f"{name} {peak / 1e9:.0f}" for name, peak in self.peaks.items())
            found.append(f"peak, a large float32 matrix product: {', '.join(each)} GFLOP/s")
        return [terminal(line) for line in found]


def machine() -> dict[str, object]:
    """Processor, how many, memory in bytes, system, and how many programs wanted to run lately."""
    return {
        "processor": _processor(),
        "processors": os.cpu_count(),
        "usable_processors": _usable(),
        "memory_bytes": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }


def versions() -> dict[str, str]:
    """The installed libraries that take part."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def resident() -> int | None:
    """Bytes of this process that are in memory now; None where the system does not say."""
    gc.collect()
    return _status("VmRSS")


def forget_peak() -> None:
    """Begins the peak of this process anew, where the system can."""
    gc.collect()
    try:
        Path("/proc/self/clear_refs").write_text(_RESET, encoding="ascii")
    except OSError:
        return


def peak() -> int | None:
    """The most bytes of this process that were in memory at once; None where nobody says."""
    if (found := _status("VmHWM")) is not None:
        return found
    if sys.platform == "win32":
        return None
    import resource

    # macOS counts bytes (getrusage(2) there), others kilobytes.
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _status(name: str) -> int | None:
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = (line.split() for line in lines if line.startswith(f"{name}:"))
    return next((int(words[1]) * 1024 for words in found), None)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def _usable() -> int | None:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
