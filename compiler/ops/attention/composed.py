"""Attention in Keras where no layer of its own does it: a model of stock layers.

Keras's attention layers turn no features and add no numbers to scores, its GroupQueryAttention
wants values as wide as queries, and its Attention has no attention masks. The model has the
variables of such a layer, and takes query, value, key and what is added to the scores:
`float32[batch or 1, heads or 1, length or 1, places or 1]`, without heads where there are none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...shapes.types import TensorType
from ..base.backend import KerasLayer, KerasModule, KerasTensor
from ..base.initializers import Initializer, glorot_uniform, zeros
from ..base.op import known
from ..base.regularizers import Regularizer
from .angles import keras_angles, keras_positions
from .attending import LOW, sources
from .heads_base import HeadsBase


def composed_heads(
    op: HeadsBase, keras: KerasModule, name: str, inputs: Sequence[TensorType]
) -> KerasLayer:
    """A functional model called `name` that attends in heads as the operator says."""
    types = sources(op.by_name(inputs))
    ops, layers = keras.ops, keras.layers
    many, few = op.heads
    wide, deep = op.sizes
    query, value, key = given = model_inputs(keras, op.name, types)
    bias = keras.Input((None, None, None))

    def heads(x: KerasTensor, part: str, count: int, size: int) -> KerasTensor:
        return _projection(op, keras, part, "abc,cde->abde", (count, size))(x)

    q, k = heads(query, "query", many, wide), heads(key, "key", few, wide)
    v = heads(value, "value", few, deep)
    if op.rope is not None:
        scales = op.rope.scales(wide)
        for_query, for_key = (
            ops.expand_dims(keras_angles(keras, x, scales), 2) for x in (query, key)
        )
        q = op.rope.keras_turned(keras, q, wide, for_query)
        k = op.rope.keras_turned(keras, k, wide, for_key)
    if few < many:
        k, v = (ops.repeat(x, many // few, axis=2) for x in (k, v))
    # Scores are float32 also where the layers compute in 16 bits.
    scores = ops.cast(ops.einsum("bqhd,bkhd->bhqk", q * wide**-0.5, k), "float32")
    looks = ops.softmax(scores + bias)
    if op.dropout > 0:
        looks = layers.Dropout(op.dropout)(ops.where(bias > LOW / 2, looks, 0.0))
    found = ops.einsum("bhqk,bkhd->bqhd", looks, v)
    out = known(op.features(types[0].shape), op.name, "how many features `query` has")
    y = _projection(op, keras, "attention_output", "abcd,cde->abe", (out,))(found)
    return keras.Model([*given, bias], y, name=name)


def model_inputs(keras: KerasModule, who: str, types: Sequence[TensorType]) -> list[KerasTensor]:
    """Inputs of a model for sequences of any length, as wide as some types say."""
    widths = [known(type.shape[-1], who, "how many features come in") for type in types]
    return [keras.Input((None, width)) for width in widths]


def _projection(
    op: HeadsBase, keras: KerasModule, part: str, equation: str, shape: tuple[int, ...]
) -> KerasLayer:
    """A layer with one of the operator's kernels, and its bias."""
    named: dict[str, object] = {}
    if op.use_bias:
        named["bias_axes"] = equation.partition("->")[2][-len(shape) :]
    starts: Mapping[str, tuple[Initializer, Initializer]] = {
        "kernel_initializer": (op.kernel_initializer, glorot_uniform),
        "bias_initializer": (op.bias_initializer, zeros),
    }
    penalties: Mapping[str, Regularizer | None] = {
        "kernel_regularizer": op.kernel_regularizer,
        "bias_regularizer": op.bias_regularizer,
    }
    named |= {n: own.keras_object(keras) for n, (own, usual) in starts.items() if own != usual}
    named |= {n: own.keras_object(keras) for n, own in penalties.items() if own is not None}
    return keras.layers.EinsumDense(equation, (None, *shape), name=part, **named)


def whole_bias(
    keras: KerasModule,
    named: Mapping[str, KerasTensor],
    low: float,
    causal: bool,
    window: int | None,
    heads: bool = True,
) -> KerasTensor:
    """What is added to the scores: `low` where a place may not be looked at, and masks of numbers.

    It has an axis for heads unless there are none.
    """
    ops = keras.ops
    query, _, key = sources(named)
    parts: list[KerasTensor] = []
    if causal or window is not None:
        places = keras_positions(keras, query)
        row = ops.expand_dims(places, 2)
        column = ops.expand_dims(places if key is query else keras_positions(keras, key), 1)
        if causal:
            parts.append(ops.greater_equal(row, column))
        if window is not None:
            parts.append(ops.less(ops.absolute(row - column), window))
    if "value_mask" in named:
        parts.append(ops.expand_dims(named["value_mask"], 1))
    if heads:
        parts = [ops.expand_dims(part, 1) for part in parts]
    added: KerasTensor | None = None
    if "attention_mask" in named:
        mask = named["attention_mask"]
        dtype = str(mask.dtype)
        if len(mask.shape) == 2:
            mask = ops.expand_dims(mask, 0)
        if heads and len(named["attention_mask"].shape) < 4:
            mask = ops.expand_dims(mask, 1)
        if dtype == "bool":
            parts.append(mask)
        else:
            added = ops.cast(mask, "float32")
    total: KerasTensor | None = None
    for part in parts:
        total = part if total is None else ops.logical_and(total, part)
    if total is not None:
        allowed = ops.where(total, 0.0, low)
        added = allowed if added is None else allowed + added
    if added is None:
        nothing = ops.zeros_like(query[:, :1, :1], dtype="float32")
        added = ops.expand_dims(nothing, 1) if heads else nothing
    return added
