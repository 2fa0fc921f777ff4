"""Padding with cells of the input: mirrored at the edge, or the edge itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.assume import refuted
from ...shapes.dims import Shape
from ...shapes.types import show_shape
from ..base.backend import KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.op import Example, Refusal, example, op
from ..base.windows import pad
from .spatial import WORDS, Padding, Padding1D, Padding2D, Padding3D


class BorderPadding(Padding):
    """What the paddings with cells of the input share. Keras has functions for them, no layers."""

    __slots__ = ()

    onnx_mode: ClassVar[str]

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        if not any(map(any, self.sides)):
            return call.x
        return pad(g, call.x, self.sides, mode=self.onnx_mode)

    def keras_layer(self, keras: KerasModule, name: str) -> None:
        return None


class Reflection(BorderPadding):
    """What the paddings that mirror share."""

    __slots__ = ()

    onnx_mode = "reflect"

    def shape(self, *shapes: Shape) -> Shape:
        """The padded shape. Raises Refusal where there are too few cells to mirror."""
        (shape,) = shapes
        for axis, (size, ends) in enumerate(zip(shape[1:-1], self.sides, strict=True), start=1):
            if refuted(">", size, max(ends)):
                word = WORDS[len(self.sides)][axis - 1]
                raise Refusal(
                    Code.SHAPE,
                    f"`{self.name}` cannot mirror {max(ends)} {word} of {show_shape(shape)}: "
                    f"axis {axis} is {size} long, and its edge is not repeated",
                    argument="padding",
                    inputs=[0],
                    help=f"mirror fewer {word} than there are, or repeat the edge with "
                    f"`EdgePadding{len(self.sides)}D`",
                )
        return super().shape(*shapes)

    def keras_call(
        self, keras: KerasModule, layer: None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        (x,) = inputs
        return keras.ops.pad(x, ((0, 0), *self.sides, (0, 0)), mode="reflect")


class Edge(BorderPadding):
    """What the paddings that repeat the edge share."""

    __slots__ = ()

    onnx_mode = "edge"

    def keras_call(
        self, keras: KerasModule, layer: None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        (x,) = inputs
        # TensorFlow's pad has no such mode.
        for axis, (before, after) in enumerate(self.sides, start=1):
            outer = (slice(None),) * axis
            first, last = (*outer, slice(0, 1)), (*outer, slice(-1, None))
            parts = [keras.ops.repeat(x[first], before, axis=axis)] if before else []
            parts.append(x)
            if after:
                parts.append(keras.ops.repeat(x[last], after, axis=axis))
            if len(parts) > 1:
                x = keras.ops.concatenate(parts, axis=axis)
        return x


@op
class ReflectionPadding1D(Padding1D, Reflection):
    """Steps around a sequence that mirror it; the first and the last are not repeated.

    PyTorch's `ReflectionPad1d`, and `mode="reflect"` of NumPy and ONNX.
    """

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 4, 2)),
        example(("N", 4, 2), padding=3),
        example(("N", 3, 2), padding=(0, 2)),
        example(("N", 1, 2), padding=0),
        example(("N", "T", 2), padding=(2, 1)),
    )


@op
class ReflectionPadding2D(Padding2D, Reflection):
    """Rows and columns around a picture that mirror it; its edge is not repeated.

    PyTorch's `ReflectionPad2d`, and `mode="reflect"` of NumPy and ONNX.
    """

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 3, 4, 2)),
        example(("N", 3, 4, 2), padding=2),
        example(("N", 1, 4, 2), padding=(0, 3)),
        example(("N", 3, 4, 2), padding=((1, 2), (0, 3))),
        example(("N", 3, 4, 2), padding=0),
        example(("N", "H", "W", 2), padding=((0, 1), (2, 0))),
    )


@op
class ReflectionPadding3D(Padding3D, Reflection):
    """Planes, rows and columns around a volume that mirror it; its edge is not repeated.

    PyTorch's `ReflectionPad3d`, and `mode="reflect"` of NumPy and ONNX.
    """

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 3, 4, 2, 2)),
        example(("N", 1, 4, 2, 2), padding=(0, 3, 1)),
        example(("N", 3, 4, 5, 2), padding=((1, 2), (0, 3), (4, 0))),
        example(("N", "D", "H", "W", 2), padding=((0, 1), (2, 0), (1, 1))),
    )


@op
class EdgePadding1D(Padding1D, Edge):
    """The first and the last step of a sequence, repeated at its ends.

    PyTorch's `ReplicationPad1d`, and `mode="edge"` of NumPy and ONNX.
    """

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 4, 2)),
        example(("N", 1, 2), padding=3),
        example(("N", 3, 2), padding=(0, 2)),
        example(("N", 4, 2), padding=0),
        example(("N", "T", 2), padding=(2, 1)),
    )


@op
class EdgePadding2D(Padding2D, Edge):
    """The cells at the edge of a picture, repeated around it.

    PyTorch's `ReplicationPad2d`, and `mode="edge"` of NumPy and ONNX.
    """

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 3, 4, 2)),
        example(("N", 1, 1, 2), padding=(0, 3)),
        example(("N", 3, 4, 2), padding=((1, 2), (0, 5))),
        example(("N", 3, 4, 2), padding=0),
        example(("N", "H", "W", 2), padding=((0, 1), (2, 0))),
    )


@op
class EdgePadding3D(Padding3D, Edge):
    """The cells at the edge of a volume, repeated around it.

    PyTorch's `ReplicationPad3d`, and `mode="edge"` of NumPy and ONNX.
    """

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 3, 4, 2, 2)),
        example(("N", 1, 1, 1, 2), padding=(0, 3, 1)),
        example(("N", 3, 4, 2, 2), padding=((1, 2), (0, 3), (4, 0))),
        example(("N", "D", "H", "W", 2), padding=((0, 1), (2, 0), (1, 1))),
    )
