"""Masked sequences for ONNX's recurrent operators, which know only where a sequence ends.

The steps that count are moved to the front, in order, and their number is the length. The results
are then put back to where their steps were.
"""

from __future__ import annotations

from ....dsl.record import record
from ...shapes.types import TensorType
from ..base.backend import OnnxGraph, OnnxValue

INT32, INT64 = 6, 7
"""ONNX's numbers of the dtypes."""


@record
class Packed:
    """A sequence whose steps that count come first, and what it takes to undo that.

    `x` is `[batch, time, features]`, `lengths` int32 `[batch]` (at least 1). `empty` is bool
    `[batch, 1]`: no step counts. `mask`, and `ones`, `counts` and `total` as int64, are
    `[batch, time]` or `[batch, 1]`: `counts` is how many steps count up to each one. `places` are
    the numbers of the steps, `[time]`.
    """

    x: OnnxValue
    lengths: OnnxValue
    empty: OnnxValue
    mask: OnnxValue
    ones: OnnxValue
    counts: OnnxValue
    total: OnnxValue
    places: OnnxValue

    def put_back(
        self, g: OnnxGraph, steps: OnnxValue, *, backwards: bool, zeros: bool
    ) -> OnnxValue:
        """The results `[batch, time, passes, units]` at the places of their steps.

        A step that does not count repeats the result before it (of a later step where the pass
        goes backwards), or is zero with `zeros`, and where there is none before it.
        """
        type = self.counts.type
        if backwards:
            places = g.node("Sub", self.counts, self.ones)
            there = g.node("Less", places, self.total, type=self.mask.type)
        else:
            places = g.node("Sub", self.counts, g.const(1, "int64"))
            there = g.node("GreaterOrEqual", places, g.const(0, "int64"), type=self.mask.type)
            places = g.node("Max", places, g.const(0, "int64"))
        there = self.mask if zeros else there
        found = take_steps(g, steps, places)
        wide = TensorType("bool", (*type.shape, 1, 1))
        there = g.node("Unsqueeze", there, g.const([2, 3], "int64"), type=wide, first=False)
        zero = g.const(0.0, steps.type.dtype)
        return g.node("Where", there, found, zero, type=steps.type, first=False)

    def states(self, g: OnnxGraph, states: OnnxValue, initial: OnnxValue | None) -> OnnxValue:
        """The last states `[passes, batch, units]`; a sequence without steps keeps its first."""
        start = initial if initial is not None else g.const(0.0, states.type.dtype)
        return g.node("Where", self.empty, start, states, type=states.type, first=False)

    def result(self, g: OnnxGraph, state: OnnxValue) -> OnnxValue:
        """What a layer that returns no sequence gives: its state, or zero without any step."""
        zero = g.const(0.0, state.type.dtype)
        return g.node("Where", self.empty, zero, state, type=state.type, first=False)


def pack(g: OnnxGraph, x: OnnxValue, mask: OnnxValue) -> Packed:
    """The sequence `[batch, time, features]` with the steps where `mask` is true in front."""
    x = g.channels_last(x)
    batch, time, _ = x.type.shape
    steps = TensorType("int64", (batch, time))
    single = TensorType("int64", (batch, 1))
    ones = g.node("Cast", mask, type=steps, first=False, to=INT64)
    counts = g.node("CumSum", ones, g.const(1, "int64"))
    total = g.node("ReduceSum", ones, g.const([1], "int64"), type=single, keepdims=1)
    least = g.node("Max", total, g.const(1, "int64"))
    flat = g.node("Squeeze", least, g.const([1], "int64"), type=TensorType("int64", (batch,)))
    lengths = g.node("Cast", flat, type=TensorType("int32", (batch,)), to=INT32)
    empty = g.node("Equal", total, g.const(0, "int64"), type=TensorType("bool", (batch, 1)))
    # The steps that count get keys from the length down to 1, the others from 0 down.
    size = g.shape((time,))
    row = TensorType("int64", (time,))
    if isinstance(time, int):
        places = g.const(list(range(time)), "int64")
    else:
        end = g.node("Squeeze", size, type=TensorType("int64", ()))
        places = g.node("Range", g.const(0, "int64"), end, g.const(1, "int64"), type=row)
    late = g.node("Neg", places)
    early = g.node("Add", size, late, type=row)
    keys = g.node("Where", mask, early, late, type=steps, first=False)
    _, order = g.nodes("TopK", keys, size, types=[steps, steps], axis=1)
    return Packed(take_steps(g, x, order), lengths, empty, mask, ones, counts, total, places)


def take_steps(g: OnnxGraph, x: OnnxValue, places: OnnxValue) -> OnnxValue:
    """The steps of `[batch, time, …]` at the places `[batch, time]`."""
    type = TensorType("int64", (*places.type.shape, 1))
    index = g.node("Unsqueeze", places, g.const([2], "int64"), type=type, first=False)
    return g.node("GatherND", x, index, type=x.type, first=False, batch_dims=1)
