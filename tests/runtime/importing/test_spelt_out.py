"""Layers that PyTorch's users spell out: causal convolutions, gates, pixel shuffles, attention."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from netc.runtime.importing.road import import_onnx

from .graphs import Graph

LAST = 2**62


def convolved(g: Graph, pads: list[int], rate: int = 2) -> str:
    """A dilated convolution of a kernel of 3, with zeros around."""
    return g.call(
        "Conv", "x", g.weight(8, 4, 3), g.weight(8), pads=pads, dilations=[rate], kernel_shape=[3]
    )


def test_a_convolution_whose_end_is_cut_off_is_causal(tmp_path: Path) -> None:
    """Temporal convolutional nets: zeros on both sides, and `x[:, :, :-padding]`."""
    g = Graph(x=["N", 4, "time"])
    cut = g.call(
        "Slice", convolved(g, [4, 4]), g.known([0]), g.known([-4]), g.known([2]), g.known([1])
    )
    made = g.imported(tmp_path, g.call("Relu", cut))

    assert made.proof.equal
    assert "return x -> Conv1D(8, 3, padding=causal, dilation_rate=2) -> ReLU\n" in made.text


def test_a_convolution_behind_zeros_in_front_is_causal(tmp_path: Path) -> None:
    """WaveNet."""
    g = Graph(x=["N", 4, "time"])
    made = g.imported(tmp_path, g.call("Relu", convolved(g, [4, 0])))

    assert made.proof.equal
    assert "return x -> Conv1D(8, 3, padding=causal, dilation_rate=2) -> ReLU\n" in made.text


@pytest.mark.parametrize("cut", [2, 6])
def test_a_convolution_whose_end_is_cut_off_elsewhere_is_not(cut: int, tmp_path: Path) -> None:
    g = Graph(x=["N", 4, "time"])
    ends = g.known([0]), g.known([-cut]), g.known([2]), g.known([1])
    made = g.imported(tmp_path, g.call("Relu", g.call("Slice", convolved(g, [4, 4]), *ends)))

    assert made.proof.equal
    assert "causal" not in made.text


def test_a_convolution_that_is_read_twice_is_not_cut(tmp_path: Path) -> None:
    g = Graph(x=["N", 4, "time"])
    whole = convolved(g, [4, 4])
    cut = g.call("Slice", whole, g.known([0]), g.known([-4]), g.known([2]), g.known([1]))
    made = g.imported(tmp_path, g.call("Relu", cut), g.call("Tanh", whole))

    assert made.proof.equal
    assert "causal" not in made.text


def test_a_gate_that_is_expanded_to_open_sizes_is_only_multiplied(tmp_path: Path) -> None:
    """Squeeze and excite: `x * y.expand_as(x)`."""
    g = Graph(x=["N", 4, "height", "width"])
    pooled = g.call("ReduceMean", "x", axes=[2, 3], keepdims=0)
    gate = g.call("Sigmoid", g.call("MatMul", pooled, g.weight(4, 4)))
    wide = g.call("Expand", g.call("Reshape", gate, g.known([-1, 4, 1, 1])), g.call("Shape", "x"))
    made = g.imported(tmp_path, g.call("Mul", "x", wide))

    assert made.proof.equal
    assert "zeros(" not in made.text
    assert "return x * features[:, :, none, none]" in made.text


def test_a_norm_that_is_expanded_is_a_normalization(tmp_path: Path) -> None:
    """PyTorch's `normalize`, with the limit and the expansion that exporters write."""
    g = Graph(x=["N", 8])
    norm = g.call("ReduceL2", "x", axes=[1], keepdims=1)
    least = g.call("Clip", norm, g.known(1e-12))
    made = g.imported(tmp_path, g.call("Div", "x", g.call("Expand", least, g.call("Shape", "x"))))

    assert made.proof.equal
    assert "return x -> UnitNormalization\n" in made.text


def test_what_is_repeated_for_more_than_a_sign_stays(tmp_path: Path) -> None:
    """Both sides are repeated: each gives the result some of its size."""
    g = Graph(x=["N", 1, 4], z=["N", 3, 1])
    wide = g.call("Expand", "x", g.known([1, 3, 4]))
    made = g.imported(tmp_path, g.call("Add", wide, g.call("Relu", "z")))

    assert made.proof.equal
    assert "[N, 3, 4]" in made.text


@pytest.mark.parametrize(
    ("scale", "written"),
    [(1.0, "(x, memory) -> Attention\n"), (0.5, "(x * 0.5, memory) -> Attention\n")],
)
def test_attention_without_projections(scale: float, written: str, tmp_path: Path) -> None:
    """Luong's: a decoder's steps look at an encoder's."""
    g = Graph(x=["N", "T", 6], memory=["N", "S", 6])
    scores = g.call("MatMul", "x", g.call("Transpose", "memory", perm=[0, 2, 1]))
    if scale != 1:
        scores = g.call("Mul", scores, g.known(scale))
    made = g.imported(tmp_path, g.call("MatMul", g.call("Softmax", scores, axis=-1), "memory"))

    assert made.proof.equal
    assert f"return {written}" in made.text


