"""Rotary positions: the formula of Su et al. 2021, both ways to pair, attention with them."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from netc.compiler.ir.infer import infer
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.onnx.lower import lower_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.attention.attention import GroupQueryAttention, MultiHeadAttention
from netc.compiler.ops.attention.rotary import RotaryEmbedding
from netc.compiler.ops.base.op import Op, Refusal, construct

from ..lower.nets import net
from ..lower.nets import run as run_onnx
from .graphs import Net, refused, run, typed

X = np.random.default_rng(0).normal(size=(2, 7, 6)).astype(np.float32)


def turned(op: Op, x: np.ndarray = X) -> np.ndarray:
    made = Net()
    (y,) = run(made.onnx(made.add(op, made.input("N", "T", *x.shape[2:]))), x)
    return y


def neighbours(x: np.ndarray, theta: float) -> np.ndarray:
    """Neighbouring features as complex numbers, times `exp(i m theta_j)`, as in the paper."""
    length, features = x.shape[1], x.shape[-1]
    speeds = theta ** (-np.arange(0, features, 2) / features)
    turns = np.exp(1j * np.outer(np.arange(length), speeds))
    turns = turns.reshape(length, *[1] * (x.ndim - 3), features // 2)
    made = (x[..., ::2] + 1j * x[..., 1::2]) * turns
    return np.stack([made.real, made.imag], -1).reshape(x.shape)


def halves(x: np.ndarray, theta: float) -> np.ndarray:
    """`x cos + rotate_half(x) sin`, as Hugging Face's Llama has it."""
    length, features = x.shape[1], x.shape[-1]
    speeds = theta ** (-np.arange(0, features, 2) / features)
    angles = np.outer(np.arange(length), np.concatenate([speeds, speeds]))
    angles = angles.reshape(length, *[1] * (x.ndim - 3), features)
    low, high = np.split(x, 2, -1)
    return x * np.cos(angles) + np.concatenate([-high, low], -1) * np.sin(angles)


@pytest.mark.parametrize(("interleaved", "formula"), [(False, halves), (True, neighbours)])
def test_pairs_are_the_two_halves_or_neighbours(interleaved: bool, formula: object) -> None:
    assert callable(formula)
    ours = turned(RotaryEmbedding(50.0, interleaved=interleaved))
    np.testing.assert_allclose(ours, formula(X, 50.0), atol=1e-6)
    np.testing.assert_array_equal(ours[:, 0], X[:, 0])


@pytest.mark.parametrize("interleaved", [False, True])
def test_only_the_first_features_turn(interleaved: bool) -> None:
    formula = neighbours if interleaved else halves
    ours = turned(RotaryEmbedding(50.0, interleaved=interleaved, rotary_dim=4))
    np.testing.assert_allclose(ours[..., :4], formula(X[..., :4], 50.0), atol=1e-6)
    np.testing.assert_array_equal(ours[..., 4:], X[..., 4:])


def attended(op: MultiHeadAttention | GroupQueryAttention, x: np.ndarray, theta: float) -> object:
    """Attention as Hugging Face's Llama computes it, with the weights that the net gets."""
    arrays = {
        weight.name: SeededWeights(3).tensor("n1", weight).read()
        for weight in infer(op, (typed("N", "T", x.shape[-1]),)).weights
    }
    formula = neighbours if op.rope is not None and op.rope.interleaved else halves
    q, k, v = (
        np.einsum("bti,ihd->bthd", x, arrays[f"{name}/kernel"])
        for name in ("query", "key", "value")
    )
    q, k = formula(q, theta), formula(k, theta)
    groups = q.shape[2] // k.shape[2]
    k, v = (np.repeat(part, groups, axis=2) for part in (k, v))
    scores = np.einsum("bqhd,bkhd->bhqk", q, k) / np.sqrt(q.shape[-1])
    scores = np.where(np.tri(x.shape[1], dtype=bool), scores, -np.inf)
    looks = np.exp(scores - scores.max(-1, keepdims=True))
    looks = looks / looks.sum(-1, keepdims=True)
    found = np.einsum("bhqk,bkhd->bqhd", looks, v)
    return np.einsum("bqhd,hdo->bqo", found, arrays["attention_output/kernel"])


@pytest.mark.parametrize("interleaved", [False, True])
@pytest.mark.parametrize("groups", [4, 2, 1])
def test_attention_turns_queries_and_keys(groups: int, interleaved: bool) -> None:
    op = GroupQueryAttention(
        head_dim=4,
        num_query_heads=4,
        num_key_value_heads=groups,
        use_bias=False,
        use_causal_mask=True,
        rope=RotaryEmbedding(100.0, interleaved=interleaved),
    )
    made = Net()
    checked = made.checked(made.add(op, made.input("N", "T", 6)))
    (ours,) = run(lower_onnx(checked, SeededWeights(3)).model(), X)
    theirs = lower_keras(checked, SeededWeights(3))(X)
    expected = attended(op, X, 100.0)
    np.testing.assert_allclose(ours, expected, atol=1e-5)
    np.testing.assert_allclose(np.asarray(theirs), expected, atol=1e-5)


