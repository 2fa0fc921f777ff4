"""Blocks, loops and optional parts that are found in models, and how long the text is."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.compiler.lower.onnx.compile import compile_onnx
from netc.compiler.lower.onnx.write import write_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.importing.road import ImportedNet, import_onnx

from ...places import MODELS, ROOT


@pytest.fixture(scope="module")
def lines_of() -> Iterator[Callable[[Path, str], int]]:
    """How the bench counts lines: those of a net and of the blocks that it uses."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "bench")
        yield importlib.import_module("zoo").lines_of


def again(source: Path, net: str, folder: Path, **settings: int) -> ImportedNet:
    """A net of a file, to ONNX and back."""
    analysis = check_files([source], net=net, settings=settings)
    assert not analysis.failed, analysis.diagnostics
    graph = analysis.nets[0].graph
    assert graph is not None
    target = folder / f"{net}.onnx"
    write_onnx(compile_onnx(graph, SeededWeights(1)), target, None)
    return import_onnx(target)


def back(text: str, folder: Path) -> str:
    """What a net of a text is written as after a way to ONNX and back."""
    source = folder / "source.net"
    source.write_text(text)
    made = again(source, text.rpartition("net ")[2].partition("(")[0], folder)
    assert made.proof.equal
    assert made.raw == {}
    return made.text.partition("\n\n")[2].partition("\nexpect ")[0]


AS_SHORT = {
    "ResNet50": ("resnet.net", {"size": 32}),
    "ResNet152": ("resnet.net", {"size": 32}),
    "VGG16": ("vgg.net", {"size": 32}),
    "MobileNetV2": ("mobilenet_v2.net", {"size": 32}),
    "DenseNet121": ("densenet.net", {"size": 32}),
    "UNet": ("unet.net", {"size": 188}),
    "GPT2": ("gpt2.net", {"width": 32, "vocabulary": 50, "heads": 4, "longest": 16}),
    "ViTTiny": ("vit.net", {"size": 64}),
    "LSTMClassifier": ("text_classifiers.net", {"vocabulary": 50, "width": 16}),
    "GRUClassifier": ("text_classifiers.net", {"vocabulary": 50, "width": 16}),
    "BidirectionalClassifier": ("text_classifiers.net", {"vocabulary": 50, "width": 16}),
    "Seq2Seq": ("seq2seq.net", {"width": 16, "from_words": 40, "to_words": 30}),
    "TwoTower": ("two_tower.net", {}),
    "TransformerClassifier": ("transformer.net", {"width": 16, "vocabulary": 50, "hidden": 32}),
    "Transformer": ("transformer.net", {"width": 16, "vocabulary": 50, "hidden": 32, "heads": 2}),
}
"""Nets with sizes that are quick; their structure is that of the published ones."""


@pytest.mark.parametrize("net", AS_SHORT)
def test_what_comes_back_is_about_as_short_as_what_a_person_wrote(
    net: str, tmp_path: Path, lines_of: Callable[[Path, str], int]
) -> None:
    file, settings = AS_SHORT[net]
    made = again(MODELS / file, net, tmp_path, **settings)
    written = tmp_path / "again.net"
    written.write_text(made.text)

    assert made.proof.equal
    assert made.raw == {}
    assert lines_of(written, net) <= 1.5 * lines_of(MODELS / file, net)


def test_a_shortcut_that_some_units_have_is_an_if(tmp_path: Path) -> None:
    source = """
block Unit(x: [N, H, W, C], filters: int, strides: int = 1) {
  shortcut = x
  if strides != 1 or C != filters {
    shortcut = x -> Conv2D(filters, 1, strides=strides)
  }
  y = x -> Conv2D(filters, 3, strides=strides, padding=same) -> ReLU
  return (y -> Conv2D(filters, 3, padding=same)) + shortcut -> ReLU
}

net Units(x: float32[N, 16, 16, 8]) -> [N, 2, 2, 32] {
  return x -> Unit(8) * 2 -> Unit(16, 2) -> Unit(16) -> Unit(24, 2) -> Unit(24) * 2 -> Unit(32, 2)
}
"""
    assert back(source, tmp_path) == (
        """\
block Residual(x: [N, H, W, C], filters: int, strides: int) {
  residual = x
    -> Conv2D(filters, 3, strides=strides, padding=same) -> ReLU -> Conv2D(filters, 3, padding=same)
  shortcut = x
  if strides != 1 {
    shortcut = x -> Conv2D(filters, 1, strides=2)
  }
  return residual + shortcut -> ReLU
}

net Units(x: float32[N, 16, 16, 8]) -> output: [N, 2, 2, 32] {
  for filters, strides, depth in [
    (8, 1, 2),
    (16, 2, 1),
    (16, 1, 1),
    (24, 2, 1),
    (24, 1, 2),
    (32, 2, 1),
  ] {
    x = x -> Residual(filters, strides) * depth
  }
  return x
}
"""
    )