def test_a_softmax_of_places_that_are_no_keys_stays(tmp_path: Path) -> None:
    """The softmax goes over the queries."""
    g = Graph(x=["N", 5, 6])
    scores = g.call("MatMul", "x", g.call("Transpose", "x", perm=[0, 2, 1]))
    made = g.imported(tmp_path, g.call("MatMul", g.call("Softmax", scores, axis=1), "x"))

    assert made.proof.equal
    assert "Attention" not in made.layers


def shuffled(g: Graph, filters: int) -> str:
    """PyTorch's PixelShuffle of a convolution."""
    made = g.call("Conv", "x", g.weight(filters, 2, 3, 3), g.weight(filters), pads=[1] * 4)
    return g.call("DepthToSpace", made, blocksize=2, mode="CRD")


@pytest.mark.parametrize("filters", [4, 12])
def test_a_pixel_shuffle_is_a_layer(filters: int, tmp_path: Path) -> None:
    g = Graph(x=["N", 2, "H", "W"])
    made = g.imported(tmp_path, g.call("Relu", shuffled(g, filters)))

    assert made.proof.equal
    assert made.raw == {}
    assert f"Conv2D({filters}, 3, padding=same) -> DepthToSpace(2) -> ReLU\n" in made.text


def test_a_pixel_shuffle_of_what_others_read_stays(tmp_path: Path) -> None:
    g = Graph(x=["N", 2, 8, 8])
    y = shuffled(g, 12)
    made = g.imported(tmp_path, g.call("Relu", y), g.call("Tanh", g.nodes[0].output[0]))

    assert made.proof.equal
    assert made.raw == {"DepthToSpace": 1}


def test_what_goes_without_saying_is_not_written(tmp_path: Path) -> None:
    """An exporter gives Resize eight attributes, of which two say something."""
    g = Graph(opset=19, x=["N", 2, 8, 8])
    y = g.call(
        "Resize",
        "x",
        "",
        g.known(np.array([1, 1, 2, 2], np.float32)),
        mode="linear",
        coordinate_transformation_mode="align_corners",
        nearest_mode="floor",
        cubic_coeff_a=-0.75,
        keep_aspect_ratio_policy="stretch",
        antialias=0,
        exclude_outside=0,
        extrapolation_value=0.0,
    )
    made = g.imported(tmp_path, y)

    assert made.proof.equal
    said = [word for word in made.text.replace("(", " ").split() if "=" in word and word[0] != "="]
    assert [word.partition("=")[0] for word in said] == [
        "scales",
        "coordinate_transformation_mode",
        "mode",
    ]


def test_results_with_names_are_called_so_inside(tmp_path: Path) -> None:
    """A variational encoder gives `mu` and `logvar`."""
    g = Graph(x=["N", 8])
    hidden = g.call("Relu", g.call("MatMul", "x", g.weight(8, 4)))
    mu, logvar = (g.call("MatMul", hidden, g.weight(4, 2)) for _ in range(2))
    first = g.imported(tmp_path, mu, logvar)
    model = onnx.load(tmp_path / "made.onnx")
    for old, new in ((mu, "mu"), (logvar, "logvar")):
        for names in (*[node.output for node in model.graph.node],):
            names[:] = [new if name == old else name for name in names]
        next(each for each in model.graph.output if each.name == old).name = new
    onnx.save(model, tmp_path / "named.onnx")
    made = import_onnx(tmp_path / "named.onnx")

    assert first.proof.equal
    assert made.proof.equal
    assert "  return mu, logvar\n" in made.text


def unit(g: Graph, x: str, wide: tuple[int, int], strides: int) -> str:
    """PyTorch's bottleneck: the middle convolution has zeros on all sides, strides or not."""
    before, width = wide
    y = g.call("Relu", g.call("Conv", x, g.weight(width, before, 1, 1), g.weight(width)))
    kernel = g.weight(width, width, 3, 3)
    y = g.call(
        "Conv", y, kernel, g.weight(width), pads=[1] * 4, strides=[strides] * 2, kernel_shape=[3, 3]
    )
    after = 4 * width
    y = g.call("Conv", g.call("Relu", y), g.weight(after, width, 1, 1), g.weight(after))
    if strides != 1 or before != after:
        x = g.call("Conv", x, g.weight(after, before, 1, 1), g.weight(after), strides=[strides] * 2)
    return g.call("Relu", g.call("Add", y, x))


def test_units_with_strides_and_without_are_one_block(tmp_path: Path) -> None:
    """Keras's `same` would say the padding of those without strides alone."""
    g = Graph(x=["N", 8, 16, 16])
    x, before = "x", 8
    for width, strides in [(4, 1), (4, 1), (8, 2), (8, 1), (8, 1)]:
        x = unit(g, x, (before, width), strides)
        before = 4 * width
    made = g.imported(tmp_path, g.call("GlobalAveragePool", x))

    assert made.proof.equal
    assert made.text.count("block ") == 1
    assert "-> ZeroPadding2D(1)" in made.text
    assert "  if C != 4 * filters {\n" in made.text


def test_a_net_without_blocks_keeps_its_padding(tmp_path: Path) -> None:
    g = Graph(x=["N", 4, 16, 16])
    y = g.call("Relu", g.call("Conv", "x", g.weight(4, 4, 3, 3), pads=[1] * 4, strides=[2, 2]))
    made = g.imported(tmp_path, g.call("Conv", y, g.weight(4, 4, 3, 3), pads=[1] * 4))

    assert made.proof.equal
    assert "Conv2D(4, 3, padding=same, use_bias=false)" in made.text
