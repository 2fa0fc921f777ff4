"""Windows of uneven size along one axis, as adaptive pooling has them.

Output `i` of `made` looks at the cells from `floor(i * size / made)` up to, and without,
`ceil((i + 1) * size / made)`: PyTorch's rule, and Keras's.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...shapes.dims import Dim, ceil_div
from ...shapes.types import TensorType
from ..base.backend import KerasModule, KerasTensor, OnnxGraph, OnnxValue

MOST_WRITTEN = 1024
"""The most windows whose places are written down; those of more are computed by the model."""


@dataclass(frozen=True, slots=True)
class Windows:
    """The cells of each window side by side, on an axis of their own behind `axis`.

    `cells` is `[…, made, longest, …]`, channels last; in a shorter window the last cell stands
    more than once. `inside` is bool `[made, longest]`: which cells are there for the first time.
    `counts` is int64 `[made, 1]`.
    """

    cells: OnnxValue
    inside: OnnxValue
    counts: OnnxValue
    axis: int

    def beside(self, g: OnnxGraph, value: OnnxValue) -> OnnxValue:
        """A value `[made, …]` with axes for all that come behind those two."""
        behind = self.cells.rank - self.axis - 2
        if not behind:
            return value
        axes = g.const([2 + place for place in range(behind)], "int64")
        type = TensorType(value.type.dtype, (*value.type.shape, *(1,) * behind))
        return g.node("Unsqueeze", value, axes, type=type, first=False)


def uneven(g: OnnxGraph, x: OnnxValue, axis: int, made: int) -> Windows:
    """The windows of a channels-last value along one axis, whose size may be named."""
    shape = x.type.shape
    size = shape[axis]
    written = isinstance(size, int) and made <= MOST_WRITTEN
    places, inside, counts = (_known if written else _computed)(g, size, made)
    wide = (*shape[:axis], *places.type.shape, *shape[axis + 1 :])
    type = TensorType(x.type.dtype, wide)
    cells = g.node("Gather", x, places, type=type, first=False, axis=axis)
    return Windows(cells, inside, counts, axis)


def _known(g: OnnxGraph, size: Dim, made: int) -> tuple[OnnxValue, OnnxValue, OnnxValue]:
    assert isinstance(size, int)
    ends = [(i * size // made, -(-(i + 1) * size // made)) for i in range(made)]
    longest = range(max(end - start for start, end in ends))
    return (
        g.const([[min(start + k, end - 1) for k in longest] for start, end in ends], "int64"),
        g.const([[start + k < end for k in longest] for start, end in ends], "bool"),
        g.const([[end - start] for start, end in ends], "int64"),
    )


def _computed(g: OnnxGraph, size: Dim, made: int) -> tuple[OnnxValue, OnnxValue, OnnxValue]:
    column = TensorType("int64", (made, 1))
    whole, count = g.shape((size,)), g.const([made], "int64")
    rows = g.node("Unsqueeze", _range(g, made), g.const([1], "int64"), type=column, first=False)
    firsts = g.node("Mul", rows, whole, type=column)
    starts = g.node("Div", firsts, count)
    # The end of a window is the start of the next, or one more where that is no whole number.
    lasts = g.node("Add", firsts, g.node("Add", whole, g.const([made - 1], "int64")))
    ends = g.node("Div", lasts, count)
    longest = ceil_div(size, made) + 1
    steps = _range(g, longest)
    cells = TensorType("int64", (made, longest))
    places = g.node("Add", starts, steps, type=cells)
    inside = g.node("Less", places, ends, type=TensorType("bool", cells.shape))
    within = g.node("Min", places, g.node("Sub", ends, g.const(1, "int64")), type=cells)
    return within, inside, g.node("Sub", ends, starts)


def _range(g: OnnxGraph, count: Dim) -> OnnxValue:
    """0, 1, … up to a count that may be named."""
    end = g.node("Squeeze", g.shape((count,)), type=TensorType("int64", ()), first=False)
    type = TensorType("int64", (count,))
    return g.node("Range", g.const(0, "int64"), end, g.const(1, "int64"), type=type)


def keras_windows(
    keras: KerasModule, x: KerasTensor, rank: int, axis: int, made: int
) -> KerasTensor:
    """Which cells of an axis, whose size may not be known, each window holds: `[made, size]`."""
    cells = [slice(0, 1), *[0] * (rank - 1)]
    cells[axis] = slice(None)
    ones = keras.ops.ones_like(x[tuple(cells)], dtype="int32")
    places = keras.ops.cumsum(ones, axis=1) - 1
    size = keras.ops.sum(ones, axis=1, keepdims=True)
    starts = size * keras.ops.expand_dims(keras.ops.arange(made, dtype="int32"), 1)
    return keras.ops.logical_and(
        places > starts // made - 1, places < (starts + size + (made - 1)) // made
    )
