"""Elementwise ONNX operators of one tensor: activations, Clip, Cast."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ....compiler.lower.dtypes import numpy_dtype
from ....compiler.lower.onnx.operator_types import TYPES
from ..builder import Builder
from ..node import Node
from ..steps import Known, Spread, Tensor, Value, View
from ..unfit import Unfit

UNARY: Mapping[str, str] = {
    "Relu": "ReLU",
    "Sigmoid": "Sigmoid",
    "Tanh": "Tanh",
    "Softplus": "Softplus",
    "Softsign": "Softsign",
    "Mish": "Mish",
    "HardSwish": "HardSiLU",
    "Abs": "Abs",
    "Exp": "Exp",
    "Log": "Log",
    "Sqrt": "Sqrt",
    "Floor": "Floor",
    "Ceil": "Ceil",
    "Round": "Round",
    "Sign": "Sign",
    "Sin": "Sin",
    "Cos": "Cos",
    "Tan": "Tan",
    "Sinh": "Sinh",
    "Cosh": "Cosh",
    "Asin": "Arcsin",
    "Acos": "Arccos",
    "Atan": "Arctan",
    "Erf": "Erf",
    "Reciprocal": "Reciprocal",
    "Not": "LogicalNot",
    "Swish": "SiLU",
}
"""Operators of one tensor that a layer without arguments computes."""


def unary(node: Node) -> list[Tensor]:
    """One of `UNARY`."""
    if node.real("alpha", 1.0) != 1:
        raise Unfit(f"{node.op} has an alpha")
    return [over(node, lambda value: node.build.layer(UNARY[node.op], [value]))]


def negative(node: Node) -> list[Tensor]:
    """Neg: a sign in front."""
    return [over(node, lambda value: node.build.sign("negative", value))]


def over(node: Node, make: Callable[[Value], Value]) -> View:
    """What an elementwise layer makes of the first input, its axes as they were."""
    view = node.view(0)
    if view.flat:
        view = node.build.plain(view)
    return View(make(view.value), view.axes, view.merged)


def activation(node: Node) -> list[Tensor]:
    """Activations with a number."""
    alpha = node.real("alpha", {"LeakyRelu": 0.01, "HardSigmoid": 0.2}.get(node.op, 1.0))
    build = node.build
    if node.op == "LeakyRelu":
        return [over(node, lambda v: build.layer("LeakyReLU", [v], negative_slope=alpha))]
    if node.op == "Elu":
        return [over(node, lambda v: build.layer("ELU", [v], **_given(alpha=alpha)))]
    if node.op == "Celu":
        return [over(node, lambda v: build.layer("CELU", [v], **_given(alpha=alpha)))]
    if node.op == "Selu":
        if abs(alpha - 1.67326) > 1e-4 and node.has("alpha"):
            raise Unfit("SELU has another alpha")
        return [over(node, lambda v: build.layer("SELU", [v]))]
    if node.op == "Gelu":
        tanh = node.text("approximate", "none") == "tanh"
        return [over(node, lambda v: build.layer("GELU", [v], **_given_true(approximate=tanh)))]
    if node.op == "HardSigmoid":
        if abs(alpha - 1 / 6) > 1e-6 or abs(node.real("beta", 0.5) - 0.5) > 1e-6:
            return [
                over(
                    node,
                    lambda v: build.layer(
                        "Clip",
                        [build.sign("+", build.sign("*", v, alpha), node.real("beta", 0.5))],
                        min=0,
                        max=1,
                    ),
                )
            ]
        return [over(node, lambda v: build.layer("HardSigmoid", [v]))]
    if node.op == "ThresholdedRelu":
        return [
            over(node, lambda v: build.layer("Threshold", [v], threshold=alpha, default_value=0))
        ]
    if node.op == "Shrink":
        bias, limit = node.real("bias", 0.0), node.real("lambd", 0.5)
        if bias not in (0, limit) or limit < 0:
            raise Unfit("Shrink has another bias")
        kind = "HardShrink" if bias == 0 else "SoftShrink"
        return [over(node, lambda v: build.layer(kind, [v], threshold=limit))]
    raise Unfit(f"{node.op} has no layer")


def clip(node: Node) -> list[Tensor]:
    """Clip, whose limits are attributes before opset 11."""
    low, high = node.number(1), node.number(2)
    low = node.real("min", None) if low is None and node.has("min") else low
    high = node.real("max", None) if high is None and node.has("max") else high
    if low is None and high is None:
        return [node.view(0)]
    return [over(node, lambda v: clipped(node.build, v, low, high))]


def clipped(build: Builder, value: Value, low: float | None, high: float | None) -> Value:
    """A value between two limits, one of which may be left out."""
    if low == 0 and high is None:
        return build.layer("ReLU", [value])
    if low == 0 and high == 6:
        return build.layer("ReLU6", [value])
    least = -3.4e38 if low is None else low
    most = 3.4e38 if high is None else high
    return build.layer("Clip", [value], min=least, max=most)


def prelu(node: Node) -> list[Tensor]:
    """PReLU with one slope for each channel, or for each element."""
    view, slope = node.view(0), node.known(1).array
    if view.merged or view.flat:
        raise Unfit("PReLU of a flattened tensor")
    shape = (1,) * (view.rank - slope.ndim) + slope.shape
    axes = [view.axes.index(axis) for axis in range(len(view.value.shape))]
    slope = slope.reshape(shape).transpose(axes)[0]
    shared = [
        axis + 1
        for axis, size in enumerate(slope.shape)
        if size == 1 and view.value.shape[axis + 1] != 1
    ]
    args = {"shared_axes": shared} if shared else {}
    made = node.build.layer("PReLU", [view.value], {"alpha": slope}, **args)
    return [View(made, view.axes)]


def cast_like(node: Node) -> list[Tensor]:
    """CastLike: to the dtype of the second input."""
    tensor, like = node.inputs[:2]
    if tensor is None or like is None or like.dtype not in TYPES.values():
        raise Unfit("a cast to a type that netc has not")
    if isinstance(tensor, Known):
        return [Known(tensor.array.astype(numpy_dtype(like.dtype)), (*tensor.names, node.op))]
    return [_in_dtype(node, node.view(0), like.dtype)]


def cast(node: Node) -> list[Tensor]:
    """Cast to another dtype."""
    to = TYPES.get(node.whole("to", 0))
    if to is None:
        raise Unfit("a cast to a type that netc has not")
    return [_in_dtype(node, node.view(0), to)]


def _in_dtype(node: Node, view: View, to: str) -> View:
    if view.dtype == to:
        return view
    if view.flat:
        view = node.build.plain(view)
    return View(node.build.layer("Cast", [view.value], dtype=to), view.axes, view.merged)


def same(node: Node) -> list[Tensor]:
    """Identity, and what only training does."""
    tensor = node.inputs[0]
    if tensor is None:
        raise Unfit("nothing comes in")
    if node.op == "Dropout" and len(node.outputs) > 1:
        return [tensor, Spread(Known(np.array(True)), tensor.shape)]
    return [tensor]


def _given(**args: float) -> dict[str, object]:
    return {name: value for name, value in args.items() if value != 1.0}


def _given_true(**args: bool) -> dict[str, object]:
    return {name: value for name, value in args.items() if value}
