"""Keras as source: the file builds the model that `lower_keras` builds, and reads well."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.keras_source.lower import lower_keras_source
from netc.compiler.ops.base.op import Refusal
from netc.runtime.cli import execute
from netc.runtime.infer.samples import ShakenWeights, sample_inputs
from netc.runtime.weights import save_safetensors

from .keras_models import both, module, outputs, same_model
from .nets import MODELS, model, net

NETS = [
    ("alexnet.net", "AlexNet"),
    ("cifar10_bn.net", "Cifar10BN"),
    ("cifar10_cnn.net", "Cifar10CNN"),
    ("perceptron.net", "Perceptron"),
    ("resnet.net", "ResNet50"),
    ("resnet.net", "ResNet18"),
    ("mobilenet_v2.net", "MobileNetV2"),
    ("googlenet.net", "GoogLeNetTraining"),
    ("lenet.net", "LeNet5Dense"),
    ("text_classifiers.net", "BidirectionalClassifier"),
    ("transformer.net", "TransformerClassifier"),
    ("vae.net", "VAE"),
    ("vit.net", "ViTTiny"),
]


@pytest.mark.parametrize(("file", "name"), NETS, ids=[name for _, name in NETS])
def test_nets_are_written_as_they_are_built(file: str, name: str) -> None:
    checked = model(file, name)
    ours, theirs = both(checked)
    same_model(ours, theirs)
    arrays = list(sample_inputs(checked, 1, 0).values())
    for mine, other in zip(outputs(ours, arrays), outputs(theirs, arrays), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("file", "name"), NETS, ids=[name for _, name in NETS])
def test_the_file_is_formatted_and_imports_nothing_of_netc(
    file: str, name: str, tmp_path: Path
) -> None:
    text = lower_keras_source(model(file, name), f"models/{file}")
    assert "netc" not in text
    path = tmp_path / "net.py"
    path.write_text(text, encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    made = subprocess.run(
        [*ruff, "format", "--isolated", "--line-length=88", "--diff", path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout
    made = subprocess.run(
        [*ruff, "check", "--isolated", path], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stdout


def test_blocks_become_functions_and_repeats_loops() -> None:
    text = lower_keras_source(model("resnet.net", "ResNet50"), "resnet.net")
    assert "def bottleneck(x, name, width, strides):" in text
    assert "filters=4 * width" in text
    assert "    for i in range(5):\n        x = bottleneck_2(x, " in text
    assert len(text.splitlines()) < 150


def test_a_row_of_layers_in_the_net_itself_is_a_loop() -> None:
    text = lower_keras_source(
        net("net Deep(x: float32[N, 4]) { return x -> Dense(4, activation=relu) * 5 }\n"),
        "deep.net",
    )
    assert 'layers.Dense(4, activation="relu", name=numbered("dense", i + 1))' in text
    assert "for i in range(4):" in text, "the first one reads the input"


def test_chains_that_are_alike_are_one_function() -> None:
    checked = net("net A(x: float32[N, 4]) { return x -> (Dense(4) as d -> ReLU) * 3 }\n")
    text = lower_keras_source(checked, "a.net")
    assert text.count('def chain(x, name):\n    """A chain of layers."""') == 1
    assert 'name=f"{name}.d"' in text


def test_a_shared_layer_is_made_once() -> None:
    checked = net(
        "net Twins(a: float32[N, 4], b: float32[N, 4]) {\n"
        "  layer enc = Dense(3)\n  return (a -> enc) + (b -> enc)\n}\n"
    )
    text = lower_keras_source(checked, "twins.net")
    assert text.count("layers.Dense(") == 1
    ours, theirs = both(checked)
    same_model(ours, theirs)
    arrays = list(sample_inputs(checked, 2, 0).values())
    np.testing.assert_array_equal(outputs(ours, arrays)[0], outputs(theirs, arrays)[0])


def test_weights_load_by_path(tmp_path: Path) -> None:
    checked = net(
        "block Enc(x: [N, T, C]) { return x -> Bidirectional(LSTM(3)) -> BatchNormalization }\n"
        "net Words(x: int32[N, T]) {\n"
        "  return x -> Embedding(9, 4) -> Enc -> Dense(2)\n}\n"
    )
    path = tmp_path / "words.safetensors"
    save_safetensors(path, checked, ShakenWeights())
    made = module(checked)
    ours = made["build_model"]()
    made["load_weights"](ours, path)
    theirs = lower_keras(checked, ShakenWeights())
    arrays = list(sample_inputs(checked, 2, 0).values())
    np.testing.assert_array_equal(outputs(ours, arrays)[0], outputs(theirs, arrays)[0])


def test_a_layer_that_keras_has_not_is_refused() -> None:
    checked = net("net Odd(x: float32[N, 4]) { return x -> onnx.Sign }\n")
    with pytest.raises(Refusal, match="no Keras lowering"):
        lower_keras_source(checked, "odd.net")


def test_netc_compile_writes_it(tmp_path: Path) -> None:
    out = tmp_path / "model.py"
    assert execute(["compile", str(MODELS / "perceptron.net"), "-o", str(out)]) == 0
    made: dict[str, Callable[..., Any]] = {}
    exec(compile(out.read_text(encoding="utf-8"), str(out), "exec"), made)
    assert made["build_model"]().name == "Perceptron"


def test_layers_compute_in_the_dtype_of_what_they_get() -> None:
    checked = net("net Half(x: float16[N, 6]) {\n  return x -> LeakyReLU -> Softmax -> tanh\n}\n")
    ours, theirs = both(checked)
    same_model(ours, theirs)
    kinds = {layer.compute_dtype for made in (ours, theirs) for layer in made.layers[1:]}
    assert kinds == {"float16"}
    assert 'dtype="float16"' in lower_keras_source(checked, "half.net")
