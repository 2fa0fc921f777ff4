"""Attention masks: of bools, of numbers, windows, made of padding; what comes of nothing to see."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.keras_source.lower import lower_keras_source
from netc.compiler.lower.onnx.lower import lower_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.attention.attention import GroupQueryAttention, MultiHeadAttention
from netc.compiler.ops.attention.rotary import RotaryEmbedding
from netc.compiler.ops.attention.score_attention import AdditiveAttention, Attention
from netc.compiler.ops.base.backend import Tensor
from netc.compiler.ops.base.op import Op, Refusal, Weight, construct

from ..lower.nets import net
from ..lower.nets import run as run_onnx
from .graphs import Net, kinds, run

X = np.random.default_rng(0).normal(size=(2, 5, 6)).astype(np.float32)

LAYERS: list[tuple[type[Op], dict[str, object]]] = [
    (MultiHeadAttention, {"num_heads": 2, "key_dim": 3}),
    (MultiHeadAttention, {"num_heads": 2, "key_dim": 2, "rope": RotaryEmbedding()}),
    (GroupQueryAttention, {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}),
    (Attention, {"use_scale": True}),
    (Attention, {"score_mode": "concat"}),
    (AdditiveAttention, {}),
]
EACH = pytest.mark.parametrize(
    ("cls", "given"), LAYERS, ids=[f"{cls.__name__}-{i}" for i, (cls, _) in enumerate(LAYERS)]
)


class Same:
    """Weights that do not depend on what the layer is called."""

    def tensor(self, layer: str, weight: Weight) -> Tensor:
        return SeededWeights(2).tensor("look", weight)


def masked(cls: type[Op], given: dict[str, object], mask: np.ndarray) -> np.ndarray:
    op = construct(cls, given).with_tensors(("query", "attention_mask"))
    made = Net()
    shape = ("N", "T", "T") if mask.ndim == 3 else mask.shape
    dtype = str(mask.dtype)
    checked = made.checked(made.add(op, made.input("N", "T", 6), made.input(*shape, dtype=dtype)))
    (y,) = run(lower_onnx(checked, Same()).model(), X, mask)
    theirs = lower_keras(checked, Same())([X, mask], training=False)
    np.testing.assert_allclose(y, np.asarray(theirs), rtol=1e-5, atol=1e-5)
    return y


@EACH
def test_numbers_are_added_to_the_scores(cls: type[Op], given: dict[str, object]) -> None:
    """0 leaves a place alone, -1e9 hides it as false does, and what lies between counts."""
    seen = np.random.default_rng(1).integers(0, 2, (2, 5, 5)).astype(bool)
    seen[:, :, 0] = True
    hidden = masked(cls, given, np.where(seen, 0, -1e9).astype(np.float32))
    np.testing.assert_allclose(hidden, masked(cls, given, seen), atol=1e-5)
    plain = masked(cls, given, np.zeros((2, 5, 5), np.float32))
    slope = -0.5 * np.abs(np.arange(5)[:, None] - np.arange(5)).astype(np.float32)
    near = masked(cls, given, np.stack([slope] * 2))
    assert np.abs(plain - near).max() > 1e-3


@EACH
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_rows_without_a_place_are_means_or_zeros(
    cls: type[Op], given: dict[str, object], dropout: float
) -> None:
    """Keras gives such rows the mean of all values; with dropout, attention in heads gives 0."""
    seen = np.ones((2, 5, 5), bool)
    seen[:, 2] = False
    y = masked(cls, {**given, "dropout": dropout}, seen)
    assert np.isfinite(y).all()
    if cls in (Attention, AdditiveAttention):
        np.testing.assert_allclose(y[:, 2], X.mean(axis=1), atol=1e-5)
    elif dropout:
        np.testing.assert_allclose(y[:, 2], np.zeros((2, 6)), atol=1e-6)


@EACH
@pytest.mark.parametrize("causal", [False, True])
def test_a_window_hides_what_is_far(cls: type[Op], given: dict[str, object], causal: bool) -> None:
    op = construct(cls, {**given, "sliding_window": 2, "use_causal_mask": causal})
    made = Net()
    checked = made.checked(made.add(op, made.input("N", "T", 6)))
    (windowed,) = run(lower_onnx(checked, Same()).model(), X)
    theirs = lower_keras(checked, Same())(X, training=False)
    np.testing.assert_allclose(windowed, np.asarray(theirs), rtol=1e-5, atol=1e-5)
    apart = np.arange(5)[:, None] - np.arange(5)
    band = (np.abs(apart) < 2) & ((apart >= 0) | (not causal))
    np.testing.assert_allclose(windowed, masked(cls, given, np.stack([band] * 2)), atol=1e-5)


def test_each_head_may_have_numbers_of_its_own() -> None:
    """As in ALiBi and T5: head 0 looks near, head 1 is left alone."""
    op = MultiHeadAttention(num_heads=2, key_dim=3).with_tensors(("query", "attention_mask"))
    made = Net()
    mask = np.zeros((1, 2, 5, 5), np.float32)
    mask[0, 0] = -9.0 * np.abs(np.arange(5)[:, None] - np.arange(5))
    ref = made.add(op, made.input("N", "T", 6), made.input(1, 2, "T", "T"))
    model = made.onnx(ref)
    (biased,), (plain,) = run(model, X, mask), run(model, X, np.zeros_like(mask))
    assert np.abs(biased - plain).max() > 1e-3
    assert "Einsum" not in kinds(model)


PADDED = """
net Padded(tokens: int32[N, T]) -> [N, T, 8] {
  real = tokens -> NotEqual(0)
  x = tokens -> Embedding(9, 8)
  return x -> MultiHeadAttention(2, 4, value_mask=real, sliding_window=3)
}
"""


def test_a_mask_is_made_of_padding() -> None:
    """What padding holds changes nothing that real steps get."""
    checked = net(PADDED)
    model = lower_onnx(checked, SeededWeights(2)).model().SerializeToString()
    (short,) = run_onnx(model, {"tokens": np.array([[3, 4, 5]], np.int32)})
    (padded,) = run_onnx(model, {"tokens": np.array([[3, 4, 5, 0, 0]], np.int32)})
    np.testing.assert_allclose(padded[:, :3], short, atol=1e-6)


TWO_WAYS = """
net Net(x: float32[N, T, 6], near: float32[T, T]) -> [N, T, 6] {
  layer look = MultiHeadAttention(2, 3)
  return (x -> look) + look(x, attention_mask=near)
}
"""


def test_one_layer_cannot_be_two_of_keras() -> None:
    """With numbers added Keras's layer is another one; ONNX needs no layer."""
    checked = net(TWO_WAYS)
    assert lower_onnx(checked, SeededWeights(0)).skeleton.graph.node
    for lower in (lower_keras, lambda checked: lower_keras_source(checked, "net.net")):
        with pytest.raises(Refusal, match="no single layer for all uses of `look`"):
            lower(checked)
