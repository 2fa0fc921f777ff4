"""The confusion matrix of a classifier, as numbers, as `confusion.csv` and as `confusion.png`."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...compiler.ops.base.backend import Array
from ...dsl.text.escape import csv_cell
from ...dsl.text.shorten import shortened
from ..files.write import write_text
from .style import INK, drawing, new_figure, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NUMBERS_UP_TO = 24
"""Classes up to which each cell holds its number."""
NAMES_UP_TO = 150
"""Classes up to which each is named on the axes; of more, every second, third, …"""
LONGEST_NAME = 26


@dataclass(frozen=True)
class ClassFigures:
    """How well one class is told from the others. A share of nothing is 0."""

    name: str
    precision: float
    """Of what is called so, the share that is."""
    recall: float
    """Of what is so, the share that is called so."""
    f1: float
    support: int
    """How many samples are of the class."""


@dataclass(frozen=True)
class Confusion:
    """`counts[t, p]` samples of class `t` were taken for class `p`."""

    classes: tuple[str, ...]
    counts: Array

    @property
    def accuracy(self) -> float:
        """The share that is right."""
        total = int(self.counts.sum())
        return float(np.trace(self.counts)) / total if total else 0.0

    def figures(self) -> tuple[ClassFigures, ...]:
        """Precision, recall and F1 of each class, in the order of the classes."""
        right = np.diag(self.counts).astype(float)
        called, are = self.counts.sum(axis=0), self.counts.sum(axis=1)
        made = []
        for index, name in enumerate(self.classes):
            hits = float(right[index])
            both = float(called[index] + are[index])
            made.append(
                ClassFigures(
                    name,
                    hits / float(called[index]) if called[index] else 0.0,
                    hits / float(are[index]) if are[index] else 0.0,
                    2 * hits / both if both else 0.0,
                    int(are[index]),
                )
            )
        return tuple(made)

    def confused(self, most: int = 10) -> tuple[tuple[str, str, int], ...]:
        """The pairs that are mixed up most often: true class, predicted class, how often."""
        wrong = self.counts - np.diag(np.diag(self.counts))
        order = np.argsort(-wrong, axis=None, kind="stable")[:most]
        found = []
        for flat in order:
            t, p = divmod(int(flat), len(self.classes))
            if wrong[t, p]:
                found.append((self.classes[t], self.classes[p], int(wrong[t, p])))
        return tuple(found)


def confusion(classes: Sequence[str], truth: Array, predicted: Array) -> Confusion:
    """Counts each pair of true and predicted class; indices without a class are left out."""
    size = len(classes)
    known = (truth >= 0) & (truth < size) & (predicted >= 0) & (predicted < size)
    flat = truth[known].astype(np.int64) * size + predicted[known]
    return Confusion(tuple(classes), np.bincount(flat, minlength=size * size).reshape(size, size))


def added(matrices: Sequence[Confusion]) -> Confusion:
    """The counts of several matrices of the same classes together."""
    return Confusion(matrices[0].classes, np.sum([each.counts for each in matrices], axis=0))


def write_confusion_csv(made: Confusion, path: Path) -> None:
    """Writes the counts: a row a true class, a column a predicted class."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    classes = [csv_cell(name) for name in made.classes]
    rows.writerow(["true \\ predicted", *classes])
    for name, counts in zip(classes, made.counts.tolist(), strict=True):
        rows.writerow([name, *counts])
    write_text(path, text.getvalue())


def draw_confusion(made: Confusion, path: Path, title: str = "Confusion matrix") -> None:
    """Writes the matrix as a picture, its colours the shares of each true class."""
    with drawing():
        save(confusion_figure(made, title), path)


def confusion_figure(made: Confusion, title: str = "Confusion matrix") -> Figure:
    """The figure of `confusion.png`."""
    from matplotlib.colors import PowerNorm

    size = len(made.classes)
    side = min(14.0, max(4.4, 2.6 + (0.46 if size <= NUMBERS_UP_TO else 0.085) * size))
    figure = new_figure(side + 0.9, side)
    axes = figure.add_subplot()
    axes.grid(False)
    totals = made.counts.sum(axis=1, keepdims=True)
    shares = made.counts / np.maximum(totals, 1)
    # Where cells hold no numbers, small shares must show as well.
    norm = PowerNorm(1.0 if size <= NUMBERS_UP_TO else 0.5, vmin=0, vmax=1)
    shown = axes.imshow(shares, cmap="Blues", norm=norm, interpolation="nearest")
    every = -(-size // NAMES_UP_TO)
    names = [shortened(name, LONGEST_NAME) for name in made.classes[::every]]
    font = 10.0 if size <= NUMBERS_UP_TO else max(4.6, 9.0 - 0.04 * size)
    upright = sum(map(len, names)) * font > 60 * side
    axes.set_yticks(range(0, size, every), names, fontsize=font)
    axes.set_xticks(
        range(0, size, every),
        names,
        fontsize=font,
        rotation=90 if upright else 0,
    )
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    axes.set_title(f"{title}: {made.accuracy:.1%} right of {int(made.counts.sum()):,}")
    if size <= NUMBERS_UP_TO:
        _numbers(axes, made.counts, shares)
    bar = figure.colorbar(shown, ax=axes, shrink=0.6, pad=0.02)
    bar.set_ticks([0, 0.5, 1], labels=["0%", "50%", "100%"])
    bar.set_label("of the true class")
    bar.outline.set_visible(False)
    return figure


def _numbers(axes: Axes, counts: Array, shares: Array) -> None:
    longest = len(f"{int(counts.max(initial=0)):,}")
    font = min(10.0, 33 / longest) if len(counts) > 2 else 12.0
    for (t, p), count in np.ndenumerate(counts):
        if count:
            axes.text(
                float(p),
                float(t),
                f"{int(count):,}",
                ha="center",
                va="center",
                fontsize=font,
                color="white" if shares[t, p] > 0.55 else INK,
            )
