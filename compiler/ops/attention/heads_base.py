"""What attention with several heads is made of: its sizes, weights and cost."""

from __future__ import annotations

from collections.abc import Sequence

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim, Shape
from ...shapes.types import TensorType
from ..base.initializers import Initializer
from ..base.op import Refusal, Weight, known
from ..base.regularizers import Regularizer
from ..core.dropout import DRAWS
from .attending import Attending, sources
from .rotary import RotaryEmbedding


class HeadsBase(Attending):
    """Attention in heads: what it is made of, before any lowering."""

    __slots__ = ()

    use_bias: bool
    dropout: float
    use_causal_mask: bool
    sliding_window: int | None
    rope: RotaryEmbedding | None
    kernel_initializer: Initializer
    bias_initializer: Initializer
    kernel_regularizer: Regularizer | None
    bias_regularizer: Regularizer | None

    @property
    def heads(self) -> tuple[int, int]:
        """How many heads the query has, and how many the key and the value."""
        raise NotImplementedError

    @property
    def sizes(self) -> tuple[int, int]:
        """The features of a head of the query and key, and of one of the value."""
        raise NotImplementedError

    def in_training(self) -> str:
        return DRAWS if self.dropout else ""

    def mask_shapes(self, scores: Shape) -> list[Shape]:
        batch, *places = scores
        return [*super().mask_shapes(scores), (batch, self.heads[0], *places)]

    def features(self, query: Shape) -> Dim:
        """The size of the output's last axis."""
        return query[-1]

    def validate(self) -> None:
        """Raises Refusal where the heads are not of a size that the rotary layer turns."""
        wide, _ = self.sizes
        why = "" if self.rope is None else self.rope.unfit(wide)
        if why:
            raise Refusal(
                Code.BAD_VALUE,
                f"`RotaryEmbedding` {why}: the features of a head of the query",
                argument="rope",
            )

    def shape(self, *shapes: Shape) -> Shape:
        return (*shapes[0][:-1], self.features(shapes[0]))

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        query, value, key = sources(self.by_name(inputs))
        many, few = self.heads
        wide, deep = self.sizes
        found: list[Weight] = []
        parts = {"query": (query, many, wide), "key": (key, few, wide), "value": (value, few, deep)}
        for index, (name, (x, heads, size)) in enumerate(parts.items()):
            features = known(x.shape[-1], self.name, f"how many features `{name}` has", index)
            found += self._pair(name, (features, heads, size), (heads, size))
        out = known(self.features(query.shape), self.name, "how many features `query` has")
        return (*found, *self._pair("attention_output", (many, deep, out), (out,)))

    def _pair(self, name: str, kernel: tuple[int, ...], bias: tuple[int, ...]) -> list[Weight]:
        found = [
            Weight(
                f"{name}/kernel",
                kernel,
                self.kernel_initializer,
                regularizer=self.kernel_regularizer,
            )
        ]
        if self.use_bias:
            found.append(
                Weight(
                    f"{name}/bias", bias, self.bias_initializer, regularizer=self.bias_regularizer
                )
            )
        return found

    def macs(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        query, value, key = sources(self.by_name(inputs))
        many, few = self.heads
        wide, deep = self.sizes
        batch, length, features = query.shape
        places = value.shape[1]
        projected = (
            length * features * many * wide
            + places * key.shape[-1] * few * wide
            + places * value.shape[-1] * few * deep
            + length * many * deep * outputs[0].shape[-1]
        )
        return batch * (projected + many * length * places * (wide + deep))

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        found = 2 * self.macs(inputs, outputs)
        if self.rope is not None:
            query, _, key = sources(self.by_name(inputs))
            for x, heads in zip((query, key), self.heads, strict=True):
                turned = TensorType("float32", (*x.shape[:2], heads, self.sizes[0]))
                found = found + self.rope.flops([turned], [turned])
        return found
