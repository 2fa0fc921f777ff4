"""Weights called `query/kernel`: saved and loaded again, by netc and by Keras."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.ops.base.backend import Tensor
from netc.compiler.ops.base.op import Weight
from netc.runtime.weights import load_weights, save_safetensors
from netc.runtime.weights.file import StoredLayer, StoredWeight, WeightFile
from netc.runtime.weights.match import match_layers

from ..nets import arrays, net, read_all

# The key, query and value of 4 heads of 4 have one shape, and so has what is projected back.
TEXT = """
net Reader(x: float32[N, T, 4]) {
  y = x + PositionEmbedding(x, 8)
  y = (y -> MultiHeadAttention(4, 4)) + y
  return y -> MultiHeadAttention(4, 4, use_bias=false) as look -> ClassToken
}
"""


class Given:
    """Weights from a mapping by path."""

    def __init__(self, values: dict[str, np.ndarray]) -> None:
        self.values = values

    def tensor(self, layer: str, weight: Weight) -> Tensor:
        value = self.values[f"{layer}/{weight.name}"]
        return Tensor(value.shape, weight.dtype, lambda: value)


def written(folder: Path, suffix: str) -> tuple[CheckedGraph, dict[str, np.ndarray], Path]:
    checked = net(folder, TEXT)
    values = arrays(checked)
    path = folder / f"saved{suffix}"
    if suffix == ".safetensors":
        save_safetensors(path, checked, Given(values))
    else:
        model = lower_keras(checked, Given(values))
        (model.save_weights if suffix == ".weights.h5" else model.save)(path)
    return checked, values, path


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("suffix", [".safetensors", ".weights.h5", ".keras"])
def test_every_weight_comes_back_to_its_place(tmp_path: Path, suffix: str) -> None:
    checked, values, path = written(tmp_path, suffix)
    read = read_all(checked, load_weights(path, checked))
    assert read.keys() == values.keys()
    for name, value in values.items():
        np.testing.assert_array_equal(read[name], value, err_msg=name)


def stored(name: str, **shapes: tuple[int, ...]) -> StoredLayer:
    weights = [
        StoredWeight(n, Tensor(s, "float32", lambda: np.zeros(1))) for n, s in shapes.items()
    ]
    return StoredLayer(name, "", tuple(weights))


def test_parts_of_layers_under_other_names_are_put_together(tmp_path: Path) -> None:
    """A net of another process: `attention_7` where this one has `look`."""
    checked = net(
        tmp_path,
        "net Reader(x: float32[N, T, 6]) {\n"
        "  return x -> MultiHeadAttention(2, 3, use_bias=false) as look -> Dense(2)\n}\n",
    )
    parts = [stored(f"attention_7/{part}", kernel=(6, 2, 3)) for part in ("key", "query", "value")]
    layers = (
        *parts,
        stored("attention_7/attention_output", kernel=(2, 3, 6)),
        stored("dense", kernel=(6, 2), bias=(2,)),
    )
    found = match_layers(checked, WeightFile(Path("w"), "test", layers, True))
    assert found.fits
    assert {pair.layer: pair.stored.name for pair in found.pairs} == {
        "look": "attention_7",
        "dense": "dense",
    }
