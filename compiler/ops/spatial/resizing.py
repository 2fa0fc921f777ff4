"""Pictures brought to a size that is given: Resizing and CenterCrop."""

from __future__ import annotations

from collections.abc import Sequence
from struct import pack, unpack
from typing import ClassVar, TypedDict

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim, Shape, compare
from ...shapes.types import DTYPES, FLOATS, TensorType, show_shape
from ..base.backend import KerasLayer, KerasModule, OnnxCall, OnnxGraph, OnnxValue
from ..base.casting import cast
from ..base.kinds import POSITIVE, arg, choice, either
from ..base.op import Example, Input, Refusal, Window, elements, example, op
from ..base.windows import CHANNELS_2D, Spatial

_UNSUPPORTED = ("bicubic", "lanczos3", "lanczos5")

INTERPOLATION = either(choice(*_UNSUPPORTED), choice("nearest", "bilinear"), "nearest or bilinear")


class ResizeAttributes(TypedDict, total=False):
    """What ONNX's Resize is told."""

    mode: str
    coordinate_transformation_mode: str
    nearest_mode: str


BLENDED: ResizeAttributes = {
    "mode": "linear",
    "coordinate_transformation_mode": "half_pixel",
}
"""How ONNX's Resize blends as Keras does."""


def refuse_interpolation(who: str, interpolation: str) -> None:
    """Raises Refusal for Keras's interpolations that ONNX does otherwise."""
    if interpolation in _UNSUPPORTED:
        raise Refusal(
            Code.BAD_VALUE,
            f"`{who}` cannot interpolate by {interpolation}: ONNX's Resize does "
            "not give Keras's numbers for it",
            argument="interpolation",
            help="give it `interpolation=bilinear`",
        )


@op
class Resizing(Spatial):
    """A picture brought to a size, whatever its own; a shrunk one is not smoothed first.

    Keeps the dtype: integers are rounded.
    """

    height: int = arg(POSITIVE, doc="the rows it gets")
    width: int = arg(POSITIVE, doc="the columns it gets")
    interpolation: str = arg(
        INTERPOLATION, default="bilinear", doc="whether the nearest cell is taken or four blended"
    )

    rank = 4
    axes = CHANNELS_2D
    dtypes = ("float32", "uint8")
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 3, 4, 2), height=6, width=5),
        example(("N", 9, 7, 2), height=4, width=3),
        example(("N", 9, 7, 2), height=4, width=3, interpolation="nearest"),
        example(("N", 4, 5, 2), height=7, width=11, interpolation="nearest"),
        example(("N", 1, 5, 3), height=4, width=1),
        example(("N", 4, 5, 2), height=4, width=5),
        example(("N", "H", "W", 3), height=5, width=8),
        example(("N", "H", "W", 3), height=5, width=8, interpolation="nearest"),
        example(Input(("N", 5, 7, 3), "uint8", high=256), height=8, width=4),
        example(
            Input(("N", 5, "W", 3), "uint8", high=256), height=8, width=4, interpolation="nearest"
        ),
    )

    def validate(self) -> None:
        refuse_interpolation(self.name, self.interpolation)

    def shape(self, *shapes: Shape) -> Shape:
        return (shapes[0][0], self.height, self.width, shapes[0][-1])

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return 0 if self.interpolation == "nearest" else 8 * elements(outputs[0])

    def window(self, *inputs: TensorType) -> Window | None:
        return None

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        (out,) = call.outputs
        if self.interpolation == "nearest":
            return nearest(g, call.x, out)
        x = as_float(g, call.x)
        y = blended(g, x, TensorType(x.type.dtype, out.shape))
        if out.dtype == y.type.dtype:
            return y
        return cast(g, g.node("Round", y), out.dtype)


def as_float(g: OnnxGraph, x: OnnxValue) -> OnnxValue:
    """The value in float32, unless it is a float already."""
    return x if x.type.dtype in FLOATS else cast(g, x, "float32")


def blended(g: OnnxGraph, x: OnnxValue, out: TensorType) -> OnnxValue:
    """A picture brought to the height and width of `out`, four cells blended."""
    if x.type.shape[1:-1] == out.shape[1:-1]:
        return x
    x = g.channels_first(x)
    batch, *spatial, channels = out.shape
    # Not with the attribute `axes`: onnxruntime's transpose optimizer breaks such a Resize.
    sizes = g.shape((batch, channels, *spatial))
    return g.node("Resize", x, None, None, sizes, type=out, **BLENDED)


def nearest(g: OnnxGraph, x: OnnxValue, out: TensorType) -> OnnxValue:
    """A picture brought to the height and width of `out`, each cell that of the nearest centre.

    ONNX's Resize rounds otherwise than TensorFlow where a centre lies between two cells.
    """
    for axis in (1, 2):
        shape, wanted = x.type.shape, out.shape[axis]
        assert isinstance(wanted, int)
        if shape[axis] != wanted:
            made = TensorType(x.type.dtype, (*shape[:axis], wanted, *shape[axis + 1 :]))
            places = _places(g, shape[axis], wanted)
            x = g.node("Gather", x, places, type=made, axis=x.axis(axis))
    return x


