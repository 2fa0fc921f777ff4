"""Precisions: what every layer gives in 16 bits and in float64, and what files of them hold."""

from __future__ import annotations

from pathlib import Path

import keras
import ml_dtypes
import numpy as np
import onnx
import pytest
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.keras_source.lower import lower_keras_source
from netc.compiler.lower.onnx.compile import compile_onnx
from netc.compiler.lower.onnx.lower import lower_onnx
from netc.compiler.lower.precision import MIXED, PRECISIONS
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.backend import Array, Tensor
from netc.compiler.ops.base.op import Example, Op, Refusal, Weight

from ...cases import Cases
from ..ops.one_op import array_for, net_of
from ..ops.test_contract import COVERED, onnxruntime_session
from .nets import net, session

CLOSE = {"mixed_float16": 4e-3, "mixed_bfloat16": 3e-2, "float64": 1e-5}
"""How far an output may be from float32, over its largest number or 1."""


@pytest.mark.parametrize("name", COVERED)
def test_every_layer_is_close_to_float32(name: str) -> None:
    """onnxruntime loads the file without a warning and computes nearly the same."""
    with Cases() as cases:
        for number, example in enumerate(COVERED[name].examples):
            with cases.case(f"{name}-{number}"):
                is_close_to_float32(COVERED[name], example)


def is_close_to_float32(cls: type[Op], example: Example) -> None:
    checked, _ = net_of(cls, example)
    rng = np.random.default_rng(1)
    arrays = {f"x{i}": array_for(given, rng) for i, given in enumerate(example.inputs)}
    for array in arrays.values():
        if array.dtype == bool and array.ndim > 1:
            # Where nothing can be looked at, -1e9 leaves in float64 what it wipes out in float32.
            array[..., 0] = True
    weights = SeededWeights(7)
    expected = onnxruntime_session(lower_onnx(checked, weights).model()).run(None, arrays)
    for precision, close in CLOSE.items():
        model = lower_onnx(checked, weights, precision=precision).model()
        onnx.checker.check_model(model, full_check=True)
        wide = precision == "float64"
        fed = {
            name: array.astype("float64") if wide and array.dtype == np.float32 else array
            for name, array in arrays.items()
        }
        for mine, other in zip(onnxruntime_session(model).run(None, fed), expected, strict=True):
            if other.dtype != np.float32:
                np.testing.assert_array_equal(mine, other)
                continue
            assert mine.dtype == (np.float64 if wide else np.float32)
            largest = max(1.0, float(np.abs(other[np.isfinite(other)]).max(initial=0)))
            np.testing.assert_allclose(mine, other, rtol=0, atol=close * largest)


CNN = """
net Cnn(image: float32[N, 8, 8, 3]) -> probs: [N, 4] {
  x = image -> Conv2D(8, 3, padding=same, activation=relu) as first
  x = x -> MaxPooling2D(2) -> Conv2D(8, 3, padding=same) as second
  return x -> Flatten -> LayerNormalization as norm -> Dense(4, activation=softmax) as last
}
"""


def onnx_of(checked: CheckedGraph, precision: str) -> onnx.ModelProto:
    return compile_onnx(checked, SeededWeights(0), precision=precision).model()


def dtypes(model: onnx.ModelProto) -> dict[str, str]:
    return {
        item.name: onnx.TensorProto.DataType.Name(item.data_type)
        for item in model.graph.initializer
    }


@pytest.mark.parametrize(("precision", "dtype"), MIXED.items())
def test_kernels_are_stored_in_16_bits_and_norms_in_float32(precision: str, dtype: str) -> None:
    stored = dtypes(onnx_of(net(CNN), precision))
    for name in ("first/kernel", "second/kernel", "last/kernel"):
        found = [each for path, each in stored.items() if path.startswith(name)]
        assert found == [dtype.upper()], name
    assert stored["norm/gamma"] == stored["norm/beta"] == "FLOAT"


def test_between_two_products_nothing_is_cast() -> None:
    """conv, bias, relu, pool, conv: one cast in, one out for the norm, and so for the Dense."""
    model = onnx_of(net(CNN), "mixed_float16")
    kinds = [node.op_type for node in model.graph.node]
    assert kinds.count("Cast") == 4
    assert kinds.index("MaxPool") < len(kinds) - 1 - kinds[::-1].index("Conv")
    ends = [model.graph.input[0], model.graph.output[0]]
    assert {end.type.tensor_type.elem_type for end in ends} == {onnx.TensorProto.FLOAT}


