"""ONNX operators that step through sequences."""

from __future__ import annotations

import numpy as np

from ....compiler.ops.base.backend import Array
from ..node import Node
from ..steps import Known, Spread, Tensor, Value, View
from ..unfit import Unfit


def recurrent(node: Node) -> list[Tensor]:
    """LSTM and GRU without initial states, lengths or peepholes, in one direction or both."""
    kind = node.op
    view = node.plain(0)
    w, r = node.known(1).array, node.known(2).array
    bias = node.optional(3)
    if any(node.input(place) is not None for place in range(4, 8)):
        states = [node.input(p) for p in (5, 6)]
        if node.input(4) is not None or node.input(7) is not None or not all(map(_zeros, states)):
            raise Unfit("initial states, lengths or peepholes")
    if node.has("activations") or node.has("clip") or node.whole("layout", 0):
        given = node.attributes.get("activations")
        usual = {"LSTM": [b"Sigmoid", b"Tanh", b"Tanh"], "GRU": [b"Sigmoid", b"Tanh"]}[kind]
        if node.has("clip") or node.whole("layout", 0) or given != usual * w.shape[0]:
            raise Unfit("other activations")
    direction = node.text("direction", "forward")
    units, gates = r.shape[2], {"LSTM": 4, "GRU": 3}[kind]
    order = {"LSTM": [0, 2, 3, 1], "GRU": [0, 1, 2]}[kind]
    x = node.build.arrange(view, (1, 0, 2))
    after = bool(node.whole("linear_before_reset", 0))
    wants = [bool(name) and node.uses(name) > 0 for name in node.outputs]
    wants += [False] * (3 - len(wants))
    args: dict[str, object] = {"units": units}
    if wants[0]:
        args["return_sequences"] = True
    if kind == "GRU" and not after:
        args["reset_after"] = False
    if bias is None:
        args["use_bias"] = False

    def turned(array: Array) -> Array:
        return np.ascontiguousarray(
            array.reshape(gates, units, -1)[order].reshape(gates * units, -1).T
        )

    def of(place: int) -> dict[str, Array]:
        made = {"kernel": turned(w[place]), "recurrent_kernel": turned(r[place])}
        if bias is not None:
            both = bias[place].reshape(2, gates, units)[:, order].reshape(2, -1)
            split = kind == "GRU" and after
            if kind == "GRU" and not after and both[1].any():
                raise Unfit("a second bias with the reset gate before the product")
            made["bias"] = both if split else both.sum(axis=0)
        return made

    if direction == "bidirectional":
        raise Unfit("both directions")
    if direction == "reverse":
        args["go_backwards"] = True
        if wants[0]:
            raise Unfit("every step of a reversed sequence")
    if (wants[0] and (wants[1] or wants[2])) or wants[2]:
        args["return_state"] = True
    made = node.build.layer(kind, [x], of(0), **args)
    results: list[Tensor] = []
    state = args.get("return_state")
    if wants[0]:
        results.append(View(made, (1, None, 0, 2)))
    else:
        results.append(View(made, (None, None, 0, 1)))
    for place in (1, 2):
        value = Value(made.step, place) if state else made
        results.append(View(value, (None, 0, 1)) if len(value.shape) == 2 else results[0])
    return results[: max(1, len(node.outputs))]


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
