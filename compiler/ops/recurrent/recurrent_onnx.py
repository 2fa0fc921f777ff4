"""Lowers recurrent layers to ONNX's RNN, LSTM and GRU: layouts, gate order, directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

from ....dsl.record import record
from ...shapes.types import TensorType
from ..activation.activations import Activation
from ..activation.rectifiers import ELU, LeakyReLU, Linear, ReLU
from ..activation.squashers import HardSigmoid, Sigmoid, Softsign, SparseSigmoid, Tanh
from ..base.backend import Array, Attribute, OnnxGraph, OnnxValue, Tensor
from .recurrent_mask import Packed, pack

LOWEST = -(2**63)


class Cell(Protocol):
    """What the lowering asks of a recurrent layer."""

    onnx_op: ClassVar[str]
    onnx_gates: ClassVar[tuple[int, ...]]
    """For each of ONNX's gates its place among Keras's."""
    state_count: ClassVar[int]

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def units(self) -> int:
        """The size of its state."""

    @property
    def go_backwards(self) -> bool:
        """Whether it begins at the end of the sequence."""

    def functions(self) -> Sequence[Activation | None]:
        """The activations in ONNX's order: those of the gates first."""

    def onnx_attributes(self) -> Mapping[str, Attribute]:
        """What only this operator has."""


@record
class Pass:
    """One way through the sequence: a layer, its weights, and the states it starts from.

    `initial` are `[batch, units]`, none for zeros.
    """

    cell: Cell
    weights: Mapping[str, Tensor]
    initial: tuple[OnnxValue, ...] = ()


@record
class Result:
    """The hidden state at every step `[time, passes, batch, units]`, and the last states.

    Steps are in the order of the input, also where the pass went backwards. `states` are
    `[passes, batch, units]`. Each is there where it was asked for.
    """

    steps: OnnxValue | None
    states: tuple[OnnxValue, ...]


def prepared(g: OnnxGraph, x: OnnxValue, mask: OnnxValue | None) -> tuple[OnnxValue, Packed | None]:
    """The sequence `[batch, time, features]` with time first, and what its mask made of it."""
    if mask is None:
        return time_first(g, x), None
    packed = pack(g, x, mask)
    return time_first(g, packed.x), packed


def time_first(g: OnnxGraph, x: OnnxValue) -> OnnxValue:
    """`[batch, time, features]` as ONNX's recurrent operators take it: time, then batch."""
    batch, time, features = x.type.shape
    type = TensorType(x.type.dtype, (time, batch, features))
    return g.node("Transpose", x, type=type, first=False, perm=[2, 0, 1] if x.first else [1, 0, 2])


def one_node(
    g: OnnxGraph,
    x: OnnxValue,
    passes: Sequence[Pass],
    *,
    steps: bool,
    states: bool,
    prefix: str,
    packed: Packed | None,
) -> Result:
    """One ONNX node for one pass, or for two that differ only in direction and activations.

    `x` is `[time, batch, features]`, and `packed` what its mask made of it. ONNX must know the
    activations.
    """
    cell, count, dtype = passes[0].cell, len(passes), x.type.dtype
    time, batch, _ = x.type.shape
    inputs: list[OnnxValue | None] = [x]
    for name, convert in (("kernel", _kernel), ("recurrent_kernel", _kernel), ("bias", _bias)):
        tensors = [convert(cell, one.weights[name]) for one in passes if name in one.weights]
        inputs.append(g.weight(_stack(tensors), prefix + name) if tensors else None)
    inputs.append(packed.lengths if packed else None)
    one_way = TensorType(dtype, (1, batch, cell.units))
    both = TensorType(dtype, (count, batch, cell.units))
    for index in range(len(passes[0].initial)):
        parts = [
            g.node("Unsqueeze", one.initial[index], g.const([0], "int64"), type=one_way)
            for one in passes
        ]
        inputs.append(g.node("Concat", *parts, type=both, axis=0) if count > 1 else parts[0])
    while inputs[-1] is None:
        inputs.pop()
    direction = "reverse" if cell.go_backwards else "forward"
    every = TensorType(dtype, (time, count, batch, cell.units))
    values = g.nodes(
        cell.onnx_op,
        *inputs,
        types=[every if steps else None, *([both] * cell.state_count if states else [])],
        first=False,
        hidden_size=cell.units,
        direction=direction if count == 1 else "bidirectional",
        **_activations(passes),
        **cell.onnx_attributes(),
    )
    first, last = (values[0], values[1:]) if steps else (None, values)
    if packed is None:
        return Result(first, last)
    initial = [*inputs[5:], *[None] * len(last)]
    return Result(
        first,
        tuple(packed.states(g, state, start) for state, start in zip(last, initial, strict=False)),
    )


def _kernel(cell: Cell, kernel: Tensor) -> Tensor:
    """`[in, gates * units]` as `[1, gates * units, in]` in ONNX's order of gates."""
    size, width = kernel.shape
    order = list(cell.onnx_gates)

    def convert(array: Array) -> Array:
        gates = array.T.reshape(len(order), cell.units, size)
        return gates[order].reshape(1, width, size)

    return kernel.map(convert, 1, width, size)


