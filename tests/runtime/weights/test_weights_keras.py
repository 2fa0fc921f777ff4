"""Models that Keras trained and saved, in its four formats: netc gives the same predictions."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.infer.session import Session
from netc.runtime.weights import WeightMismatch, load_weights

from ..nets import net

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras")

FORMATS = ["w.keras", "w.h5", "w.weights.h5", "legacy.h5"]


def save(model: Any, path: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if path.name == "legacy.h5":
            from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

            with h5py.File(path, "w") as file:
                save_weights_to_hdf5_group(file, model)
        elif path.name.endswith(".weights.h5"):
            model.save_weights(path)
        else:
            model.save(path)
    return path


def shuffle(model: Any) -> Any:
    """Gives every variable values of its own, as training would."""
    rng = np.random.default_rng(5)
    for variable in model.weights:
        if "seed" not in variable.path:
            variable.assign(rng.uniform(0.2, 0.8, variable.shape).astype(variable.dtype))
    return model


def assert_same(checked: CheckedGraph, path: Path, model: Any, *inputs: np.ndarray) -> None:
    session = Session.from_checked(checked, load_weights(path, checked))
    feed = {spec.name: x for spec, x in zip(session.inputs, inputs, strict=True)}
    given = list(inputs) if len(inputs) > 1 else inputs[0]
    expected = np.asarray(model(given, training=False))
    (made,) = session.run(feed).values()
    np.testing.assert_allclose(made, expected, rtol=2e-5, atol=2e-5)


@pytest.fixture(scope="module")
def sequential() -> Any:
    layers = keras.layers
    return shuffle(
        keras.Sequential(
            [
                keras.Input((9, 9, 3)),
                layers.Conv2D(4, 3, name="stem", activation="tanh"),
                layers.BatchNormalization(),
                layers.SeparableConv2D(4, 3, padding="same", activation="tanh"),
                layers.BatchNormalization(),
                layers.DepthwiseConv2D(3, activation="tanh"),
                layers.Flatten(),
                layers.Dense(6, activation="tanh"),
                layers.Dropout(0.5),
                layers.Dense(6, activation="tanh"),
                layers.Dense(6),
            ]
        )
    )


SEQUENTIAL = """
net Sequence(x: float32[N, 9, 9, 3]) {
  return x
    -> Conv2D(4, 3, activation=tanh) as stem
    -> BatchNormalization
    -> SeparableConv2D(4, 3, padding=same, activation=tanh) -> BatchNormalization
    -> DepthwiseConv2D(3, activation=tanh) -> Flatten
    -> Dense(6, activation=tanh) -> Dropout(0.5) -> Dense(6, activation=tanh) -> Dense(6)
}
"""


@pytest.mark.parametrize("name", FORMATS)
def test_a_sequential_model(tmp_path: Path, sequential: Any, name: str) -> None:
    x = np.random.default_rng(1).uniform(-1, 1, (2, 9, 9, 3)).astype(np.float32)
    path = save(sequential, tmp_path / name)
    assert_same(net(tmp_path, SEQUENTIAL), path, sequential, x)


@pytest.mark.parametrize("name", FORMATS)
def test_a_wrong_net_says_what_is_wrong(tmp_path: Path, sequential: Any, name: str) -> None:
    path = save(sequential, tmp_path / name)
    wrong = net(tmp_path, SEQUENTIAL.replace("Conv2D(4, 3, activation", "Conv2D(4, 2, activation"))
    with pytest.raises(WeightMismatch) as caught:
        load_weights(path, wrong)
    table = "\n".join(caught.value.table_lines())
    assert "`kernel` is [3, 3, 3, 4], not [2, 2, 3, 4]" in table


def test_an_optimizers_state_is_ignored(tmp_path: Path, sequential: Any) -> None:
    sequential.compile("adam", "mse")
    sequential.optimizer.build(sequential.trainable_variables)
    checked = net(tmp_path, SEQUENTIAL)
    for name in ("w.keras", "w.weights.h5", "w.h5"):
        loaded = load_weights(save(sequential, tmp_path / name), checked)
        assert loaded.match.unused == ()


@pytest.mark.parametrize("name", FORMATS)
def test_a_functional_model_with_names_sharing_and_embedding(tmp_path: Path, name: str) -> None:
    layers = keras.layers
    words = keras.Input((5,), dtype="int32")
    shared = layers.Dense(3, activation="tanh", name="shared")
    x = layers.Embedding(10, 3, name="words")(words)
    x = shared(shared(x))
    x = layers.Dense(3, activation="tanh", name="stage1.first")(x)
    x = layers.Dense(3, name="stage1.second")(layers.LayerNormalization()(x))
    model = shuffle(keras.Model(words, x))
    checked = net(
        tmp_path,
        """
