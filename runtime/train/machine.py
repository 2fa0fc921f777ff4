"""What a run was computed with and on."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata

PACKAGES = ("netc", "keras", "tensorflow", "tensorflow-cpu", "numpy", "onnx", "onnxruntime")


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that trained."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, str]:
    """What the run was computed on."""
    return {
        "platform": platform.platform(),
        "processor": platform.machine(),
        "cores": str(len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()),
    }
