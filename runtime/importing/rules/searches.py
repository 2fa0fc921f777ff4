"""ONNX operators that look for elements, or take them by places: ArgMax, TopK, blocks of cells."""

from __future__ import annotations

import numpy as np

from ..node import Node
from ..steps import Tensor, Value, View
from ..unfit import Unfit
from .windows import channels_last, first_view


def largest(node: Node) -> list[Tensor]:
    """ArgMax and ArgMin, the first of several."""
    view = node.plain(0)
    axis = node.whole("axis", 0) % view.rank
    ours = view.axes[axis]
    if node.whole("select_last_index", 0) or ours is None:
        raise Unfit("a search for the last of several")
    made = node.build.layer(node.op, [view.value], axis=ours)
    if made.type.dtype != "int64":
        made = node.build.layer("Cast", [made], dtype="int64")
    axes = [None if a is None else a - (a > ours) for at, a in enumerate(view.axes) if at != axis]
    if node.whole("keepdims", 1):
        axes.insert(axis, None)
    return [View(made, tuple(axes))]


def top_k(node: Node) -> list[Tensor]:
    """TopK of the last axis, the largest first."""
    view = node.plain(0)
    axis = node.whole("axis", -1) % view.rank
    count = node.number(1) if node.input(1) is not None else node.whole("k", 1)
    if not node.whole("largest", 1) or not node.whole("sorted", 1) or count is None:
        raise Unfit("a search for the smallest")
    if view.axes[axis] != len(view.value.shape) - 1:
        raise Unfit("a search along another axis than the last")
    values = node.build.layer("TopK", [view.value], k=int(count))
    places = Value(values.step, 1)
    if places.type.dtype != "int64":
        places = node.build.layer("Cast", [places], dtype="int64")
    results: list[Tensor] = [View(values, view.axes), View(places, view.axes)]
    return results[: len(node.outputs)]


def blocks(node: Node) -> list[Tensor]:
    """DepthToSpace and SpaceToDepth in the order that both ONNX and TensorFlow have.

    PyTorch's PixelShuffle has the blocks of a channel in a row, the order CRD: the convolution
    before it makes them in the other one.
    """
    x = channels_last(node, node.view(0))
    size = node.whole("blocksize", 1)
    if node.text("mode", "DCR") != "DCR":
        _reordered(node, x, size)
    made = node.build.layer(node.op, [x], block_size=size)
    return [first_view(made)]


def _reordered(node: Node, x: Value, size: int) -> None:
    """Puts the filters of a convolution into the order DCR. Raises Unfit where it cannot."""
    filters = x.shape[-1]
    if filters == size * size:
        return
    conv, steps = x.step, node.build.steps
    alone = node.readers.get(node.names[0]) == 1 and conv.shared is None
    plain = conv.op == "Conv2D" and conv.args.get("groups", 1) == 1
    if not plain or not alone:
        raise Unfit("blocks in the order CRD")
    if any(step.shared is conv for step in steps) or not isinstance(filters, int):
        raise Unfit("blocks in the order CRD")
    order = np.arange(filters).reshape(-1, size, size).transpose(1, 2, 0).reshape(-1)
    conv.weights = {name: array[..., order] for name, array in conv.weights.items()}
    conv.origin = node.build.origin


def einsum(node: Node) -> list[Tensor]:
    """Einsum, with its output written out."""
    equation = node.text("equation", "").replace(" ", "")
    if "->" not in equation:
        raise Unfit("an equation without an output")
    values = [node.build.value(tensor) for tensor in node.inputs if tensor is not None]
    made = node.build.layer("Einsum", values, equation=equation)
    return [View.as_is(made)]
