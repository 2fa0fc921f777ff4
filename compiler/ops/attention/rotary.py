"""Rotary positions: pairs of features turned by an angle that grows with the position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim, Shape
from ...shapes.types import TensorType, show_shape
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import BOOL, FLOAT, POSITIVE, arg, at_least, optional
from ..base.op import Example, Refusal, elements, example, op
from ..base.places import unsqueeze
from ..base.wrapped import layer_kind
from .angles import WAVELENGTH, angles, keras_angles
from .positions import Position


@op
class RotaryEmbedding(Position):
    """Turns pairs of features by an angle that grows with the position (Su et al. 2021).

    Pair `i` of the `d` features that turn has the angle
    `position / max_wavelength ** (2i / d) / scaling_factor`, and `(a, b)` becomes
    `(a cos - b sin, b cos + a sin)`. Feature `i` is paired with feature `i + d / 2`, as GPT-NeoX
    and Hugging Face's Llama do; with `interleaved` the pairs are neighbours, `2i` and `2i + 1`, as
    in the paper and in Meta's Llama. For queries and keys before their product,
    `[batch, length, features]` or `[batch, length, heads, features]`; attention with heads takes
    it as `rope`. Called as in keras_hub, with the sequence on axis 1; `interleaved` and
    `rotary_dim` are called as in ONNX. Keras has no such layer.
    """

    max_wavelength: float = arg(
        WAVELENGTH, default=10000.0, doc="the longest wave, over 2 pi, in positions"
    )
    scaling_factor: float = arg(
        at_least(FLOAT, 1, "a number of at least 1"), default=1.0, doc="divides the positions"
    )
    interleaved: bool = arg(
        BOOL, default=False, doc="whether neighbours are pairs, and not the two halves"
    )
    rotary_dim: int | None = arg(
        optional(POSITIVE), default=None, doc="how many features turn, the first ones; none: all"
    )

    rank = (3, 4)
    axes = "[batch, length, …, features]"
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", "T", 4)),
        example(("N", "T", 3, 6), scaling_factor=2.0),
        example(("N", 5, 2), max_wavelength=50),
        example((2, 4, 1, 8)),
        example(("N", "T", 6), interleaved=True),
        example(("N", 4, 2, 6), interleaved=True, rotary_dim=4),
        example(("N", "T", 2, 7), rotary_dim=4),
        example(("N", 3, 4), rotary_dim=4, max_wavelength=100),
    )

    def validate(self) -> None:
        """Raises Refusal where the features that turn are no pairs."""
        if self.rotary_dim is not None and self.rotary_dim % 2:
            raise Refusal(
                Code.BAD_VALUE,
                f"`rotary_dim` of `RotaryEmbedding` is an even number, since pairs turn; "
                f"got {self.rotary_dim}",
                argument="rotary_dim",
            )

    def shape(self, *shapes: Shape) -> Shape:
        features = self.features(TensorType("float32", shapes[0]))
        why = self.unfit(features)
        if why:
            raise Refusal(
                Code.SHAPE,
                f"`RotaryEmbedding` {why}: {show_shape(shapes[0])}",
                inputs=[0],
                help="give it an even number of features"
                if self.rotary_dim is None
                else "turn no more features than there are",
            )
        return shapes[0]

    def unfit(self, features: int) -> str:
        """Why it cannot turn so many features; nothing where it can."""
        if self.rotary_dim is None:
            odd = features % 2
            return f"turns pairs of features, and its input has {features}" if odd else ""
        few = self.rotary_dim > features
        return f"turns {self.rotary_dim} features, and its input has {features}" if few else ""

    def turning(self, features: int) -> int:
        """How many of so many features turn."""
        return features if self.rotary_dim is None else self.rotary_dim

    def scales(self, features: int) -> list[float]:
        """By how much the angle of each feature that turns grows with the position."""
        count = self.turning(features)
        slow = [
            self.max_wavelength ** (-2 * i / count) / self.scaling_factor for i in range(count // 2)
        ]
        return [scale for scale in slow for _ in range(2)] if self.interleaved else slow * 2

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        count = self.turning(self.features(inputs[0]))
        return 3 * elements(TensorType("float32", (*inputs[0].shape[:-1], count)))

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return self.turned(g, g.channels_last(call.x))

    def turned(self, g: OnnxGraph, x: OnnxValue) -> OnnxValue:
        """`[batch, length, …, features]`, any number of axes between, with its features turned."""
        features = self.features(x.type)
        count = self.turning(features)
        by = angles(g, x.type.shape[1], self.scales(features))
        by = unsqueeze(g, by, list(range(1, x.rank - 2)))
        if count < features:
            x, rest = _split(g, x, count, features - count)
            return _concat(g, self._pairs(g, x, by), rest)
        return self._pairs(g, x, by)

    def _pairs(self, g: OnnxGraph, x: OnnxValue, by: OnnxValue) -> OnnxValue:
        count = self.features(x.type)
        if self.interleaved:
            other = g.const([i ^ 1 for i in range(count)], "int64")
            sign = g.const([1.0 if i % 2 else -1.0 for i in range(count)])
            swapped = g.node("Gather", x, other, type=x.type, first=False, axis=-1)
            beside = g.node("Mul", swapped, sign)
        else:
            low, high = _split(g, x, count // 2, count // 2)
            beside = _concat(g, g.node("Neg", high), low)
        still = g.node("Mul", x, g.node("Cos", by))
        return g.node("Add", still, g.node("Mul", beside, g.node("Sin", by)))

    def keras_layer(self, keras: KerasModule, name: str) -> None:
        return None

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        (x,) = inputs
        flat = x if len(x.shape) == 3 else x[:, :, 0]
        by = keras_angles(keras, flat, self.scales(x.shape[-1]))
        if len(x.shape) == 4:
            by = keras.ops.expand_dims(by, 2)
        return self.keras_turned(keras, x, x.shape[-1], by)

    def keras_turned(
        self, keras: KerasModule, x: KerasTensor, features: int, by: KerasTensor
    ) -> KerasTensor:
        """`[…, features]` turned by angles that fit those of its features that turn."""
        ops = keras.ops
        count = self.turning(features)
        if count < features:
            parts = ops.split(x, [count], axis=-1)
            return ops.concatenate([self._keras_pairs(keras, parts[0], count, by), parts[1]], -1)
        return self._keras_pairs(keras, x, count, by)

    def _keras_pairs(
        self, keras: KerasModule, x: KerasTensor, count: int, by: KerasTensor
    ) -> KerasTensor:
        ops = keras.ops
        if self.interleaved:
            swapped = ops.take(x, [i ^ 1 for i in range(count)], axis=-1)
            sign = ops.convert_to_tensor([1.0 if i % 2 else -1.0 for i in range(count)])
            beside = ops.multiply(swapped, sign)
        else:
            low, high = ops.split(x, 2, axis=-1)
            beside = ops.concatenate([ops.negative(high), low], axis=-1)
        return x * ops.cos(by) + beside * ops.sin(by)


ROPE = optional(
    layer_kind(RotaryEmbedding, "a layer such as RotaryEmbedding(10000)", "does not turn features")
)
"""Rotary positions as an argument of attention."""


def _split(g: OnnxGraph, x: OnnxValue, *counts: int) -> tuple[OnnxValue, ...]:
    """The features in parts of so many."""
    types = [TensorType(x.type.dtype, (*x.type.shape[:-1], count)) for count in counts]
    return g.nodes("Split", x, g.const(list(counts), "int64"), types=types, axis=-1)


def _concat(g: OnnxGraph, a: OnnxValue, b: OnnxValue) -> OnnxValue:
    """The features of both, those of the first one first."""
    count = sum(dim for x in (a, b) if isinstance(dim := x.type.shape[-1], int))
    type = TensorType(a.type.dtype, (*a.type.shape[:-1], count))
    return g.node("Concat", a, b, type=type, first=False, axis=-1)
