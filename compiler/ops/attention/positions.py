"""Where in a sequence something stands: learned, sine and rotary positions, as in keras_hub.

Keras itself has none of these layers; the Keras lowering composes them of `Embedding` and
`keras.ops`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim, Shape
from ...shapes.types import TensorType, show_shape
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.initializers import INITIALIZER, Initializer, glorot_uniform
from ..base.kinds import FLOAT, POSITIVE, arg, at_least
from ..base.op import Example, Op, Refusal, Weight, elements, example, known, op
from .attending import positions, unsqueeze

WAVELENGTH = at_least(FLOAT, 1, "a number of at least 1")


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
        if isinstance(length, int) and length > self.sequence_length:
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
        return layer(keras.ops.cast(_keras_positions(keras, x), "int32"))


def widen(layer: KerasLayer, features: int) -> None:
    """Gives an Embedding that is not built the width of what it will be added to."""
    if not layer.built:
        layer.output_dim = features


def _keras_positions(keras: KerasModule, x: KerasTensor) -> KerasTensor:
    """`[batch, length]`: 0, 1, 2, … as floats, for a length that may not be known."""
    return keras.ops.cumsum(keras.ops.ones_like(x[:, :, 0]), axis=1) - 1.0


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
        angles = _angles(g, out.shape[1], self.scales(features))
        even = g.const([i % 2 == 0 for i in range(features)], "bool")
        sine, cosine = g.node("Sin", angles), g.node("Cos", angles)
        waves = g.node("Where", even, sine, cosine, type=angles.type)
        return g.node("Expand", waves, g.shape(out.shape), type=out, first=False)

    def keras_layer(self, keras: KerasModule, name: str) -> None:
        return None

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        (x,) = inputs
        ops = keras.ops
        angles = _keras_angles(keras, x, self.scales(x.shape[-1]))
        even = ops.convert_to_tensor([i % 2 == 0 for i in range(x.shape[-1])])
        return ops.where(even, ops.sin(angles), ops.cos(angles))


def _angles(g: OnnxGraph, length: Dim, scales: Sequence[float]) -> OnnxValue:
    """`[length, features]`: each position times each scale."""
    row = positions(g, length)
    number = g.node("Cast", row, type=TensorType("float32", (length,)), to=1)
    type = TensorType("float32", (length, len(scales)))
    return g.node("Mul", unsqueeze(g, number, [1]), g.const(list(scales)), type=type)


def _keras_angles(keras: KerasModule, x: KerasTensor, scales: Sequence[float]) -> Any:
    """`[batch, length, features]`: each position times each scale."""
    ops = keras.ops
    flat = x if len(x.shape) == 3 else x[:, :, 0]
    places = ops.expand_dims(_keras_positions(keras, flat), -1)
    return ops.multiply(places, ops.convert_to_tensor(list(scales), dtype="float32"))


@op
class RotaryEmbedding(Position):
    """Turns pairs of features by an angle that grows with the position (Su et al. 2021).

    Feature `i` is paired with feature `i + features / 2`. For queries and keys before their
    product, `[batch, length, features]` or `[batch, length, heads, features]`. Called as in
    keras_hub, with the sequence on axis 1; Keras has no such layer.
    """

    max_wavelength: float = arg(
        WAVELENGTH, default=10000.0, doc="the longest wave, over 2 pi, in positions"
    )
    scaling_factor: float = arg(
        at_least(FLOAT, 1, "a number of at least 1"), default=1.0, doc="divides the positions"
    )

    rank = (3, 4)
    axes = "[batch, length, …, features]"
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", "T", 4)),
        example(("N", "T", 3, 6), scaling_factor=2.0),
        example(("N", 5, 2), max_wavelength=50),
        example((2, 4, 1, 8)),
    )

    def shape(self, *shapes: Shape) -> Shape:
        features = self.features(TensorType("float32", shapes[0]))
        if features % 2:
            raise Refusal(
                Code.SHAPE,
                f"`RotaryEmbedding` turns pairs of features, and its input has {features}: "
                f"{show_shape(shapes[0])}",
                inputs=[0],
                help="give it an even number of features",
            )
        return shapes[0]

    def scales(self, features: int) -> list[float]:
        """By how much each feature's angle grows from one position to the next."""
        half = features // 2
        slow = [
            self.max_wavelength ** (-2 * i / features) / self.scaling_factor for i in range(half)
        ]
        return slow * 2

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return 3 * elements(outputs[0])

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x = g.channels_last(call.x)
        features = self.features(x.type)
        angles = _angles(g, x.type.shape[1], self.scales(features))
        if x.rank == 4:
            angles = unsqueeze(g, angles, [1])
        half = TensorType("float32", (*x.type.shape[:-1], features // 2))
        sizes = g.const([features // 2] * 2, "int64")
        low, high = g.nodes("Split", x, sizes, types=[half] * 2, axis=-1)
        turned = g.node("Concat", g.node("Neg", high), low, type=x.type, first=False, axis=-1)
        still = g.node("Mul", x, g.node("Cos", angles))
        return g.node("Add", still, g.node("Mul", turned, g.node("Sin", angles)))

    def keras_layer(self, keras: KerasModule, name: str) -> None:
        return None

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        (x,) = inputs
        ops = keras.ops
        angles = _keras_angles(keras, x, self.scales(x.shape[-1]))
        if len(x.shape) == 4:
            angles = ops.expand_dims(angles, 2)
        low, high = ops.split(x, 2, axis=-1)
        turned = ops.concatenate([ops.negative(high), low], axis=-1)
        return x * ops.cos(angles) + turned * ops.sin(angles)
