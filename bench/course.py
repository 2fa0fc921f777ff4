"""Runs the steps of `docs/course.md`: trains their nets, draws their pictures, writes figures.

    python bench/course.py [STEP…] [--draw]

The page has the nets: a step's `net` block becomes `.cache/course/STEP.net`, and its recipes are
trained by `netc train`, seed 0, into `.cache/course/STEP/`. Pictures go into `docs/pictures`,
figures into `bench/course.json` and from there into the page's tables. Steps that experiments have,
too, are drawn as those are. `--draw` draws again what was trained before.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

import course_ends
import course_nets
import course_runs
from course_data import make
from course_page import Figures, Page, Record
from datasets import FOLDER
from experiment_pictures import DRAWN
from experiment_pictures import draw as draw_experiment
from experiments import read, write_halves, write_xor
from netc.compiler.check import check_files
from netc.runtime.cli import execute
from netc.runtime.demo.__main__ import ROOT, say
from netc.runtime.demo.datasets import fetch
from netc.runtime.files.write import write_text
from netc.runtime.runs.history import NOT_FINITE

CACHE = Path(".cache", "course")
PICTURES = Path("docs", "pictures")

STEPS = {**course_nets.STEPS, **course_runs.STEPS}
"""What draws each step that no experiment draws, and gives its figures."""


def main() -> int:
    """Runs what is named; returns the exit status."""
    os.chdir(ROOT)
    page = Page.read()
    parser = argparse.ArgumentParser(description="Runs the steps of docs/course.md.")
    parser.add_argument("names", nargs="*", metavar="STEP", help=", ".join(page.nets))
    parser.add_argument("--draw", action="store_true", help="only draw what was trained before")
    given = parser.parse_args()
    names = given.names or list(page.nets)
    if unknown := set(names) - set(page.nets):
        parser.error(f"no step {', '.join(sorted(unknown))}; there are {', '.join(page.nets)}")
    for name in ("mnist", "diabetes", "breast_cancer"):
        fetch(name, FOLDER)
    write_xor(FOLDER / "xor.csv")
    write_halves(FOLDER)
    make(FOLDER)
    (PICTURES / "course").mkdir(exist_ok=True)
    for name in names:
        net = CACHE / f"{name}.net"
        net.parent.mkdir(parents=True, exist_ok=True)
        write_text(net, page.nets[name])
        recipes = [recipe.name for recipe in check_files([net]).recipes]
        if not given.draw and not all(trained(net, recipe) for recipe in recipes):
            return 1
        figures = drawn(name, net, recipes)
        for row in figures:
            say("  ".join(row))
        Record.read().with_step(name, page.nets[name], figures).write()
        Page.read().with_figures(name, figures).write()
    return 0


def trained(net: Path, recipe: str) -> bool:
    """Trains a recipe from nothing; False where that failed other than by numbers too large."""
    out = net.with_suffix("") / recipe
    shutil.rmtree(out, ignore_errors=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    target = f"{net}:{recipe}"
    say(f"\n$ netc train {target} --data {FOLDER.relative_to(ROOT)} --out {out}")
    if execute(["train", target, "--data", str(FOLDER), "--out", str(out), "--quiet"]) == 0:
        return True
    run = out / "run.json"
    return run.exists() and json.loads(run.read_text("utf-8"))["ending"] == NOT_FINITE


def drawn(name: str, net: Path, recipes: list[str]) -> Figures:
    """Draws a step's picture; its figures."""
    if name not in DRAWN:
        return STEPS[name](net, PICTURES / "course")
    runs = {recipe: read(net.with_suffix("") / recipe) for recipe in recipes}
    draw_experiment(name, runs, PICTURES / f"{name}.png")
    return course_ends.EXPERIMENTS[name](runs)


if __name__ == "__main__":
    sys.exit(main())
