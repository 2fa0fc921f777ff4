"""Layers that bring raw inputs to scale: Rescaling and Normalization."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, TypeAlias

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim
from ...shapes.types import DTYPES, FLOATS, TensorType, normal_axis
from ..base.backend import KerasModule, OnnxCall, OnnxGraph, OnnxValue, Tensor
from ..base.initializers import ones, zeros
from ..base.kinds import BOOL, EPSILON, FLOAT, INT, arg, either, many, optional
from ..base.op import (
    Example,
    Input,
    Op,
    Refusal,
    Weight,
    elements,
    example,
    keras_arguments,
    known,
    op,
)

Numbers: TypeAlias = float | tuple[float, ...]

NUMBERS = either(FLOAT, many(FLOAT, "numbers"), "a number or a list of numbers")
VARIANCES = either(
    EPSILON, many(EPSILON, "numbers"), "a number of at least 0 or a list of such numbers"
)
SMALLEST = 1e-7
"""The least standard deviation that is divided by, as in Keras."""


class Scaling(Op):
    """A layer that takes integers too and gives floats."""

    __slots__ = ()

    keeps_mask = True

    dtypes = DTYPES

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        (x,) = inputs
        return (TensorType(x.dtype if x.dtype in FLOATS else "float32", x.shape),)

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return 2 * elements(outputs[0])


@op
class Rescaling(Scaling):
    """`x * scale + offset`, in float32 where `x` holds integers."""

    scale: Numbers = arg(NUMBERS, doc="the factor, or one for each channel")
    offset: Numbers = arg(NUMBERS, default=0.0, doc="what is added, or one for each channel")

    examples: ClassVar[tuple[Example, ...]] = (
        example(Input(("N", "H", 4, 3), "uint8", high=256), scale=1 / 255),
        example(Input(("N", 4), "int32", high=9), scale=2, offset=-1),
        example(("N", 4, 3), scale=[2, 3, 4], offset=(0.1, 0.2, 0.3)),
        example(Input(("N", 4), "int64", high=9), scale=1),
        example(("N", 4), scale=0.5, offset=0),
    )

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        for name, value in (("scale", self.scale), ("offset", self.offset)):
            _check_length(self, name, value, inputs[0], -1)
        return super().infer(*inputs)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        y = _floats(g, call.x, call.outputs[0])
        for op_type, value, neutral in (("Mul", self.scale, 1), ("Add", self.offset, 0)):
            if value != neutral:
                y = g.node(op_type, y, _along(g, value, y, -1))
        return y

    def keras_layer(self, keras: KerasModule, name: str) -> object:
        return keras.layers.Rescaling(_listed(self.scale), _listed(self.offset), name=name)


@op
class Normalization(Scaling):
    """`(x - mean) / sqrt(variance)`, with a mean and a variance for each place along `axis`.

    Without `mean` and `variance` it owns them as weights, to be set from data.
    """

    axis: int | None = arg(
        optional(INT), default=-1, doc="the axis of the features; none: one mean for all"
    )
    mean: Numbers | None = arg(optional(NUMBERS), default=None, doc="the mean or means")
    variance: Numbers | None = arg(
        optional(VARIANCES), default=None, doc="the variance or variances"
    )
    invert: bool = arg(BOOL, default=False, doc="whether to undo a normalization instead")

    rank = (2, 8)
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", "H", 4, 3), mean=[0.1, 0.2, 0.3], variance=[1, 2, 0]),
        example(("N", 4), mean=0.5, variance=0.25, axis=None),
        example(("N", 4), mean=0.5, variance=0.25, invert=True),
        example(("N", 4, 3), axis=1, mean=[1, 2, 3, 4], variance=(4, 3, 2, 1)),
        example(("N", "T", 3)),
        example(Input(("N", 3), "int32", high=9), invert=True),
        example(("N", "T", 3), axis=None),
    )

    def validate(self) -> None:
        if (self.mean is None) != (self.variance is None):
            given, missing = ("mean", "variance") if self.variance is None else ("variance", "mean")
            raise Refusal(
                Code.BAD_VALUE,
                f"`Normalization` is given `{given}` without `{missing}`",
                argument=given,
                help=f"give `{missing}` as well, or neither",
            )
        if self.mean is not None and _size(self.mean) != _size(self.variance):
            raise Refusal(
                Code.BAD_VALUE,
                f"`mean` holds {_count(self.mean)}, but `variance` holds {_count(self.variance)}",
                argument="variance",
                help="give one of each for every place along `axis`",
            )

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        (x,) = inputs
        if self.axis is not None and not normal_axis(self.axis, x.rank):
            raise Refusal(
                Code.RANK,
                f"`Normalization` cannot work along axis {self.axis} of {x}",
                argument="axis",
                inputs=[0],
                help=f"give an axis from 1 to {x.rank - 1}",
            )
        if self.mean is not None:
            _check_length(self, "mean", self.mean, x, self.axis)
        return super().infer(*inputs)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        if self.mean is not None:
            return ()
        shape: tuple[int, ...] = ()
        if self.axis is not None:
            shape = (known(inputs[0].shape[self.axis], self.name, "how many features come in"),)
        return (
            Weight("mean", shape, zeros, trainable=False),
            Weight("variance", shape, ones, trainable=False),
            Weight("count", (), zeros, trainable=False, dtype="int64"),
        )

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x = _floats(g, call.x, call.outputs[0])
        if self.mean is not None and self.variance is not None:
            mean = _along(g, self.mean, x, self.axis)
            deviation = _along(g, _deviation(self.variance), x, self.axis)
        else:
            weights = call.weights
            variance = weights["variance"]
            mean = g.weight(_placed(weights["mean"], x, self.axis), "mean")
            deviation = g.weight(
                _placed(variance.map(lambda a: (a**0.5).clip(SMALLEST)), x, self.axis), "stddev"
            )
        if self.invert:
            return g.node("Add", g.node("Mul", x, deviation), mean)
        return g.node("Div", g.node("Sub", x, mean), deviation)

    def keras_layer(self, keras: KerasModule, name: str) -> object:
        given = keras_arguments(self, keras)
        return keras.layers.Normalization(
            name=name, **{key: _listed(value) for key, value in given.items()}
        )


def _floats(g: OnnxGraph, x: OnnxValue, out: TensorType) -> OnnxValue:
    return x if x.type.dtype == out.dtype else g.node("Cast", x, type=out, to=1)


def _along(g: OnnxGraph, value: Numbers, x: OnnxValue, axis: int | None) -> OnnxValue:
    if not isinstance(value, tuple):
        return g.const(value, x.type.dtype)
    assert axis is not None
    rows: list[object] = list(value)
    for _ in range(x.rank - 1 - x.axis(axis)):
        rows = [[row] for row in rows]
    return g.const(rows, x.type.dtype)


def _placed(weight: Tensor, x: OnnxValue, axis: int | None) -> Tensor:
    if axis is None:
        return weight
    return weight.reshape(*weight.shape, *(1,) * (x.rank - 1 - x.axis(axis)))


def _deviation(variance: Numbers) -> Numbers:
    if isinstance(variance, tuple):
        return tuple(max(math.sqrt(v), SMALLEST) for v in variance)
    return max(math.sqrt(variance), SMALLEST)


def _check_length(made: Op, name: str, value: Numbers, x: TensorType, axis: int | None) -> None:
    if not isinstance(value, tuple):
        return
    size = None if axis is None or not x.shape else x.shape[axis]
    if size is None or len(value) not in (1, size):
        where = "there is one for all" if size is None else f"axis {axis} of {x} is {size} long"
        raise Refusal(
            Code.SHAPE,
            f"`{name}` of `{made.name}` holds {_count(value)}, but {where}",
            argument=name,
            inputs=[0],
            help="give one number for all, or one for each place along the axis",
        )


def _size(value: Numbers | None) -> int:
    return len(value) if isinstance(value, tuple) else 0


def _count(value: Numbers | None) -> str:
    return f"{len(value)} numbers" if isinstance(value, tuple) else "one number"


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
