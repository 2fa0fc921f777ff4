"""Elementwise ONNX operators of several tensors: arithmetic, comparisons."""

from __future__ import annotations

import numpy as np

from ....compiler.shapes.dims import Dim
from ..builder import INLINE, PRODUCTS
from ..node import Node
from ..numbers import number, numbers
from ..steps import Cut, Known, Spread, Tensor, Value, View
from ..unfit import Unfit
from .activations import clipped

SIGNS = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "Pow": "**"}


COMPARED = {
    "Equal": "Equal",
    "Greater": "Greater",
    "GreaterOrEqual": "GreaterEqual",
    "Less": "Less",
    "LessOrEqual": "LessEqual",
    "And": "LogicalAnd",
    "Or": "LogicalOr",
    "Xor": "LogicalXor",
    "Max": "Maximum",
    "Min": "Minimum",
    "Sum": "Add",
    "Mean": "Average",
    "Where": "Where",
}


def binary(node: Node) -> list[Tensor]:
    """Arithmetic of tensors, numbers and learned tensors."""
    first, second = node.inputs[0], node.inputs[1]
    if (same := _unchanged(node)) is not None:
        return [same]
    if node.op in ("Add",) and (added := _bias(node, first, second) or _bias(node, second, first)):
        return [added]
    if node.op == "Add" and (placed := _position(node, first, second)):
        return [placed]
    dtypes = {t.dtype for t in node.inputs if t is not None}
    if node.op == "Div" and any(not dtype.startswith(("float", "bfloat")) for dtype in dtypes):
        raise Unfit("a division of integers, which drops what is left")
    a, b, like = sides(node, first, second)
    return [View(node.build.sign(SIGNS[node.op], a, b), like.axes, like.merged)]


NEUTRAL = {"Add": 0, "Sub": 0, "Mul": 1, "Div": 1}
"""The number beside which an operator changes nothing; behind Sub and Div alone."""


def _unchanged(node: Node) -> View | None:
    """What is read, where a number beside it changes nothing."""
    pairs = [(0, 1)] if node.op in ("Sub", "Div") else [(0, 1), (1, 0)]
    for place, other in pairs:
        view, known = node.inputs[place], node.inputs[other]
        if isinstance(view, View) and isinstance(known, Known) and known.array.dtype != object:
            single = known.array.size == 1 and known.array.ndim <= view.rank
            if single and known.array.reshape(-1)[0] == NEUTRAL.get(node.op):
                return view
    return None


def compared(node: Node) -> list[Tensor]:
    """Comparisons, logic, maximum, minimum, Where: layers of several tensors."""
    build = node.build
    if node.op in ("Max", "Min", "Sum", "Mean") and len(node.inputs) == 1:
        return [node.view(0)]
    if node.op == "Sum" and len(node.inputs) == 2:
        a, b, like = sides(node, *node.inputs)
        return [View(build.sign("+", a, b), like.axes, like.merged)]
    if node.op in ("Max", "Min"):
        limited = _limited(node)
        if limited is not None:
            return [limited]
    if any(isinstance(t, View) and not (t.merged or t.flat) for t in node.inputs):
        like = max(
            (t for t in node.inputs if isinstance(t, View)), key=lambda t: (t.rank, -t.merged)
        )
        if like.merged or like.flat:
            like = build.plain(like)
        if None not in like.axes and all(
            _rank(t) <= like.rank for t in node.inputs if t is not None
        ):
            values = []
            for tensor in node.inputs:
                side = _beside(node, tensor, like)
                if not isinstance(side, Value):
                    side = build.constant("tensor", side, dtype=_dtype(tensor))
                values.append(side)
            return [View(build.layer(COMPARED[node.op], values), like.axes)]
    values = [build.value(t) for t in node.inputs if t is not None]
    made = build.layer(COMPARED[node.op], values)
    return [View.as_is(made)]


def _limited(node: Node) -> View | None:
    """The greater or the smaller of a tensor and a number, as a clip."""
    if len(node.inputs) != 2:
        return None
    for view, known in (node.inputs, node.inputs[::-1]):
        if isinstance(view, View) and isinstance(known, Known) and known.array.size == 1:
            if known.array.ndim > view.rank:
                return None
            if known.array == (-np.inf if node.op == "Max" else np.inf):
                return view
            if not np.isfinite(known.array).all():
                return None
            if known.array.dtype.kind != "f":
                return None
            if view.flat:
                view = node.build.plain(view)
            limit = number(known.array.reshape(-1)[0])
            low, high = (limit, None) if node.op == "Max" else (None, limit)
            return View(clipped(node.build, view.value, low, high), view.axes, view.merged)
    return None


def _rank(tensor: Tensor) -> int:
    return tensor.rank if isinstance(tensor, View) else len(tensor.shape)


def _dtype(tensor: Tensor | None) -> str:
    return tensor.array.dtype.name if isinstance(tensor, Known) else "float32"


def sides(
    node: Node, first: Tensor | None, second: Tensor | None
) -> tuple[Value | float | list[float], Value | float | list[float], View]:
    """Both sides of a sign in one order of axes, and the view that has it."""
    build = node.build
    views = [t for t in (first, second) if isinstance(t, View)]
    if not views:
        views = [View.as_is(build.value(first))] if first is not None else []
        first = views[0]
    like = max(views, key=lambda view: view.rank)
    other = second if like is first else first
    if (like.merged or like.flat) and not _fits_merged(like, other):
        plain = build.plain(like)
        first, second = (plain if t is like else t for t in (first, second))
        like = plain
    if None in like.axes and not like.merged and _fills(other, like):
        straight = View.as_is(build.value(like))
        first, second = (straight if t is like else t for t in (first, second))
        like = straight
    return _beside(node, first, like), _beside(node, second, like), like