def _places(g: OnnxGraph, size: Dim, wanted: int) -> OnnxValue:
    """The cell to take for each output, computed in float32 as TensorFlow does."""
    if isinstance(size, int):
        scale = _float32(size / wanted)
        found = [min(int(_float32((i + 0.5) * scale)), size - 1) for i in range(wanted)]
        return g.const(found, "int64")
    row = TensorType("float32", (wanted,))
    length = cast(g, g.shape((size,)), "float32")
    scale_value = g.node("Div", length, g.const([float(wanted)]))
    centres = g.const([i + 0.5 for i in range(wanted)])
    places = g.node("Floor", g.node("Mul", centres, scale_value, type=row))
    last = g.node("Sub", length, g.const([1.0]))
    return cast(g, g.node("Min", places, last), "int64")


def _float32(value: float) -> float:
    (rounded,) = unpack("f", pack("f", value))
    assert isinstance(rounded, float)
    return rounded


@op
class CenterCrop(Spatial):
    """The middle of a picture, in float32.

    A picture that is too small on one side is cut to the shape that is wanted and enlarged.
    """

    height: int = arg(POSITIVE, doc="the rows it gets")
    width: int = arg(POSITIVE, doc="the columns it gets")

    rank = 4
    axes = CHANNELS_2D
    dtypes = DTYPES[:-1]
    keras_floats = ("float32",)
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 7, 6, 3), height=4, width=3),
        example(("N", 4, 5, 2), height=4, width=4),
        example(("N", 4, 5, 2), height=4, width=5),
        example(("N", 7, 4, 3), height=5, width=6),
        example(("N", 3, 4, 2), height=7, width=5),
        example(("N", 9, 2, 2), height=3, width=8),
        example(Input(("N", 7, 6, 3), "uint8", high=256), height=4, width=3),
        example(Input(("N", 3, 4, 3), "int32", high=256), height=4, width=3),
    )

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        (x,) = inputs
        self._cut(x.shape)
        dtype = x.dtype if x.dtype in FLOATS else "float32"
        return (TensorType(dtype, (x.shape[0], self.height, self.width, x.shape[-1])),)

    def _fits(self, shape: Shape) -> bool:
        """Whether nothing must be enlarged."""
        wanted = (self.height, self.width)
        fits = [compare(">=", size, want) for size, want in zip(shape[1:-1], wanted, strict=True)]
        if False not in fits and None in fits:
            axis = fits.index(None)
            raise Refusal(
                Code.SHAPE,
                f"`CenterCrop` needs to know whether {show_shape(shape)} has "
                f"{wanted[axis]} {('rows', 'columns')[axis]}, but axis {axis + 1} is "
                f"`{shape[axis + 1]}`",
                inputs=[0],
                help="`-> Resizing(height, width)` before it brings every picture to one size",
            )
        return False not in fits

    def _cut(self, shape: Shape) -> tuple[Dim, Dim]:
        """The rows and columns that are kept before any enlarging."""
        if self._fits(shape):
            return self.height, self.width
        height, width = shape[1:-1]
        if not isinstance(height, int) or not isinstance(width, int):
            raise Refusal(
                Code.SHAPE,
                f"`CenterCrop` enlarges {show_shape(shape)} to {self.height} by {self.width}, "
                "for which it needs to know both sizes",
                inputs=[0],
                help="`-> Resizing(height, width)` before it brings every picture to one size",
            )
        # The divisions are Keras's.
        rows = max(min(height, int(width * self.height / self.width)), 1)
        columns = max(min(width, int(height * self.width / self.height)), 1)
        return rows, columns

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        cut = self._cut(inputs[0].shape)
        return 0 if cut == (self.height, self.width) else 8 * elements(outputs[0])

    def window(self, *inputs: TensorType) -> Window | None:
        return None

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, (out,) = as_float(g, call.x), call.outputs
        shape = x.type.shape
        cut = self._cut(shape)
        if cut != shape[1:-1]:
            starts = tuple((size - kept) // 2 for size, kept in zip(shape[1:-1], cut, strict=True))
            stops = tuple(start + kept for start, kept in zip(starts, cut, strict=True))
            first = 2 if x.first else 1
            x = g.node(
                "Slice",
                x,
                g.shape(starts),
                g.shape(stops),
                g.const([first, first + 1], "int64"),
                type=TensorType(x.type.dtype, (shape[0], *cut, shape[-1])),
            )
        if cut == (self.height, self.width):
            return x
        return blended(g, x, out)

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer:
        return keras.layers.CenterCrop(self.height, self.width, name=name)
