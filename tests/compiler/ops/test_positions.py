"""Positions, learned tokens and a table used both ways: numbers by the papers' formulas."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.ir.graph import Ref
from netc.compiler.ir.infer import apply, infer
from netc.compiler.ops.attention.positions import PositionEmbedding, SinePositionEncoding
from netc.compiler.ops.attention.rotary import RotaryEmbedding
from netc.compiler.ops.attention.tokens import ClassToken, ReversibleEmbedding
from netc.compiler.ops.base.op import Op, Refusal
from netc.dsl.diagnostics.codes import Code

from .graphs import Net, kinds, refused, run, typed
from .one_op import NOWHERE


def output(op: Op, x: np.ndarray) -> np.ndarray:
    """What a layer makes of one array whose batch and length are symbols."""
    net = Net()
    ref = net.add(op, net.input("N", "T", *x.shape[2:], dtype=str(x.dtype)))
    (y,) = run(net.onnx(ref), x)
    return y


def test_sines_are_those_of_the_transformer_paper() -> None:
    position, i = np.arange(50.0)[:, None], np.arange(4.0)
    angle = position / 10000 ** (2 * i / 8)
    expected = np.stack([np.sin(angle), np.cos(angle)], axis=-1).reshape(1, 50, 8)
    y = output(SinePositionEncoding(), np.ones((1, 50, 8), np.float32))
    np.testing.assert_allclose(y, expected, atol=1e-5)


def test_turned_products_depend_on_the_distance_alone() -> None:
    rng = np.random.default_rng(0)
    query, key = rng.normal(size=(2, 1, 1, 8)).astype(np.float32)
    length = 20
    q = output(RotaryEmbedding(), np.tile(query, (1, length, 1)))[0]
    k = output(RotaryEmbedding(), np.tile(key, (1, length, 1)))[0]
    scores = q @ k.T
    for distance in range(1, 5):
        line = np.diagonal(scores, distance)
        np.testing.assert_allclose(line, line[0], atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(q, axis=1), np.linalg.norm(query), rtol=1e-5)


def test_a_longer_wave_turns_more_slowly() -> None:
    x = np.ones((1, 9, 2), np.float32)
    np.testing.assert_allclose(
        output(RotaryEmbedding(scaling_factor=2.0), x)[0, 8], output(RotaryEmbedding(), x)[0, 4]
    )


def test_learned_positions_are_rows_of_the_table() -> None:
    net = Net()
    op = PositionEmbedding(sequence_length=8)
    model = net.onnx(net.add(op, net.input("N", "T", 3)))
    table = next(t for t in model.graph.initializer if t.name.endswith("embeddings"))
    rows = np.frombuffer(table.raw_data, np.float32).reshape(8, 3)
    (y,) = run(model, np.zeros((2, 5, 3), np.float32))
    np.testing.assert_array_equal(y, np.broadcast_to(rows[:5], (2, 5, 3)))


def test_more_places_than_positions_are_refused() -> None:
    fault = refused(PositionEmbedding(sequence_length=4), [typed("N", 5, 3)])
    assert fault.code is Code.SHAPE
    assert fault.message == (
        "`PositionEmbedding` learns 4 positions, and its input has 5: [N, 5, 3]"
    )
    assert (fault.argument, fault.help) == ("sequence_length", "sequence_length=5 is enough")


def test_odd_features_cannot_be_turned() -> None:
    fault = refused(RotaryEmbedding(), [typed("N", "T", 5)])
    assert fault.message == (
        "`RotaryEmbedding` turns pairs of features, and its input has 5: [N, T, 5]"
    )


@pytest.mark.parametrize(
    "op", [PositionEmbedding(sequence_length=4), SinePositionEncoding(), RotaryEmbedding()]
)
def test_features_must_be_known(op: Op) -> None:
    with pytest.raises(Refusal, match="needs to know how many features come in"):
        infer(op, (typed("N", "T", "C"),))


def test_a_class_token_stands_in_front() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)
    y = output(ClassToken(count=2), x)
    np.testing.assert_array_equal(y[:, :2], 0)
    np.testing.assert_array_equal(y[:, 2:], x)


def shared(op: ReversibleEmbedding) -> Net:
    """A net that looks words up and scores what it found against the same table."""
    net = Net()
    words = net.input("N", "T", dtype="int32")
    apply(net.graph, op, (words,), path="first", layer="words", span=NOWHERE)
    apply(net.graph, op, (Ref("first"),), path="second", layer="words", span=NOWHERE)
    return net


def test_both_ways_of_a_reversible_embedding_share_one_table() -> None:
    model = shared(ReversibleEmbedding(7, 3)).onnx(Ref("second"))
    (table,) = [t for t in model.graph.initializer if t.name == "words/embeddings"]
    assert sum(t.name.startswith("words") for t in model.graph.initializer) == 1
    assert "Transpose" not in kinds(model)
    rows = np.frombuffer(table.raw_data, np.float32).reshape(7, 3)
    words = np.array([[6, 0, 3, 3]], np.int32)
    (y,) = run(model, words)
    np.testing.assert_allclose(y, rows[words] @ rows.T, rtol=1e-5, atol=1e-8)


def test_untied_ways_have_a_table_each() -> None:
    op = ReversibleEmbedding(7, 3, tie_weights=False)
    for x in (typed("N", "T", dtype="int32"), typed("N", "T", 3)):
        weights = infer(op, (x,)).weights
        assert [(w.name, w.shape) for w in weights] == [
            ("embeddings", (7, 3)),
            ("reverse_embeddings", (3, 7)),
        ]


def test_looking_up_is_free_and_scoring_is_not() -> None:
    op = ReversibleEmbedding(7, 3)
    words, vectors = typed(2, 5, dtype="int32"), typed(2, 5, 3)
    assert op.macs((words,), infer(op, (words,)).outputs) == 0
    assert op.macs((vectors,), infer(op, (vectors,)).outputs) == 2 * 5 * 3 * 7


def test_vectors_of_another_width_are_refused() -> None:
    fault = refused(ReversibleEmbedding(7, 3), [typed("N", "T", 4)])
    assert fault.message == "`ReversibleEmbedding` scores vectors of 3 features, got [N, T, 4]"
    assert fault.help == "`-> Dense(3)` in front gives them"
