"""A projection that is split into heads: which column each feature of each head is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from ....compiler.ops.base.backend import Array
from ....compiler.shapes.dims import Dim, Shape, dim_prod
from ....compiler.shapes.types import TensorType
from ..steps import Step, Value
from .trace import OTHER_PRIMES, PRIMES, Sizes, factor, moved, source


@dataclass(frozen=True)
class Heads:
    """A projection to heads: a dense layer, and its column for each feature of each head."""

    dense: Step
    columns: Array
    by: float
    """What the projection is multiplied by."""
    rope: Mapping[str, object] | None = None
    """The arguments of the layer that turns its features by their places, if there is one."""

    def shared(self, count: int) -> Heads | None:
        """The same with so few heads, each of which stood for several in a row."""
        few = self.columns[:: len(self.columns) // count]
        same = np.array_equal(np.repeat(few, len(self.columns) // count, 0), self.columns)
        return replace(self, columns=few) if same else None


def heads_of(value: Value, turned: bool, lead: Shape) -> Heads | None:
    """A dense layer whose features are split into heads, which are put before the places.

    `turned`: places are the last axis, and the features of a head before them. `lead` are the axes
    that its product has before those, to which heads that are shared are repeated.
    """
    start = source(value)
    if start is None:
        return None
    by = factor(value)
    columns = _columns(value, start, turned, lead)
    rope = None
    if columns is not None and start.step.op == "RotaryEmbedding":
        rope = start.step.args
        if not _whole(columns, start.shape[-1]):
            return None
        split = start.step.inputs[0]
        start = source(split)
        features = None if start is None else _features(split, start)
        if start is None or features is None:
            return None
        by *= factor(split)
        columns = features[columns]
    if columns is None or start.step.op != "Dense" or len(start.shape) != 3:
        return None
    return None if start.step.shared is not None else Heads(start.step, columns, by, rope)


def _columns(value: Value, start: Value, turned: bool, lead: Shape) -> Array | None:
    """Which feature of `start` each feature of each head is; a place's features are in a row."""
    columns: Array | None = None
    for primes in (PRIMES, OTHER_PRIMES):
        sizes = Sizes([value.shape, start.shape, lead], primes)
        numbers = moved(value, start, sizes)
        batch, places, *features = sizes.shape(start.shape)
        width = prod(features)
        *_, a, b = numbers.shape
        if (b if turned else a) != places:
            return None
        found = np.broadcast_to(numbers, (*sizes.shape(lead), a, b)).reshape(batch, -1, a, b)
        if turned:
            found = found.swapaxes(2, 3)
        first = found[0, :, 0, :]
        n, t = np.arange(batch), np.arange(places)
        wanted = (n[:, None, None, None] * places + t[:, None]) * width + first[:, None, :]
        if not np.array_equal(found, wanted) or first.max() >= width:
            return None
        if columns is not None and not np.array_equal(columns, first):
            return None
        columns = first
    return columns


def _whole(columns: Array, size: Dim) -> bool:
    """Whether each head has the features of one of another layer's, in their order."""
    first = columns[:, :1]
    plain = np.array_equal(columns, first + np.arange(columns.shape[1]))
    return plain and columns.shape[1] == size and not (first % size).any()


def _features(split: Value, start: Value) -> Array | None:
    """Which feature of `start` each is that a place has where they are split into heads."""
    made = Value(Step("Flatten", (split,), {}, (_flat(split.type),), split.step.origin))
    return None if (found := _columns(made, start, False, split.shape[:1])) is None else found[0]


def _flat(type: TensorType) -> TensorType:
    """The type of heads that are joined."""
    return TensorType(type.dtype, (*type.shape[:2], dim_prod(type.shape[2:])))


def part_of(heads: Heads, by: float, biased: bool) -> dict[str, Array]:
    """The kernel and the bias of a projection, by heads."""
    scale = np.float32(by)
    kernel = heads.dense.weights["kernel"]
    made = {"kernel": np.ascontiguousarray(kernel[:, heads.columns] * scale)}
    if biased:
        bias = heads.dense.weights.get("bias", np.zeros(kernel.shape[1], np.float32))
        made["bias"] = bias[heads.columns] * scale
    return made
