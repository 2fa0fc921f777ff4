"""Axes of length 1 put in and taken out, and blocks of cells moved to the channels and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.assume import divided, same
from ...shapes.dims import Shape, compare
from ...shapes.types import FLOATS, TensorType, show_shape
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import AXES, INT, POSITIVE, Kind, OutOfRange, arg
from ..base.op import ANY, POINT, Example, Input, Op, Refusal, Window, example, known, op
from ..base.windows import CHANNELS_2D, Spatial
from ..reduce.reductions import place, places, reduced, settled


@op
class Squeeze(Op):
    """The tensor without some axes of length 1, as `keras.ops.squeeze`."""

    axis: int | tuple[int, ...] = arg(AXES, doc="the axis or axes that go")

    rank = (1, 8)
    dtypes = ANY
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 1, 3), axis=1),
        example(("N", 1, 1, 3), axis=[1, 2]),
        example(("N", "H", "W", 1), axis=-1),
        example((1, 4, 3), axis=0),
        example(Input(("N", 1), "int32", 0, 9), axis=1),
    )

    def _over(self, shape: Shape) -> tuple[int, ...]:
        return places(self.name, self.axis, shape)

    def shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        axes = self._over(shape)
        for axis in axes:
            if not same(shape[axis], 1):
                may = ", which may differ from 1" if compare("==", shape[axis], 1) is None else ""
                raise Refusal(
                    Code.SHAPE,
                    f"`Squeeze` takes out axes of length 1, but axis {axis} of "
                    f"{show_shape(shape)} is {shape[axis]} long{may}",
                    argument="axis",
                    inputs=[0],
                    help="an index takes one element: `x[:, 0]`",
                )
        return reduced(shape, axes, False)

    def window(self, *inputs: TensorType) -> Window | None:
        return POINT if inputs[0].rank - 1 not in self._over(inputs[0].shape) else None

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        axes = self._over(call.x.type.shape)
        x = settled(g, call.x, axes, False)
        first = x.first and x.rank - 1 not in axes
        stored = g.const([x.axis(axis) for axis in axes], "int64")
        return g.node("Squeeze", x, stored, type=call.outputs[0], first=first)

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer | None:
        return None

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        return keras.ops.squeeze(inputs[0], axis=self.axis)


@op
class ExpandDims(Op):
    """The tensor with a new axis of length 1, as `keras.ops.expand_dims`."""

    axis: int = arg(INT, doc="where the new axis will be")

    rank = (0, 7)
    dtypes = ANY
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 3), axis=1),
        example(("N", "T"), axis=-1),
        example(("N", 4, 3), axis=0),
        example(("N", "H", 4, 3), axis=-2),
        example(Input(("N",), "int32", 0, 9), axis=1),
    )

    def _place(self, shape: Shape) -> int:
        return place(self.name, self.axis, (*shape, 1))

    def shape(self, *shapes: Shape) -> Shape:
        axis = self._place(shapes[0])
        return (*shapes[0][:axis], 1, *shapes[0][axis:])

    def window(self, *inputs: TensorType) -> Window | None:
        return POINT if self._place(inputs[0].shape) < inputs[0].rank else None

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x = g.channels_last(call.x)
        axis = g.const([self._place(x.type.shape)], "int64")
        return g.node("Unsqueeze", x, axis, type=call.outputs[0], first=False)

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer | None:
        return None

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        return keras.ops.expand_dims(inputs[0], self.axis)


def _block(value: object) -> int:
    size = POSITIVE.convert(value)
    if size < 2:
        raise OutOfRange(f"{size} is less than 2")
    return size


BLOCK = Kind("an int of at least 2", _block)


@op
class BlockMove(Spatial):
    """What DepthToSpace and SpaceToDepth share."""

    block_size: int = arg(BLOCK, doc="how many rows and columns a block has")

    rank = 4
    axes = CHANNELS_2D
    dtypes: ClassVar[tuple[str, ...]] = FLOATS

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, (out,) = g.channels_first(call.x), call.outputs
        return g.node(self.name, x, type=out, blocksize=self.block_size)

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer | None:
        return None


@op
class DepthToSpace(BlockMove):
    """Channels spread over blocks of cells: a larger picture (`keras.ops.depth_to_space`)."""

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 2, 3, 8), block_size=2),
        example(("N", 3, 1, 18), block_size=3),
        example(("N", "H", "W", 4), block_size=2),
    )

    def shape(self, *shapes: Shape) -> Shape:
        n, height, width, depth = shapes[0]
        channels = known(depth, self.name, "how many channels come in")
        block = self.block_size
        if channels % block**2:
            raise Refusal(
                Code.SHAPE,
                f"`DepthToSpace` cannot spread the {channels} channels of "
                f"{show_shape(shapes[0])} over blocks of {block} by {block}",
                argument="block_size",
                inputs=[0],
                help=f"let the layer before give a multiple of {block**2} channels",
            )
        return n, height * block, width * block, channels // block**2

    def window(self, *inputs: TensorType) -> Window | None:
        return Window((1, 1), (1, 1), (1, 1), scale=(self.block_size,) * 2)

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        return keras.ops.depth_to_space(inputs[0], self.block_size, data_format="channels_last")


@op
class SpaceToDepth(BlockMove):
    """The cells of each block as channels: a smaller picture (`keras.ops.space_to_depth`)."""

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 4, 6, 3), block_size=2),
        example(("N", 3, 9, 2), block_size=3),
    )

    def shape(self, *shapes: Shape) -> Shape:
        shape, block = shapes[0], self.block_size
        n, height, width, depth = shape
        rows, columns = divided(height, block), divided(width, block)
        if rows is None or columns is None:
            axis = 1 if rows is None else 2
            raise Refusal(
                Code.SHAPE,
                f"`SpaceToDepth` cannot cut {show_shape(shape)} into blocks of {block} by "
                f"{block}: axis {axis} is `{shape[axis]}`",
                argument="block_size",
                inputs=[0],
                help=f"write its size as `{block} * {'HW'[axis - 1]}` in the net's signature, "
                "or pad it to a multiple",
            )
        return n, rows, columns, depth * block**2

    def window(self, *inputs: TensorType) -> Window | None:
        return Window((self.block_size,) * 2, (self.block_size,) * 2, (1, 1))

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        return keras.ops.space_to_depth(inputs[0], self.block_size, data_format="channels_last")