def test_the_types_written_for_layers_are_those_they_have() -> None:
    model = onnx_of(net(CNN), "mixed_float16")
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    assert inferred.graph.output[0].name == "probs"
    types = {info.name: info.type.tensor_type.elem_type for info in model.graph.value_info}
    assert types["x"] == onnx.TensorProto.FLOAT16
    assert types["norm"] == onnx.TensorProto.FLOAT


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_file_says_its_precision(precision: str) -> None:
    said = {prop.key: prop.value for prop in onnx_of(net(CNN), precision).metadata_props}
    assert said.get("netc.precision", "float32") == precision


def test_what_has_no_kernel_in_a_precision_is_told() -> None:
    checked = net(CNN)
    assert lower_onnx(checked, SeededWeights(0), precision="float64").in_float32 == ("Conv",)
    mixed = lower_onnx(checked, SeededWeights(0), precision="mixed_bfloat16")
    assert set(mixed.in_float32) == {"Conv", "Gemm"} or set(mixed.in_float32) == {"Conv", "MatMul"}
    assert lower_onnx(checked, SeededWeights(0), precision="mixed_float16").in_float32 == ()


class Huge:
    """Weights that float16 has not."""

    def tensor(self, layer: str, weight: Weight) -> Tensor:
        def read() -> Array:
            return np.full(weight.shape, 1e6, np.float32)

        return Tensor(weight.shape, weight.dtype, read)


def test_a_weight_too_large_for_float16_is_refused() -> None:
    checked = net("net Net(x: float32[N, 3]) { return x -> Dense(2) as big }")
    with pytest.raises(Refusal, match=r"`big/kernel` holds 1e\+06, and float16 ends at 65504"):
        lower_onnx(checked, Huge(), precision="mixed_float16").model()
    model = lower_onnx(checked, Huge(), precision="mixed_bfloat16").model()
    kernel = next(item for item in model.graph.initializer if item.name == "big/kernel")
    assert onnx.numpy_helper.to_array(kernel).astype(np.float32).max() == np.float32(
        ml_dtypes.bfloat16(1e6)
    )


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("precision", CLOSE)
def test_keras_has_the_policy_of_that_name(tmp_path: Path, precision: str) -> None:
    """In the saved model and in the source, close to float32 and equal to one another."""
    checked = net(CNN)
    model = lower_keras(checked, SeededWeights(0), precision=precision)
    policies = {layer.name: layer.dtype_policy.name for layer in model.layers}
    assert policies["first"] == policies["last"] == precision
    assert policies["norm"] == ("float64" if precision == "float64" else "float32")
    assert keras.config.dtype_policy().name == "float32"
    model.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras")
    made: dict[str, object] = {}
    exec(compile(lower_keras_source(checked, "net.net", precision), "net.py", "exec"), made)
    build = made["build_model"]
    assert callable(build)
    source = build()
    source.set_weights(model.get_weights())
    x = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype("float32")
    expected = np.asarray(lower_keras(checked, SeededWeights(0))(x))
    for each in (again, source):
        y = np.asarray(each(x))
        assert y.dtype == (np.float64 if precision == "float64" else np.float32)
        np.testing.assert_array_equal(y, np.asarray(model(x)))
        np.testing.assert_allclose(y, expected, rtol=0, atol=CLOSE[precision])


def test_steps_of_a_loop_stay_float32() -> None:
    """Recurrent layers keep their dtype, and a weight that a body and a product read is both."""
    text = """
net Net(x: float32[N, T, 4], real: bool[N, T]) -> [N, 3] {
  x = x -> Dense(4) as into
  return (x, real) -> LSTM(3, activation=gelu)
}
"""
    checked = net(text)
    arrays = {
        "x": np.random.default_rng(0).normal(size=(2, 5, 4)).astype("float32"),
        "real": np.array([[True] * 5, [True, True, False, False, False]]),
    }
    plain, mixed = (
        session(onnx_of(checked, precision).SerializeToString()).run(None, arrays)[0]
        for precision in ("float32", "mixed_float16")
    )
    np.testing.assert_allclose(mixed, plain, atol=4e-3)
