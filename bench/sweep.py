"""A sweep of 20 trials on digits of MNIST, and what its best settings are worth on the test part.

    python bench/sweep.py [--trials 20] [--jobs 2] [--picture FILE.png]

The recipe is that of `bench/sweep.net`. The sweep goes into `.cache/sweep`; the recipe as it stands
is trained beside it. `--picture` writes the picture of the sweep, smaller.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from datasets import FOLDER
from netc.runtime.demo.__main__ import ROOT
from netc.runtime.demo.datasets import fetch
from PIL import Image

CACHE = Path(".cache", "sweep")
DATA = FOLDER.relative_to(ROOT)
SPACE = (
    "optimizer.learning_rate=1e-4..1e-1:log",
    "filters=4..32:step=4",
    "width=16..256:log",
    "dropout=0.0..0.6",
    "batch=16,32,64",
)


def main() -> int:
    """Sweeps, evaluates and prints the table; returns the exit status."""
    parser = argparse.ArgumentParser(description="Sweeps over settings for digits of MNIST.")
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--picture", type=Path, metavar="FILE.png")
    given = parser.parse_args()
    picture = None if given.picture is None else given.picture.absolute()
    os.chdir(ROOT)
    shutil.rmtree(CACHE, ignore_errors=True)
    fetch("mnist", FOLDER)
    begun = time.monotonic()
    space = [word for each in SPACE for word in ("--set", each)]
    options = ["--trials", str(given.trials), "--jobs", str(given.jobs)]
    if netc("sweep", *space, *options, "--out", str(CACHE / "sweep")):
        return 1
    seconds = time.monotonic() - begun
    if netc("train", "--out", str(CACHE / "start")):
        return 1
    best = json.loads((CACHE / "sweep" / "sweep.json").read_text("utf-8"))["best"]
    print(f"\n{seconds:.0f} s\n\n| | settings | val_loss | on the test part |\n|---|---|--:|--:|")
    folder = CACHE / "sweep" / f"trial-{best['trial']}"
    shown = ", ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in best["set"].items()
    )
    print(row("as written", "", CACHE / "start"))
    print(row(f"best of {given.trials}", shown, folder))
    if picture is not None:
        with Image.open(CACHE / "sweep" / "sweep.png") as drawn:
            drawn.convert("RGB").resize((1100, 1100 * drawn.height // drawn.width)).quantize(
                128
            ).save(picture, optimize=True)
    return 0


def netc(verb: str, *options: str) -> int:
    """Runs a verb, shown as a person would type it."""
    command = ["netc", verb, "bench/sweep.net", "--data", str(DATA), *options]
    print(f"\n$ {' '.join(command)}", flush=True)
    return subprocess.run([sys.executable, "-m", *command], check=False).returncode


def row(name: str, settings: str, folder: Path) -> str:
    """A row of the table: what a run says of its test part."""
    facts = json.loads((folder / "run.json").read_text("utf-8"))
    loss = facts["endings"][-1]["values"]["val_loss"]
    accuracy = facts["judged"]["metrics"]["accuracy"]
    return f"| {name} | {settings} | {loss:.4f} | {accuracy:.1%} right |"


if __name__ == "__main__":
    sys.exit(main())