def test_a_sum_that_some_units_end_in_is_an_if(tmp_path: Path) -> None:
    source = """
block Unit(x: [N, T, C], units: int) {
  y = x -> LayerNormalization -> Dense(4 * units, activation=relu) -> Dense(units)
  return x + y if C == units else y
}

net Units(x: float32[N, T, 8]) -> [N, T, 48] {
  return x -> Unit(8) -> Unit(16) -> Unit(32) -> Unit(32) * 2 -> Unit(24) -> Unit(24) -> Unit(48)
}
"""
    text = back(source, tmp_path)
    assert text.count("block ") == 1
    assert " if C == units else residual\n" in text


def test_a_block_may_read_several_tensors(tmp_path: Path) -> None:
    """A decoder that looks into a memory: a loop carries one tensor, the other is the same."""
    source = """
block Layer(x: [N, T, C], memory: [N, S, C]) {
  x = x + (x -> LayerNormalization -> MultiHeadAttention(2, 4, use_causal_mask=true))
  looked = (x -> LayerNormalization, memory) -> MultiHeadAttention(2, 4)
  x = x + looked
  return x + (x -> LayerNormalization -> Dense(16, activation=gelu) -> Dense(8))
}

net Decoder(x: float32[N, T, 8], memory: float32[N, S, 8]) -> [N, T, 8] {
  repeat 4 {
    x = Layer(x, memory)
  }
  return x
}
"""
    text = back(source, tmp_path)
    assert text.count("MultiHeadAttention(2, 4)") == 1
    assert "skip: [...]" in text
    assert "repeat 4 {\n" in text


def test_a_result_of_rounds_that_later_rounds_read_keeps_its_name(tmp_path: Path) -> None:
    """Both go through rounds as `x`: the memory of a decoder is not what goes through it."""
    file, small = AS_SHORT["Transformer"]
    text = again(MODELS / file, "Transformer", tmp_path, **small).text
    assert "  memory = x\n  x = " in text
    assert "x = (x, memory) -> " in text
    assert "SinePositionEncoding" in text


def test_two_readers_of_one_table_share_it(tmp_path: Path) -> None:
    source = """
net Both(a: int32[N, S], b: int32[N, T]) -> (left: [N, S, 8], right: [N, T, 8]) {
  layer words = Embedding(30, 8)
  return a -> words -> Tanh, b -> words -> Sigmoid
}
"""
    text = back(source, tmp_path)
    assert text.count("Embedding(30, 8)") == 1
    assert "layer words = Embedding(30, 8)\n" in text


def test_levels_that_skips_span_are_blocks(tmp_path: Path) -> None:
    text = again(MODELS / "unet.net", "UNet", tmp_path, size=188).text
    assert "block Convs(x: [N, H, W, C], filters: int) {" in text
    assert text.count("-> MaxPooling2D(2) -> Convs(") == 4


def test_towers_of_two_inputs_are_one_block(tmp_path: Path) -> None:
    source = """
block Tower(x: [N, T]) -> [N, 8] {
  x = x -> Embedding(30, 6) -> GlobalAveragePooling1D
  for units in [64, 32] {
    x = x -> Dense(units, activation=relu) -> LayerNormalization -> Dense(units) -> Dropout(0.1)
    x = x + (x -> Dense(units, activation=gelu) -> Dense(units))
  }
  return x -> Dense(8)
}

net Both(a: int32[N, 5], b: int32[N, 6]) -> (left: [N, 8], right: [N, 8]) {
  return a -> Tower, b -> Tower
}
"""
    text = back(source, tmp_path)
    assert text.count("block ") == 1
    assert text.count("-> Residual(64) -> Residual(32) -> Dense(8)\n") == 2


def test_a_block_may_give_two_tensors(tmp_path: Path) -> None:
    """Levels of a pyramid: each gives its map, and what the next level begins with."""
    source = """
block Level(x: [N, H, W, C], filters: int) -> (map: [...], down: [...]) {
  x = x -> Conv2D(filters, 3, padding=same) -> BatchNormalization(center=false) -> ReLU
  x = x -> Conv2D(filters, 3, padding=same) -> BatchNormalization(center=false) -> ReLU
  return x -> Conv2D(4, 1, activation=tanh), x -> Conv2D(filters, 2, strides=2, activation=tanh)
}

net Pyramid(x: float32[N, 32, 32, 3]) -> (a: [...], b: [...], c: [...], end: [...]) {
  a, x = x -> Level(8)
  b, x = x -> Level(16)
  c, x = x -> Level(24)
  return a, b, c, x
}
"""
    text = back(source, tmp_path)
    assert text.count("block ") == 1
    assert text.count("features_2 = x -> ") == 1


def test_learned_scales_are_within_their_blocks(tmp_path: Path) -> None:
    source = """
block Unit(x: [N, H, W, C]) {
  weight scale: [C] = 0.1
  y = x -> DepthwiseConv2D(7, padding=same) -> LayerNormalization
  return x + (y -> Dense(4 * C, activation=gelu) -> Dense(C)) * scale
}

net Units(x: float32[N, 8, 8, 6]) -> [N, 8, 8, 6] {
  return x -> Unit * 5
}
"""
    text = back(source, tmp_path)
    assert text.count("weight scale: [6] = zeros") == 1
    assert "return x -> ConvNeXt * 5\n" in text
