"""Runs a convolutional LSTM in ONNX: a Scan over the steps, with a convolution of the state in it.

Inside the loop tensors are declared as they are stored, channels behind the batch.
"""

from __future__ import annotations

from collections.abc import Sequence

from ....dsl.record import record
from ...shapes.types import TensorType
from ..activation.activation import Activation
from ..activation.activations import activate
from ..base.backend import OnnxGraph, OnnxValue
from ..base.windows import Sliding


@record
class Recurrence:
    """What a step does: the type of its states (channels last) and the kernel over them."""

    state: TensorType
    kernel_size: tuple[int, ...]
    kernel: OnnxValue
    activation: Activation | None
    recurrent_activation: Activation | None
    go_backwards: bool

    def step(
        self, g: OnnxGraph, h: OnnxValue, c: OnnxValue, inputs: OnnxValue
    ) -> tuple[OnnxValue, OnnxValue]:
        """The next states, of the last ones and what the input adds to the gates."""
        (*outer, width), dtype = self.state.shape, self.state.dtype
        # Keras pads the state as "same" does with a step of 1: whatever its size.
        ends = tuple(((k - 1) // 2, k // 2) for k in self.kernel_size)
        ones = (1,) * len(self.kernel_size)
        h, attributes = Sliding(self.kernel_size, ones, ends).lower(g, h)
        assert isinstance(width, int)
        wide = TensorType(dtype, (*outer, 4 * width))
        gates = g.node("Add", inputs, g.node("Conv", h, self.kernel, type=wide, **attributes))
        sizes = g.const([width] * 4, "int64")
        types = [self.state] * 4
        enters, forgets, new, leaves = g.nodes(
            "Split", gates, sizes, types=types, first=True, axis=1
        )
        enters, forgets, leaves = (
            activate(g, self.recurrent_activation, gate) for gate in (enters, forgets, leaves)
        )
        kept = g.node("Mul", forgets, c)
        c = g.node("Add", kept, g.node("Mul", enters, activate(g, self.activation, new)))
        return g.node("Mul", leaves, activate(g, self.activation, c)), c


def loop(
    g: OnnxGraph,
    cell: Recurrence,
    inputs: OnnxValue,
    initial: Sequence[OnnxValue],
    mask: OnnxValue | None,
    *,
    every: bool,
    zeros: bool,
) -> tuple[OnnxValue, Sequence[OnnxValue]]:
    """The output, of `every` step or of the last, and the last states, channels last.

    `inputs` is `[time, batch, gates, …]` and `mask` bool `[batch, time]`. A step that does not
    count leaves the states as they are; its output is the one before it, or zero with `zeros`.
    """
    time, batch = inputs.type.shape[:2]
    stored = _stored(cell.state)
    zero = g.const(0.0, stored.dtype)
    nothing = g.node("Expand", zero, g.shape(stored.shape), type=stored, first=False)
    starts = [_as_stored(g.channels_first(value)) for value in initial] or [nothing] * 2
    if mask is not None:
        # The output is a state of its own: at first zero, whatever the states start from.
        starts = [nothing, *starts]
        mask = _time_first(g, mask, inputs.rank)

    def step(olds: Sequence[OnnxValue], items: Sequence[OnnxValue]) -> Sequence[OnnxValue]:
        *_, h, c = (OnnxValue(old.name, cell.state, True) for old in olds)
        added = items[0].type.shape
        wide = TensorType(stored.dtype, (added[0], *added[2:], added[1]))
        news = cell.step(g, h, c, OnnxValue(items[0].name, wide, True))
        made = [_as_stored(new) for new in news]
        if mask is None:
            return made
        before = zero if zeros else olds[0]
        pairs = ((made[0], before), (made[0], olds[1]), (made[1], olds[2]))
        return [g.node("Where", items[1], new, old, type=stored, first=False) for new, old in pairs]

    sequences = [inputs] if mask is None else [inputs, mask]
    last, steps = g.scan(starts, sequences, step, cell.go_backwards)
    states = [OnnxValue(value.name, cell.state, True) for value in last[-2:]]
    if not every:
        return OnnxValue(last[0].name, cell.state, True), states
    type = TensorType(stored.dtype, (batch, time, *cell.state.shape[1:]))
    rank = len(type.shape)
    perm = [1, 0, *range(3, rank), 2]
    return g.node("Transpose", steps, type=type, first=False, perm=perm), states


def _stored(type: TensorType) -> TensorType:
    batch, *spatial, channels = type.shape
    return TensorType(type.dtype, (batch, channels, *spatial))


def _as_stored(value: OnnxValue) -> OnnxValue:
    """A value with its channels behind the batch, declared just so."""
    return OnnxValue(value.name, _stored(value.type))


def _time_first(g: OnnxGraph, mask: OnnxValue, rank: int) -> OnnxValue:
    """A mask `[batch, time]` as `[time, batch, 1, …]`."""
    batch, time = mask.type.shape
    turned = g.node(
        "Transpose", mask, type=TensorType("bool", (time, batch)), first=False, perm=[1, 0]
    )
    type = TensorType("bool", (time, batch, *(1,) * (rank - 2)))
    axes = g.const(list(range(2, rank)), "int64")
    return g.node("Unsqueeze", turned, axes, type=type, first=False)
