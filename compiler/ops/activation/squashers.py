"""Activations with bounds (sigmoid, tanh and their straight-line forms), and the shrinking ones."""

from __future__ import annotations

from ...shapes.types import TensorType
from ..base.backend import OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import EPSILON, FLOAT, arg
from ..base.op import op
from .activation import Activation, pointwise


@op
class Sigmoid(Activation):
    """`1 / (1 + exp(-x))`."""

    function = "sigmoid"
    examples = pointwise()

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node("Sigmoid", call.x)


@op
class Tanh(Activation):
    """The hyperbolic tangent."""

    function = "tanh"
    examples = pointwise()

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node("Tanh", call.x)


@op
class Softsign(Activation):
    """`x / (abs(x) + 1)`."""

    function = "softsign"
    examples = pointwise()

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node("Softsign", call.x)


@op
class LogSigmoid(Activation):
    """`log(sigmoid(x))`, computed as `-softplus(-x)`."""

    function = "log_sigmoid"
    examples = pointwise()

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node("Neg", g.node("Softplus", g.node("Neg", call.x)))


@op
class HardSigmoid(Activation):
    """`x / 6 + 0.5`, kept between 0 and 1."""

    function = "hard_sigmoid"
    examples = pointwise()

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node("HardSigmoid", call.x, alpha=1 / 6, beta=0.5)


@op
class HardSiLU(Activation):
    """`x * hard_sigmoid(x)`, also called hard swish (Howard et al. 2019)."""

    function = "hard_silu"
    examples = pointwise()

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node("HardSwish", call.x)


@op
class HardTanh(Activation):
    """`x`, kept between -1 and 1."""

    function = "hard_tanh"
    examples = pointwise()

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        dtype = call.x.type.dtype
        return g.node("Clip", call.x, g.const(-1.0, dtype), g.const(1.0, dtype))


@op
class SparseSigmoid(Activation):
    """`(x + 1) / 2`, kept between 0 and 1."""

    function = "sparse_sigmoid"
    examples = pointwise()

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node("HardSigmoid", call.x, alpha=0.5, beta=0.5)


@op
class HardShrink(Activation):
    """`x` where `abs(x) > threshold`, else 0."""

    threshold: float = arg(EPSILON, default=0.5, doc="what is small enough to become 0")

    function = "hard_shrink"
    examples = (*pointwise(), *pointwise(threshold=1.2))

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node("Shrink", call.x, bias=0.0, lambd=self.threshold)


@op
class SoftShrink(Activation):
    """`x` moved towards 0 by `threshold`, and 0 within it."""

    threshold: float = arg(EPSILON, default=0.5, doc="how far values move towards 0")

    function = "soft_shrink"
    examples = (*pointwise(), *pointwise(threshold=1.2))

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node("Shrink", call.x, bias=self.threshold, lambd=self.threshold)


@op
class TanhShrink(Activation):
    """`x - tanh(x)`."""

    function = "tanh_shrink"
    examples = pointwise()

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node("Sub", call.x, g.node("Tanh", call.x))


@op
class Threshold(Activation):
    """`x` where `x > threshold`, else `default_value`."""

    threshold: float = arg(FLOAT, doc="what x must exceed to pass")
    default_value: float = arg(FLOAT, doc="what the other elements become")

    function = "threshold"
    examples = (
        *pointwise(threshold=0.3, default_value=0),
        *pointwise(threshold=-0.5, default_value=-2.5),
    )

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, dtype = call.x, call.x.type.dtype
        passes = g.node(
            "Greater", x, g.const(self.threshold, dtype), type=TensorType("bool", x.type.shape)
        )
        other = g.const(self.default_value, dtype)
        return g.node("Where", passes, x, other, type=x.type)
