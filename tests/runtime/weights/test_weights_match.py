"""Which layer of a file goes to which layer of a net, and the table where one cannot be told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.backend import Tensor
from netc.runtime.weights import WeightMismatch, load_weights, save_safetensors
from netc.runtime.weights.file import StoredLayer, StoredWeight, WeightFile
from netc.runtime.weights.match import Match, match_layers

from ..nets import dense_net, net

Shapes = dict[str, tuple[int, ...]]


def layer(name: str, kind: str = "dense", /, **shapes: tuple[int, ...]) -> StoredLayer:
    weights = [
        StoredWeight(weight.lstrip("_0123456789"), Tensor(shape, "float32", lambda: np.zeros(1)))
        for weight, shape in shapes.items()
    ]
    return StoredLayer(name, kind, tuple(weights))


def dense(name: str, into: int, out: int) -> StoredLayer:
    return layer(name, kernel=(into, out), bias=(out,))


def match(checked: CheckedGraph, *layers: StoredLayer, ordered: bool = True) -> Match:
    return match_layers(checked, WeightFile(Path("w"), "test", layers, ordered))


def taken(found: Match) -> dict[str, str]:
    return {pair.layer: pair.stored.name for pair in found.pairs}


def table(checked: CheckedGraph, found: Match) -> str:
    return "\n".join(WeightMismatch(Path("w"), checked, found).table_lines())


def test_names_come_before_order(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "Dense(4) as a", "Dense(4) as b")
    found = match(checked, dense("b", 4, 4), dense("a", 4, 4))
    assert taken(found) == {"a": "a", "b": "b"}
    assert all(pair.by_name for pair in found.pairs)


def test_made_up_names_count_only_where_all_are_there(tmp_path: Path) -> None:
    """Keras's second model of a process begins at `dense_2`, whatever netc calls its first."""
    checked = dense_net(tmp_path, "Dense(4)", "Dense(4)", "Dense(4)")
    shifted = match(checked, *(dense(f"dense_{i}", 4, 4) for i in (1, 2, 3)))
    assert taken(shifted) == {"dense": "dense_1", "dense_1": "dense_2", "dense_2": "dense_3"}
    same = match(checked, *(dense(name, 4, 4) for name in ("dense_1", "dense", "dense_2")))
    assert taken(same) == {"dense": "dense", "dense_1": "dense_1", "dense_2": "dense_2"}


def test_order_holds_inside_a_class(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "Dense(4)", "LayerNormalization", "Dense(4)")
    norm = layer("norm", "layernormalization", gamma=(4,), beta=(4,))
    found = match(checked, norm, dense("first", 4, 4), dense("second", 4, 4))
    assert taken(found) == {
        "dense": "first",
        "layer_normalization": "norm",
        "dense_1": "second",
    }


def test_a_layer_of_another_class_is_not_taken(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "LayerNormalization")
    found = match(checked, layer("layer_normalization", "groupnorm", gamma=(4,), beta=(4,)))
    assert found.fits, "a class that netc does not know says nothing"
    other = match(checked, layer("layer_normalization", "dense", gamma=(4,), beta=(4,)))
    assert not other.fits


def test_weights_without_names_go_by_order(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "BatchNormalization")
    kind = "batchnormalization"
    found = match(checked, layer("x", kind, _0=(4,), _1=(4,), _2=(4,), _3=(4,)))
    (pair,) = found.pairs
    assert list(pair.tensors) == ["gamma", "beta", "moving_mean", "moving_variance"]


def test_weights_with_names_go_by_name(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "Dense(4)")
    stored = layer("dense", "dense", bias=(4,), kernel=(4, 4))
    (pair,) = match(checked, stored).pairs
    assert pair.tensors["kernel"].shape == (4, 4)


def test_keras_2_called_a_depthwise_kernel_so(tmp_path: Path) -> None:
    text = "net D(x: float32[N, 8, 8, 3]) {\n  return x -> DepthwiseConv2D(3)\n}\n"
    checked = net(tmp_path, text)
    stored = layer("d", "depthwiseconv2d", depthwise_kernel=(3, 3, 3, 1), bias=(3,))
    assert match(checked, stored).fits


