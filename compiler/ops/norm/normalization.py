"""Normalization layers: BatchNormalization and LayerNormalization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim
from ...shapes.types import TensorType, normal_axis
from ..base.backend import (
    KerasLayer,
    KerasModule,
    KerasTensor,
    OnnxCall,
    OnnxGraph,
    OnnxValue,
    Tensor,
)
from ..base.initializers import INITIALIZER, Initializer, ones, zeros
from ..base.kinds import AXES, BOOL, EPSILON, INT, arg, between, optional
from ..base.kinds import FLOAT as NUMBER
from ..base.op import POINT, Example, Op, Refusal, Weight, Window, elements, example, known, op
from ..base.regularizers import REGULARIZER, Regularizer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..base.backend import Array

MOMENTUM = between(NUMBER, 0, 1.0000001, "a number from 0 to 1")


@op
class BatchNormalization(Op):
    """`gamma * (x - moving_mean) / sqrt(moving_variance + epsilon) + beta`.

    Training uses the batch's mean and variance instead (Ioffe and Szegedy 2015).
    """

    axis: int = arg(INT, default=-1, doc="the axis of the features")
    momentum: float = arg(MOMENTUM, default=0.99, doc="of the moving averages, in training")
    epsilon: float = arg(EPSILON, default=1e-3, doc="added to the variance")
    center: bool = arg(BOOL, default=True, doc="whether to add beta")
    scale: bool = arg(BOOL, default=True, doc="whether to multiply by gamma")
    beta_initializer: Initializer = arg(INITIALIZER, default=zeros, doc="how beta starts")
    gamma_initializer: Initializer = arg(INITIALIZER, default=ones, doc="how gamma starts")
    moving_mean_initializer: Initializer = arg(
        INITIALIZER, default=zeros, doc="how the moving mean starts"
    )
    moving_variance_initializer: Initializer = arg(
        INITIALIZER, default=ones, doc="how the moving variance starts"
    )
    beta_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on beta"
    )
    gamma_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on gamma"
    )

    rank = (2, 8)
    axes = "[batch, …, features]"
    keeps_mask = True
    moving = True
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5)),
        example(("N", "H", 6, 3), epsilon=1e-5, momentum=0.9),
        example(("N", 4, 3), axis=1, scale=False),
        example(("N", "H", "W", 3), center=False),
        example(("N", 4, 5, 6, 3), axis=2),
        example(("N", 3, 2), center=False, scale=False),
    )

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        check_axis(self, self.axis, inputs[0])
        return super().infer(*inputs)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        shape = (known(inputs[0].shape[self.axis], self.name, "how many features come in"),)
        made: list[Weight] = []
        if self.scale:
            made.append(
                Weight("gamma", shape, self.gamma_initializer, regularizer=self.gamma_regularizer)
            )
        if self.center:
            made.append(
                Weight("beta", shape, self.beta_initializer, regularizer=self.beta_regularizer)
            )
        mean = Weight("moving_mean", shape, self.moving_mean_initializer, trainable=False)
        variance = Weight(
            "moving_variance", shape, self.moving_variance_initializer, trainable=False
        )
        return (*made, mean, variance)

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return 2 * elements(outputs[0])

    def scale_and_shift(self, weights: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """`a` and `b` of one vector each, so that the layer is `a * x + b` along its axis."""
        mean, variance = weights["moving_mean"], weights["moving_variance"]
        gamma, beta = weights.get("gamma"), weights.get("beta")

        def scale() -> Array:
            factor: Array = (variance.read().astype("float64") + self.epsilon) ** -0.5
            return factor if gamma is None else factor * gamma.read()

        def shift() -> Array:
            moved: Array = -mean.read() * scale()
            return moved if beta is None else moved + beta.read()

        return (
            Tensor(mean.shape, mean.dtype, lambda: scale().astype(mean.dtype)),
            Tensor(mean.shape, mean.dtype, lambda: shift().astype(mean.dtype)),
        )

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, weights = call.x, call.weights
        if self.axis % x.rank == x.rank - 1 and x.rank > 3:
            x = g.channels_first(x)
        axis = x.axis(self.axis)
        if axis != 1:
            return self._affine(g, x, axis, weights)
        dtype, (count,) = x.type.dtype, weights["moving_mean"].shape
        return g.node(
            "BatchNormalization",
            x,
            g.weight(weights["gamma"], "gamma") if self.scale else g.const([1.0] * count, dtype),
            g.weight(weights["beta"], "beta") if self.center else g.const([0.0] * count, dtype),
            g.weight(weights["moving_mean"], "moving_mean"),
            g.weight(weights["moving_variance"], "moving_variance"),
            epsilon=self.epsilon,
        )

    def _affine(
        self, g: OnnxGraph, x: OnnxValue, axis: int, weights: Mapping[str, Tensor]
    ) -> OnnxValue:
        scale, shift = self.scale_and_shift(weights)
        ends = (1,) * (x.rank - axis - 1)
        y = g.node("Mul", x, g.weight(scale.reshape(*scale.shape, *ends), "scale"))
        return g.node("Add", y, g.weight(shift.reshape(*shift.shape, *ends), "shift"))


@op
class LayerNormalization(Op):
    """`gamma * (x - mean) / sqrt(variance + epsilon) + beta`, of each example (Ba et al. 2016)."""

    axis: int | tuple[int, ...] = arg(AXES, default=-1, doc="the axis or axes of the mean")
    epsilon: float = arg(EPSILON, default=1e-3, doc="added to the variance")
    center: bool = arg(BOOL, default=True, doc="whether to add beta")
    scale: bool = arg(BOOL, default=True, doc="whether to multiply by gamma")
    beta_initializer: Initializer = arg(INITIALIZER, default=zeros, doc="how beta starts")
    gamma_initializer: Initializer = arg(INITIALIZER, default=ones, doc="how gamma starts")
    beta_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on beta"
    )
    gamma_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on gamma"
    )

    rank = (2, 8)
    axes = "[batch, …, features]"
    keeps_mask = True
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5)),
        example(("N", "T", 6), epsilon=1e-6),
        example(("N", "T", 4, 3), axis=(-2, -1)),
        example(("N", 4, 5, 3), axis=[3, 1, 2], center=False),
        example(("N", 4, 3), scale=False),
        example(("N", 4, 3), center=False, scale=False),
        example(("N", 4, "T"), axis=1),
        example(("N", 5, "W", 3), axis=[3, 1]),
        example(("N", 1, 7, 3), axis=[3, 1, -2]),
        example(("N", 4, 5, 3), axis=(-2, 1), scale=False),
    )

    def validate(self) -> None:
        check_axes(self.name, self.axis)

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        axes_over(self, self.axis, inputs[0])
        return super().infer(*inputs)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        (x,) = inputs
        shape = sizes_of(self, x, axes_over(self, self.axis, x))
        made: list[Weight] = []
        if self.scale:
            made.append(
                Weight("gamma", shape, self.gamma_initializer, regularizer=self.gamma_regularizer)
            )
        if self.center:
            made.append(
                Weight("beta", shape, self.beta_initializer, regularizer=self.beta_regularizer)
            )
        return tuple(made)

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return 7 * elements(outputs[0])

    def window(self, *inputs: TensorType) -> Window | None:
        last = (inputs[0].rank - 1,)
        return POINT if axes_over(self, self.axis, inputs[0]) == last else None

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x = g.channels_last(call.x)
        axes = axes_over(self, self.axis, x.type)
        order = brought_last(x.rank, axes)
        x = permuted(g, x, order)
        if "gamma" in call.weights:
            gamma = g.weight(call.weights["gamma"], "gamma")
        else:
            gamma = g.const(_ones(x.type.shape[-len(axes) :]), x.type.dtype)
        beta = [g.weight(call.weights["beta"], "beta")] if self.center else []
        y = g.node("LayerNormalization", x, gamma, *beta, axis=-len(axes), epsilon=self.epsilon)
        return put_back(g, y, order)

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        assert layer is not None
        if isinstance(self.axis, tuple) and not layer.built:
            # Keras sorts the axes as they are written, negative ones before all others.
            rank = len(inputs[0].shape)
            layer.axis = sorted(axis % rank for axis in self.axis)
        return layer(inputs[0])


def check_axes(who: str, axis: int | tuple[int, ...]) -> None:
    """Raises Refusal where a list of axes is empty."""
    if isinstance(axis, tuple) and not axis:
        raise Refusal(
            Code.BAD_VALUE,
            f"`axis` of `{who}` is empty",
            argument="axis",
            help="leave it out to normalize over the last axis",
        )


def axes_over(made: Op, axis: int | tuple[int, ...], x: TensorType) -> tuple[int, ...]:
    """The axes it works over, counted from the front, in order. Raises Refusal."""
    given = (axis,) if isinstance(axis, int) else axis
    for one in given:
        check_axis(made, one, x)
    axes = sorted(one % x.rank for one in given)
    if len(set(axes)) < len(axes):
        raise Refusal(
            Code.BAD_VALUE,
            f"`{made.name}` is given one axis of {x} twice",
            argument="axis",
            inputs=[0],
            help="negative axes count from the end: -1 is the last",
        )
    return tuple(axes)


def sizes_of(made: Op, x: TensorType, axes: Sequence[int]) -> tuple[int, ...]:
    """The sizes of some axes. Raises Refusal where one is symbolic."""
    return tuple(
        known(x.shape[axis], made.name, "how long the axes it works over are") for axis in axes
    )


def brought_last(rank: int, axes: Sequence[int]) -> tuple[int, ...]:
    """The order of axes that has some of them at the end."""
    return (*(axis for axis in range(rank) if axis not in axes), *axes)


def permuted(g: OnnxGraph, x: OnnxValue, order: Sequence[int]) -> OnnxValue:
    """A channels-last value with its axes in another order."""
    if list(order) == list(range(x.rank)):
        return x
    shape = tuple(x.type.shape[axis] for axis in order)
    kind = TensorType(x.type.dtype, shape)
    return g.node("Transpose", x, type=kind, first=False, perm=list(order))


def put_back(g: OnnxGraph, y: OnnxValue, order: Sequence[int]) -> OnnxValue:
    """The value before `permuted` gave it this order."""
    return permuted(g, y, [list(order).index(axis) for axis in range(len(order))])


def check_axis(made: Op, axis: int, x: TensorType) -> None:
    """Raises Refusal for an axis that is the batch or does not exist."""
    place = normal_axis(axis, x.rank)
    if not place:
        reason = "is the batch" if place == 0 else "does not exist"
        raise Refusal(
            Code.RANK,
            f"`{made.name}` works along axis {axis}, which {reason} in {x}",
            argument="axis",
            inputs=[0],
            help=_other_axis(axis, x),
        )


def _other_axis(axis: int, x: TensorType) -> str:
    """What to write in the place of an axis; it may be the number of channels, as in PyTorch."""
    if x.rank > 1 and axis == x.shape[-1]:
        return "leave it out: the channels are the last axis, and the layer finds them itself"
    return f"give an axis from 1 to {x.rank - 1}" if x.rank > 1 else ""


def _ones(shape: Sequence[Dim]) -> object:
    if not shape:
        return 1.0
    assert isinstance(shape[0], int)
    return [_ones(shape[1:])] * shape[0]
