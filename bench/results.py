"""Trains the recipes for published data and measures them on data that no choice has seen.

    python bench/results.py [NAME…]

Each is `netc train` into `.cache/results/NAME`, then `netc eval` on the test part; the data are
fetched first. The table at the end is that of `docs/results.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from datasets import FOLDER
from netc.runtime.demo.__main__ import ROOT
from netc.runtime.demo.datasets import fetch

CACHE = Path(".cache", "results")
DATA = FOLDER.relative_to(ROOT)


@dataclass(frozen=True)
class Result:
    """A recipe, the data set it reads, and the metrics that the table shows."""

    recipe: str
    data: str
    metrics: tuple[str, ...]


RESULTS = {
    "perceptron": Result("models/breast_cancer.net", "breast_cancer", ("binary_accuracy",)),
    "mlp": Result(
        "models/diabetes.net", "diabetes", ("root_mean_squared_error", "mean_absolute_error")
    ),
    "softmax": Result("models/mnist.net:Linear", "mnist", ("accuracy",)),
    "lenet5": Result("models/mnist.net:Digits", "mnist", ("accuracy",)),
    "fashion": Result("models/fashion_mnist.net", "fashion_mnist", ("accuracy",)),
    "vowels": Result("models/japanese_vowels.net", "japanese_vowels", ("accuracy",)),
}


def main() -> int:
    """Trains and measures what is named; returns the exit status."""
    parser = argparse.ArgumentParser(description="Trains recipes and prints their test metrics.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(RESULTS))
    names = parser.parse_args().names or list(RESULTS)
    if unknown := set(names) - set(RESULTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    os.chdir(ROOT)
    rows = []
    for name in names:
        out = CACHE / name
        shutil.rmtree(out, ignore_errors=True)
        out.parent.mkdir(parents=True, exist_ok=True)
        result = RESULTS[name]
        fetch(result.data, FOLDER)
        begun = time.monotonic()
        if netc("train", result, "--out", str(out)):
            return 1
        seconds = time.monotonic() - begun
        if netc("eval", result, "--run", str(out)):
            return 1
        rows.append(row(name, out, seconds))
    print("\n| name | training, validation, test | epochs | kept | seconds | on the test part |")
    print("|---|---|--:|--:|--:|---|")
    print("\n".join(rows))
    return 0


def netc(verb: str, result: Result, *options: str) -> int:
    """Runs a verb on a recipe and its data, shown as a person would type it."""
    command = ["netc", verb, result.recipe, "--data", str(DATA), *options]
    print(f"\n$ {' '.join(command)}", flush=True)
    return subprocess.run([sys.executable, "-m", *command], check=False).returncode


def row(name: str, out: Path, seconds: float) -> str:
    """What the table says of a run."""
    facts = json.loads((out / "run.json").read_text("utf-8"))
    result = RESULTS[name]
    samples = ", ".join(f"{facts['samples'][part]:,}" for part in ("train", "validation", "test"))
    values = measured(result, out)
    shown = ", ".join(f"{metric} {values[metric]:.4g}" for metric in result.metrics)
    epochs = facts["endings"][-1]["epoch"]
    kept = facts["kept"]["epoch"]
    return f"| {name} | {samples} | {epochs} | {kept} | {seconds:.0f} | {shown} |"


def measured(result: Result, out: Path) -> dict[str, float]:
    """The metrics on the test part, as `netc eval --format json` gives them."""
    options = ["--data", str(DATA), "--run", str(out), "--format", "json"]
    made = subprocess.run(
        [sys.executable, "-m", "netc", "eval", result.recipe, *options],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(made.stdout)["metrics"]
    return found


if __name__ == "__main__":
    sys.exit(main())
