"""Files of Keras 2, which Keras 3 does not load whole: its layers run them one by one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import h5py
import numpy as np
import pytest
from netc.runtime.cli import execute
from netc.runtime.importing.keras.road import import_keras

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

Arrays = Mapping[str, tuple[int, ...]]


def layer(kind: str, name: str, *takes: object, **config: object) -> dict[str, object]:
    """A layer as Keras 2 writes it; `takes` are the calls, each a list of tensors."""
    return {
        "class_name": kind,
        "name": name,
        "config": {"name": name, "trainable": True, "dtype": "float32", **config},
        "inbound_nodes": list(takes),
    }


def given(name: str, *shape: int | None) -> dict[str, object]:
    return layer("InputLayer", name, batch_input_shape=[None, *shape], sparse=False, ragged=False)


def function(name: str, takes: Sequence[object], function: str = "") -> dict[str, object]:
    return layer("TFOpLambda", name, takes, function=function or name.removeprefix("tf."))


def functional(
    name: str, layers: Sequence[object], inputs: Sequence[str], output: object
) -> dict[str, object]:
    return {
        "class_name": "Functional",
        "config": {
            "name": name,
            "trainable": True,
            "layers": layers,
            "input_layers": [[each, 0, 0] for each in inputs],
            "output_layers": [output],
        },
    }


def saved(path: Path, config: object, layers: Mapping[str, Arrays]) -> Path:
    """An `.h5` file as Keras 2 writes it, with seeded weights."""
    numbers = np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config)
        file.attrs["keras_version"] = "2.15.0"
        top = file.create_group("model_weights")
        top.attrs["layer_names"] = np.array(list(layers), "S40")
        for name, arrays in layers.items():
            group = top.create_group(name)
            group.attrs["weight_names"] = np.array(list(arrays), "S60")
            for weight, shape in arrays.items():
                array = 0.3 * numbers.standard_normal(shape)
                group[weight] = (np.abs(array) + 0.5 if "variance" in weight else array).astype(
                    "f4"
                )
    return path


def test_a_sequential_of_keras_2(tmp_path: Path) -> None:
    kinds = [
        layer(
            "Conv2D", "conv2d", batch_input_shape=[None, 8, 8, 3], filters=4, kernel_size=[3, 3],
            strides=[1, 1], padding="same", data_format="channels_last", dilation_rate=[1, 1],
            groups=1, activation="relu", use_bias=True, activity_regularizer=None,
            kernel_regularizer={"class_name": "L2", "config": {"l2": 0.009999999776482582}},
        ),
        layer("BatchNormalization", "batch_normalization", axis=[3], momentum=0.99, epsilon=0.001),
        layer("LeakyReLU", "leaky_re_lu", alpha=0.10000000149011612),
        layer("ThresholdedReLU", "thresholded_re_lu", theta=0.5),
        layer("DepthwiseConv2D", "depthwise_conv2d", kernel_size=[3, 3], groups=1),
        layer("Flatten", "flatten", data_format="channels_last"),
        layer("Dense", "head", units=2, activation="softmax"),
    ]  # fmt: skip
    config = {"class_name": "Sequential", "config": {"name": "old", "layers": kinds}}
    norm = ("gamma", "beta", "moving_mean", "moving_variance")
    path = saved(
        tmp_path / "old.h5",
        config,
        {
            "conv2d": {"conv2d/kernel:0": (3, 3, 3, 4), "conv2d/bias:0": (4,)},
            "batch_normalization": {f"batch_normalization/{name}:0": (4,) for name in norm},
            "depthwise_conv2d": {
                "depthwise_conv2d/depthwise_kernel:0": (3, 3, 4, 1),
                "depthwise_conv2d/bias:0": (4,),
            },
            "head": {"head/kernel:0": (144, 2), "head/bias:0": (2,)},
        },
    )
    made = import_keras(path)

    assert made.proof.equal, made.proof
    assert " ".join(made.text.split()) == (
        "# Imported from old.h5 (Keras .h5) by `netc import`. "
        "net Old(x: float32[N, 8, 8, 3]) -> head: [N, 2] { return x "
        "-> Conv2D(4, 3, padding=same, activation=relu, kernel_regularizer=L2(0.01)) "
        "-> BatchNormalization -> LeakyReLU(negative_slope=0.1) -> Threshold(0.5, 0.0) "
        "-> DepthwiseConv2D(3) -> Flatten -> Dense(2, activation=softmax) as head } "
        "expect Old { params == 458 }"
    )


def test_functions_of_tensorflow(tmp_path: Path) -> None:
    whole = {"start": None, "stop": None, "step": None}
    layers = [
        given("x", 6, 4),
        layer("Dense", "dense", [["x", 0, 0, {}]], units=4),
        function("tf.__operators__.add", [["dense", 0, 0, {"y": 3.0, "name": None}]]),
        function("tf.nn.relu6", [["tf.__operators__.add", 0, 0, {}]]),
        function("tf.math.truediv", [["tf.nn.relu6", 0, 0, {"y": 6.0}]]),
        function(
            "tf.math.multiply", [["dense", 0, 0, {"y": ["tf.math.truediv", 0, 0], "name": None}]]
        ),
        function(
            "tf.math.subtract", [["_CONSTANT_VALUE", -1, 1.0, {"y": ["tf.math.multiply", 0, 0]}]]
        ),
        layer(
            "SlicingOpLambda",
            "tf.__operators__.getitem",
            [["tf.math.subtract", 0, 0, {"slice_spec": [whole, {**whole, "start": 1}]}]],
            function="__operators__.getitem",
        ),
        function("tf.math.reduce_mean", [["tf.__operators__.getitem", 0, 0, {"axis": [1]}]]),
        function("tf.math.reduce_max", [["tf.math.multiply", 0, 0, {"axis": 1}]]),
        function(
            "tf.concat",
            [
                ["tf.math.reduce_mean", 0, 0, {"axis": -1}],
                ["tf.math.reduce_max", 0, 0, {"axis": -1}],
            ],
        ),
        function("tf.reshape", [["tf.concat", 0, 0, {"shape": [-1, 2, 4]}]]),
        function("tf.compat.v1.transpose", [["tf.reshape", 0, 0, {"perm": [0, 2, 1]}]]),
        function("tf.nn.softmax", [["tf.compat.v1.transpose", 0, 0, {"axis": -1}]]),
    ]
    path = saved(
        tmp_path / "functions.h5",
        functional("functions", layers, ["x"], ["tf.nn.softmax", 0, 0]),
        {"dense": {"dense/kernel:0": (4, 4), "dense/bias:0": (4,)}},
    )
    made = import_keras(path)

    assert made.proof.equal, made.proof
    assert made.raw == {}
    assert " -> Mean(axis=" in made.text
    assert "-> ReLU6" in made.text


def test_models_and_layers_that_are_used_twice(tmp_path: Path) -> None:
    tower = functional(
        "tower",
        [given("features", 8), layer("Dense", "dense", [["features", 0, 0, {}]], units=4),
         layer("PReLU", "p_re_lu", [["dense", 0, 0, {}]], shared_axes=None)],
        ["features"],
        ["p_re_lu", 0, 0],
    )  # fmt: skip
    calls = [[["a", 0, 0, {}]], [["b", 0, 0, {}]]]
    layers = [
        given("a", 8),
        given("b", 8),
        {**tower, "name": "tower", "inbound_nodes": calls},
        layer("Dot", "dot", [["tower", 1, 0, {}], ["tower", 2, 0, {}]], axes=1, normalize=False),
    ]
    path = saved(
        tmp_path / "twice.h5",
        functional("twice", layers, ["a", "b"], ["dot", 0, 0]),
        {"tower": {"dense/kernel:0": (8, 4), "dense/bias:0": (4,), "p_re_lu/alpha:0": (4,)}},
    )
    made = import_keras(path)

    assert made.proof.equal, made.proof
    assert "block Tower(features: [N, 8])" in made.text
    assert "layer tower = Tower" in made.text


def test_states_and_masks_of_keras_2(tmp_path: Path) -> None:
    lstm = {"units": 3, "time_major": False, "implementation": 2, "stateful": False}
    words = [["words", 0, 0, {}], ["lstm", 0, 1, {}], ["lstm", 0, 2, {}]]
    layers = [
        given("x", None),
        layer("Embedding", "words", [["x", 0, 0, {}]], input_dim=9, output_dim=4, mask_zero=True,
              input_length=None),
        layer("LSTM", "lstm", [["words", 0, 0, {}]], return_state=True, **lstm),
        layer("LSTM", "lstm_1", words, return_sequences=True, **lstm),
    ]  # fmt: skip
    shapes = {"kernel": (4, 12), "recurrent_kernel": (3, 12), "bias": (12,)}
    path = saved(
        tmp_path / "states.h5",
        functional("states", layers, ["x"], ["lstm_1", 0, 0]),
        {
            "words": {"words/embeddings:0": (9, 4)},
            **{
                name: {f"{name}/lstm_cell/{weight}:0": shape for weight, shape in shapes.items()}
                for name in ("lstm", "lstm_1")
            },
        },
    )
    made = import_keras(path)

    assert made.proof.equal, made.proof
    assert "net States(x: int32[N, T])" in made.text


def test_a_function_that_netc_has_not_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layers = [given("x", 6, 4), function("tf.image.resize", [["x", 0, 0, {"size": [3, 3]}]])]
    config = functional("other", layers, ["x"], ["tf.image.resize", 0, 0])
    path = saved(tmp_path / "other.h5", config, {})

    assert execute(["import", str(path), "-o", str(tmp_path / "other.net")]) == 1
    assert "`tf.image.resize` is the function `tf.image.resize`" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [path]
