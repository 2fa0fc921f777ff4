"""ONNX operators that step through sequences: RNN, LSTM, GRU, in one direction or both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ....compiler.ops.base.backend import Array
from ....compiler.ops.base.op import Op, Refusal, construct
from ....compiler.ops.table import OPS
from ....compiler.ops.tensor.index_items import NEWAXIS, at, span
from ..node import Node
from ..steps import Known, Spread, Tensor, Value, View
from ..unfit import Unfit


@dataclass(frozen=True)
class Kind:
    """A recurrent operator: its layer, Keras's gates among ONNX's, its states and functions."""

    layer: str
    order: Sequence[int]
    states: int
    functions: Sequence[str]


KINDS = {
    "RNN": Kind("SimpleRNN", (0,), 1, ("Tanh",)),
    "GRU": Kind("GRU", (0, 1, 2), 1, ("Sigmoid", "Tanh")),
    "LSTM": Kind("LSTM", (0, 2, 3, 1), 2, ("Sigmoid", "Tanh", "Tanh")),
}
WORDS = {name: name.lower() for name in ("Sigmoid", "Tanh", "Relu", "Softsign", "Softplus")}
"""ONNX's activations without numbers, in Keras's words."""
X, W, R, B, LENGTHS, STATES, PEEPHOLES = 0, 1, 2, 3, 4, 5, 7


def recurrent(node: Node) -> list[Tensor]:
    """A recurrent layer, or `Bidirectional` with one inside.

    Lengths become a mask. Raises Unfit for peepholes, `clip`, `layout=1`, and activations that a
    layer of Keras's cannot have.
    """
    kind = KINDS[node.op]
    if node.input(PEEPHOLES) is not None or node.has("clip") or node.whole("layout", 0):
        raise Unfit("peepholes, a clip or another layout")
    x = node.build.arrange(node.plain(X), (1, 0, 2))
    ways = node.known(W).array.shape[0]
    steps, *states = _wanted(node, kind)
    args = _arguments(node, kind, ways)
    if steps:
        args["return_sequences"] = True
    kept = any(states[1:]) or (steps and any(states))
    if kept:
        args["return_state"] = True
    backwards = node.text("direction", "forward") == "reverse"
    if backwards:
        args["go_backwards"] = True
    inputs = [x, *_initial(node, kind, ways), *_mask(node, x)]
    if ways == 1:
        made = node.build.layer(kind.layer, inputs, _weights(node, kind, 0), **args)
    else:
        weights = {
            f"{way}/{name}": array
            for place, way in enumerate(("forward_layer", "backward_layer"))
            for name, array in _weights(node, kind, place).items()
        }
        made = node.build.layer("Bidirectional", inputs, weights, layer=_made(kind.layer, args))
    if not kept:
        last = _every_step(node, made, ways, backwards) if steps else _last(node, made, ways)
        return [last] * max(1, min(2, len(node.outputs)))
    results: list[Tensor] = [_every_step(node, made, ways, backwards)] if steps else []
    for place in range(kind.states):
        ends = [Value(made.step, 1 + place + way * kind.states) for way in range(ways)]
        results.append(_stacked(node, ends))
    return results if steps else [results[0], *results]


def _made(layer: str, args: Mapping[str, object]) -> Op:
    """The layer that is an argument of `Bidirectional`. Raises Unfit."""
    try:
        return construct(OPS[layer], args)
    except Refusal as fault:
        raise Unfit(fault.message) from fault


def _wanted(node: Node, kind: Kind) -> list[bool]:
    """Which of the outputs something reads: every step, then the last states."""
    wants = [bool(name) and node.uses(name) > 0 for name in node.outputs]
    return wants + [False] * (1 + kind.states - len(wants))


def _arguments(node: Node, kind: Kind, ways: int) -> dict[str, object]:
    """The arguments of the layer. Raises Unfit."""
    args: dict[str, object] = {"units": node.known(R).array.shape[2]}
    given = node.attributes.get("activations")
    names = list(kind.functions) * ways
    if isinstance(given, list) and given:
        names = [name.decode() if isinstance(name, bytes) else str(name) for name in given]
    first = names[: len(kind.functions)]
    if names != first * ways or len(set(first[1:])) > 1 or not set(first) <= WORDS.keys():
        raise Unfit("activations that differ, or have numbers")
    if first[-1] != "Tanh":
        args["activation"] = WORDS[first[-1]]
    if len(first) > 1 and first[0] != "Sigmoid":
        args["recurrent_activation"] = WORDS[first[0]]
    if node.op == "GRU" and not node.whole("linear_before_reset", 0):
        args["reset_after"] = False
    if node.input(B) is None:
        args["use_bias"] = False
    return args


def _weights(node: Node, kind: Kind, way: int) -> Mapping[str, Array]:
    """The weights of one direction in Keras's layout. Raises Unfit."""
    gates, order = len(kind.order), list(kind.order)
    kernel, recurrent_kernel = node.known(W).array[way], node.known(R).array[way]
    units = recurrent_kernel.shape[-1]

    def turned(array: Array) -> Array:
        rows = array.reshape(gates, units, -1)[order]
        return np.ascontiguousarray(rows.reshape(gates * units, -1).T)

    made = {"kernel": turned(kernel), "recurrent_kernel": turned(recurrent_kernel)}
    bias = node.optional(B)
    if bias is not None:
        both = bias[way].reshape(2, gates, units)[:, order].reshape(2, -1)
        after = bool(node.whole("linear_before_reset", 0))
        if node.op == "GRU" and not after and both[1].any():
            raise Unfit("a second bias with the reset gate before the product")
        made["bias"] = both if node.op == "GRU" and after else both.sum(axis=0)
    return made


