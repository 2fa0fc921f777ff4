"""Adaptive pooling: windows that follow from the size that the output shall have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ...shapes.dims import Dim, Shape, ceil_div, dim_prod
from ...shapes.types import TensorType
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.casting import cast
from ..base.kinds import arg, ints
from ..base.op import Example, Window, elements, example, op
from ..base.windows import CHANNELS_1D, CHANNELS_2D, CHANNELS_3D, Spatial
from .global_pooling import reduced, whole
from .uneven import Windows, keras_windows, uneven


def size(axes: int) -> tuple[int, ...]:
    """The argument that says how large the output is along each axis."""
    return arg(ints(axes), doc="size of the output")


@op
class Adaptive(Spatial):
    """What the pools to a given size share; the subclasses say over how many axes."""

    output_size: tuple[int, ...] = size(2)

    onnx_kinds: ClassVar[tuple[str, str, str]]
    """ONNX's pools over windows and over everything, and its reduction."""

    def shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        return (shape[0], *self.output_size, shape[-1])

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        sizes = zip(inputs[0].shape[1:-1], self.output_size, strict=True)
        return elements(outputs[0]) * dim_prod(ceil_div(size, made) for size, made in sizes)

    def window(self, *inputs: TensorType) -> Window | None:
        steps = self._steps(inputs[0])
        if None in steps:
            return None
        alike = tuple(step or 1 for step in steps)
        return Window(alike, alike, (1,) * len(alike))

    def _steps(self, x: TensorType) -> tuple[int | None, ...]:
        """How long the windows along each axis are, where that is known and the same for all."""
        return tuple(
            size // made if isinstance(size, int) and size % made == 0 else None
            for size, made in zip(x.shape[1:-1], self.output_size, strict=True)
        )

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, (out,) = call.x, call.outputs
        pool, everything, reduction = self.onnx_kinds
        if all(made == 1 for made in self.output_size):
            return whole(g, (everything, reduction), x, out, keepdims=True)
        steps = [step or 1 for step in self._steps(x.type)]
        if max(steps) > 1:
            batch, *sizes, channels = x.type.shape
            pooled = (size // step for size, step in zip(sizes, steps, strict=True))
            type = TensorType(out.dtype, (batch, *pooled, channels))
            x = g.node(pool, g.channels_first(x), type=type, kernel_shape=steps, strides=steps)
        for axis, made in enumerate(self.output_size, start=1):
            shape = x.type.shape
            if shape[axis] == made:
                continue
            x = g.channels_last(x)
            type = TensorType(out.dtype, (*shape[:axis], made, *shape[axis + 1 :]))
            if made == 1:
                x = reduced(g, reduction, x, [axis], type, keepdims=True)
            else:
                x = self.pooled(g, uneven(g, x, axis, made), type)
        return x

    def pooled(self, g: OnnxGraph, windows: Windows, out: TensorType) -> OnnxValue:
        """The windows along one axis, each made one cell."""
        raise NotImplementedError

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        (x,) = inputs
        sizes = x.shape[1:-1]
        # Keras pools by windows of `ceil(size / output) + 1` cells, and its process may end where
        # the axis has fewer.
        if layer is not None and all(
            size is not None and -(-size // made) < size
            for size, made in zip(sizes, self.output_size, strict=True)
        ):
            return layer(x)
        for axis, (size, made) in enumerate(zip(sizes, self.output_size, strict=True), start=1):
            if made == 1:
                x = self.keras_whole(keras, x, axis)
            elif size != made:
                x = self.keras_pooled(keras, x, axis, made)
        return x

    def keras_whole(self, keras: KerasModule, x: KerasTensor, axis: int) -> KerasTensor:
        """An axis of a Keras tensor pooled to one cell."""
        raise NotImplementedError

    def keras_pooled(self, keras: KerasModule, x: KerasTensor, axis: int, made: int) -> KerasTensor:
        """An axis of a Keras tensor pooled to some cells."""
        raise NotImplementedError


@op
class AdaptiveAverage(Adaptive):
    """What the means over adaptive windows share."""

    onnx_kinds = ("AveragePool", "GlobalAveragePool", "ReduceMean")

    def pooled(self, g: OnnxGraph, windows: Windows, out: TensorType) -> OnnxValue:
        cells = windows.cells
        inside = windows.beside(g, windows.inside)
        zero = g.const(0.0, out.dtype)
        kept = g.node("Where", inside, cells, zero, type=cells.type, first=False)
        total = reduced(g, "ReduceSum", kept, [windows.axis + 1], out)
        counts = windows.counts
        raised = TensorType("int64", (counts.type.shape[0], *(1,) * (out.rank - windows.axis - 1)))
        counts = g.node("Reshape", counts, g.shape(raised.shape), type=raised, first=False)
        return g.node("Div", total, cast(g, counts, out.dtype))

    def keras_whole(self, keras: KerasModule, x: KerasTensor, axis: int) -> KerasTensor:
        return keras.ops.mean(x, axis=axis, keepdims=True)

    def keras_pooled(self, keras: KerasModule, x: KerasTensor, axis: int, made: int) -> KerasTensor:
        inside = keras.ops.cast(
            keras_windows(keras, x, len(self.output_size) + 2, axis, made), x.dtype
        )
        letters = "abcde"[: len(self.output_size) + 2]
        equation = f"z{letters[axis]},{letters}->{letters.replace(letters[axis], 'z')}"
        shares = inside / keras.ops.sum(inside, axis=1, keepdims=True)
        return keras.ops.einsum(equation, shares, x)


@op
class AdaptiveLargest(Adaptive):
    """What the largest values over adaptive windows share."""

    onnx_kinds = ("MaxPool", "GlobalMaxPool", "ReduceMax")

    def pooled(self, g: OnnxGraph, windows: Windows, out: TensorType) -> OnnxValue:
        return reduced(g, "ReduceMax", windows.cells, [windows.axis + 1], out)

    def keras_whole(self, keras: KerasModule, x: KerasTensor, axis: int) -> KerasTensor:
        return keras.ops.max(x, axis=axis, keepdims=True)

    def keras_pooled(self, keras: KerasModule, x: KerasTensor, axis: int, made: int) -> KerasTensor:
        inside = keras_windows(keras, x, len(self.output_size) + 2, axis, made)
        for place in range(2, len(self.output_size) + 3 - axis):
            inside = keras.ops.expand_dims(inside, place)
        windows = keras.ops.where(inside, keras.ops.expand_dims(x, axis), float("-inf"))
        return keras.ops.max(windows, axis=axis + 1)


EXAMPLES_1D = (
    example(("N", 6, 3), output_size=3),
    example(("N", 7, 3), output_size=3),
    example(("N", 7, 3), output_size=1),
    example(("N", 5, 2), output_size=5),
    example(("N", 3, 2), output_size=7),
    example(("N", 1, 2), output_size=1),
    example(("N", 1, 2), output_size=3),
    example(("N", "T", 3), output_size=1),
    example(("N", "T", 3), output_size=3),
    example(("N", "T", 2), output_size=9),
)

EXAMPLES_2D = (
    example(("N", 6, 8, 3), output_size=2),
    example(("N", 7, 10, 2), output_size=(3, 5)),
    example(("N", 6, 5, 2), output_size=(1, 3)),
    example(("N", 3, 4, 2), output_size=7),
    example(("N", 4, 5, 2), output_size=1),
    example(("N", 1, 5, 2), output_size=(1, 2)),
    example(("N", "H", "W", 3), output_size=1),
    example(("N", "H", "W", 2), output_size=(1, 4)),
    example(("N", "H", 6, 2), output_size=(3, 2)),
    example(("N", "H", "W", 2), output_size=7),
)

EXAMPLES_3D = (
    example(("N", 4, 6, 8, 3), output_size=2),
    example(("N", 5, 4, 3, 2), output_size=(2, 3, 1)),
    example(("N", 2, 3, 4, 2), output_size=(3, 1, 4)),
    example(("N", 1, 2, 3, 2), output_size=1),
    example(("N", "D", "H", "W", 2), output_size=1),
    example(("N", "D", 5, "W", 2), output_size=(2, 3, 4)),
)


@op
class AdaptiveAveragePooling2D(AdaptiveAverage):
    """The means of as many windows as the output shall have, over height and width.

    Output `i` of `n` looks at the cells from `floor(i * size / n)` up to, and without,
    `ceil((i + 1) * size / n)`, as in PyTorch. The input may have any size.
    """

    rank = 4
    axes = CHANNELS_2D
    examples: ClassVar[tuple[Example, ...]] = EXAMPLES_2D


@op
class AdaptiveMaxPooling2D(AdaptiveLargest):
    """The largest values of as many windows as the output shall have, over height and width.

    Output `i` of `n` looks at the cells from `floor(i * size / n)` up to, and without,
    `ceil((i + 1) * size / n)`, as in PyTorch. The input may have any size.
    """

    rank = 4
    axes = CHANNELS_2D
    examples: ClassVar[tuple[Example, ...]] = EXAMPLES_2D


@op
class Adaptive1D(Adaptive):
    """What the adaptive pools over one axis share."""

    output_size: tuple[int, ...] = size(1)

    rank = 3
    axes = CHANNELS_1D
    examples: ClassVar[tuple[Example, ...]] = EXAMPLES_1D


@op
class AdaptiveAveragePooling1D(Adaptive1D, AdaptiveAverage):
    """The means of as many windows as the output shall have, over time."""


@op
class AdaptiveMaxPooling1D(Adaptive1D, AdaptiveLargest):
    """The largest values of as many windows as the output shall have, over time."""


@op
class Adaptive3D(Adaptive):
    """What the adaptive pools over three axes share."""

    output_size: tuple[int, ...] = size(3)

    rank = 5
    axes = CHANNELS_3D
    keras_floats = ("bfloat16", "float32")
    examples: ClassVar[tuple[Example, ...]] = EXAMPLES_3D


@op
class AdaptiveAveragePooling3D(Adaptive3D, AdaptiveAverage):
    """The means of as many windows as the output shall have, over depth, height and width."""


@op
class AdaptiveMaxPooling3D(Adaptive3D, AdaptiveLargest):
    """The largest values of as many windows as the output shall have, over depth and the rest."""
