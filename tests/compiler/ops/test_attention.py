"""Attention: weights as in Keras, costs by hand, masks, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from netc.compiler.ir.infer import infer
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.onnx.lower import lower_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.attention.attention import GroupQueryAttention, MultiHeadAttention
from netc.compiler.ops.attention.score_attention import AdditiveAttention, Attention
from netc.compiler.ops.base.op import Op, Refusal, construct
from netc.compiler.shapes.types import TensorType
from netc.dsl.diagnostics.codes import Code

from .graphs import Net, kinds, refused, run, typed

X = typed("N", "T", 6)


def names(op: Op, *inputs: TensorType) -> list[tuple[str, tuple[int, ...]]]:
    return [(weight.name, weight.shape) for weight in infer(op, inputs).weights]


def test_the_weights_are_called_as_in_keras() -> None:
    assert names(MultiHeadAttention(num_heads=4, key_dim=2, value_dim=3), X) == [
        ("query/kernel", (6, 4, 2)),
        ("query/bias", (4, 2)),
        ("key/kernel", (6, 4, 2)),
        ("key/bias", (4, 2)),
        ("value/kernel", (6, 4, 3)),
        ("value/bias", (4, 3)),
        ("attention_output/kernel", (4, 3, 6)),
        ("attention_output/bias", (6,)),
    ]


def test_keras_variables_get_the_weights_of_their_names() -> None:
    net = Net()
    out = net.add(MultiHeadAttention(num_heads=2, key_dim=3), net.input(2, 5, 6))
    model = lower_keras(net.checked(out), SeededWeights(1))
    node = next(node for node in net.graph if node.op is not None)
    variables = {variable.path: variable for variable in model.weights}
    for weight in node.weights:
        expected = SeededWeights(1).tensor(node.layer, weight).read()
        np.testing.assert_array_equal(variables[f"{node.layer}/{weight.name}"], expected)


def test_groups_share_keys_and_values() -> None:
    op = GroupQueryAttention(head_dim=2, num_query_heads=6, num_key_value_heads=3, use_bias=False)
    assert names(op, X) == [
        ("query/kernel", (6, 6, 2)),
        ("key/kernel", (6, 3, 2)),
        ("value/kernel", (6, 3, 2)),
        ("attention_output/kernel", (6, 2, 6)),
    ]


def test_multiplications_are_those_of_projections_and_products() -> None:
    query, value = typed(2, 5, 6), typed(2, 7, 4)
    op = MultiHeadAttention(num_heads=3, key_dim=8, value_dim=9)
    macs = op.macs((query, value), infer(op, (query, value)).outputs)
    queries, keys, values = 5 * 6 * 24, 7 * 4 * 24, 7 * 4 * 27
    looks, found, projected = 3 * 5 * 7 * 8, 3 * 5 * 7 * 9, 5 * 27 * 6
    assert macs == 2 * (queries + keys + values + looks + found + projected)


def test_attention_without_projections_costs_its_two_products() -> None:
    query, value, key = typed(2, 5, 6), typed(2, 7, 4), typed(2, 7, 6)
    op = Attention()
    macs = op.macs((query, value, key), infer(op, (query, value, key)).outputs)
    assert macs == 2 * 5 * 7 * (6 + 4)


@pytest.mark.parametrize(
    "op",
    [
        MultiHeadAttention(num_heads=2, key_dim=3, use_causal_mask=True),
        GroupQueryAttention(
            head_dim=3, num_query_heads=4, num_key_value_heads=2, use_causal_mask=True
        ),
        Attention(use_causal_mask=True),
        AdditiveAttention(use_causal_mask=True),
    ],
    ids=lambda op: op.name,
)
def test_with_a_causal_mask_no_output_depends_on_later_places(op: Op) -> None:
    net = Net()
    model = net.onnx(net.add(op, net.input("N", "T", 6)))
    x = np.random.default_rng(0).normal(size=(1, 5, 6)).astype(np.float32)
    changed = x.copy()
    changed[:, 3:] += 1
    (before,), (after,) = run(model, x), run(model, changed)
    np.testing.assert_array_equal(before[:, :3], after[:, :3])
    assert np.abs(before[:, 3:] - after[:, 3:]).min() > 0


def test_a_place_that_is_masked_is_never_looked_at() -> None:
    net = Net()
    op = MultiHeadAttention(num_heads=2, key_dim=3).with_tensors(("query", "value", "value_mask"))
    out = net.add(op, net.input(1, 2, 6), net.input(1, 4, 6), net.input(1, 4, dtype="bool"))
    model = net.onnx(out)
    rng = np.random.default_rng(0)
    query, value = (rng.normal(size=(1, n, 6)).astype(np.float32) for n in (2, 4))
    mask = np.array([[True, False, True, True]])
    changed = value.copy()
    changed[:, 1] = 100
    (before,), (after,) = run(model, query, value, mask), run(model, query, changed, mask)
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("dropout", [0.0, 0.5])
@pytest.mark.parametrize("cls", [MultiHeadAttention, Attention])
def test_with_nothing_to_look_at_keras_says_what_comes_out(cls: type[Op], dropout: float) -> None:
    heads = {"num_heads": 2, "key_dim": 3} if cls is MultiHeadAttention else {}
    op = construct(cls, {**heads, "dropout": dropout}).with_tensors(("query", "value_mask"))
    net = Net()
    out = net.add(op, net.input(2, 4, 6), net.input(2, 4, dtype="bool"))
    checked = net.checked(out)
    x = np.random.default_rng(0).normal(size=(2, 4, 6)).astype(np.float32)
    mask = np.array([[False] * 4, [True, False, True, True]])
    (y,) = run(lower_onnx(checked, SeededWeights(2)).model(), x, mask)
    theirs = lower_keras(checked, SeededWeights(2))([x, mask], training=False)
    np.testing.assert_allclose(y, np.asarray(theirs), rtol=1e-5, atol=1e-5)


def test_heads_take_four_projections_two_products_and_no_einsum() -> None:
    net = Net()
    model = net.onnx(net.add(MultiHeadAttention(num_heads=2, key_dim=3), net.input("N", "T", 6)))
    assert kinds(model).count("MatMul") == 6
    assert "Einsum" not in kinds(model)


@pytest.mark.parametrize("opset", [17, 18, 20, 22, 23])
def test_every_opset_gives_the_same_numbers(opset: int) -> None:
    def outputs(opset: int) -> list[np.ndarray]:
        net = Net()
        x = net.input("N", "T", 6)
        heads = net.add(MultiHeadAttention(num_heads=2, key_dim=3, use_causal_mask=True), x)
        model = net.onnx(net.add(AdditiveAttention(), heads, x), opset=opset)
        return run(model, np.linspace(-1, 1, 60, dtype=np.float32).reshape(2, 5, 6))

    np.testing.assert_allclose(outputs(opset), outputs(22), atol=1e-6)


HEADS = MultiHeadAttention(num_heads=2, key_dim=3)


def masked(op: Op) -> Op:
    return op.with_tensors(("query", "attention_mask"))


@pytest.mark.parametrize(
    ("op", "inputs", "code", "message"),
    [
        (
            HEADS,
            [typed("N", 6)],
            Code.RANK,
            "`MultiHeadAttention` needs a tensor of rank 3 [batch, length, features], "
            "got rank 2 [N, 6]",
        ),
        (
            HEADS,
            [X, typed("M", "T", 6)],
            Code.SHAPE,
            "`MultiHeadAttention` needs `query` and `value` of one batch size, got N and M: "
            "[N, T, 6] and [M, T, 6]",
        ),
        (
            HEADS,
            [X, typed("N", 4, 6), typed("N", 5, 6)],
            Code.SHAPE,
            "`MultiHeadAttention` needs `value` and `key` of one length, got 4 and 5: "
            "[N, 4, 6] and [N, 5, 6]",
        ),
        (
            masked(HEADS),
            [X, typed("N", "T", "T", dtype="int32")],
            Code.DTYPE,
            "`attention_mask` of `MultiHeadAttention` is bool or float32[N, T, T] or [T, T] or "
            "[N, 2, T, T], got int32[N, T, T]",
        ),
        (
            masked(HEADS),
            [X, typed("N", "T", "S", dtype="bool")],
            Code.SHAPE,
            "`attention_mask` of `MultiHeadAttention` has the shape [N, T, T] or [T, T] or "
            "[N, 2, T, T], got [N, T, S]",
        ),
        (
            Attention(),
            [X, typed("N", "S", 5)],
            Code.SHAPE,
            "`Attention` needs `query` and `value` of equally many features, got 6 and 5: "
            "[N, T, 6] and [N, S, 5]",
        ),
        (
            HEADS.with_tensors(("value",)),
            [X],
            Code.INPUT_COUNT,
            "`MultiHeadAttention` needs the tensor `query`",
        ),
        (
            HEADS,
            [X] * 6,
            Code.INPUT_COUNT,
            "`MultiHeadAttention` takes 1 to 5 tensors, got 6",
        ),
    ],
)
def test_tensors_that_do_not_fit_are_refused(
    op: Op, inputs: Sequence[TensorType], code: Code, message: str
) -> None:
    fault = refused(op, inputs)
    assert (fault.code, fault.message) == (code, message)


def test_features_must_be_known() -> None:
    with pytest.raises(Refusal, match="needs to know how many features `query` has"):
        infer(HEADS, (typed("N", "T", "C"),))


def test_query_heads_are_shared_out_evenly() -> None:
    given = {"head_dim": 2, "num_query_heads": 5, "num_key_value_heads": 2}
    with pytest.raises(Refusal, match="`num_query_heads` 5 is not a multiple of") as caught:
        construct(GroupQueryAttention, given)
    assert caught.value.argument == "num_key_value_heads"
