"""Convolutions that see no later place: `padding=causal`, however the padding is spelt out."""

from __future__ import annotations

from ..steps import Step, Value
from .graph import Graph


def raise_causal(graph: Graph) -> None:
    """Makes a convolution behind zeros in front, or whose end is cut off, causal."""
    owners = {id(step.shared) for step in graph.steps if step.shared is not None}
    for step in graph.steps:
        conv = step.inputs[0].step if _cuts_the_end(step) else step
        if conv.op != "Conv1D" or conv.shared is not None or id(conv) in owners:
            continue
        if conv is not step and not graph.once(Value(conv)):
            continue
        pad = conv.inputs[0].step
        if pad.op != "ZeroPadding1D" or conv.args.get("padding", "valid") != "valid":
            continue
        if conv is not step and conv.args.get("strides", 1) != 1:
            continue
        reach = _reach(conv)
        around = (reach, reach) if conv is not step else (reach, 0)
        if reach and _pair(pad.args.get("padding", 1)) == around:
            args = {**conv.args, "padding": "causal"}
            if graph.become(step, "Conv1D", pad.inputs, args, conv.weights):
                step.label = step.label or conv.label


def _reach(conv: Step) -> int:
    """How far back the kernel of a convolution sees; 0 where that is not plain."""
    kernel, rate = (_number(conv.args.get(name, 1)) for name in ("kernel_size", "dilation_rate"))
    return (kernel - 1) * rate


def _number(value: object) -> int:
    if isinstance(value, list | tuple) and len(value) == 1:
        (value,) = value
    return value if isinstance(value, int) else 0


def _pair(padding: object) -> object:
    return tuple(padding) if isinstance(padding, list | tuple) else (padding, padding)


def _cuts_the_end(step: Step) -> bool:
    """Whether a step takes as many places from the first one on as there were before padding."""
    if step.op != "index" or step.inputs[0].step.op != "Conv1D":
        return False
    (before,) = step.inputs[0].step.inputs[:1]
    items = step.args["items"]
    assert isinstance(items, tuple)
    plain = len(items) == 2 and all(item.kind == "slice" and item.step == 1 for item in items)
    if not plain or str(items[0]) != ":" or items[1].start not in (None, 0):
        return False
    pad = before.step
    return bool(pad.inputs) and pad.inputs[0].shape[:2] == step.types[0].shape[:2]
