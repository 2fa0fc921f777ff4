"""The nets of the zoo beside the originals they were written after: the table of docs/results.md.

    pip install '.[train,h5,torch]' torch==2.13.0 torchvision==0.28.0 transformers
    python bench/zoo.py                     # all, which takes an hour
    python bench/zoo.py VGG16 ResNet50V2    # some
    python bench/zoo.py --write [NET …]     # the same, and puts the rows into docs/results.md

No weights are downloaded. An original is built with fresh ones and the statistics of a batch, and
saved in each kind of file that it comes in. netc reads each file into its net, and both compute
what they make of two examples. What is held of every row: the parameters are the original's, and
as many as were published; the outputs differ by less than 1e-4 of the largest one; and those of
the two examples by a hundred times as much, so that a layer in the wrong place would be seen.

A row is an `Entry` in the list `ENTRIES` of a module of `bench/originals/`, which says the net's
file and name, the published count, what the original is called, and a function that builds it with
weights and gives a `Made`: its counts, inputs, outputs, and how it saves its weights. The modules
import their frameworks in those functions. A new module is added to `MODULES` below. `lines` are
those of the net and of the blocks and constants it uses, without comments, contracts and recipes.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from netc.dsl.syntax import ast
from netc.dsl.syntax.parse import parse
from netc.dsl.syntax.read import read_source
from netc.runtime.api.api import load
from netc.runtime.errors import UserError
from originals.entry import Entry, Made
from tables import digit, line, put_rows

ROOT = Path(__file__).resolve().parents[1]
MODELS = ROOT / "models"
MODULES = ("keras_models", "torchvision_models", "paper_models", "other_models")
TOLERANCE = 1e-4
HEAD = (
    "| net | lines | parameters | published | largest difference | its weights come from |",
    "|---|--:|--:|--:|--:|---|",
)


class Broken(Exception):
    """A net that is not what its original is."""


@dataclass(frozen=True)
class Row:
    """What the table says of a net; `apart` is None where there is no original to run."""

    file: str
    net: str
    lines: int
    params: int
    published: int | str | None
    apart: float | None
    original: str

    def __str__(self) -> str:
        published = f"{self.published:,}" if isinstance(self.published, int) else self.published
        return line(
            linked(self.net, self.file),
            self.lines,
            f"{self.params:,}",
            published or "",
            digit(self.apart),
            self.original,
        )


def main() -> int:
    """Compares what is named; returns the exit status."""
    entries = [e for name in MODULES for e in import_module(f"originals.{name}").ENTRIES]
    nets = list(dict.fromkeys(entry.net for entry in entries))
    parser = argparse.ArgumentParser(description="Compares the zoo with the originals of its nets.")
    parser.add_argument("nets", nargs="*", metavar="NET", help=", ".join(nets))
    parser.add_argument("--write", action="store_true", help="put the rows into docs/results.md")
    parser.add_argument("--row", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.row is not None:
        try:
            print(json.dumps(vars(measured(entries[given.row]))))
        except (Broken, UserError) as error:
            print("\n".join((str(error), *getattr(error, "table", ()))), file=sys.stderr)
            return 1
        return 0
    if unknown := set(given.nets) - set(nets):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    print("\n".join(HEAD))
    failed = 0
    for index, entry in enumerate(entries):
        if given.nets and entry.net not in given.nets:
            continue
        row = apart(index)
        if row is None:
            print(f"{entry.net} ({entry.original}) is not as it should be", file=sys.stderr)
            failed += 1
            continue
        print(row, flush=True)
        if given.write:
            order = [(linked(e.net, e.file), e.original) for e in entries]
            put_rows(HEAD, [str(row)], lambda cells: (cells[0], cells[-1]), order)
    return 1 if failed else 0


def apart(index: int) -> Row | None:
    """A row measured in a process of its own, which gives its memory back; None if that fails."""
    command = [sys.executable, __file__, "--row", str(index)]
    made = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return Row(**json.loads(made.stdout.splitlines()[-1])) if made.returncode == 0 else None


def measured(entry: Entry) -> Row:
    """Builds an original and compares. Raises Broken, and UserError where weights do not fit."""
    made = None if entry.make is None else entry.make()
    report = load(MODELS / entry.file, entry.net, **entry.settings).summary()
    params = report.params
    if made is not None:
        hold(report.trainable_params == made.trainable, "trainable", report.trainable_params, made)
        hold(made.params in (None, report.params), "all", report.params, made)
        params = made.params or made.trainable
    elif not agrees(params, entry.published):
        params = report.trainable_params
    counts = (params, report.params, report.trainable_params)
    if not any(agrees(count + entry.aside, entry.published) for count in counts):
        raise Broken(f"{entry.net}: {params:,} parameters, published are {entry.published}")
    lines = lines_of(MODELS / entry.file, entry.net)
    worst = None if made is None else difference(entry, made)
    return Row(entry.file, entry.net, lines, params, entry.published, worst, entry.original)


def hold(right: bool, what: str, report: object, made: Made) -> None:
    if not right:
        raise Broken(f"{what}: {report}, the original has {made.trainable} of {made.params}")


def agrees(count: int, published: int | str | None) -> bool:
    """Whether a count is the published one, if there is one, to as many digits as that has."""
    if not isinstance(published, str):
        return published in (None, count)
    number, unit = published.split()
    whole, _, digits = number.partition(".")
    # Of 70 thousand only the 7 is a digit.
    places = len(digits) or len(whole.rstrip("0")) - len(whole)
    return round(count / {"M": 1e6, "k": 1e3}[unit], places) == float(number)


def difference(entry: Entry, made: Made) -> float:
    """The largest difference of outputs, as a part of the largest output; of all kinds of file."""
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for path in made.save(Path(folder)):
            net = load(MODELS / entry.file, entry.net, weights=path, **entry.settings)
            results = list(net.run(made.inputs).values())
            hold(len(results) == len(made.outputs), "results", len(results), made)
            for ours, theirs in zip(results, made.outputs, strict=True):
                largest = float(np.abs(theirs).max())
                off = float(np.abs(ours - theirs).max()) / largest
                told = float(np.abs(theirs[0] - theirs[1]).max()) / largest
                print(f"{entry.net}: {path.name} {off:.1e}, examples {told:.1e}", file=sys.stderr)
                if not off < TOLERANCE or not told > 100 * TOLERANCE:
                    raise Broken(f"{entry.net}: {path.name}: off by {off}, examples by {told}")
                worst = max(worst, off)
    return worst


def lines_of(path: Path, net: str) -> int:
    """How many lines a net is, with the blocks and constants it uses, also from other files."""
    count = 0
    waiting, seen = [(path.resolve(), net)], set()
    while waiting:
        file, name = waiting.pop()
        if (file, name) in seen:
            continue
        seen.add((file, name))
        for item in items_of(file):
            if isinstance(item, ast.Import):
                for part in item.names:
                    local = part.alias or part.name
                    if local.name == name:
                        waiting.append((imported(file, item), part.name.name))
            elif isinstance(item, ast.Definition | ast.Const) and item.name.name == name:
                text = [line.partition("#")[0].strip() for line in item.span.text.splitlines()]
                count += sum(1 for line in text if line)
                used = set(re.findall(r"\w+", " ".join(text))) - {name}
                waiting += [(file, word) for word in sorted(used)]
    return count


@cache
def items_of(file: Path) -> Sequence[ast.Item]:
    """What stands in a file."""
    return parse(read_source(file, file.name)).items


def imported(file: Path, item: ast.Import) -> Path:
    """The file that an import names."""
    if item.is_path:
        return (file.parent / item.origin).resolve()
    return MODELS / f"{item.origin.removeprefix('zoo.').replace('.', '/')}.net"


def linked(net: str, file: str) -> str:
    """A net's name, as a link to its file."""
    return f"[`{net}`](../models/{file})"


if __name__ == "__main__":
    sys.exit(main())
