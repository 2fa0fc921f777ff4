"""Activations that let large inputs pass: ReLU, its smooth and leaky relatives, and exp."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ...shapes.dims import Dim
from ...shapes.types import TensorType
from ..base.backend import KerasLayer, KerasModule, OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import BOOL, EPSILON, FLOAT, arg, optional
from ..base.op import Example, Input, Op, example, keras_arguments, op
from .activation import ABOVE_ZERO, Activation, pointwise

_ROOT_2_PI = (2 / 3.141592653589793) ** 0.5


class LayerActivation(Activation):
    """An activation that is a layer of its own in Keras."""

    __slots__ = ()

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer:
        return Op.keras_layer(self, keras, name)

    def keras_object(self, keras: KerasModule) -> object:
        if self.function and self.plain():
            return self.function
        return getattr(keras.layers, self.name)(**keras_arguments(self, keras))


@op
class Linear(Activation):
    """`x`, unchanged."""

    function = "linear"
    examples = pointwise()

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return 0

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return call.x


@op
class ReLU(LayerActivation):
    """`max(x, 0)`, or with arguments a cut at `max_value`, a slope, another threshold."""

    max_value: float | None = arg(
        optional(EPSILON), default=None, doc="the largest value it returns"
    )
    negative_slope: float = arg(EPSILON, default=0.0, doc="slope below the threshold")
    threshold: float = arg(EPSILON, default=0.0, doc="where the identity begins")

    function = "relu"
    examples: ClassVar[tuple[Example, ...]] = (
        *pointwise(),
        *pointwise(max_value=1.5),
        *pointwise(negative_slope=0.1),
        *pointwise(threshold=0.7),
        *pointwise(max_value=6, negative_slope=0.2),
        *pointwise(max_value=3, negative_slope=0.2, threshold=0.5),
    )

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, dtype = call.x, call.x.type.dtype
        slope, threshold = self.negative_slope, self.threshold
        if slope and self.max_value is None and not threshold:
            return g.node("LeakyRelu", x, alpha=slope)
        if threshold:
            y = g.node("ThresholdedRelu", x, alpha=threshold)
            if self.max_value is not None:
                y = g.node("Min", y, g.const(self.max_value, dtype))
        elif self.max_value is not None:
            y = g.node("Clip", x, g.const(0.0, dtype), g.const(self.max_value, dtype))
        else:
            y = g.node("Relu", x)
        if slope:
            over = g.node("Sub", x, g.const(threshold, dtype)) if threshold else x
            below = g.node("Relu", g.node("Neg", over))
            y = g.node("Sub", y, g.node("Mul", below, g.const(slope, dtype)))
        return y


@op
class ReLU6(Activation):
    """`min(max(x, 0), 6)`."""

    function = "relu6"
    examples = (*pointwise(), example(Input(("N", 5), low=-9, high=9)))

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        dtype = call.x.type.dtype
        return g.node("Clip", call.x, g.const(0.0, dtype), g.const(6.0, dtype))


@op
class LeakyReLU(LayerActivation):
    """`x` above zero, `negative_slope * x` below."""

    negative_slope: float = arg(EPSILON, default=0.3, doc="slope below zero")

    examples = (*pointwise(), *pointwise(negative_slope=0.01))

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node("LeakyRelu", call.x, alpha=self.negative_slope)


@op
class ELU(LayerActivation):
    """`x` above zero, `alpha * (exp(x) - 1)` below (Clevert et al. 2015)."""

    alpha: float = arg(FLOAT, default=1.0, doc="the limit far below zero, negated")

    function = "elu"
    examples = (*pointwise(), *pointwise(alpha=0.5))

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node("Elu", call.x, alpha=self.alpha)


@op
class SELU(Activation):
    """ELU with the scale that keeps mean and variance (Klambauer et al. 2017)."""

    function = "selu"
    examples = pointwise()

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node("Selu", call.x)


@op
class CELU(Activation):
    """`max(x, 0) + alpha * (exp(min(x, 0) / alpha) - 1)` (Barron 2017)."""

    alpha: float = arg(ABOVE_ZERO, default=1.0, doc="the limit far below zero, negated")

    function = "celu"
    examples = (*pointwise(), *pointwise(alpha=0.5))

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x = call.x
        if x.type.dtype == "float32":
            return g.node("Celu", x, alpha=self.alpha)
        alpha = g.const(self.alpha, x.type.dtype)
        return g.node("Mul", g.node("Elu", g.node("Div", x, alpha)), alpha)


@op
class GELU(Activation):
    """`x * P(X <= x)` for a standard normal X (Hendrycks and Gimpel 2016)."""

    approximate: bool = arg(BOOL, default=False, doc="whether to use the tanh formula")

    function = "gelu"
    examples = (*pointwise(), *pointwise(approximate=True))

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, dtype = call.x, call.x.type.dtype
        if g.opset >= 20:
            return g.node("Gelu", x, approximate="tanh" if self.approximate else "none")
        if self.approximate:
            cube = g.node("Mul", g.node("Mul", g.node("Mul", x, x), x), g.const(0.044715, dtype))
            inner = g.node("Mul", g.node("Add", x, cube), g.const(_ROOT_2_PI, dtype))
            bell = g.node("Tanh", inner)
        else:
            bell = g.node("Erf", g.node("Div", x, g.const(2**0.5, dtype)))
        twice = g.node("Mul", x, g.node("Add", bell, g.const(1.0, dtype)))
        return g.node("Mul", twice, g.const(0.5, dtype))


@op
class SiLU(Activation):
    """`x * sigmoid(x)`, also called swish."""

    function = "silu"
    examples = pointwise()

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node("Mul", call.x, g.node("Sigmoid", call.x))


@op
class Mish(Activation):
    """`x * tanh(softplus(x))` (Misra 2019)."""

    function = "mish"
    examples = pointwise()

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node("Mul", call.x, g.node("Tanh", g.node("Softplus", call.x)))


@op
class Softplus(Activation):
    """`log(exp(x) + 1)`."""

    function = "softplus"
    examples = pointwise()

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node("Softplus", call.x)


@op
class Squareplus(Activation):
    """`(x + sqrt(x^2 + b)) / 2` (Barron 2021)."""

    b: float = arg(EPSILON, default=4.0, doc="how smooth it is around zero")

    function = "squareplus"
    examples = (*pointwise(), *pointwise(b=1))

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, dtype = call.x, call.x.type.dtype
        root = g.node("Sqrt", g.node("Add", g.node("Mul", x, x), g.const(self.b, dtype)))
        return g.node("Mul", g.node("Add", x, root), g.const(0.5, dtype))


@op
class SparsePlus(Activation):
    """0 up to -1, `(x + 1)^2 / 4` up to 1, then `x`."""

    function = "sparse_plus"
    examples = pointwise()

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, dtype = call.x, call.x.type.dtype
        one = g.const(1.0, dtype)
        middle = g.node("Add", g.node("Clip", x, g.const(-1.0, dtype), one), one)
        curve = g.node("Mul", g.node("Mul", middle, middle), g.const(0.25, dtype))
        return g.node("Add", curve, g.node("Relu", g.node("Sub", x, one)))


@op
class Exponential(Activation):
    """`exp(x)`."""

    function = "exponential"
    examples = pointwise()

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node("Exp", call.x)
