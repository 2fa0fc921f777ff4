"""Runs recurrent layers in ONNX: by its operators, or by a loop for activations they lack."""

from __future__ import annotations

from collections.abc import Sequence

from ...shapes.types import TensorType
from ..activation.activations import activate
from ..base.backend import OnnxGraph, OnnxValue
from .recurrent_mask import Packed
from .recurrent_onnx import Cell, Pass, Result, knows, one_node


def run(
    g: OnnxGraph,
    x: OnnxValue,
    passes: Sequence[Pass],
    *,
    steps: bool,
    states: bool,
    prefix: str = "",
    packed: Packed | None = None,
) -> Result:
    """One pass over `[time, batch, features]`, or two that `one_node` can do at once.

    `packed` is what a mask made of the sequence.
    """
    if all(knows(one.cell) for one in passes):
        return one_node(g, x, passes, steps=steps, states=states, prefix=prefix, packed=packed)
    (one,) = passes
    last, every = _loop(g, x, one, prefix, packed)
    time, batch, units = every.type.shape
    final = TensorType(x.type.dtype, (1, batch, units))
    finals = tuple(g.node("Unsqueeze", h, g.const([0], "int64"), type=final) for h in last)
    if not steps:
        return Result(None, finals)
    one_way = TensorType(x.type.dtype, (time, 1, batch, units))
    every = g.node("Unsqueeze", every, g.const([1], "int64"), type=one_way, first=False)
    return Result(every, finals if states else ())


def _loop(
    g: OnnxGraph, x: OnnxValue, one: Pass, prefix: str, packed: Packed | None
) -> tuple[tuple[OnnxValue, ...], OnnxValue]:
    """The last states, and the hidden state at every step `[time, batch, units]`."""
    cell, dtype = one.cell, x.type.dtype
    time, batch, _ = x.type.shape
    weights = {name: g.weight(tensor, prefix + name) for name, tensor in one.weights.items()}
    width = one.weights["kernel"].shape[1]
    bias = weights.get("bias")
    behind: OnnxValue | None = None
    if bias is not None and len(bias.type.shape) == 2:
        row = TensorType(dtype, (width,))
        bias, behind = (
            g.node("Gather", weights["bias"], g.const(i, "int64"), type=row, axis=0) for i in (0, 1)
        )
    wide = TensorType(dtype, (time, batch, width))
    gates = g.node("MatMul", x, weights["kernel"], type=wide, first=False)
    gates = g.node("Add", gates, bias) if bias is not None else gates
    state = TensorType(dtype, (batch, cell.units))
    zeros = g.node("Expand", g.const(0.0, dtype), g.shape(state.shape), type=state, first=False)
    start = one.initial or (zeros,) * cell.state_count
    counts = () if packed is None else (_counting(g, x, packed),)

    def step(old: Sequence[OnnxValue], items: Sequence[OnnxValue]) -> Sequence[OnnxValue]:
        new = _STEPS[cell.onnx_op](g, cell, old, items[0], weights["recurrent_kernel"], behind)
        if packed is None:
            return new
        return [
            g.node("Where", items[1], after, before, type=state, first=False)
            for after, before in zip(new, old, strict=True)
        ]

    return g.scan(start, (gates, *counts), step, cell.go_backwards)


def _counting(g: OnnxGraph, x: OnnxValue, packed: Packed) -> OnnxValue:
    """Whether each step of a packed sequence counts: bool `[time, batch, 1]`."""
    time, batch, _ = x.type.shape
    ordered = TensorType("int64", (time, batch, 1))
    column = TensorType("int64", (time, 1, 1))
    places = g.node("Reshape", packed.places, g.const([-1, 1, 1], "int64"), type=column)
    bools = TensorType("bool", ordered.shape)
    return g.node("Less", places, packed.total, type=bools, first=False)


def _product(
    g: OnnxGraph, state: OnnxValue, kernel: OnnxValue, bias: OnnxValue | None
) -> OnnxValue:
    type = TensorType(state.type.dtype, (state.type.shape[0], kernel.type.shape[1]))
    made = g.node("MatMul", state, kernel, type=type, first=False)
    return made if bias is None else g.node("Add", made, bias)


def _split(
    g: OnnxGraph, gates: OnnxValue, sizes: Sequence[int], axis: int = 1
) -> Sequence[OnnxValue]:
    shape = gates.type.shape
    types = [TensorType(gates.type.dtype, (*shape[:axis], size)) for size in sizes]
    return g.nodes("Split", gates, g.const(list(sizes), "int64"), types=types, axis=axis)


def _simple(
    g: OnnxGraph,
    cell: Cell,
    old: Sequence[OnnxValue],
    x: OnnxValue,
    kernel: OnnxValue,
    bias: OnnxValue | None,
) -> Sequence[OnnxValue]:
    (function,) = cell.functions()
    return [activate(g, function, g.node("Add", x, _product(g, old[0], kernel, bias)))]


def _lstm(
    g: OnnxGraph,
    cell: Cell,
    old: Sequence[OnnxValue],
    x: OnnxValue,
    kernel: OnnxValue,
    bias: OnnxValue | None,
) -> Sequence[OnnxValue]:
    gate, function, _ = cell.functions()
    h, c = old
    gates = _split(g, g.node("Add", x, _product(g, h, kernel, bias)), [cell.units] * 4)
    enters, forget, leaves = (activate(g, gate, gates[index]) for index in (0, 1, 3))
    new = g.node("Mul", enters, activate(g, function, gates[2]))
    c = g.node("Add", g.node("Mul", forget, c), new)
    return [g.node("Mul", leaves, activate(g, function, c)), c]


def _gru(
    g: OnnxGraph,
    cell: Cell,
    old: Sequence[OnnxValue],
    x: OnnxValue,
    kernel: OnnxValue,
    bias: OnnxValue | None,
) -> Sequence[OnnxValue]:
    gate, function = cell.functions()
    (h,), units = old, cell.units
    x_gates, x_new = _split(g, x, [2 * units, units])
    if cell.onnx_attributes()["linear_before_reset"]:
        h_gates, h_new = _split(g, _product(g, h, kernel, bias), [2 * units, units])
    else:
        gate_kernel, new_kernel = _split(g, kernel, [2 * units, units])
        h_gates = _product(g, h, gate_kernel, None)
    update, reset = (
        activate(g, gate, part)
        for part in _split(g, g.node("Add", x_gates, h_gates), [units, units])
    )
    if cell.onnx_attributes()["linear_before_reset"]:
        seen = g.node("Mul", reset, h_new)
    else:
        seen = _product(g, g.node("Mul", reset, h), new_kernel, None)
    new = activate(g, function, g.node("Add", x_new, seen))
    # update * h + (1 - update) * new
    return [g.node("Add", new, g.node("Mul", update, g.node("Sub", h, new)))]


_STEPS = {"RNN": _simple, "LSTM": _lstm, "GRU": _gru}
