"""Trains what differs in one thing, and draws the difference: `docs/experiments.md` shows it.

    python bench/experiments.py [NAME…] [--draw]

Each `.net` file of `bench/experiments/` holds the recipes of one experiment. They are trained by
`netc train` into `.cache/experiments`, seed 0; the picture goes into `docs/pictures`. `--draw`
draws again what was trained before.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np
from datasets import FOLDER
from experiment_pictures import DRAWN, Runs, Trained, draw
from netc.compiler.check import check_files
from netc.runtime.cli import execute
from netc.runtime.demo.__main__ import ROOT
from netc.runtime.demo.datasets import fetch
from netc.runtime.files.write import replacing, write_text
from netc.runtime.runs.history import read_gradients, read_history

SOURCES = Path("bench", "experiments")
CACHE = Path(".cache", "experiments")
PICTURES = Path("docs", "pictures")
FEW = 5
"""How many pictures of each of the digits 5 to 9 the experiment on transfer trains with."""


def main() -> int:
    """Trains and draws what is named; returns the exit status."""
    parser = argparse.ArgumentParser(description="Trains and draws experiments.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(DRAWN))
    parser.add_argument("--draw", action="store_true", help="only draw what was trained before")
    chosen = parser.parse_args()
    unknown = set(chosen.names) - set(DRAWN)
    if unknown:
        parser.error(f"there is no experiment {', '.join(sorted(unknown))}")
    os.chdir(ROOT)
    for name in ("mnist", "diabetes"):
        fetch(name, FOLDER)
    write_xor(FOLDER / "xor.csv")
    write_halves(FOLDER)
    for name in chosen.names or DRAWN:
        recipes = [recipe.name for recipe in check_files([SOURCES / f"{name}.net"]).recipes]
        if not chosen.draw and not all(trained(name, recipe) for recipe in recipes):
            return 1
        runs = {recipe: read(CACHE / name / recipe) for recipe in recipes}
        show(name, runs)
        draw(name, runs, PICTURES / f"{name}.png")
    return 0


def trained(name: str, recipe: str) -> bool:
    """Trains a recipe from nothing; False where that failed."""
    out = CACHE / name / recipe
    shutil.rmtree(out, ignore_errors=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    target = f"{SOURCES / name}.net:{recipe}"
    print(f"\n$ netc train {target} --data {FOLDER.relative_to(ROOT)} --out {out}", flush=True)
    return execute(["train", target, "--data", str(FOLDER), "--out", str(out), "--quiet"]) == 0


def read(folder: Path) -> Trained:
    """What a run left behind."""
    gradients = folder / "gradients.csv"
    epochs = read_history(folder / "history.csv")
    kept = json.loads((folder / "run.json").read_text("utf-8"))["kept"]
    norms = read_gradients(gradients) if gradients.exists() else None
    return Trained(epochs, norms, kept["epoch"], kept["restart"])


def show(name: str, runs: Runs) -> None:
    """Prints what the runs ended with."""
    for recipe, made in runs.items():
        for restart in sorted({epoch.restart for epoch in made.epochs}):
            last = [epoch for epoch in made.epochs if epoch.restart == restart][-1]
            values = ", ".join(f"{key} {value:.4g}" for key, value in last.values.items())
            print(f"{name} {recipe}, restart {restart}, epoch {last.epoch}: {values}")


def write_xor(path: Path) -> None:
    """400 points around the corners of a square; those of equal corners differ in class."""
    draw_from = np.random.default_rng(0)
    corners = draw_from.integers(0, 2, (400, 2))
    points = 2 * corners - 1 + draw_from.normal(0, 0.3, (400, 2))
    rows = [
        f"{x:.4f},{y:.4f},{int(a != b)}" for (x, y), (a, b) in zip(points, corners, strict=True)
    ]
    write_text(path, "\n".join(["x,y,differ", *rows, ""]))


def write_halves(folder: Path) -> None:
    """MNIST in two: all of the digits 0 to 4, and of 5 to 9 (as classes 0 to 4) five each."""
    with np.load(folder / "mnist_5k.npz") as whole:
        x, y = whole["x"], whole["y"]
    high = np.flatnonzero(y >= 5)
    few = np.concatenate([np.flatnonzero(y == digit)[:FEW] for digit in range(5, 10)])
    for name, chosen in (
        ("mnist_low", np.flatnonzero(y < 5)),
        ("mnist_high_few", few),
        ("mnist_high_rest", np.setdiff1d(high, few)),
    ):
        with replacing(folder / f"{name}.npz") as temporary, temporary.open("wb") as file:
            np.savez(file, x=x[chosen], y=y[chosen] % 5)


if __name__ == "__main__":
    sys.exit(main())
