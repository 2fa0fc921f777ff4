"""The contract of every operator, over its own examples.

Shapes and parameter counts equal Keras's, the numbers of onnxruntime equal Keras's within 1e-5,
the ONNX checker passes in full, onnxruntime warns of nothing, and the symbolic shape rule says the
same as the rule on numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime
import pytest
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.onnx.lower import lower_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.backend import Array, Tensor
from netc.compiler.ops.base.op import Example, Op, Weight
from netc.compiler.ops.table import CONSTANTS, HIDDEN, OPS
from netc.compiler.shapes.dims import substitute

from .one_op import MORE_SIZES, SIZES, array_for, net_of


@dataclass(frozen=True)
class Shaken:
    """Seeded weights with nothing left at zero or one, so that biases and scales count."""

    def tensor(self, layer: str, weight: Weight) -> Tensor:
        def draw() -> Array:
            base = SeededWeights(7).tensor(layer, weight).read()
            noise = np.random.default_rng(len(weight.name)).uniform(0.1, 0.6, weight.shape)
            return (base + noise).astype(weight.dtype)

        return Tensor(weight.shape, weight.dtype, draw)


COVERED = {**OPS, **CONSTANTS, **{cls.__name__: cls for cls in HIDDEN}}

CASES = [
    pytest.param(cls, example, id=f"{name}-{number}")
    for name, cls in COVERED.items()
    for number, example in enumerate(cls.examples)
]


def onnxruntime_session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 2
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


@pytest.mark.parametrize("cls", list(COVERED.values()), ids=list(COVERED))
def test_every_operator_has_examples(cls: type[Op]) -> None:
    assert cls.examples, "an operator without examples is not covered by the contract"
    assert cls.__doc__


@pytest.mark.parametrize(("cls", "example"), CASES)
def test_onnxruntime_and_keras_agree(
    cls: type[Op], example: Example, capfd: pytest.CaptureFixture[str]
) -> None:
    checked, node = net_of(cls, example)
    model = lower_onnx(checked, Shaken()).model()
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime_session(model)
    keras_model = lower_keras(checked, Shaken())
    assert keras_model.count_params() == sum(weight.size for weight in node.weights)
    named = {dim for given in example.inputs for dim in given.shape if isinstance(dim, str)}
    for sizes in (SIZES, *(MORE_SIZES if named - {"N"} else ())):
        rng = np.random.default_rng(1)
        arrays = {f"x{i}": array_for(given, rng, sizes) for i, given in enumerate(example.inputs)}
        capfd.readouterr()
        ours = session.run(None, arrays)
        assert capfd.readouterr().err == "", "onnxruntime warns"
        inputs = list(arrays.values())
        theirs = keras_model(inputs if len(inputs) > 1 else inputs[0], training=False)
        theirs = theirs if isinstance(theirs, list | tuple) else [theirs]
        for type, mine, other in zip(node.outputs, ours, theirs, strict=True):
            expected = tuple(substitute(dim, sizes) for dim in type.shape)
            assert mine.shape == expected, "the inferred shape is not the real one"
            assert mine.dtype == np.asarray(other).dtype == np.dtype(type.dtype)
            np.testing.assert_allclose(mine, np.asarray(other), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("cls", "example"), CASES)
def test_symbols_and_numbers_give_one_shape(cls: type[Op], example: Example) -> None:
    symbolic = net_of(cls, example)[1]
    numeric = net_of(cls, example, SIZES)[1]
    substituted = [tuple(substitute(d, SIZES) for d in t.shape) for t in symbolic.outputs]
    assert substituted == [t.shape for t in numeric.outputs]
    assert [w.shape for w in symbolic.weights] == [w.shape for w in numeric.weights]
