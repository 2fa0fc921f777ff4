"""Layers that only rearrange the elements of a tensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.assume import divided, same
from ...shapes.dims import Dim, Shape, Sym, compare, dim_prod
from ...shapes.types import TensorType, show_shape
from ..base.backend import KerasLayer, KerasModule, OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import INT, POSITIVE, Kind, arg, describe, many, show
from ..base.op import ANY, POINT, Example, Op, Refusal, Window, example, op
from .merge import stored_axis


def linear(g: OnnxGraph, x: OnnxValue) -> OnnxValue:
    """The value with its elements stored in channels-last order.

    A channels-first tensor with one channel or one position is stored in that order already.
    """
    shape = x.type.shape
    if x.first and (shape[-1] == 1 or all(dim == 1 for dim in shape[1:-1])):
        return x
    return g.channels_last(x)


@op
class Flatten(Op):
    """All axes but the batch as one."""

    rank = (2, 8)
    axes = "[batch, …]"
    dtypes = ANY
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5)),
        example(("N", 4, 6, 3)),
        example(("N", "H", "W", 3)),
        example(("N", "T", 4)),
    )

    def shape(self, *shapes: Shape) -> Shape:
        return (shapes[0][0], dim_prod(shapes[0][1:]))

    def window(self, *inputs: TensorType) -> Window | None:
        return POINT if all(dim == 1 for dim in inputs[0].shape[1:-1]) else None

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        if call.x.rank == 2:
            return call.x
        return g.node("Flatten", linear(g, call.x), type=call.outputs[0], first=False, axis=1)


def _size(value: object) -> Dim:
    if isinstance(value, Sym) or value == -1:
        return value if isinstance(value, Sym) else -1
    try:
        return POSITIVE.convert(value)
    except ValueError:
        raise ValueError(f"{describe(value)} is neither a size of at least 1 nor -1") from None


def _sizes(value: object) -> Shape:
    items = value if isinstance(value, tuple | list) else (value,)
    result = tuple(_size(item) for item in items)
    if sum(isinstance(dim, int) and dim == -1 for dim in result) > 1:
        raise ValueError(f"{show(value)} holds -1 more than once")
    return result


SHAPE = Kind("a list of sizes, one of them -1 at most", _sizes)


@op
class Reshape(Op):
    """The same elements in another shape; the batch axis stays."""

    target_shape: Shape = arg(SHAPE, doc="the shape of one sample; one size may be -1")

    rank = (1, 8)
    dtypes = ANY
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 12), target_shape=[3, 4]),
        example(("N", 4, 6, 3), target_shape=[-1, 3]),
        example(("N", "H", "W", 4), target_shape=[-1, 2, 2]),
        example(("N", "T", 6), target_shape=[-1]),
        example(("N", "T", 6), target_shape=[-1, 2, 3]),
        example(("N", 5), target_shape=[5, 1]),
    )

    def shape(self, *shapes: Shape) -> Shape:
        x = shapes[0]
        total = dim_prod(x[1:])
        rest = dim_prod(dim for dim in self.target_shape if dim != -1)
        target = show_shape(self.target_shape)
        if -1 not in self.target_shape:
            if not same(total, rest):
                unknown = compare("==", total, rest) is None
                raise Refusal(
                    Code.SHAPE,
                    f"`Reshape` makes {target} ({rest} elements) of a sample of {show_shape(x)} "
                    f"({total} elements)" + (", which may differ" if unknown else ""),
                    argument="target_shape",
                    inputs=[0],
                    help="one size may be -1: it is what is left",
                )
            return (x[0], *self.target_shape)
        left = divided(total, rest)
        if left is None:
            raise Refusal(
                Code.SHAPE,
                f"`Reshape` cannot make {target} of a sample of {show_shape(x)}: "
                f"{total} elements do not divide by {rest}",
                argument="target_shape",
                inputs=[0],
            )
        return (x[0], *(left if dim == -1 else dim for dim in self.target_shape))

    def window(self, *inputs: TensorType) -> Window | None:
        last = self.shape(inputs[0].shape)[-1]
        return POINT if last == inputs[0].shape[-1] else None

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x = linear(g, call.x)
        (out,) = call.outputs
        return g.node("Reshape", x, target(g, x, out.shape), type=out, first=False)

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer:
        unknown = [dim for dim in self.target_shape if isinstance(dim, Sym) or dim == -1]
        if len(unknown) > 1:
            raise Refusal(
                Code.NO_KERAS,
                f"`Reshape({show_shape(self.target_shape)})` leaves more than one size open, "
                "which Keras cannot express",
                argument="target_shape",
            )
        shape = tuple(-1 if isinstance(dim, Sym) else dim for dim in self.target_shape)
        return keras.layers.Reshape(shape, name=name)


def target(g: OnnxGraph, x: OnnxValue, shape: Shape) -> OnnxValue:
    """The shape as ONNX's Reshape takes it: 0 copies an axis, one -1 is what is left."""
    copied = x.type.shape[:1] if x.first else x.type.shape
    sizes: list[int] = []
    for axis, dim in enumerate(shape):
        if isinstance(dim, int):
            sizes.append(dim)
        else:
            sizes.append(0 if axis < len(copied) and copied[axis] == dim else -1)
    return g.shape(shape) if sizes.count(-1) > 1 else g.const(sizes, "int64")


