"""Where the time of `netc train` goes before its first step.

    python bench/first_step.py [--repeats 5]

Whole processes that train the CIFAR-10 CNN for one epoch of 256 pictures; the moments are those
that a run notes in `run.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np
from measure import NETC, ROOT, measure

RECIPE = """
train first_step for Cifar10CNN {
  data = npz("data.npz")
  loss = sparse_categorical_crossentropy
  epochs = 1
}
"""
PARTS = {
    "recipe": "read and check the file",
    "data": "read the data",
    "keras": "import TensorFlow and Keras",
    "first_step": "build the model, trace and run the first step",
}


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="Measures the time to the first training step.")
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args()
    python = [measure([sys.executable, "-c", "import netc.runtime.cli"]).seconds for _ in range(5)]
    rows: dict[str, list[float]] = {name: [] for name in PARTS}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        file = folder / "cnn.net"
        text = (ROOT / "models" / "cifar10_cnn.net").read_text(encoding="utf-8")
        file.write_text(text + RECIPE, encoding="utf-8")
        rng = np.random.default_rng(0)
        x = rng.uniform(0, 1, (256, 32, 32, 3)).astype("float32")
        np.savez(folder / "data.npz", x=x, y=rng.integers(0, 10, 256))
        for number in range(chosen.repeats):
            out = folder / str(number)
            done = measure([*NETC, "train", f"{file}:first_step", "--out", str(out)])
            if done.failure:
                sys.exit(f"netc train: {done.failure}")
            times = json.loads((out / "run.json").read_text(encoding="utf-8"))["times"]
            before = 0.0
            for name in PARTS:
                rows[name].append(times[name] - before)
                before = times[name]
    typical = {"start Python and netc": median(python)}
    typical |= {what: median(rows[name]) for name, what in PARTS.items()}
    print("| from the command to the first step | s |\n|---|--:|")
    for what, seconds in typical.items():
        print(f"| {what} | {seconds:.2f} |")
    print(f"| together | {sum(typical.values()):.2f} |")


if __name__ == "__main__":
    main()