def test_how_far_apart_places_are_decides_and_not_where_they_are() -> None:
    """A key that moves with its query is looked at as before."""
    made = Net()
    q, k = made.input("N", "T", 8), made.input("N", "T", 8)
    rope = RotaryEmbedding()
    model = made.onnx(made.add(rope, q), made.add(rope, k))
    query, key = np.random.default_rng(1).normal(size=(2, 1, 1, 8)).astype(np.float32)
    a, b = run(model, np.tile(query, (1, 9, 1)), np.tile(key, (1, 9, 1)))
    scores = a[0] @ b[0].T
    for apart in range(-4, 5):
        along = np.diagonal(scores, apart)
        np.testing.assert_allclose(along, along[0], atol=1e-5)


TWO_USES = """
net Net(x: float32[N, T, 8], y: float32[N, 5, 8], real: bool[N, 5]) -> [N, 5, 8] {
  layer att = MultiHeadAttention(2, 4, rope=RotaryEmbedding(100, interleaved=true))
  a = x -> att
  return att(y, a) + att(y, value_mask=real)
}
"""


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_keras_has_it_as_a_model_that_opens_without_netc(tmp_path: Path) -> None:
    """One layer with three uses of its weights, saved and opened as any model of Keras is."""
    checked = net(TWO_USES)
    model = lower_keras(checked, SeededWeights(1))
    model.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras")
    assert sum(type(layer).__module__.startswith("netc") for layer in again.layers) == 0
    assert {v.path for v in again.get_layer("att").weights} == {
        f"{part}/{name}"
        for part in ("query", "key", "value", "attention_output")
        for name in ("kernel", "bias")
    }
    rng = np.random.default_rng(2)
    x, y = (rng.normal(size=(2, n, 8)).astype(np.float32) for n in (7, 5))
    real = rng.integers(0, 2, (2, 5)).astype(bool)
    onnx = lower_onnx(checked, SeededWeights(1)).model().SerializeToString()
    (ours,) = run_onnx(onnx, {"x": x, "y": y, "real": real})
    np.testing.assert_allclose(ours, np.asarray(model([x, y, real])), atol=1e-5)
    np.testing.assert_array_equal(np.asarray(again([x, y, real])), np.asarray(model([x, y, real])))


def test_a_length_that_is_known_stays_known_in_keras() -> None:
    layer = "MultiHeadAttention(2, 4, rope=RotaryEmbedding)"
    checked = net(f"net Net(x: float32[N, 5, 8]) {{ return x -> {layer} -> Flatten -> Dense(2) }}")
    assert lower_keras(checked).output_shape == (None, 2)


def test_values_need_not_be_as_wide_as_queries() -> None:
    """Keras 3.15 builds no functional model of that; netc composes it."""
    op = GroupQueryAttention(head_dim=2, num_query_heads=2, num_key_value_heads=1)
    made = Net()
    checked = made.checked(made.add(op, made.input("N", "T", 6), made.input("N", "S", 5)))
    rng = np.random.default_rng(4)
    query, value = (rng.normal(size=shape).astype(np.float32) for shape in ((2, 3, 6), (2, 4, 5)))
    (ours,) = run(lower_onnx(checked, SeededWeights(3)).model(), query, value)
    theirs = lower_keras(checked, SeededWeights(3))([query, value])
    np.testing.assert_allclose(ours, np.asarray(theirs), atol=1e-5)


def test_turning_costs_three_operations_a_feature() -> None:
    plain = GroupQueryAttention(head_dim=4, num_query_heads=4, num_key_value_heads=2)
    given = {"head_dim": 4, "num_query_heads": 4, "num_key_value_heads": 2}
    rotary = construct(GroupQueryAttention, {**given, "rope": RotaryEmbedding(rotary_dim=2)})
    inputs = (typed(2, 5, 6), typed(2, 7, 6))
    outputs = (typed(2, 5, 6),)
    extra = rotary.flops(inputs, outputs) - plain.flops(inputs, outputs)
    assert extra == 3 * 2 * 2 * (5 * 4 + 7 * 2)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"key_dim": 3, "rope": RotaryEmbedding()}, "turns pairs of features, and its input has 3"),
        ({"key_dim": 2, "rope": RotaryEmbedding(rotary_dim=4)}, "turns 4 features"),
        ({"key_dim": 2, "rope": MultiHeadAttention(1, 1)}, "does not turn features"),
    ],
)
def test_heads_that_cannot_turn_are_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(Refusal, match=message) as caught:
        construct(MultiHeadAttention, {"num_heads": 2, **given})
    assert caught.value.argument == "rope"


def test_an_odd_number_of_turning_features_is_refused() -> None:
    with pytest.raises(Refusal, match="`rotary_dim` of `RotaryEmbedding` is an even number"):
        construct(RotaryEmbedding, {"rotary_dim": 3})
    fault = refused(RotaryEmbedding(rotary_dim=8), [typed("N", "T", 6)])
    assert fault.message == ("`RotaryEmbedding` turns 8 features, and its input has 6: [N, T, 6]")
