"""Files of Keras become nets of netc's layers, and Keras itself says that they are equal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.cli import execute
from netc.runtime.importing.keras.road import import_keras

from ....places import DOCS, ROOT
from .models import FORMATS, MODELS, saved

sys.path.insert(0, str(ROOT / "bench"))

import import_listings

MODELS_OF_NETC = Path(__file__).parents[4] / "models"

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where models are saved once."""
    return tmp_path_factory.mktemp("models")


def body(text: str) -> str:
    """The text without what stands above and the contract."""
    return text.partition("\n\n")[2].partition("expect ")[0]


@pytest.mark.parametrize("name", MODELS)
def test_models_of_keras_are_equal(name: str, folder: Path) -> None:
    texts = set()
    for ending in FORMATS:
        made = import_keras(saved(name, folder)[ending])
        assert made.proof.equal, made.proof
        assert made.proof.runs >= 3
        assert made.raw == {}
        texts.add(body(made.text))
    assert len(texts) == 1


def test_names_and_training_are_kept(folder: Path) -> None:
    made = import_keras(saved("text_classifier", folder)["keras"])

    assert made.text == (
        """\
# Imported from text_classifier.keras (Keras 3) by `netc import`.

net TextClassifier(x: int32[N, T]) -> head: [N, 1] {
  return x
    -> Embedding(50, 8, mask_zero=true) -> Bidirectional(LSTM(6, return_sequences=true))
    -> GRU(5, kernel_regularizer=L1L2(0.1, l2=0.2)) -> Dropout(0.3)
    -> Dense(1, activation=sigmoid) as head
}

expect TextClassifier {
  params == 1_411
}
"""
    )


def test_the_page_shows_the_file_and_what_becomes_of_it(folder: Path) -> None:
    path = saved("text_classifier", folder)["keras"]
    shown = import_listings.listing(path, import_keras(path).text)
    assert shown in (DOCS / "import.md").read_text("utf-8")


def test_what_is_left_out_is_said(folder: Path) -> None:
    made = import_keras(saved("several", folder)["keras"])

    assert made.text.splitlines()[1:3] == [
        "# Left out: initializers.",
        "# Left out, since they act in training alone: RandomFlip.",
    ]
    assert "-> (sort: [N, 3], cost: [N, 1])" in made.text
    assert "activation=silu, kernel_regularizer=L2(0.0001)" in made.text
    assert "RandomFlip" in made.text.splitlines()[2]


def test_layers_that_are_used_twice_are_one(folder: Path) -> None:
    text = import_keras(saved("shared", folder)["keras"]).text

    assert "  layer same = Dense(6, activation=LeakyReLU(0.2))\n" in text
    assert "left -> same" in text
    assert "right -> same" in text


GPT2 = {"width": 32, "vocabulary": 50, "depth": 3, "heads": 4, "longest": 16}
BERT = {"width": 32, "vocabulary": 50, "depth": 2, "heads": 4, "longest": 16, "hidden": 48}
OWN: Mapping[str, tuple[str, Mapping[str, int]]] = {
    "LeNet5Dense": ("lenet.net", {}),
    "GPT2": ("gpt2.net", GPT2),
    "BERT": ("bert.net", BERT),
    "TwoTower": ("two_tower.net", {}),
    "VAE": ("vae.net", {}),
}


@pytest.mark.parametrize("net", OWN)
def test_what_netc_made_for_keras_comes_back(net: str, tmp_path: Path) -> None:
    file, settings = OWN[net]
    analysis = check_files([MODELS_OF_NETC / file], net=net, settings=settings)
    graph = analysis.nets[0].graph
    assert graph is not None
    lower_keras(graph, SeededWeights(1)).save(tmp_path / "own.keras")
    made = import_keras(tmp_path / "own.keras")

    assert made.proof.equal, made.proof
    assert made.raw == {}


def test_masks_are_the_layers_business(folder: Path) -> None:
    made = import_keras(saved("masking", folder)["keras"])

    assert "-> Masking(mask_value=-1.0) -> Dense(4, activation=relu)" in " ".join(made.text.split())
    assert made.proof.equal


def test_models_in_models_are_blocks(folder: Path) -> None:
    made = import_keras(saved("towers", folder)["keras"])

    assert body(made.text) == (
        """\
block UserTower(features: [N, 8]) {
  hidden = features -> Dense(6, activation=relu) -> Dense(6, activation=relu)
  hidden_2 = hidden -> Dense(4)
  return hidden_2, hidden
}

block Unit(x: [N, 4]) {
  return x -> Dense(4) -> LayerNormalization
}

block Head(x: [N, 4]) {
  return x -> Unit as unit -> Dense(3)
}

net Towers(user: float32[N, 8], item: float32[N, 8], other: float32[N, 8])
    -> (dot: [N, 1], head: [N, 3], user_tower: [N, 6]) {
  state, state_2 = user -> UserTower as user_tower
  layer item_tower = UserTower
  state_3, state_4 = item -> item_tower
  dot = (state, state_3) -> Dot(1)
  state_5, state_6 = other -> item_tower
  head = state_5 -> Head as head
  return dot, head, state_2
}

"""
    )
    assert {layer.partition("/")[0] for layer, _ in made.weights.arrays} == {
        "user_tower",
        "item_tower",
        "head",
    }


def test_the_command_writes_what_checks_and_compiles(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = saved("unet", folder)["keras"], tmp_path / "unet.net"

    assert execute(["import", str(source), "-o", str(out)]) == 0
    assert capsys.readouterr().out.startswith("equal: largest difference ")
    assert execute(["fmt", "--check", str(out)]) == 0
    assert execute(["check", str(out)]) == 0
    weights = str(out.with_suffix(".safetensors"))
    assert execute(["compile", str(out), "-o", str(tmp_path / "u.onnx"), "--weights", weights]) == 0
