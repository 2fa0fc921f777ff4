"""Attention with several heads: MultiHeadAttention and GroupQueryAttention."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim, Shape
from ...shapes.divisors import listed, near
from ...shapes.types import TensorType
from ..base.backend import KerasTensor
from ..base.initializers import INITIALIZER, Initializer, glorot_uniform, zeros
from ..base.kinds import BOOL, POSITIVE, arg, ints, optional
from ..base.op import Example, Input, Refusal, example, op
from ..base.regularizers import REGULARIZER, Regularizer
from ..core.dropout import RATE
from .attending import sources
from .heads import Heads
from .rotary import ROPE, RotaryEmbedding

MASK = Input(("N", "T", "M"), "bool")
"""An attention mask between sequences of lengths T and M."""


@op
class MultiHeadAttention(Heads):
    """Attention in several heads at once (Vaswani et al. 2017).

    `x -> MultiHeadAttention(4, 16)` is self-attention; `(x, memory) -> MultiHeadAttention(4, 16)`
    looks from `x` into `memory`. `attention_mask`, `[batch, length, places]`, `[length, places]` or
    `[batch, heads, length, places]`, and `value_mask`, bool `[batch, places]`, are true where a
    place may be looked at; an attention mask of numbers is added to the scores. With
    `rope=RotaryEmbedding` the heads of query and key are turned by their positions before their
    product. In Keras `use_causal_mask` belongs to the call, and one tensor is given twice; with
    `rope` or a mask of numbers the Keras lowering is a model of stock layers with the same
    variables.
    """

    num_heads: int = arg(POSITIVE, doc="how many heads")
    key_dim: int = arg(POSITIVE, doc="features of a head of the query and the key")
    value_dim: int | None = arg(
        optional(POSITIVE), default=None, doc="features of a head of the value; none: key_dim"
    )
    dropout: float = arg(RATE, default=0.0, doc="the share of looks that training leaves out")
    use_bias: bool = arg(BOOL, default=True, doc="whether the projections add biases")
    output_shape: tuple[int, ...] | None = arg(
        optional(ints(1)), default=None, doc="size of the output's last axis; none: the query's"
    )
    sliding_window: int | None = arg(
        optional(POSITIVE), default=None, doc="how near a place must be to be looked at; none: any"
    )
    kernel_initializer: Initializer = arg(
        INITIALIZER, default=glorot_uniform, doc="how the kernels start"
    )
    bias_initializer: Initializer = arg(INITIALIZER, default=zeros, doc="how the biases start")
    kernel_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on the kernels"
    )
    bias_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on the biases"
    )
    use_causal_mask: bool = arg(BOOL, default=False, doc="whether no place looks at later ones")
    rope: RotaryEmbedding | None = arg(
        ROPE, default=None, doc="rotary positions of the query and the key; none: no positions"
    )
    given: tuple[str, ...] = ()

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", "T", 6), num_heads=2, key_dim=3),
        example(("N", "T", 6), num_heads=3, key_dim=2, use_causal_mask=True, use_bias=False),
        example(("N", 4, 5), num_heads=1, key_dim=4, value_dim=3, output_shape=7),
        example(("N", "T", 6), ("N", "M", 5), num_heads=2, key_dim=3),
        example(("N", "T", 6), ("N", "M", 5), ("N", "M", 4), num_heads=2, key_dim=3, value_dim=2),
        example(
            ("N", "T", 6), ("N", "M", 5), ("N", "M", 4), MASK, num_heads=2, key_dim=3, value_dim=2
        ),
        example(("N", "T", 6), ("N", "M", 6), MASK, num_heads=2, key_dim=3).giving(
            "query", "value", "attention_mask"
        ),
        example(
            ("N", "T", 6),
            Input(("T", "T"), "bool"),
            num_heads=2,
            key_dim=3,
            use_causal_mask=True,
            dropout=0.1,
        ).giving("query", "attention_mask"),
        example(
            ("N", 4, 6), Input(("N", 4), "bool"), num_heads=2, key_dim=3, use_causal_mask=True
        ).giving("query", "value_mask"),
        example(
            ("N", "T", 6), ("N", "M", 6), MASK, Input(("N", "M"), "bool"), num_heads=2, key_dim=3
        ).giving("query", "value", "attention_mask", "value_mask"),
        example(("N", "T", 6), ("N", 2, 6), num_heads=2, key_dim=3, use_causal_mask=True),
        example(("N", "T", 6), num_heads=2, key_dim=3, sliding_window=2, use_causal_mask=True),
        example(("N", 6, 6), ("N", 2, 6), num_heads=2, key_dim=3, sliding_window=3),
        example(("N", 6, 6), ("N", 2, 6), num_heads=2, key_dim=3, sliding_window=3, dropout=0.1),
        example(("N", "T", 6), num_heads=2, key_dim=4, rope=RotaryEmbedding(), value_dim=3),
        example(
            ("N", "T", 6),
            ("N", "M", 5),
            ("N", "M", 4),
            MASK,
            num_heads=2,
            key_dim=5,
            rope=RotaryEmbedding(100.0, interleaved=True, rotary_dim=4),
            use_bias=False,
        ),
        example(
            (2, 4, 6),
            Input((2, 4), "bool"),
            num_heads=1,
            key_dim=1,
            rope=None,
            use_causal_mask=True,
        ).giving("query", "value_mask"),
        example(
            (2, 6, 6),
            Input((6, 6), "bool"),
            Input((2, 6), "bool"),
            num_heads=2,
            key_dim=2,
            rope=RotaryEmbedding(),
            use_causal_mask=True,
            sliding_window=3,
            dropout=0.1,
        ).giving("query", "attention_mask", "value_mask"),
        example(("N", "T", 6), Input(("N", "T", "T")), num_heads=2, key_dim=3).giving(
            "query", "attention_mask"
        ),
        example(
            ("N", "T", 6),
            ("N", "M", 6),
            Input((1, 2, "T", "M")),
            Input(("N", "M"), "bool"),
            num_heads=2,
            key_dim=2,
            rope=RotaryEmbedding(),
        ).giving("query", "value", "attention_mask", "value_mask"),
        example(
            (2, 4, 6), Input((2, 2, 4, 4), "bool"), num_heads=2, key_dim=3, use_causal_mask=True
        ).giving("query", "attention_mask"),
        example(("N", 3, 6), Input((3, 3)), num_heads=2, key_dim=2, dropout=0.2).giving(
            "query", "attention_mask"
        ),
    )

    @property
    def heads(self) -> tuple[int, int]:
        return self.num_heads, self.num_heads

    @property
    def sizes(self) -> tuple[int, int]:
        return self.key_dim, self.key_dim if self.value_dim is None else self.value_dim

    def features(self, query: Shape) -> Dim:
        return query[-1] if self.output_shape is None else self.output_shape[0]


@op
class GroupQueryAttention(Heads):
    """Attention whose query heads share keys and values in groups (Ainslie et al. 2023).

    With one key and value head it is multi-query attention. Tensors, masks and `rope` are those
    of MultiHeadAttention.
    """

    head_dim: int = arg(POSITIVE, doc="features of a head")
    num_query_heads: int = arg(POSITIVE, doc="how many heads the query has")
    num_key_value_heads: int = arg(POSITIVE, doc="how many heads the key and the value have")
    dropout: float = arg(RATE, default=0.0, doc="the share of looks that training leaves out")
    use_bias: bool = arg(BOOL, default=True, doc="whether the projections add biases")
    sliding_window: int | None = arg(
        optional(POSITIVE), default=None, doc="how near a place must be to be looked at; none: any"
    )
    kernel_initializer: Initializer = arg(
        INITIALIZER, default=glorot_uniform, doc="how the kernels start"
    )
    bias_initializer: Initializer = arg(INITIALIZER, default=zeros, doc="how the biases start")
    kernel_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on the kernels"
    )
    bias_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on the biases"
    )
    use_causal_mask: bool = arg(BOOL, default=False, doc="whether no place looks at later ones")
    rope: RotaryEmbedding | None = arg(
        ROPE, default=None, doc="rotary positions of the query and the key; none: no positions"
    )
    given: tuple[str, ...] = ()

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", "T", 6), head_dim=3, num_query_heads=4, num_key_value_heads=2),
        example(
            ("N", "T", 6),
            head_dim=2,
            num_query_heads=3,
            num_key_value_heads=1,
            use_causal_mask=True,
            use_bias=False,
        ),
        example(
            ("N", "T", 6),
            ("N", "M", 6),
            ("N", "M", 4),
            MASK,
            head_dim=2,
            num_query_heads=4,
            num_key_value_heads=2,
        ),
        example(
            ("N", 4, 6), head_dim=2, num_query_heads=2, num_key_value_heads=2, sliding_window=2
        ),
        example(
            ("N", "T", 6),
            head_dim=4,
            num_query_heads=4,
            num_key_value_heads=2,
            rope=RotaryEmbedding(),
            use_causal_mask=True,
            use_bias=False,
        ),
        example(
            ("N", "T", 6),
            ("N", "M", 5),
            head_dim=3,
            num_query_heads=4,
            num_key_value_heads=2,
            rope=RotaryEmbedding(rotary_dim=2),
            kernel_initializer="he_normal",
        ),
        example(("N", "T", 6), ("N", "M", 5), head_dim=3, num_query_heads=2, num_key_value_heads=1),
        example(
            ("N", "T", 6),
            Input(("N", 4, "T", "T")),
            head_dim=2,
            num_query_heads=4,
            num_key_value_heads=2,
            use_causal_mask=True,
        ).giving("query", "attention_mask"),
        example(
            ("N", "T", 6),
            Input(("N", 1, "T", "T"), "bool"),
            head_dim=2,
            num_query_heads=4,
            num_key_value_heads=2,
        ).giving("query", "attention_mask"),
        example(
            ("N", "T", 6),
            Input(("N", 4, "T", "T"), "bool"),
            head_dim=2,
            num_query_heads=4,
            num_key_value_heads=2,
        ).giving("query", "attention_mask"),
    )

    @property
    def heads(self) -> tuple[int, int]:
        return self.num_query_heads, self.num_key_value_heads

    @property
    def sizes(self) -> tuple[int, int]:
        return self.head_dim, self.head_dim

    def validate(self) -> None:
        """Raises Refusal where the query heads cannot be shared out evenly."""
        super().validate()
        heads = self.num_key_value_heads
        if self.num_query_heads % heads:
            raise Refusal(
                Code.BAD_VALUE,
                f"`num_query_heads` {self.num_query_heads} is not a multiple of "
                f"`num_key_value_heads` {heads}",
                argument="num_key_value_heads",
                help=f"give it one of {listed([*near(self.num_query_heads, heads), 1], 'or')}",
            )

    def is_stock(self, named: Mapping[str, KerasTensor | TensorType]) -> bool:
        query, value, _ = sources(named)
        return super().is_stock(named) and query.shape[-1] == value.shape[-1]
