"""The comparison of backends: what counts as a difference, and what is found where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.backend import Array, Tensor
from netc.compiler.ops.base.op import Weight
from netc.runtime.infer.samples import KeptWeights, ShakenWeights, sample_inputs
from netc.runtime.infer.verify import Difference, LayerResult, Verification, difference, verify

from ..nets import dense_net, net


def checked_and_verified(checked: CheckedGraph) -> Verification:
    return verify(checked, KeptWeights(ShakenWeights()), sample_inputs(checked, 2, 0))


class TestDifference:
    def test_is_scaled_by_the_value_where_that_is_large(self) -> None:
        found = difference(np.array([1000.0, 0.0]), np.array([1001.0, 0.0]))
        assert found.largest == 1
        assert found.scaled == pytest.approx(1 / 1001)

    def test_is_scaled_by_the_root_mean_square_where_the_value_is_small(self) -> None:
        theirs = np.array([0.0, 30.0, 40.0, 0.0])
        found = difference(theirs + np.array([1.0, 0, 0, 0]), theirs)
        assert found.scaled == pytest.approx(1 / 25)

    def test_is_absolute_where_all_values_are_below_one(self) -> None:
        assert difference(np.array([0.1]), np.array([0.2])).scaled == pytest.approx(0.1)

    @pytest.mark.parametrize(
        "ours", [np.zeros((2, 1)), np.zeros(2, np.float32), np.array([0, np.nan])]
    )
    def test_is_infinite_for_another_shape_dtype_or_a_nan_on_one_side(self, ours: Array) -> None:
        assert difference(ours, np.zeros(2)).scaled == float("inf")

    def test_is_none_between_equal_nans_and_infinities(self) -> None:
        odd = np.array([np.nan, np.inf, -np.inf, 3.0])
        assert difference(odd, odd.copy()).largest == 0
        assert difference(odd, -odd).largest == float("inf")

    def test_of_single_numbers(self) -> None:
        found = difference(np.asarray(1.5, np.float32), np.asarray(1.0, np.float32))
        assert (found.largest, found.scaled) == (0.5, 0.5)

    def test_of_nothing_is_none(self) -> None:
        assert difference(np.zeros((0, 3)), np.zeros((0, 3))).largest == 0


def test_every_layer_and_output_is_compared(tmp_path: Path) -> None:
    result = checked_and_verified(dense_net(tmp_path, "Dense(3, activation=relu)", "Softmax"))
    assert [row.path for row in result.layers] == ["dense", "softmax"]
    assert result.layers[0].shapes == ((2, 3),)
    assert len(result.outputs) == 1
    for row in (*result.layers, *result.outputs):
        assert row.keras is not None
        assert row.reference is not None
        assert max(row.keras.scaled, row.reference.scaled) < 1e-5
    assert result.first_past is None
    assert result.largest is not None


@dataclass
class Unsteady:
    """Weights of which one is another each time it is read: the backends cannot agree."""

    reads: int = 0

    def tensor(self, layer: str, weight: Weight) -> Tensor:
        base = SeededWeights().tensor(layer, weight)
        if layer != "dense_1":
            return base

        def read() -> Array:
            self.reads += 1
            return base.read() + np.float32(self.reads)

        return Tensor(base.shape, base.dtype, read)


def test_the_first_layer_past_the_tolerance_is_named(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "Dense(3)", "Dense(3)", "Dense(3)")
    result = verify(checked, Unsteady(), sample_inputs(checked, 2, 0))
    assert result.first_past is not None
    assert result.first_past.path == "dense_1"


def test_a_layer_without_keras_is_compared_with_the_reference_alone(tmp_path: Path) -> None:
    checked = net(
        tmp_path,
        "net Odd(x: float32[N, 4]) {\n  return x -> Dense(3) -> onnx.Sign -> Dense(2)\n}\n",
    )
    result = checked_and_verified(checked)
    dense, sign, after = result.layers
    assert sign.keras is None
    assert "no Keras lowering" in sign.note
    assert sign.reference is not None
    assert dense.keras is not None
    assert after.keras is not None, "layers behind it get onnxruntime's value"
    assert result.first_past is None


def test_tensors_of_the_net_s_own_are_compared_beside_a_layer_without_keras(
    tmp_path: Path,
) -> None:
    checked = net(
        tmp_path,
        "net Own(x: float32[N, T, 3], y: float32[N, S, 3]) -> (a: [N, T, 3], b: [max(S, T)]) {\n"
        "  weight scale: [3] = ones\n"
        "  return onnx.Softsign(x) * scale, zeros([max(S, T)]) + y[0, 0, 0]\n"
        "}\n",
    )
    result = checked_and_verified(checked)
    assert result.first_past is None
    without = {row.path: row.note for row in result.layers if row.keras is None}
    assert set(without) == {"softsign", "zeros"}
    assert "cannot count `max(S, T)`" in without["zeros"]


def test_what_the_reference_evaluator_lacks_is_a_note(tmp_path: Path) -> None:
    checked = net(tmp_path, "net Odd(x: float32[N, 5, 5, 7]) {\n  return x -> LRN\n}\n")
    result = checked_and_verified(checked)
    (row,) = result.layers
    assert row.reference is None
    assert row.keras is not None
    assert any("LRN" in note for note in result.notes)
    assert result.first_past is None


def test_a_reference_evaluator_that_is_alone_is_outvoted(tmp_path: Path) -> None:
    checked = net(
        tmp_path,
        "net Words(x: int32[N, T]) {\n"
        "  return x -> Embedding(9, 4, mask_zero=true) -> LSTM(3)\n}\n",
    )
    result = checked_and_verified(checked)
    lstm = result.layers[-1]
    assert lstm.outvoted(result.tolerance), "onnx has mended its LSTM: then this test can go"
    assert result.first_past is None
    assert result.largest is not None
    (note,) = result.notes
    assert note.startswith("ONNX's reference evaluator is wrong from lstm (LSTM) on")


def test_onnxruntime_that_is_alone_is_past_the_tolerance() -> None:
    near, far = Difference(0.0, 0.0), Difference(1.0, 1.0)
    for keras, reference in ((far, far), (far, near), (far, None), (None, far)):
        row = LayerResult("dense", "Dense", ((2, 3),), keras, reference)
        assert row.past(1e-4)
        assert not row.outvoted(1e-4)
    assert not LayerResult("dense", "Dense", ((2, 3),), near, far).past(1e-4)


class TestSamples:
    def test_integers_stay_below_the_rows_of_the_table_they_look_up(self, tmp_path: Path) -> None:
        checked = net(
            tmp_path,
            "net Words(x: int32[N, T]) {\n  return x -> Embedding(3, 2)\n}\n",
        )
        made = sample_inputs(checked, 50, 0)["x"]
        assert made.shape == (50, 12)
        assert set(np.unique(made)) == {0, 1, 2}

    def test_open_sizes_of_pictures_differ_from_one_another(self, tmp_path: Path) -> None:
        checked = net(
            tmp_path, "net Any(x: float32[N, H, W, 3]) {\n  return x -> Conv2D(2, 3)\n}\n"
        )
        assert sample_inputs(checked, 1, 0)["x"].shape == (1, 32, 64, 3)

    def test_weights_are_the_same_each_time_and_none_is_left_at_zero(self, tmp_path: Path) -> None:
        checked = dense_net(tmp_path, "Dense(3)", "BatchNormalization")
        for path, node in checked.layers().items():
            for weight in node.weights:
                first = ShakenWeights(1).tensor(path, weight).read()
                assert np.array_equal(first, ShakenWeights(1).tensor(path, weight).read())
                assert not np.array_equal(first, ShakenWeights(2).tensor(path, weight).read())
                assert np.all(first != 0)
                if weight.name.endswith("variance"):
                    assert np.all(first > 0)