def _behind_batch(dims: Sequence[int]) -> str:
    """An order of all axes without that of the batch."""
    left = ", ".join(str(axis) for axis in dims if axis)
    return f"({left})" if len(dims) > 2 else f"({left},)"


@op
class Permute(Op):
    """The axes of each sample in another order; 1 is the first behind the batch."""

    dims: tuple[int, ...] = arg(many(INT, "a list of axes, from 1"), doc="the axes in their order")

    rank = (2, 8)
    dtypes = ANY
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 4, 3), dims=[2, 1]),
        example(("N", "H", "W", 3), dims=[3, 1, 2]),
        example(("N", 2, 3, 4), dims=[1, 3, 2]),
        example(("N", 3), dims=[1]),
    )

    def shape(self, *shapes: Shape) -> Shape:
        x = shapes[0]
        if sorted(self.dims) != list(range(1, len(x))):
            wanted = ", ".join(map(str, range(1, len(x))))
            help = f"dims must hold {wanted} in some order"
            if sorted(self.dims) == list(range(len(x))):
                help = f"write `{_behind_batch(self.dims)}`: the batch stays as it is"
            raise Refusal(
                Code.BAD_VALUE,
                f"`Permute({show(list(self.dims))})` does not name each axis of {show_shape(x)} "
                "behind the batch once",
                argument="dims",
                help=help,
            )
        return (x[0], *(x[axis] for axis in self.dims))

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x = call.x
        order: Sequence[int] = (0, *self.dims)
        if x.first:
            order = [stored_axis(axis, x.rank) for axis in order]
        if list(order) == list(range(x.rank)):
            return OnnxValue(x.name, call.outputs[0])
        return g.node("Transpose", x, type=call.outputs[0], first=False, perm=list(order))


@op
class RepeatVector(Op):
    """A vector repeated along a new axis of time."""

    n: int = arg(POSITIVE, doc="how many times")

    rank = 2
    axes = "[batch, features]"
    dtypes = ANY
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 3), n=4),
        example(("N", "T"), n=1),
    )

    def shape(self, *shapes: Shape) -> Shape:
        batch, features = shapes[0]
        return batch, self.n, features

    def rank_help(self, x: TensorType) -> str:
        return "`-> Flatten` makes a vector of each sample" if x.rank > 2 else ""

    def window(self, *inputs: TensorType) -> Window | None:
        return None

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        batch, _, features = call.outputs[0].shape
        tall = TensorType(call.x.type.dtype, (batch, 1, features))
        x = g.node("Unsqueeze", call.x, g.const([1], "int64"), type=tall, first=False)
        return g.node("Tile", x, g.const([1, self.n, 1], "int64"), type=call.outputs[0])
