"""What training needs of the Keras model: penalties, initializers, weights both ways by path."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.keras.lower import keras_name, lower_keras
from netc.compiler.ops.base.declare import arguments, construct
from netc.compiler.ops.base.initializers import RandomUniform
from netc.compiler.ops.base.op import Example, Op
from netc.compiler.ops.base.regularizers import L1, L1L2, L2, Regularizer
from netc.compiler.ops.table import OPS
from netc.runtime.train.snapshot import NetWeights

from ..ops.one_op import SIZES, net_of
from .nets import Shaken, net

WEIGHTED = """
net Net(text: int32[N, 6], image: float32[N, 8, 8, 3], row: float32[N, 4]) -> probs: [N, 3] {
  layer shared = Dense(5, kernel_regularizer=L2(0.3), bias_regularizer=L1(0.2))
  t = text -> Embedding(9, 5, embeddings_regularizer=L1(0.01)) -> shared
    -> Bidirectional(LSTM(4, return_sequences=true, kernel_regularizer=L2(0.1),
                          recurrent_regularizer=L1L2(0.01, 0.02))) as words
  t = (t, t) -> MultiHeadAttention(2, 3, kernel_regularizer=L2(0.05)) as attend
  t = t -> TimeDistributed(Dense(5, kernel_regularizer=L1(0.03))) -> GlobalAveragePooling1D
  i = image -> Conv2D(4, 3, kernel_regularizer=L2(0.001), kernel_initializer=HeNormal())
    -> BatchNormalization -> SeparableConv2D(5, 3, depthwise_regularizer=L2(0.7))
    -> PReLU(alpha_regularizer=L1(0.04), shared_axes=[1, 2]) -> GlobalMaxPooling2D
  r = row -> Normalization as scale -> Dense(5) -> shared
  return t + i + r -> Dense(3, activation=softmax)
}
"""


def penalty(regularizer: Regularizer, w: np.ndarray) -> float:
    l1 = regularizer.l1 if isinstance(regularizer, L1 | L1L2) else 0.0
    l2 = regularizer.l2 if isinstance(regularizer, L2 | L1L2) else 0.0
    return float(l1 * np.abs(w).sum() + l2 * np.square(w).sum())


def penalties(checked: CheckedGraph, source: Any) -> list[float]:
    """The penalty of every regularized weight, by the formula."""
    return [
        penalty(weight.regularizer, source.tensor(path, weight).read())
        for path, node in checked.layers().items()
        for weight in node.weights
        if weight.regularizer is not None
    ]


def giving(suffix: str) -> list[Any]:
    """One example of every operator that has an argument ending so."""
    found = []
    for name, cls in OPS.items():
        if any(argument.endswith(suffix) for argument in arguments(cls)):
            found.append(pytest.param(cls, cls.examples[0], id=name))
    return found


def with_all(cls: type[Op], example: Example, suffix: str, value: object) -> Example:
    more = {name: value for name in arguments(cls) if name.endswith(suffix)}
    return Example({**example.args, **more}, example.inputs, example.tensors)


@pytest.mark.parametrize(("cls", "example"), giving("_regularizer"))
def test_every_layer_with_weights_is_penalized_as_the_formula_says(
    cls: type[Op], example: Example
) -> None:
    given = with_all(cls, example, "_regularizer", L1L2(0.01, 0.02))
    checked, node = net_of(cls, given, SIZES)
    wanted = penalties(checked, Shaken())
    assert len(wanted) == len([w for w in node.weights if w.trainable])
    model = lower_keras(checked, Shaken())
    assert float(sum(model.losses)) == pytest.approx(sum(wanted), rel=1e-5)


@pytest.mark.parametrize(("cls", "example"), giving("_initializer"))
def test_every_weight_starts_as_its_initializer_says(cls: type[Op], example: Example) -> None:
    given = with_all(cls, example, "_initializer", RandomUniform(0.25, 0.5))
    checked, node = net_of(cls, given, SIZES)
    model = lower_keras(checked)
    found = NetWeights(checked, model).take().arrays
    for weight in node.weights:
        values = found[f"layer/{weight.name}"].ravel()
        if getattr(node.op, "unit_forget_bias", False) and weight.name == "bias":
            values = values[values != 1.0]
        if isinstance(weight.initializer, RandomUniform):
            assert ((values >= 0.25) & (values <= 0.5)).all(), weight.name


def test_all_weights_come_back_as_they_were_set() -> None:
    checked = net(WEIGHTED)
    model = lower_keras(checked, Shaken())
    taken = NetWeights(checked, model).take()
    count = 0
    for path, node in checked.layers().items():
        for weight in node.weights:
            wanted = Shaken().tensor(path, weight).read()
            np.testing.assert_array_equal(taken.arrays[f"{path}/{weight.name}"], wanted)
            count += 1
    assert count == len(taken.arrays) == len(model.weights)
    paths = {name.rpartition("/")[0] for name in taken.arrays}
    assert {"shared", "words", "scale"} <= {path.partition("/")[0] for path in paths}


def test_weights_taken_from_one_model_make_another_the_same() -> None:
    checked = net(WEIGHTED)
    first, second = lower_keras(checked, Shaken()), lower_keras(checked)
    rng = np.random.default_rng(1)
    inputs = [
        rng.integers(0, 9, (2, 6)).astype("int32"),
        rng.normal(size=(2, 8, 8, 3)).astype("float32"),
        rng.normal(size=(2, 4)).astype("float32"),
    ]
    wanted = np.asarray(first(inputs))
    assert np.abs(np.asarray(second(inputs)) - wanted).max() > 1e-3
    NetWeights(checked, second).put(NetWeights(checked, first).take())
    np.testing.assert_allclose(np.asarray(second(inputs)), wanted, rtol=1e-6, atol=1e-7)


def test_every_layer_is_found_by_its_path() -> None:
    checked = net(WEIGHTED)
    model = lower_keras(checked, Shaken())
    weights = NetWeights(checked, model)
    for path, node in checked.layers().items():
        if node.weights:
            assert weights.layers[path] is model.get_layer(keras_name(path))
    weights.layers["words"].trainable = False
    names = {id(v) for v in model.trainable_variables}
    assert not any(id(v) in names for v in weights.layers["words"].weights)
    assert any(id(v) in names for v in weights.layers["shared"].weights)


READ = """
import sys
import keras
import numpy as np
model = keras.models.load_model(sys.argv[1])
assert not [name for name in sys.modules if name == "netc" or name.startswith("netc.")]
for layer in model._flatten_layers():
    assert type(layer).__module__.startswith("keras."), type(layer)
    assert keras.saving.get_registered_name(type(layer)) == type(layer).__name__, type(layer)
