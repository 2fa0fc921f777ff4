"""GroupNormalization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim, Sym
from ...shapes.types import TensorType
from ..base.backend import OnnxCall, OnnxGraph, OnnxValue, Tensor
from ..base.initializers import INITIALIZER, Initializer, ones, zeros
from ..base.kinds import BOOL, EPSILON, INT, Kind, OutOfRange, arg, optional
from ..base.op import Example, Op, Refusal, Weight, Window, elements, example, known, op
from ..base.regularizers import REGULARIZER, Regularizer
from .normalization import check_axis


def _groups(value: object) -> int:
    count = INT.convert(value)
    if count != -1 and count < 1:
        raise OutOfRange(f"{count} is neither -1 nor at least 1")
    return count


GROUPS = Kind("an int of at least 1, or -1", _groups)


@op
class GroupNormalization(Op):
    """LayerNormalization of each group of channels (Wu and He 2018).

    `groups=-1` gives each channel a group of its own: instance normalization.
    """

    groups: int = arg(GROUPS, default=32, doc="how many groups; -1: one for each channel")
    axis: int = arg(INT, default=-1, doc="the axis of the channels")
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
    axes = "[batch, …, channels]"
    keeps_mask = True
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 4, 5, 6), groups=2),
        example(("N", "H", "W", 6), groups=3, epsilon=1e-5),
        example(("N", "T", 9), groups=-1, scale=False),
        example(("N", 6), groups=2, center=False),
        example(("N", 6, "W", 3), groups=3, axis=1),
        example(("N", 3, 4, 2, 6), groups=2, axis=3),
        example(("N", "D", "H", 2, 4), groups=1, center=False, scale=False),
        example(("N", 5, 4), groups=4, axis=-1),
    )

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        (x,) = inputs
        check_axis(self, self.axis, x)
        channels = self._channels(x)
        if self.groups != -1 and channels % self.groups:
            raise Refusal(
                Code.SHAPE,
                f"`GroupNormalization` cannot split the {channels} channels of {x} into "
                f"{self.groups} groups of one size",
                argument="groups",
                inputs=[0],
                help="give it `groups` that divides the channels, or -1 for a group each",
            )
        return (x,)

    def _channels(self, x: TensorType) -> int:
        return known(x.shape[self.axis], self.name, "how many channels come in")

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        shape = (self._channels(inputs[0]),)
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
        return None

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, rank = call.x, call.x.rank
        axis = self.axis % rank
        x = g.channels_first(x) if axis == rank - 1 else g.channels_last(x)
        stored = x.axis(axis)
        # As stored: the batch, the channels, then the rest.
        order = [0, stored, *(i for i in range(1, rank) if i != stored)]
        places = {x.axis(i): dim for i, dim in enumerate(x.type.shape)}
        shape = tuple(places[i] for i in order)
        y = OnnxValue(x.name, TensorType(x.type.dtype, shape))
        if stored != 1:
            y = g.node("Transpose", y, perm=order)
        y = self._normalized(g, y, call)
        if stored == 1:
            return OnnxValue(y.name, x.type, x.first)
        back = [order.index(i) for i in range(rank)]
        return g.node("Transpose", y, type=x.type, first=x.first, perm=back)

    def _normalized(self, g: OnnxGraph, x: OnnxValue, call: OnnxCall) -> OnnxValue:
        dtype, shape = x.type.dtype, x.type.shape
        channels = self._channels(call.x.type)
        groups = channels if self.groups == -1 else self.groups
        y = x
        if groups != channels or x.rank == 2:
            size: Dim = channels // groups
            for dim in shape[2:]:
                size = size * dim
            grouped = TensorType(dtype, (shape[0], groups, size))
            y = g.node("Reshape", x, g.const([0, groups, -1], "int64"), type=grouped, first=False)
        y = g.node(
            "InstanceNormalization",
            y,
            g.const([1.0] * groups, dtype),
            g.const([0.0] * groups, dtype),
            epsilon=self.epsilon,
        )
        if y.type.shape != shape:
            y = g.node("Reshape", y, _sizes(g, x), type=x.type, first=False)
        ends = (1,) * (x.rank - 2)

        def along(weight: Tensor) -> Tensor:
            return weight.reshape(channels, *ends)

        if self.scale:
            y = g.node("Mul", y, g.weight(along(call.weights["gamma"]), "gamma"))
        if self.center:
            y = g.node("Add", y, g.weight(along(call.weights["beta"]), "beta"))
        return y


def _sizes(g: OnnxGraph, x: OnnxValue) -> OnnxValue:
    """The shape of a stored tensor as Reshape takes it."""
    sizes = [-1 if isinstance(dim, Sym) else dim for dim in x.type.shape[1:]]
    return g.shape(x.type.shape) if sizes.count(-1) > 1 else g.const([0, *sizes], "int64")
