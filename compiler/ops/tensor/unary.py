"""Functions of single elements, following `keras.ops`: a table of classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from ...shapes.dims import Dim
from ...shapes.types import FLOATS, TensorType
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.op import Example, Input, Op, elements, example, op


class Unary(Op):
    """A function of each element; its lower-case name is that in `keras.ops`."""

    __slots__ = ()

    onnx_name: ClassVar[str] = ""
    """ONNX's operator, where it is called otherwise."""

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return elements(outputs[0])

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node(self.onnx_name or self.name, call.x)

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer | None:
        return None

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        return getattr(keras.ops, self.name.lower())(inputs[0])


def within(low: float, high: float) -> tuple[Example, ...]:
    """Examples with elements in a range."""
    return (
        example(Input(("N", 9), low=low, high=high)),
        example(Input(("N", 4, "W", 3), low=low, high=high)),
    )


INTEGERS = (example(Input(("N", 9), "int32", 0, 9)),)
NUMBERS = (*FLOATS, "int32", "int64")


@op
class Abs(Unary):
    """`|x|`."""

    dtypes = NUMBERS
    examples = (*within(-5, 5), *INTEGERS)


@op
class Arccos(Unary):
    """The angle whose cosine is `x`, for `x` from -1 to 1."""

    onnx_name = "Acos"
    examples = within(-0.95, 0.95)


@op
class Arcsin(Unary):
    """The angle whose sine is `x`, for `x` from -1 to 1."""

    onnx_name = "Asin"
    examples = within(-0.95, 0.95)


@op
class Arctan(Unary):
    """The angle whose tangent is `x`."""

    onnx_name = "Atan"
    examples = within(-9, 9)


@op
class Ceil(Unary):
    """The least integer that is not below `x`."""

    examples = within(-5, 5)


@op
class Cos(Unary):
    """The cosine of `x`, in radians."""

    examples = within(-9, 9)


@op
class Cosh(Unary):
    """`(exp(x) + exp(-x)) / 2`."""

    examples = within(-3, 3)


@op
class Erf(Unary):
    """The error function."""

    examples = within(-3, 3)


@op
class Exp(Unary):
    """`exp(x)`, as the activation Exponential."""

    examples = within(-5, 3)


@op
class Floor(Unary):
    """The greatest integer that is not above `x`."""

    examples = within(-5, 5)


@op
class Log(Unary):
    """The natural logarithm, for `x` above 0."""

    examples = within(0.01, 9)


@op
class Reciprocal(Unary):
    """`1 / x`."""

    examples = within(0.1, 5)


@op
class Round(Unary):
    """The nearest integer; of two, the even one."""

    examples = within(-5, 5)


@op
class Rsqrt(Unary):
    """`1 / sqrt(x)`, for `x` above 0."""

    examples = within(0.1, 9)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node("Reciprocal", g.node("Sqrt", call.x))


@op
class Sign(Unary):
    """-1, 0 or 1."""

    dtypes = NUMBERS
    examples = (*within(-5, 5), *INTEGERS)


@op
class Sin(Unary):
    """The sine of `x`, in radians."""

    examples = within(-9, 9)


@op
class Sinh(Unary):
    """`(exp(x) - exp(-x)) / 2`."""

    examples = within(-3, 3)


@op
class Sqrt(Unary):
    """The square root, for `x` of at least 0."""

    examples = within(0, 9)


@op
class Square(Unary):
    """`x * x`."""

    dtypes = NUMBERS
    examples = (*within(-5, 5), *INTEGERS)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node("Mul", call.x, call.x)


@op
class Tan(Unary):
    """The tangent of `x`, in radians."""

    examples = within(-1.3, 1.3)


UNARY: Mapping[str, type[Unary]] = {
    cls.__name__: cls
    for cls in (
        Abs,
        Arccos,
        Arcsin,
        Arctan,
        Ceil,
        Cos,
        Cosh,
        Erf,
        Exp,
        Floor,
        Log,
        Reciprocal,
        Round,
        Rsqrt,
        Sign,
        Sin,
        Sinh,
        Sqrt,
        Square,
        Tan,
    )
}
"""All of them, by name."""