def _fills(other: Tensor | None, like: View) -> bool:
    """Whether something may have more than one element on an axis that `like` has not itself."""
    if not isinstance(other, Known):
        return True
    shape = (1,) * (like.rank - other.array.ndim) + other.shape
    return len(shape) == like.rank and any(
        axis is None and size != 1 for axis, size in zip(like.axes, shape, strict=True)
    )


def _fits_merged(like: View, other: Tensor | None) -> bool:
    if not like.merged:
        return False
    if isinstance(other, Known):
        return other.array.size == 1 or other.array.ndim == 1
    return (
        isinstance(other, View)
        and other.merged
        and (other.value.shape, other.axes) == (like.value.shape, like.axes)
    )


def _beside(node: Node, tensor: Tensor | None, like: View) -> Value | float | list[float]:
    """A tensor in the order of axes that `like` has, so that it broadcasts beside it."""
    build = node.build
    if tensor is like:
        return like.value
    if isinstance(tensor, Spread) and _reaches(like.shape, tensor.shape):
        tensor = tensor.known
    if isinstance(tensor, Spread | Cut):
        tensor = View.as_is(build.value(tensor))
    if isinstance(tensor, Known):
        return _known_beside(node, tensor, like)
    assert isinstance(tensor, View)
    if like.merged:
        return tensor.value
    if tensor.merged or tensor.flat:
        tensor = build.plain(tensor)
    if tensor.axes == like.axes and None not in like.axes:
        return tensor.value
    lead = like.rank - tensor.rank
    order: list[int | None] = []
    for axis in range(len(like.value.shape)):
        at = like.axes.index(axis) - lead
        order.append(None if at < 0 or tensor.axes[at] is None else at)
    while order and order[0] is None:
        order.pop(0)
    return build.arrange(tensor, order) if order else build.value(tensor)


def _reaches(shape: tuple[Dim, ...], wanted: tuple[Dim, ...]) -> bool:
    """Whether a tensor of this shape already has all that it would be repeated to."""
    return len(shape) >= len(wanted) and all(
        a == b or b == 1 for a, b in zip(shape[::-1], wanted[::-1], strict=False)
    )


def _known_beside(node: Node, known: Known, like: View) -> Value | float | list[float]:
    array = known.array
    if array.dtype == object:
        raise Unfit("a size is computed with a tensor")
    if array.size == 1:
        if array.ndim > like.rank:
            raise Unfit("a number with more axes than the tensor beside it")
        if np.isfinite(array).all():
            return number(array.reshape(-1)[0])
        return node.build.weight(array.reshape(()), known.names)
    if not like.merged:
        if array.ndim > like.rank:
            raise Unfit("a known tensor of higher rank")
        array = array.reshape((1,) * (like.rank - array.ndim) + array.shape)
        array = array.transpose(
            [like.axes.index(a) for a in range(len(like.value.shape))]
            + [at for at, axis in enumerate(like.axes) if axis is None]
        )
        array = array.reshape(array.shape[: len(like.value.shape)])
    while array.ndim and array.shape[0] == 1:
        array = array[0]
    if array.ndim == 1 and array.size <= INLINE and np.isfinite(array).all():
        found = numbers(array)
        assert isinstance(found, list)
        return found
    if array.dtype.kind in "iub":
        return node.build.known(Known(array, known.names))
    return node.build.weight(np.ascontiguousarray(array), known.names)


def _bias(node: Node, tensor: Tensor | None, known: Tensor | None) -> View | None:
    """The layer before with a bias, where what is added is one and nothing else sees the layer."""
    if not isinstance(tensor, View) or not isinstance(known, Known) or tensor.flat:
        return None
    step = tensor.value.step
    name = node.names[0 if node.inputs[0] is tensor else 1]
    if step.op not in PRODUCTS or step.weights.get("bias") is not None or node.uses(name) > 1:
        return None
    width = tensor.value.shape[-1]
    array = known.array
    last = 1 if tensor.merged else tensor.axes.index(len(tensor.value.shape) - 1)
    shape = (1,) * (tensor.rank - array.ndim) + array.shape
    if array.dtype != np.float32 or array.size != width or len(shape) != tensor.rank:
        return None
    if shape[last] != width or step.origin != name:
        return None
    step.weights = {**step.weights, "bias": array.reshape(-1)}
    step.args = {key: value for key, value in step.args.items() if key != "use_bias"}
    step.origin = node.build.origin
    return tensor


def _position(node: Node, first: Tensor | None, second: Tensor | None) -> View | None:
    """`x + (x -> PositionEmbedding(n))`, where the first rows of a table are added."""
    for tensor, other in ((first, second), (second, first)):
        if isinstance(tensor, View) and isinstance(other, Cut):
            shape = tensor.shape
            array = other.known.array
            rows = [d for d, own in zip(other.shape, array.shape, strict=True) if own != 1]
            fits = _reaches(shape, other.shape) and rows == list(shape[1:])
            if tensor.straight and len(shape) == 3 and fits:
                table = array.reshape(-1, array.shape[-1])
                places = node.build.layer(
                    "PositionEmbedding",
                    [tensor.value],
                    {"embeddings": table},
                    sequence_length=table.shape[0],
                )
                return View(node.build.sign("+", tensor.value, places), tensor.axes)
    return None
