"""The result of a cross-validation: what each fold came to, and their means."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from ..files.write import write_text
from .folder import RunFolder
from .history import COMPLETE

MOST = 1_000_000
"""Folds that a `run.json` may speak of."""


@dataclass(frozen=True)
class FoldResult:
    """The run of one fold, which counts from 1."""

    fold: int
    folder: Path
    ending: str
    restart: int
    """The restart that was kept, of several."""
    epoch: int
    """The epoch whose weights were kept; 0 where none ended."""
    values: Mapping[str, float]
    """Loss and metrics of the kept weights, by their names in histories."""
    difference: float | None
    """The largest difference of the ONNX model's outputs from Keras's; None where there is none."""
    agrees: bool
    """Whether that is within what is allowed."""
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether it came to its end."""
        return self.ending in COMPLETE


@dataclass(frozen=True)
class Spread:
    """The mean of a figure over the folds, and its standard deviation: that of a sample, n - 1."""

    mean: float
    deviation: float

    @property
    def text(self) -> str:
        """`0.2134 ± 0.021`."""
        return f"{self.mean:.4g} ± {self.deviation:.2g}"


def spreads(values: Sequence[Mapping[str, float]]) -> dict[str, Spread]:
    """The spread of each figure that all folds have, in the order of the first one."""
    first = values[0] if values else {}
    found = {}
    for name in first:
        if all(name in each for each in values):
            row = np.array([each[name] for each in values], np.float64)
            deviation = float(row.std(ddof=1)) if len(row) > 1 else math.nan
            found[name] = Spread(float(row.mean()), deviation)
    return found


def fold_folder(run: Path, fold: int) -> RunFolder:
    """The folder of a fold inside that of its run."""
    return RunFolder(run / f"fold-{fold}")


def folds_of(folder: RunFolder) -> int | None:
    """How many folds the run in a folder has; None where it is no cross-validation."""
    count = folder.facts.get("folds") if folder.is_run else None
    if not isinstance(count, int) or isinstance(count, bool):
        return None
    return count if 1 < count <= MOST else None


@dataclass(frozen=True)
class Fold:
    """Which fold of how many a run is, and the digest of which sample is in which."""

    number: int
    count: int
    split: str

    @property
    def facts(self) -> dict[str, object]:
        """What `run.json` says of it."""
        return {"fold": f"{self.number} of {self.count}", "split": self.split}


def fold_of(folder: RunFolder) -> Fold | None:
    """The fold that the run in a folder is; None where it is none."""
    facts = folder.facts if folder.is_run else {}
    text, split = facts.get("fold"), facts.get("split")
    found = re.fullmatch(r"(\d{1,6}) of (\d{1,6})", text) if isinstance(text, str) else None
    if found is None or not isinstance(split, str):
        return None
    number, count = int(found[1]), int(found[2])
    return Fold(number, count, split) if count > 1 and 1 <= number <= count else None


def read_fold(folder: RunFolder, fold: int) -> FoldResult:
    """What the run of a fold came to. Raises UserError where its `run.json` does not say."""
    facts = folder.facts
    try:
        kept: Any = facts.get("kept")
        agreement: Any = facts.get("agreement")
        restart = int(kept["restart"]) if kept else 1
        endings = [each for each in facts.get("endings", []) if each["restart"] == restart]
        values = endings[-1]["values"] if endings else {}
        difference = float(agreement["largest"]) if agreement else None
        agrees = difference is not None and difference <= float(agreement["tolerance"])
        return FoldResult(
            fold,
            folder.path,
            str(facts["ending"]),
            restart,
            int(kept["epoch"]) if kept else 0,
            {str(name): float(value) for name, value in values.items()},
            difference,
            agrees,
            float(facts.get("seconds", 0.0)),
            tuple(map(str, facts.get("notes", ()))),
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise UserError(f"{folder.path}: its run.json does not describe a run") from error


def write_folds(path: Path, results: Sequence[FoldResult]) -> None:
    """Writes `folds.csv`: a row a fold, then their means and deviations; whole or not at all."""
    found = spreads([result.values for result in results])
    rows: list[list[object]] = [["fold", "ending", "restart", "epoch", *found]]
    for one in results:
        values = [repr(one.values[name]) for name in found]
        rows.append([one.fold, one.ending, one.restart, one.epoch, *values])
    rows.append(["mean", "", "", "", *(repr(each.mean) for each in found.values())])
    rows.append(["deviation", "", "", "", *(repr(each.deviation) for each in found.values())])
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    write_text(path, text.getvalue())
