"""The nets that are written after papers, made small: onnxruntime and Keras agree on every layer.

By `make slow`, where PyTorch is installed, they also compute what PyTorch modules written after the
same papers do with the same weights, in full size.
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.weights import WeightSource
from netc.compiler.ops.base.backend import Array, Tensor
from netc.compiler.ops.base.op import Weight
from netc.runtime.infer.session import Session
from netc.runtime.infer.verify import verify

from ..compiler.lower.nets import TrainedLike
from .zoo import MODELS, graph

WEIGHTS = TrainedLike()


def numbers(*shape: int) -> Array:
    return np.random.default_rng(len(shape)).uniform(-1, 1, shape).astype(np.float32)


class Grids:
    """The same weights for what lies in `grids`."""

    def tensor(self, layer: str, weight: Weight) -> Tensor:
        return WEIGHTS.tensor(layer.removeprefix("grids/"), weight)


def run(
    checked: CheckedGraph, inputs: dict[str, Array], source: WeightSource = WEIGHTS
) -> dict[str, Array]:
    return dict(Session.from_checked(checked, source).run(inputs))


def ids(limit: int, *shape: int) -> Array:
    return np.random.default_rng(limit).integers(0, limit, shape).astype(np.int32)


REAL = np.array([[True] * 5, [True, True, True, False, False]])
SMALL = [
    ("darknet.net", "Darknet19", {"size": 32, "classes": 3}, {"image": numbers(1, 32, 32, 3)}),
    ("darknet.net", "YOLOv3Tiny", {"size": 32, "classes": 2}, {"image": numbers(1, 32, 32, 3)}),
    (
        "darknet.net",
        "YOLOv3TinyBoxes",
        {"size": 64, "classes": 2},
        {"image": numbers(1, 64, 64, 3)},
    ),
    ("fpn.net", "ResNet50FPN", {"size": 32, "width": 8}, {"image": numbers(1, 32, 32, 3)}),
    ("unet_plus_plus.net", "UNetPlusPlus", {"size": 16}, {"image": numbers(1, 16, 16, 3)}),
    ("dcgan.net", "DCGANGenerator", {"width": 4}, {"noise": numbers(2, 100)}),
    ("dcgan.net", "DCGANDiscriminator", {"width": 4}, {"picture": numbers(2, 64, 64, 3)}),
    (
        *("siamese.net", "Siamese", {"features": 8}),
        {"first": numbers(1, 105, 105, 1), "second": numbers(1, 105, 105, 1)},
    ),
    ("nerf.net", "NeRF", {"width": 16}, {"place": numbers(4, 3), "direction": numbers(4, 3)}),
    ("tcn.net", "TCN", {"filters": 4, "levels": 3}, {"sequence": numbers(2, 30, 1)}),
    (
        *("wavenet.net", "WaveNet", {"skips": 8, "hidden": 8, "depth": 3, "stacks": 2}),
        {"samples": ids(256, 2, 20)},
    ),
    (
        *("seq2seq.net", "Seq2Seq", {"from_words": 30, "to_words": 20, "width": 8}),
        {"source": ids(30, 2, 6), "target": ids(20, 2, 4)},
    ),
    ("two_tower.net", "TwoTower", {"width": 8}, {"user": ids(900, 5), "item": ids(900, 5)}),
    (
        *("bert.net", "BERT"),
        {"vocabulary": 30, "longest": 9, "width": 12, "depth": 2, "heads": 3, "hidden": 16},
        {"tokens": ids(30, 2, 5), "parts": ids(2, 2, 5), "real": REAL},
    ),
    (
        *("llama.net", "LlamaLayer", {"width": 24, "heads": 6, "groups": 2, "hidden": 16}),
        {"x": numbers(2, 7, 24)},
    ),
]


@pytest.mark.parametrize(("file", "net", "settings", "inputs"), SMALL, ids=[s[1] for s in SMALL])
def test_the_backends_agree(
    file: str, net: str, settings: dict[str, object], inputs: dict[str, Array]
) -> None:
    found = verify(graph(file, net, **settings), WEIGHTS, inputs, reference=False)
    assert found.first_past is None, found.first_past
    assert all(layer.keras is not None for layer in found.layers), "Keras makes every layer"


def test_boxes_are_where_their_cells_are() -> None:
    """The equations of section 2.1 of the paper, with the anchors of yolov3-tiny.cfg, in pixels."""
    settings, image = {"size": 64, "classes": 2}, {"image": numbers(2, 64, 64, 3)}
    grids = run(graph("darknet.net", "YOLOv3Tiny", **settings), image)
    boxes = run(graph("darknet.net", "YOLOv3TinyBoxes", **settings), image, Grids())["boxes"]
    expected = []
    for name, cell, anchors in [
        ("coarse", 32, [(81, 82), (135, 169), (344, 319)]),
        ("fine", 16, [(10, 14), (23, 27), (37, 58)]),
    ]:
        t = grids[name]
        for row, column, anchor in np.ndindex(t.shape[1:4]):
            x, y, w, h, *rest = t[:, row, column, anchor].T.astype(np.float64)
            centre = [cell * (column + sigmoid(x)), cell * (row + sigmoid(y))]
            extent = [anchors[anchor][0] * np.exp(w), anchors[anchor][1] * np.exp(h)]
            expected.append([*centre, *extent, *map(sigmoid, rest)])
    np.testing.assert_allclose(boxes, np.moveaxis(expected, -1, 0), rtol=1e-4)


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def test_no_sample_of_wavenet_sees_a_later_one() -> None:
    settings = {"skips": 8, "hidden": 8, "depth": 3, "stacks": 2}
    checked = graph("wavenet.net", "WaveNet", **settings)
    samples = ids(256, 1, 20)
    before = run(checked, {"samples": samples})["logits"]
    samples[0, 12] = (samples[0, 12] + 1) % 256
    after = run(checked, {"samples": samples})["logits"]
    np.testing.assert_allclose(before[:, :12], after[:, :12], atol=1e-6)
    assert np.abs(before - after)[:, 12:].max() > 1e-3


def test_words_that_are_none_change_nothing_in_bert() -> None:
    settings = {"vocabulary": 30, "longest": 9, "width": 12, "depth": 2, "heads": 3, "hidden": 16}
    checked = graph("bert.net", "BERT", **settings)
    tokens, parts = ids(30, 2, 5), ids(2, 2, 5)
    other = np.where(REAL, tokens, (tokens + 1) % 30).astype(np.int32)
    one, two = (run(checked, {"tokens": t, "parts": parts, "real": REAL}) for t in (tokens, other))
    np.testing.assert_allclose(one["pooled"], two["pooled"], atol=1e-6)
    np.testing.assert_allclose(one["states"][REAL], two["states"][REAL], atol=1e-6)
    assert np.abs(one["states"] - two["states"])[~REAL].max() > 1e-2


ORIGINALS = [
    *("Darknet19", "Darknet53", "YOLOv3Tiny", "UNetPlusPlus", "DCGANGenerator"),
    *("DCGANDiscriminator", "Siamese", "NeRF", "TCN", "WaveNet", "Seq2Seq", "TwoTower"),
]
LIBRARIES = {"ResNet50FPN": "torchvision", "BERT": "transformers", "LlamaLayer": "transformers"}


@pytest.mark.slow
@pytest.mark.parametrize("net", [*ORIGINALS, *LIBRARIES])
def test_it_computes_what_its_original_does(net: str) -> None:
    for library in ("torch", LIBRARIES.get(net, "torch")):
        pytest.importorskip(library)
    command = [sys.executable, str(MODELS.parent / "bench" / "zoo.py"), net]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    assert f"`{net}`" in made.stdout