def _initial(node: Node, kind: Kind, ways: int) -> list[Value]:
    """The initial states of the forward layer, then of the backward layer; none where all are 0."""
    given = [node.input(STATES + place) for place in range(kind.states)]
    if all(map(_zeros, given)):
        return []
    parts = [_ways(node, state, ways) for state in given]
    return [states[way] for way in range(ways) for states in parts]


def _ways(node: Node, state: Tensor | None, ways: int) -> list[Value]:
    """A state `[ways, batch, units]` as one `[batch, units]` each."""
    if state is None:
        raise Unfit("one initial state without the other")
    view = node.build.plain(state) if isinstance(state, View) else _plain(node, state)
    ours = view.axes[0]
    if ours is None:
        return [node.build.arrange(view, (1, 2))]
    found: list[Value] = []
    for way in range(ways):
        items = [span()] * len(view.value.shape)
        items[ours] = at(way)
        axes = [a if a is None or a < ours else a - 1 for a in view.axes[1:]]
        part = View(node.build.index(view.value, items), tuple(axes))
        found.append(node.build.arrange(part, (0, 1)))
    return found


def _plain(node: Node, tensor: Tensor) -> View:
    value = node.build.value(tensor)
    return View.as_is(value)


def _mask(node: Node, x: Value) -> list[Value]:
    """Which steps count: those before the length of each sequence, or what a mask says."""
    lengths = node.input(LENGTHS)
    if lengths is None:
        return []
    if _is_mask(lengths):
        mask = node.build.arrange(node.plain(LENGTHS), (0, 1))
        return [] if _carried(x) == mask else [mask]
    steps = x.shape[1]
    if isinstance(lengths, Known | Spread):
        known = lengths.known if isinstance(lengths, Spread) else lengths
        if known.array.dtype != object and (known.array == steps).all():
            return []
        if [*known.dims()] == [steps] * known.array.size:
            return []
    build = node.build
    number = build.value(lengths)
    places = build.constant("arange", steps, dtype=number.type.dtype)
    column = build.index(number, [span(), NEWAXIS])
    return [build.layer("Less", [places, column])]


def _carried(value: Value) -> Value | None:
    """The mask that goes on beside a tensor, of the layer that was given one; None without."""
    while value.step.op in OPS and value.step.inputs:
        step = value.step
        op = construct(OPS[step.op], step.args)
        if value.index >= op.masked_outputs():
            return None
        if op.takes_mask and step.inputs[-1].type.dtype == "bool":
            return step.inputs[-1]
        value = step.inputs[0]
    return None


def _is_mask(lengths: Tensor | None) -> bool:
    """Whether a mask stands where ONNX has lengths: see `packed.py`."""
    return isinstance(lengths, View) and lengths.dtype == "bool"


def _every_step(node: Node, made: Value, ways: int, backwards: bool) -> View:
    """What is `[time, ways, batch, units]` in ONNX."""
    build = node.build
    lengths = node.input(LENGTHS)
    masked = lengths is not None and made.step.inputs[-1].type.dtype == "bool"
    if masked and not _is_mask(lengths):
        # Keras repeats the last result where a step does not count; ONNX has zeros there.
        seen = build.layer("Cast", [made.step.inputs[-1]], dtype="float32")
        if backwards:
            seen = build.index(seen, [span(), span(step=-1)])
        made = build.sign("*", made, build.index(seen, [span(), span(), NEWAXIS]))
    if ways == 1:
        if backwards:
            made = build.index(made, [span(), span(step=-1)])
        return View(made, (1, None, 0, 2))
    _, time, width = made.shape
    assert isinstance(width, int)
    sizes = [time if isinstance(time, int) else -1, ways, width // ways]
    return View(build.layer("Reshape", [made], target_shape=sizes), (1, 2, 0, 3))


def _last(node: Node, made: Value, ways: int) -> View:
    """What is `[ways, batch, units]` in ONNX, of the last results side by side."""
    if ways == 1:
        return View(made, (None, 0, 1))
    width = made.shape[-1]
    assert isinstance(width, int)
    halves = node.build.layer("Reshape", [made], target_shape=[ways, width // ways])
    return View(halves, (1, 0, 2))


def _stacked(node: Node, ends: Sequence[Value]) -> View:
    """The last states of each direction, one behind the other in ONNX."""
    if len(ends) == 1:
        return View(ends[0], (None, 0, 1))
    rows = [node.build.index(end, [span(), NEWAXIS]) for end in ends]
    return View(node.build.layer("Concatenate", rows, axis=1), (1, 0, 2))


def _zeros(tensor: Tensor | None) -> bool:
    """Whether a state is left out or all zeros, however that is spelt."""
    if isinstance(tensor, View):
        return _made_of_zeros(tensor.value)
    known = tensor.known if isinstance(tensor, Spread) else tensor
    return known is None or (isinstance(known, Known) and not np.any(known.array))


def _made_of_zeros(value: Value) -> bool:
    step = value.step
    if step.op in ("zeros", "full", "tensor"):
        return step.op == "zeros" or step.args.get("value", step.args.get("values")) == 0
    if step.op == "+" and len(step.inputs) == 1:
        return False
    moved = ("+", "index", "Concatenate", "Permute", "Reshape", "Cast")
    return step.op in moved and len(step.inputs) > 0 and all(map(_made_of_zeros, step.inputs))
