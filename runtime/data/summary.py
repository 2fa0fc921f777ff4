"""What is in a dataset, in numbers: samples of parts and classes, ranges of columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...compiler.ops.base.backend import Array
from ...compiler.recipe.objects.sources import FIRST_WORD
from .arrays import real_targets
from .dataset import Dataset, Part
from .decode import CHUNK, Pictures
from .steps import of_real_steps
from .stored import Rows
from .targets import are_classes
from .text_layout import TextLayout

FIRST = 6
"""Words of a vocabulary that are shown."""
SEVERAL = 40
"""Columns without names that are still told apart."""


@dataclass(frozen=True)
class ClassCount:
    """How many samples, or pixels, of a class each part has, in the order of the parts."""

    name: str
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Range:
    """The values of a column, of an input or of targets, in the training part."""

    name: str
    low: float
    mean: float
    high: float


def class_counts(dataset: Dataset, output: str) -> tuple[ClassCount, ...]:
    """The samples of each class, or the pixels of masks; none where the targets are values."""
    if not all(are_classes(part.targets[output]) for part in dataset.parts):
        return ()
    counts = [_counted(part, output) for part in dataset.parts]
    most = max(len(dataset.classes), *map(len, counts))
    counts = [np.pad(count, (0, most - len(count))) for count in counts]
    names = dataset.classes or [str(index) for index in range(most)]
    return tuple(
        ClassCount(name, tuple(int(count[index]) for count in counts))
        for index, name in enumerate(names)
    )


def _counted(part: Part, output: str) -> Array:
    """How many samples, or pixels of masks, each class has."""
    total = np.zeros(1, np.int64)
    for start in range(0, len(part), CHUNK):
        indices = range(start, min(start + CHUNK, len(part)))
        count = np.bincount(real_targets(part, output, indices).ravel())
        size = max(len(total), len(count))
        total = np.pad(total, (0, size - len(total))) + np.pad(count, (0, size - len(count)))
    return total


def ranges(dataset: Dataset) -> tuple[Range, ...]:
    """The ranges of inputs and of targets that are values, in the training part.

    A table's columns, and those of other short rows, are told apart, the words of a text are not.
    Pictures in files are not decoded for it, nor is what else lies in files read.
    """
    found: list[Range] = []
    apart = not isinstance(dataset.rows, TextLayout)
    for name, column in dataset.train.inputs.items():
        if isinstance(column, Pictures | Rows):
            continue
        made, lengths = dataset.train.sequences, dataset.train.lengths
        if made is not None and lengths is not None and name in made.padding:
            column = of_real_steps(column, lengths)
        if apart and column.ndim == 2 and (dataset.columns or column.shape[1] <= SEVERAL):
            names = dataset.columns or [f"{name}[{i}]" for i in range(column.shape[1])]
            found += [_range(each, column[:, i]) for i, each in enumerate(names)]
        else:
            found.append(_range(name, column))
    if dataset.train.lengths is not None:
        found.append(_range("steps", dataset.train.lengths))
    if dataset.train.weights is not None:
        found.append(_range("sample weights", dataset.train.weights))
    for name, targets in dataset.train.targets.items():
        if isinstance(targets, np.ndarray) and not are_classes(targets):
            found.append(_range(name, targets))
    return tuple(found)


def text_line(dataset: Dataset) -> str:
    """What the words of a text became: how many ids, the first ones, and how many are unknown.

    Empty where the data are no text.
    """
    rows = dataset.rows
    if not isinstance(rows, TextLayout):
        return ""
    known = rows.tokens[FIRST_WORD:]
    first = ", ".join(known[:FIRST]) + (", …" if len(known) > FIRST else "")
    shares = []
    for part in dataset.parts:
        ids = np.asarray(next(iter(part.inputs.values())))
        share = float((ids == 1).sum()) / max(1, int((ids != 0).sum()))
        shares.append(f"{share:.1%} of the {part.name} part")
    listed = f" ({first})" if known else ""
    return f"{rows.column}: {len(known):,} words{listed}; unknown are {', '.join(shares)}"


def _range(name: str, values: Array) -> Range:
    return Range(
        name, float(values.min()), float(values.mean(dtype=np.float64)), float(values.max())
    )
