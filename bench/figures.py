"""Keeps the figures that benches print, so that two commits can be compared.

`python -m bench` gives every bench a file by the variable below; each figure is one line of JSON in
it. A bench that is run alone keeps nothing.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

VARIABLE = "NETC_BENCH_FIGURES"
ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = ("numpy", "onnx", "onnxruntime", "keras", "tensorflow-cpu")


@dataclass(frozen=True)
class Figure:
    """One number of a table; smaller is better. `unit` is `s`, `ms`, `µs a layer` or `MB`."""

    table: str
    row: str
    unit: str
    value: float


def keep(table: str, row: str, unit: str, value: float) -> None:
    """Adds a figure to the file that the environment names, if it names one."""
    path = os.environ.get(VARIABLE)
    if path:
        line = json.dumps(asdict(Figure(table, row, unit, value)), ensure_ascii=False)
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def kept(path: Path) -> list[dict[str, object]]:
    """The figures in a file that `keep` wrote."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def circumstances() -> dict[str, object]:
    """What figures depend on: the commit, the machine, the versions."""
    return {
        "commit": _git("rev-parse", "HEAD"),
        "changed": bool(_git("status", "--porcelain")),
        "machine": platform.machine(),
        "system": platform.system(),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        **{name: _version(name) for name in LIBRARIES},
    }


def _version(name: str) -> str:
    """An installed library's version; nothing where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _git(*args: str) -> str:
    """What git says; nothing outside a checkout."""
    try:
        made = subprocess.run(["git", *args], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return made.stdout.strip()
