"""What the outputs of a model become in a table: classes with scores, or values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from ...compiler.ops.base.backend import Array
from ..files.tensors import TensorSpec
from ..infer.classify import both_sides, is_classifier, tells_two_apart, top

Value: TypeAlias = "str | int | float | bool | list[Value] | None"


class Results:
    """The columns of a model's results, and each sample's values in them.

    A classifier has `class` and `score`, with `best` above 1 also `class_2`, `score_2` and so on;
    other models a column for each output, which holds a number, or a list for each sample.
    """

    def __init__(self, outputs: Sequence[TensorSpec], names: Sequence[str], best: int) -> None:
        self._names, self._best = tuple(names), best
        self._two = not is_classifier(outputs) and tells_two_apart(outputs, names)
        self.classes = self._two or is_classifier(outputs)
        """Whether the model tells classes apart."""
        self.columns = tuple(spec.name for spec in outputs)
        if self.classes:
            units = 2 if self._two else outputs[0].shape[1]
            self._best = best if units is None else min(best, units)
            ranks = ["" if rank == 0 else f"_{rank + 1}" for rank in range(self._best)]
            self.columns = tuple(name + rank for rank in ranks for name in ("class", "score"))

    def rows(self, outputs: Mapping[str, Array]) -> list[list[Value]]:
        """The values of each sample, in the order of the columns."""
        if not self.classes:
            columns = [_values(array) for array in outputs.values()]
            return [list(row) for row in zip(*columns, strict=True)]
        (scores,) = outputs.values()
        found = top(both_sides(scores) if self._two else scores, self._best, self._names)
        return [
            [value for one in row for value in (one.name or one.index, _short(one.score, scores))]
            for row in found
        ]


def _values(array: Array) -> list[Value]:
    """Each sample's value: a number where it is one."""
    flat = array.reshape(len(array)) if array.size == len(array) else array
    return [_plain(each) for each in flat]


def _plain(value: Any) -> Value:
    if np.ndim(value):
        return [_plain(each) for each in value]
    if value.dtype.kind in "iu":
        return int(value)
    return bool(value) if value.dtype.kind == "b" else _short(float(value), value)


def _short(value: float, like: Any) -> float:
    """The shortest number that is the same in the dtype of an output: 0.97, not 0.970000028."""
    small = like.dtype.name in ("float32", "float16")
    return float(str(like.dtype.type(value))) if small else value
