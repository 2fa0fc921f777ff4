"""Attention with heads in Keras where no layer of its own does it: a model of stock layers.

Keras's attention layers turn no features, and its GroupQueryAttention wants values as wide as
queries. The model has the variables of such a layer, by the same names, and takes query, value,
key and a mask.
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


def composed(
    op: HeadsBase, keras: KerasModule, name: str, inputs: Sequence[TensorType]
) -> KerasLayer:
    """A functional model called `name` that attends as the operator says."""
    types = sources(op.by_name(inputs))
    ops, layers = keras.ops, keras.layers
    many, few = op.heads
    wide, deep = op.sizes
    widths = [known(type.shape[-1], op.name, "how many features come in") for type in types]
    query, value, key = given = [keras.Input((None, width)) for width in widths]
    mask = keras.Input((None, None), dtype="bool")

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
    scores = ops.einsum("bqhd,bkhd->bhqk", q * wide**-0.5, k)
    seen = ops.expand_dims(mask, 1)
    looks = layers.Softmax()(ops.where(seen, scores, LOW))
    if op.dropout > 0:
        looks = layers.Dropout(op.dropout)(ops.where(seen, looks, 0.0))
    found = ops.einsum("bhqk,bkhd->bqhd", looks, v)
    out = known(op.features(types[0].shape), op.name, "how many features `query` has")
    y = _projection(op, keras, "attention_output", "abcd,cde->abe", (out,))(found)
    return keras.Model([*given, mask], y, name=name)


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


def whole_mask(op: HeadsBase, keras: KerasModule, named: Mapping[str, KerasTensor]) -> KerasTensor:
    """`bool[batch or 1, length or 1, places or 1]`, true where a place may be looked at."""
    ops = keras.ops
    query, _, key = sources(named)
    parts: list[KerasTensor] = []
    if op.use_causal_mask or op.sliding_window is not None:
        places = keras_positions(keras, query)
        row = ops.expand_dims(places, 2)
        column = ops.expand_dims(places if key is query else keras_positions(keras, key), 1)
        if op.use_causal_mask:
            parts.append(ops.greater_equal(row, column))
        if op.sliding_window is not None:
            parts.append(ops.less(ops.absolute(row - column), op.sliding_window))
    if "attention_mask" in named:
        mask = named["attention_mask"]
        parts.append(mask if len(mask.shape) == 3 else ops.expand_dims(mask, 0))
    if "value_mask" in named:
        parts.append(ops.expand_dims(named["value_mask"], 1))
    if not parts:
        return ops.ones_like(query[:, :1, :1], dtype="bool")
    total = parts[0]
    for part in parts[1:]:
        total = ops.logical_and(total, part)
    return total
