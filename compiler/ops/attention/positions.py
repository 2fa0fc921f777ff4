"""Where in a sequence something stands: learned and sine positions, as in keras_hub.

Keras itself has none of these layers; the Keras lowering composes them of `Embedding` and
`keras.ops`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.assume import refuted
from ...shapes.dims import Dim, Shape
from ...shapes.types import TensorType, show_shape
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.initializers import INITIALIZER, Initializer, glorot_uniform
from ..base.kinds import POSITIVE, arg
from ..base.op import Example, Op, Refusal, Weight, elements, example, known, op
from .angles import WAVELENGTH, angles, keras_angles, keras_positions


class Position(Op):
    """A layer over `[batch, length, features]` that looks at the shape of its input."""

    __slots__ = ()

    rank: ClassVar[int | tuple[int, int] | None] = 3
    axes: ClassVar[str] = "[batch, length, features]"
    dtypes: ClassVar[tuple[str, ...]] = ("float32",)

    def features(self, x: TensorType) -> int:
        """The size of the last axis, which must be known."""
        return known(x.shape[-1], self.name, "how many features come in")


@op
class PositionEmbedding(Position):
    """A learned vector for each position, in the shape of its input; add it to that.

    `x + (x -> PositionEmbedding(512))`. Called as in keras_hub; Keras has no such layer.
    """

    sequence_length: int = arg(POSITIVE, doc="how many positions are learned")
    initializer: Initializer = arg(INITIALIZER, default=glorot_uniform, doc="how they start")

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", "T", 4), sequence_length=8),
        example(("N", 5, 3), sequence_length=5),
        example(("N", 5, 3), sequence_length=6, initializer="ones"),
        example((2, 1, 3), sequence_length=6),
    )

    def shape(self, *shapes: Shape) -> Shape:
        length = shapes[0][1]
        if refuted("<=", length, self.sequence_length):
            raise Refusal(
                Code.SHAPE,
                f"`PositionEmbedding` learns {self.sequence_length} positions, and its input has "
                f"{length}: {show_shape(shapes[0])}",
                argument="sequence_length",
                inputs=[0],
                help=f"sequence_length={length} is enough",
            )
        return shapes[0]

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        shape = (self.sequence_length, self.features(inputs[0]))
        return (Weight("embeddings", shape, self.initializer),)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        (out,) = call.outputs
        rows = g.weight(call.weights["embeddings"], "embeddings")
        if out.shape[1] != self.sequence_length:
            type = TensorType("float32", out.shape[1:])
            zero, end = g.const([0], "int64"), g.shape((out.shape[1],))
            rows = g.node("Slice", rows, zero, end, zero, type=type)
        return g.node("Expand", rows, g.shape(out.shape), type=out, first=False)

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer:
        start = self.initializer.keras_object(keras)
        return keras.layers.Embedding(
            self.sequence_length, 1, embeddings_initializer=start, name=name
        )

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        assert layer is not None
        (x,) = inputs
        widen(layer, x.shape[-1])
        return layer(keras.ops.cast(keras_positions(keras, x), "int32"))


def widen(layer: KerasLayer, features: int) -> None:
    """Gives an Embedding that is not built the width of what it will be added to."""
    if not layer.built:
        layer.output_dim = features


@op
class SinePositionEncoding(Position):
    """Sines and cosines of the position, in the shape of its input (Vaswani et al. 2017).

    Feature `2i` is `sin(position / max_wavelength ** (2i / features))`, feature `2i + 1` the
    cosine. Add it to the input: `x + (x -> SinePositionEncoding)`. Called as in keras_hub; Keras
    has no such layer.
    """

    max_wavelength: float = arg(
        WAVELENGTH, default=10000.0, doc="the longest wave, over 2 pi, in positions"
    )

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", "T", 4)),
        example(("N", 6, 5), max_wavelength=100),
        example((2, 300, 8)),
        example(("N", 1, 1)),
    )

    def scales(self, features: int) -> list[float]:
        """By how much each feature's angle grows from one position to the next."""
        return [self.max_wavelength ** (-(i - i % 2) / features) for i in range(features)]

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return 2 * elements(outputs[0])

    def shape(self, *shapes: Shape) -> Shape:
        self.features(TensorType("float32", shapes[0]))
        return shapes[0]

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        (out,) = call.outputs
        features = self.features(out)
        turned = angles(g, out.shape[1], self.scales(features))
        even = g.const([i % 2 == 0 for i in range(features)], "bool")
        sine, cosine = g.node("Sin", turned), g.node("Cos", turned)
        waves = g.node("Where", even, sine, cosine, type=turned.type)
        return g.node("Expand", waves, g.shape(out.shape), type=out, first=False)

    def keras_layer(self, keras: KerasModule, name: str) -> None:
        return None

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        (x,) = inputs
        ops = keras.ops
        turned = keras_angles(keras, x, self.scales(x.shape[-1]))
        even = ops.convert_to_tensor([i % 2 == 0 for i in range(x.shape[-1])])
        return ops.where(even, ops.sin(turned), ops.cos(turned))