arrays = np.load(sys.argv[2])
made = model([arrays["text"], arrays["image"], arrays["row"]])
np.savez(sys.argv[3], made=made, losses=[float(one) for one in model.losses])
"""


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_saved_model_opens_in_plain_keras_with_its_penalties(tmp_path: Path) -> None:
    checked = net(WEIGHTED)
    model = lower_keras(checked, Shaken())
    model.save(tmp_path / "model.keras")
    rng = np.random.default_rng(1)
    inputs = {
        "text": rng.integers(0, 9, (2, 6)).astype("int32"),
        "image": rng.normal(size=(2, 8, 8, 3)).astype("float32"),
        "row": rng.normal(size=(2, 4)).astype("float32"),
    }
    np.savez(tmp_path / "in.npz", **inputs)
    script = tmp_path / "read.py"
    script.write_text(READ)
    files = [tmp_path / name for name in ("model.keras", "in.npz", "out.npz")]
    subprocess.run([sys.executable, script, *files], check=True, cwd=tmp_path)
    found = np.load(tmp_path / "out.npz")
    np.testing.assert_allclose(found["made"], model(list(inputs.values())), rtol=1e-5, atol=1e-6)
    assert found["losses"].sum() == pytest.approx(sum(penalties(checked, Shaken())), rel=1e-5)


def test_an_initializer_is_kept_in_the_saved_layer() -> None:
    checked = net(WEIGHTED)
    model = lower_keras(checked)
    (conv,) = (layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D))
    assert isinstance(conv.kernel_initializer, keras.initializers.HeNormal)
    made = construct(RandomUniform, {"minval": -1.0, "maxval": 1.0})
    assert made.keras_object(keras).get_config()["minval"] == -1.0