def test_a_guess_between_equal_layers_is_refused(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "Dense(4)", "Dense(4)")
    found = match(checked, *(dense(f"d{i}", 4, 4) for i in range(3)))
    assert not found.pairs
    assert "3 layers of this shape" in table(checked, found)


def test_without_an_order_only_what_is_alone_is_matched(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "Dense(4)", "Dense(4)", "Dense(2)")
    found = match(checked, dense("a", 4, 4), dense("b", 4, 4), dense("c", 4, 2), ordered=False)
    assert taken(found) == {"dense_2": "c"}
    assert [row.layer for row in found.missing] == ["dense", "dense_1"]


def test_what_is_missing_is_listed(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "Dense(4) as a", "Dense(2) as b")
    found = match(checked, dense("a", 4, 4))
    assert table(checked, found).splitlines() == [
        "layer  needs                    the file has  why not",
        "b      kernel [4, 2], bias [2]  nothing       no layer left that could be it",
    ]
    assert [row.layer for row in found.missing] == ["b"]
    assert found.missing[0].needs == "kernel [4, 2], bias [2]"


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        (dense("a", 4, 5), "`kernel` is [4, 5], not [4, 3]"),
        (layer("a", kernel=(3, 4), bias=(3,)), "transposed? its axes should be [in, out]"),
        (layer("a", kernel=(4, 3)), "the file has no `bias` there"),
        (layer("a", kernel=(4, 3), bias=(3,), scale=(3,)), "the file also has `scale`"),
        (layer("a", "", weight=(3, 4), bias=(3,)), "the names are PyTorch's"),
        (layer("a", "dense", _0=(4, 3)), "the file has 1 weights where 2 are needed"),
    ],
)
def test_what_does_not_fit_says_why(tmp_path: Path, stored: StoredLayer, why: str) -> None:
    checked = dense_net(tmp_path, "Dense(3) as a")
    found = match(checked, stored)
    (row,) = found.wrong_shape
    assert row.layer == "a"
    assert row.has.startswith("a: ")
    assert why in row.why


def test_shared_layers_have_their_weights_once(tmp_path: Path) -> None:
    text = """
net Shared(x: float32[N, 4]) {
  layer both = Dense(4)
  return x -> both -> both
}
"""
    checked = net(tmp_path, text)
    assert taken(match(checked, dense("both", 4, 4))) == {"both": "both"}


def test_the_table_is_in_the_nets_order_and_names_what_is_unused(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "Dense(4) as a", "Dense(2) as b", "Dense(3) as c")
    found = match(
        checked, dense("c", 9, 9), layer("other", "layernormalization", gamma=(7,), beta=(7,))
    )
    lines = table(checked, found).splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["layer", "a", "b", "c"]
    assert lines[-1] == "unused in the file: other"


def test_a_file_of_a_larger_net_gives_what_lies_below_a_path(tmp_path: Path) -> None:
    whole = net(
        tmp_path,
        "block Base(x: [N, C]) -> [N, 4] { return x -> Dense(4) as one -> Dense(4) as two }\n"
        "net Whole(x: float32[N, 4]) -> [N, 4] {\n"
        "  return x -> Dense(4) as one -> Base as base\n"
        "}\n",
    )
    save_safetensors(tmp_path / "whole.safetensors", whole, SeededWeights(0))
    part = net(
        tmp_path,
        "net Part(x: float32[N, 4]) -> [N, 4] { return x -> Dense(4) as one -> Dense(4) as two }\n",
    )
    taken = load_weights(tmp_path / "whole.safetensors", part, below="base")
    (kernel, _) = part.layers()["one"].weights
    np.testing.assert_array_equal(
        taken.tensor("one", kernel).read(), SeededWeights(0).tensor("base/one", kernel).read()
    )
    assert taken.notes() == []