def _bias(cell: Cell, bias: Tensor) -> Tensor:
    """The input's bias and the state's, which is zero where Keras has only one."""
    width = bias.shape[-1]
    order = list(cell.onnx_gates)

    def convert(array: Array) -> Array:
        gates = array.reshape(-1, len(order), cell.units)[:, order]
        if len(gates) == 1:
            gates = gates.repeat(2, axis=0)
            gates[1] = 0
        return gates.reshape(1, 2 * width)

    return bias.map(convert, 1, 2 * width)


def _stack(tensors: Sequence[Tensor]) -> Tensor:
    if len(tensors) == 1:
        return tensors[0]
    first, second = tensors

    def both() -> Array:
        result = first.read().repeat(2, axis=0)
        result[1] = second.read()[0]
        return result

    return Tensor((2, *first.shape[1:]), first.dtype, both)


_DEFAULTS = {
    "GRU": ["Sigmoid", "Tanh"],
    "LSTM": ["Sigmoid", "Tanh", "Tanh"],
    "RNN": ["Tanh"],
}


def _activations(passes: Sequence[Pass]) -> dict[str, Attribute]:
    names: list[str] = []
    alphas: list[float] = []
    betas: list[float] = []
    for one in passes:
        for function in one.cell.functions():
            found = _activation(function)
            assert found is not None
            name, parameters = found
            names.append(name)
            alphas += parameters[:1]
            betas += parameters[1:]
    if names == _DEFAULTS[passes[0].cell.onnx_op] * len(passes):
        return {}
    attributes: dict[str, Attribute] = {"activations": names}
    if alphas:
        attributes["activation_alpha"] = alphas
    if betas:
        attributes["activation_beta"] = betas
    return attributes


_PLAIN: Mapping[type[Activation], tuple[str, tuple[float, ...]]] = {
    HardSigmoid: ("HardSigmoid", (1 / 6, 0.5)),
    Linear: ("Affine", (1.0, 0.0)),
    Sigmoid: ("Sigmoid", ()),
    Softsign: ("Softsign", ()),
    SparseSigmoid: ("HardSigmoid", (0.5, 0.5)),
    Tanh: ("Tanh", ()),
}
"""Activations without arguments. Not Softplus: onnxruntime's inside these operators is
`log(1 + exp(x))`, which is infinite from 89 on."""


def knows(cell: Cell) -> bool:
    """Whether ONNX's operator has the activations of a layer."""
    return all(_activation(function) is not None for function in cell.functions())


def _activation(function: Activation | None) -> tuple[str, tuple[float, ...]] | None:
    """ONNX's name of an activation inside a recurrent operator, with its alpha and beta."""
    function = function or Linear()
    if type(function) in _PLAIN:
        return _PLAIN[type(function)]
    if isinstance(function, ELU):
        return "Elu", (function.alpha,)
    if isinstance(function, LeakyReLU):
        return "LeakyRelu", (function.negative_slope,)
    if isinstance(function, ReLU) and function.max_value is None:
        slope, threshold = function.negative_slope, function.threshold
        if not (slope and threshold):
            if slope:
                return "LeakyRelu", (slope,)
            return ("ThresholdedRelu", (threshold,)) if threshold else ("Relu", ())
    return None


def batch_first(g: OnnxGraph, steps: OnnxValue) -> OnnxValue:
    """`[time, passes, batch, units]` as `[batch, time, passes, units]`."""
    time, count, batch, units = steps.type.shape
    type = TensorType(steps.type.dtype, (batch, time, count, units))
    return g.node("Transpose", steps, type=type, first=False, perm=[2, 0, 1, 3])


def side_by_side(g: OnnxGraph, passes: OnnxValue) -> OnnxValue:
    """`[…, passes, units]` as `[…, passes * units]`."""
    *outer, count, units = passes.type.shape
    assert isinstance(count, int)
    assert isinstance(units, int)
    type = TensorType(passes.type.dtype, (*outer, count * units))
    sizes = g.const([*[0] * len(outer), count * units], "int64")
    return g.node("Reshape", passes, sizes, type=type, first=False)


def flip(g: OnnxGraph, x: OnnxValue, axis: int) -> OnnxValue:
    """A channels-last value backwards along one axis."""
    ends = ([-1], [LOWEST], [axis], [-1])
    return g.node("Slice", x, *(g.const(part, "int64") for part in ends), first=False)


def apart(g: OnnxGraph, passes: OnnxValue, axis: int) -> tuple[OnnxValue, ...]:
    """The passes along an axis, each a value without it."""
    shape = passes.type.shape
    count = shape[axis]
    assert isinstance(count, int)
    type = TensorType(passes.type.dtype, (*shape[:axis], *shape[axis + 1 :]))
    parts: Sequence[OnnxValue] = (passes,)
    if count > 1:
        one = TensorType(type.dtype, (*shape[:axis], 1, *shape[axis + 1 :]))
        sizes = g.const([1] * count, "int64")
        parts = g.nodes("Split", passes, sizes, types=[one] * count, axis=axis)
    where = g.const([axis], "int64")
    return tuple(g.node("Squeeze", part, where, type=type, first=False) for part in parts)