block Stage(x: [...]) {
  return x
    -> Dense(3, activation=tanh) as first -> LayerNormalization -> Dense(3) as second
}
net Words(ids: int32[N, 5]) {
  layer shared = Dense(3, activation=tanh)
  return ids -> Embedding(10, 3) as words -> shared -> shared -> Stage as stage1
}
""",
    )
    ids = np.array([[1, 2, 3, 4, 9], [0, 0, 5, 6, 7]], dtype=np.int32)
    path = save(model, tmp_path / name)
    by_name = {p.layer for p in load_weights(path, checked).match.pairs if p.by_name}
    assert {"shared", "words", "stage1/first", "stage1/second"} <= by_name
    assert_same(checked, path, model, ids)


@pytest.mark.parametrize("name", FORMATS)
def test_spectrally_normalized_layers_and_norms_over_inner_axes(tmp_path: Path, name: str) -> None:
    layers = keras.layers
    x = keras.Input((8, 8, 3))
    y = layers.SpectralNormalization(layers.Conv2D(4, 3))(x)
    y = layers.LayerNormalization(axis=[1, 3])(y)
    y = layers.SpectralNormalization(layers.Conv2D(4, 3, use_bias=False))(y)
    y = layers.SpectralNormalization(layers.Dense(5))(layers.LayerNormalization(axis=2)(y))
    model = shuffle(keras.Model(x, y))
    checked = net(
        tmp_path,
        "net Critic(x: float32[N, 8, 8, 3]) {\n"
        "  return x -> SpectralNormalization(layer=Conv2D(4, 3)) -> LayerNormalization(axis=[1, 3])"
        " -> SpectralNormalization(layer=Conv2D(4, 3, use_bias=false))"
        " -> LayerNormalization(axis=2) -> SpectralNormalization(layer=Dense(5))\n}\n",
    )
    image = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype(np.float32)
    assert_same(checked, save(model, tmp_path / name), model, image)


@pytest.mark.parametrize("name", FORMATS)
def test_a_model_inside_a_model(tmp_path: Path, name: str) -> None:
    layers = keras.layers
    image = keras.Input((8, 8, 3))
    inner = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(4, 3, name="conv"),
            layers.BatchNormalization(name="norm"),
        ],
        name="enc",
    )
    x = layers.Conv2D(4, 3, name="head")(inner(image))
    model = shuffle(keras.Model(image, x))
    checked = net(
        tmp_path,
        """
block Enc(x: [N, H, W, C]) {
  return x -> Conv2D(4, 3) as conv -> BatchNormalization as norm
}
net Outer(image: float32[N, 8, 8, 3]) {
  return image -> Enc as enc -> Conv2D(4, 3) as head
}
""",
    )
    x = np.random.default_rng(1).uniform(-1, 1, (2, 8, 8, 3)).astype(np.float32)
    assert_same(checked, save(model, tmp_path / name), model, x)


@pytest.mark.parametrize("name", FORMATS)
def test_the_second_model_of_a_process(tmp_path: Path, name: str) -> None:
    """Its layers are numbered on from the first's; order tells them apart, not names."""

    def build() -> Any:
        dense = keras.layers.Dense
        return keras.Sequential([keras.Input((4,)), dense(4), dense(4), dense(4)])

    keras.utils.clear_session()
    build()
    model = shuffle(build())
    assert model.layers[0].name == "dense_3"
    text = "net Three(x: float32[N, 4]) {\n  return x -> Dense(4) * 3\n}\n"
    x = np.random.default_rng(1).uniform(-1, 1, (2, 4)).astype(np.float32)
    assert_same(net(tmp_path, text), save(model, tmp_path / name), model, x)


ZEROS = """net Pyramid(x: float32[N, T, 4]) -> y: [N, T, 4] {
  found = []
  for rate in [1, 2, 3] {
    found = found + [x -> Conv1D(4, 3, padding=same, dilation_rate=rate)]
  }
  whole = x -> GlobalAveragePooling1D(keepdims=true) -> Dense(4)
  return found + [whole + zeros([1, T, 1])] -> Concatenate -> Dense(4)
}
"""


def test_a_constant_of_named_sizes_hides_no_graph(tmp_path: Path) -> None:
    """Keras counts its sizes from the input, and the net has no such steps."""
    pyramid = net(tmp_path, ZEROS)
    model = shuffle(lower_keras(pyramid, SeededWeights(1)))
    x = np.random.default_rng(2).uniform(-1, 1, (3, 7, 4)).astype(np.float32)
    assert_same(pyramid, save(model, tmp_path / "w.keras"), model, x)


def test_constants_of_other_numbers_make_branches_differ(tmp_path: Path) -> None:
    """What is times 2 is not what is times 3, though the file does not tell them apart."""
    branches = net(
        tmp_path,
        "net Two(x: float32[N, 4]) -> y: [N, 4] {\n"
        "  return (x -> Dense(4)) * full([N, 1], 2.0) + (x -> Dense(4)) * full([N, 1], 3.0)\n}",
    )
    model = shuffle(lower_keras(branches, SeededWeights(1)))
    with pytest.raises(WeightMismatch, match="2 of its 2 layers with weights cannot be filled"):
        load_weights(save(model, tmp_path / "w.keras"), branches)
