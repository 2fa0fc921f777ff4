"""Pools, resizing and normalizations in float64, for which onnxruntime has no kernels.

Tensors have their channels on axis 1; a function returns None where it has no formula for the
attributes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

from ...ops.base.backend import Attribute, OnnxGraph, OnnxValue
from ...ops.base.casting import cast as to_dtype
from ...ops.base.windows import Sliding, pad
from ...shapes.dims import Dim, Shape
from ...shapes.types import TensorType
from .terms import Term

Attributes: TypeAlias = Mapping[str, Attribute]

TO_THE_END = 2**63 - 1


def _ints(attributes: Attributes, name: str, default: Sequence[int]) -> tuple[int, ...]:
    return tuple(cast("Sequence[int]", attributes.get(name, default)))


def _reduce(
    g: OnnxGraph, op_type: str, x: OnnxValue, axes: Sequence[int], out: TensorType
) -> OnnxValue:
    """A reduction over stored axes, which stay 1 long."""
    if g.opset < 18 and op_type != "ReduceSum":
        return g.node(op_type, x, type=out, first=x.first, axes=list(axes), keepdims=1)
    return g.node(op_type, x, g.const(list(axes), "int64"), type=out, first=x.first, keepdims=1)


def mean(
    g: OnnxGraph, inputs: Sequence[OnnxValue], attributes: Attributes, out: TensorType
) -> OnnxValue | None:
    """GlobalAveragePool."""
    (x,) = inputs
    return _reduce(g, "ReduceMean", x, range(2, x.rank), out)


def most(
    g: OnnxGraph, inputs: Sequence[OnnxValue], attributes: Attributes, out: TensorType
) -> OnnxValue | None:
    """GlobalMaxPool."""
    (x,) = inputs
    return _reduce(g, "ReduceMax", x, range(2, x.rank), out)


def average_pool(
    g: OnnxGraph, inputs: Sequence[OnnxValue], attributes: Attributes, out: TensorType
) -> OnnxValue | None:
    """AveragePool: the sum of each window, divided by how many of its cells count."""
    (x,) = inputs
    known = {"kernel_shape", "strides", "pads", "auto_pad", "dilations", "count_include_pad"}
    if set(attributes) - known or not x.first:
        return None
    kernel = _ints(attributes, "kernel_shape", ())
    ones = (1,) * len(kernel)
    window = Sliding(
        kernel,
        _ints(attributes, "strides", ones),
        "same" if attributes.get("auto_pad") == "SAME_UPPER" else "valid",
        _ints(attributes, "dilations", ones),
    )
    spatial = x.type.shape[1:-1]
    pads: Sequence[tuple[Dim, Dim]] = window.pads(spatial)
    if "pads" in attributes:
        amounts = _ints(attributes, "pads", ())
        pads = list(zip(amounts[: len(kernel)], amounts[len(kernel) :], strict=True))
    total = Term(g, _window_sums(g, x, window, pads, out))
    padded = any(amount != 0 for ends in pads for amount in ends)
    if not padded or attributes.get("count_include_pad"):
        return (total / float(window.cells)).value
    cells = TensorType(x.type.dtype, (1, *spatial, 1))
    full = g.node(
        "Expand", g.const(1.0, x.type.dtype), g.shape((1, 1, *spatial)), type=cells, first=True
    )
    counts = TensorType(out.dtype, (1, *out.shape[1:-1], 1))
    return (total / Term(g, _window_sums(g, full, window, pads, counts))).value


def _window_sums(
    g: OnnxGraph,
    x: OnnxValue,
    window: Sliding,
    pads: Sequence[tuple[Dim, Dim]],
    out: TensorType,
) -> OnnxValue:
    """The sum of each window of a padded tensor, one axis after the other."""
    if any(amount != 0 for ends in pads for amount in ends):
        x = pad(g, x, pads)
    for place, (count, step, stride, reach) in enumerate(
        zip(window.kernel, window.steps, window.strides, window.reach, strict=True)
    ):
        shape = list(x.type.shape)
        shape[place + 1] = out.shape[place + 1]
        kind = TensorType(x.type.dtype, tuple(shape))
        parts = [
            _slice(g, x, place + 2, cell * step, reach - 1 - cell * step, stride, kind)
            for cell in range(count)
        ]
        x = _sum(g, parts)
    return x


def _slice(
    g: OnnxGraph, x: OnnxValue, axis: int, before: int, behind: int, step: int, out: TensorType
) -> OnnxValue:
    """Every `step`-th cell along a stored axis, without some at either end."""
    limits = ([before], [-behind if behind else TO_THE_END], [axis], [step])
    return g.node("Slice", x, *(g.const(each, "int64") for each in limits), type=out)


def _sum(g: OnnxGraph, parts: Sequence[OnnxValue]) -> OnnxValue:
    total = parts[0]
    for part in parts[1:]:
        total = g.node("Add", total, part)
    return total


def local_response(
    g: OnnxGraph, inputs: Sequence[OnnxValue], attributes: Attributes, out: TensorType
) -> OnnxValue | None:
    """LRN: `x / (bias + alpha / size * sum(x^2 of the channels around))^beta`."""
    (x,) = inputs
    size = int(cast("int", attributes["size"]))
    alpha, beta, bias = (
        float(cast("float", attributes.get(name, default)))
        for name, default in (("alpha", 1e-4), ("beta", 0.75), ("bias", 1.0))
    )
    before = (size - 1) // 2
    square = (Term(g, x) * Term(g, x)).value
    ends = [0, before, *[0] * (x.rank - 2), 0, size - 1 - before, *[0] * (x.rank - 2)]
    wider = (*x.type.shape[:-1], x.type.shape[-1] + size - 1)
    padded = g.node("Pad", square, g.const(ends, "int64"), type=TensorType(x.type.dtype, wider))
    parts = [_slice(g, padded, 1, cell, size - 1 - cell, 1, x.type) for cell in range(size)]
    around = Term(g, _sum(g, parts)) * (alpha / size) + bias
    power = g.node("Pow", around.value, g.const(beta, x.type.dtype))
    return (Term(g, x) / Term(g, power)).value


def instance_normalization(
    g: OnnxGraph, inputs: Sequence[OnnxValue], attributes: Attributes, out: TensorType
) -> OnnxValue | None:
    """InstanceNormalization: `scale * (x - mean) / sqrt(variance + epsilon) + bias`."""
    x, scale, bias = inputs
    axes = list(range(2, x.rank))
    epsilon = float(cast("float", attributes.get("epsilon", 1e-5)))
    apart = Term(g, x) - Term(g, _reduce(g, "ReduceMean", x, axes, x.type))
    square = (apart * apart).value
    variance = Term(g, _reduce(g, "ReduceMean", square, axes, x.type))
    made = apart / (variance + epsilon).apply("Sqrt")
    ends = g.const([axis - 1 for axis in axes], "int64")
    factor, shift = (
        Term(g, g.node("Unsqueeze", each, ends, type=_raised(each, x.rank), first=False))
        for each in (scale, bias)
    )
    return (made * factor + shift).value


def _raised(vector: OnnxValue, rank: int) -> TensorType:
    return TensorType(vector.type.dtype, (*vector.type.shape, *(1,) * (rank - 2)))


def resize(
    g: OnnxGraph, inputs: Sequence[OnnxValue], attributes: Attributes, out: TensorType
) -> OnnxValue | None:
    """Resize, where it repeats cells a whole number of times or blends about their centres."""
    x = inputs[0]
    if not x.first:
        return None
    mode = attributes.get("mode")
    if mode == "nearest":
        return repeat_cells(g, x, attributes, out)
    if mode == "linear" and attributes.get("coordinate_transformation_mode") == "half_pixel":
        return _blended(g, x, out)
    return None


def repeat_cells(
    g: OnnxGraph, x: OnnxValue, attributes: Attributes, out: TensorType
) -> OnnxValue | None:
    """Resize of any dtype, where it repeats cells a whole number of times."""
    floor = attributes.get("mode") == "nearest" and attributes.get("nearest_mode") == "floor"
    return _repeated(g, x, out) if floor and x.first else None


def _repeated(g: OnnxGraph, x: OnnxValue, out: TensorType) -> OnnxValue | None:
    """Each cell repeated along every spatial axis."""
    shape, wide, repeats, axes = x.type.shape, [], [1, 1], []
    for place, (size, wanted) in enumerate(zip(shape[1:-1], out.shape[1:-1], strict=True)):
        factor = next((f for f in range(1, MOST_REPEATS) if size * f == wanted), None)
        if factor is None:
            return None
        repeats += [1, factor]
        wide += [size, 1]
        axes.append(3 + 2 * place)
    kind = TensorType(out.dtype, (shape[0], shape[-1], *wide))
    spread = g.node("Unsqueeze", x, g.const(axes, "int64"), type=kind, first=False)
    tiled = g.node("Tile", spread, g.const(repeats, "int64"), type=kind, first=False)
    stored = (out.shape[0], out.shape[-1], *out.shape[1:-1])
    return g.node("Reshape", tiled, g.shape(stored), type=out, first=True)


MOST_REPEATS = 1025
"""One more than the largest factor that cells are repeated by."""


def _blended(g: OnnxGraph, x: OnnxValue, out: TensorType) -> OnnxValue:
    """A product with a matrix of weights along every spatial axis whose size changes."""
    letters = "abcdefgh"[: x.rank]
    for place in range(1, x.rank - 1):
        shape = x.type.shape
        if shape[place] == out.shape[place]:
            continue
        stored = letters[place + 1]
        made = letters.replace(stored, "z")
        kind = TensorType(out.dtype, (*shape[:place], out.shape[place], *shape[place + 1 :]))
        weights = _weights(g, shape[place], out.shape[place])
        x = g.node("Einsum", x, weights, type=kind, equation=f"{letters},{stored}z->{made}")
    return x


def _weights(g: OnnxGraph, size: Dim, wanted: Dim) -> OnnxValue:
    """`[size, wanted]`: how much of each cell an output takes, by the distance of their centres."""
    count, target = (Term(g, to_dtype(g, g.shape((dim,)), "float64")) for dim in (size, wanted))
    centre = (_range(g, wanted, 0) + 0.5) * (count / target) - 0.5
    inside = centre.most(0.0).least(count - 1.0)
    return (1.0 - (inside - _range(g, size, 1)).apply("Abs")).most(0.0).value


def _range(g: OnnxGraph, count: Dim, axis: int) -> Term:
    """`0, 1, …` as a row or, with `axis` 1, as a column."""
    shape: Shape = (1, count) if axis == 0 else (count, 1)
    ends = g.node("Squeeze", g.shape((count,)), type=TensorType("int64", ()), first=False)
    flat = g.node(
        "Range", g.const(0, "int64"), ends, g.const(1, "int64"), type=TensorType("int64", (count,))
    )
    numbers = to_dtype(g, flat, "float64")
    kind = TensorType("float64", shape)
    return Term(g, g.node("Unsqueeze", numbers, g.const([axis], "int64"), type=kind, first=False))
