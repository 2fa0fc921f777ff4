"""What is in a dataset, in numbers: samples of parts and classes, ranges of columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...compiler.ops.base.backend import Array
from .dataset import Dataset
from .decode import Pictures
from .stored import Rows

SEVERAL = 40
"""Columns without names that are still told apart."""


@dataclass(frozen=True)
class ClassCount:
    """How many samples of a class each part has, in the order of the parts."""

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
    """The samples of each class; none where the targets of the output are values."""
    parts = [part.targets[output] for part in dataset.parts]
    if any(targets.dtype != np.int32 for targets in parts):
        return ()
    most = max(len(dataset.classes), *(int(targets.max()) + 1 for targets in parts))
    counts = [np.bincount(targets.ravel(), minlength=most) for targets in parts]
    names = dataset.classes or [str(index) for index in range(most)]
    return tuple(
        ClassCount(name, tuple(int(count[index]) for count in counts))
        for index, name in enumerate(names)
    )


def ranges(dataset: Dataset) -> tuple[Range, ...]:
    """The ranges of inputs and of targets that are values, in the training part.

    A table's columns, and those of other short rows, are told apart. Pictures in files are not
    decoded for it, nor is what else lies in files read.
    """
    found: list[Range] = []
    for name, column in dataset.train.inputs.items():
        if isinstance(column, Pictures | Rows):
            continue
        if column.ndim == 2 and (dataset.columns or column.shape[1] <= SEVERAL):
            names = dataset.columns or [f"{name}[{i}]" for i in range(column.shape[1])]
            found += [_range(each, column[:, i]) for i, each in enumerate(names)]
        else:
            found.append(_range(name, column))
    if dataset.train.weights is not None:
        found.append(_range("sample weights", dataset.train.weights))
    for name, targets in dataset.train.targets.items():
        if targets.dtype != np.int32:
            found.append(_range(name, targets))
    return tuple(found)


def _range(name: str, values: Array) -> Range:
    return Range(
        name, float(values.min()), float(values.mean(dtype=np.float64)), float(values.max())
    )
