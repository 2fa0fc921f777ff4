"""The attention models of models/, made small: onnxruntime and Keras give the same numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx
import onnxruntime
import pytest
from netc.compiler.check import check_files
from netc.compiler.cost.totals import parameters
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.onnx.compile import compile_onnx
from netc.compiler.ops.base.backend import Array

from ..compiler.lower.nets import TrainedLike
from ..places import MODELS

WEIGHTS = TrainedLike()


def small(file: str, name: str, **settings: object) -> CheckedGraph:
    """A net of models/ with some static parameters set."""
    analysis = check_files([MODELS / file], net=name, settings=settings)
    assert not analysis.failed, analysis.diagnostics
    graph = next(net.graph for net in analysis.nets if net.name == name)
    assert graph is not None
    return graph


def words(*shape: int, limit: int) -> Array:
    return np.random.default_rng(2).integers(0, limit, shape).astype(np.int32)


def ours(model: onnx.ModelProto, inputs: Mapping[str, Array]) -> Array:
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (y,) = session.run(None, dict(inputs))
    return np.asarray(y)


def agree(net: CheckedGraph, inputs: Mapping[str, Array]) -> Array:
    """What both backends make of the inputs, which must be the same."""
    model = compile_onnx(net, WEIGHTS).model()
    onnx.checker.check_model(model, full_check=True)
    y = ours(model, inputs)
    keras_model = lower_keras(net, WEIGHTS)
    assert keras_model.count_params() == parameters(net).total
    given = list(inputs.values())
    theirs = keras_model(given if len(given) > 1 else given[0], training=False)
    np.testing.assert_allclose(y, np.asarray(theirs), rtol=1e-5, atol=1e-5)
    return y


@pytest.mark.parametrize("length", [2, 9])
def test_the_classifier(length: int) -> None:
    net = small(
        "transformer.net",
        "TransformerClassifier",
        vocabulary=30,
        width=16,
        hidden=24,
        classes=3,
    )
    y = agree(net, {"tokens": words(2, length, limit=30)})
    assert y.shape == (2, 3)
    np.testing.assert_allclose(y.sum(axis=1), 1, rtol=1e-5)


def test_the_translator() -> None:
    net = small(
        "transformer.net", "Transformer", vocabulary=30, width=16, depth=2, heads=4, hidden=24
    )
    source, target = words(2, 7, limit=30), words(2, 4, limit=30)
    y = agree(net, {"source": source, "target": target})
    assert y.shape == (2, 4, 30)


def test_vit() -> None:
    net = small("vit.net", "ViTTiny", size=48, depth=2, classes=5)
    image = np.random.default_rng(0).uniform(0, 1, (2, 48, 48, 3)).astype(np.float32)
    assert agree(net, {"image": image}).shape == (2, 5)


def gpt2() -> CheckedGraph:
    return small("gpt2.net", "GPT2", vocabulary=50, longest=12, width=24, depth=2, heads=3)


@pytest.mark.parametrize("length", [2, 5, 12])
def test_gpt2(length: int) -> None:
    y = agree(gpt2(), {"tokens": words(2, length, limit=50)})
    assert y.shape == (2, length, 50)


def test_gpt2_does_not_look_ahead() -> None:
    model = compile_onnx(gpt2(), WEIGHTS).model()
    tokens = words(1, 8, limit=50)
    before = ours(model, {"tokens": tokens})
    tokens[0, 5] = (tokens[0, 5] + 1) % 50
    after = ours(model, {"tokens": tokens})
    np.testing.assert_allclose(before[:, :5], after[:, :5], rtol=1e-5, atol=1e-6)
    assert np.abs(before[:, 5:] - after[:, 5:]).max() > 1e-3


def test_gpt2_has_one_table_for_both_ends() -> None:
    model = compile_onnx(gpt2(), WEIGHTS).model()
    tables = [t.name for t in model.graph.initializer if list(t.dims) in ([50, 24], [24, 50])]
    assert tables == ["words/embeddings"]
