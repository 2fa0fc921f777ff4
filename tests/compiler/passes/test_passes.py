"""The passes: fewer nodes, the same numbers, the same weights by the same paths."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.onnx.compile import compile_onnx
from netc.compiler.lower.onnx.lower import lower_onnx
from netc.compiler.passes.order import PASSES, optimise

from ..lower.nets import Shaken, TrainedLike, model, net, pipeline, run

BATCHNORM = "BatchNormalization"


def kinds(checked: CheckedGraph) -> Counter[str]:
    """How many nodes there are of each ONNX operator, after the passes."""
    return Counter(node.op_type for node in compile_onnx(checked, Shaken()).skeleton.graph.node)


def same_numbers(checked: CheckedGraph, *shapes: tuple[int, ...]) -> None:
    """Asserts that the optimised net gives what the net gives."""
    rng = np.random.default_rng(1)
    arrays = {
        path: rng.uniform(-2, 2, shape).astype(np.float32)
        for path, shape in zip(checked.graph.inputs, shapes, strict=True)
    }
    plain = run(lower_onnx(checked, Shaken()).model().SerializeToString(), arrays)
    folded = run(compile_onnx(checked, Shaken()).model().SerializeToString(), arrays)
    for mine, expected in zip(folded, plain, strict=True):
        scale = np.abs(expected).max()
        np.testing.assert_allclose(mine / scale, expected / scale, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "layer"),
    [
        ("N, 6, 7, 4", "Conv2D(6, 3, padding=same, strides=2)"),
        ("N, 6, 7, 4", "Conv2D(6, 3, groups=2, use_bias=false)"),
        ("N, 9, 4", "Conv1D(3, 2, padding=causal)"),
        ("N, 6, 7, 4", "DepthwiseConv2D(3, depth_multiplier=3, use_bias=false)"),
        ("N, 9, 4", "DepthwiseConv1D(3)"),
        ("N, 6, 7, 4", "SeparableConv2D(5, 3, depth_multiplier=2)"),
        ("N, 9, 4", "SeparableConv1D(5, 2, use_bias=false)"),
        ("N, 6, 7, 4", "Conv2DTranspose(5, 3, strides=2)"),
        ("N, 4", "Dense(5)"),
        ("N, 9, 4", "Dense(5, use_bias=false)"),
    ],
)
@pytest.mark.parametrize("norm", [BATCHNORM, "BatchNormalization(center=false, scale=false)"])
def test_a_batch_norm_behind_a_linear_layer_disappears(shape: str, layer: str, norm: str) -> None:
    checked = pipeline(shape, f"{layer} -> {norm} -> ReLU")
    assert not {"BatchNormalization", "Mul"} & set(kinds(checked))
    assert kinds(checked).total() == kinds(pipeline(shape, f"{layer} -> ReLU")).total() + (
        shape == "N, 9, 4" and layer == "Dense(5, use_bias=false)"
    )
    same_numbers(checked, tuple(int(dim) for dim in shape.replace("N", "2").split(",")))


@pytest.mark.parametrize(
    ("shape", "layer"),
    [
        ("N, 6, 7, 4", "Conv2D(6, 3, strides=2)"),
        ("N, 6, 7, 4", "Conv2D(6, 3, groups=2, use_bias=false)"),
        ("N, 9, 4", "Conv1D(3, 2, dilation_rate=2, activation=relu)"),
        ("N, 4", "Dense(5, activation=relu)"),
        ("N, 9, 4", "Dense(5, use_bias=false)"),
    ],
)
def test_a_batch_norm_before_a_linear_layer_disappears(shape: str, layer: str) -> None:
    checked = pipeline(shape, f"BatchNormalization -> {layer}")
    assert not {"BatchNormalization", "Mul"} & set(kinds(checked))
    same_numbers(checked, tuple(int(dim) for dim in shape.replace("N", "2").split(",")))


def test_batch_norms_on_both_sides_disappear() -> None:
    layers = f"{BATCHNORM} -> Conv2D(6, 3, groups=2) -> Dropout(0.5) -> linear -> {BATCHNORM}"
    checked = pipeline("N, 6, 6, 4", f"{layers} -> Flatten -> {BATCHNORM} -> Dense(3)")
    assert kinds(checked) == {"Transpose": 1, "Conv": 1, "Flatten": 1, "Gemm": 1}
    same_numbers(checked, (2, 6, 6, 4))


@pytest.mark.parametrize(
    "text",
    [
        # Zeros around the picture are not what the normalization makes of zeros.
        "return x -> BatchNormalization -> Conv2D(2, 3, padding=same)",
        "return x -> Conv2D(2, 3, activation=relu) -> BatchNormalization",
        "return x -> Conv2D(2, 3) -> BatchNormalization(axis=1)",
        "y = x -> Conv2D(2, 3)\n return y, y -> BatchNormalization",
        "y = x -> Conv2D(2, 3)\n return (y -> BatchNormalization) + y",
        "y = x -> BatchNormalization\n return (y -> Conv2D(2, 3)) + (y -> Conv2D(2, 3))",
    ],
)
def test_a_batch_norm_that_is_needed_stays(text: str) -> None:
    checked = net(f"net Net(x: float32[N, 6, 6, 4]) {{ {text} }}")
    assert optimise(checked).graph.nx.nodes == checked.graph.nx.nodes
    same_numbers(checked, (2, 6, 6, 4))


def test_a_shared_convolution_is_not_folded() -> None:
    checked = net("""net Net(x: float32[N, 6, 6, 4]) {
        layer conv = Conv2D(4, 3, padding=same)
        return (x -> conv -> BatchNormalization) + (x -> relu -> conv)
    }""")
    assert kinds(checked)["BatchNormalization"] == 1
    same_numbers(checked, (2, 6, 6, 4))


def test_layers_that_change_nothing_are_dropped() -> None:
    checked = net("""net Net(x: float32[N, 4]) {
        return x -> Dropout(0.5) -> linear -> Dropout(0.1), x -> Dropout(0.5)
    }""")
    assert len(optimise(checked).graph) == 1
    same_numbers(checked, (2, 4))


@pytest.mark.parametrize(
    ("shape", "layers"),
    [
        ("N, 5, 6, 3", "Conv2D(4, 2) -> Flatten -> Dense(3)"),
        ("N, 9, 3", "Conv1D(4, 2) -> Flatten -> Dense(3, use_bias=false)"),
        ("N, 5, 6, 3", "Conv2D(4, 2) -> MaxPooling2D -> Dropout(0.5) -> Flatten -> Dense(3)"),
    ],
)
def test_a_dense_behind_a_flatten_takes_channels_first_tensors(shape: str, layers: str) -> None:
    checked = pipeline(shape, layers)
    assert kinds(checked)["Transpose"] == 1, "only the input's"
    same_numbers(checked, tuple(int(dim) for dim in shape.replace("N", "2").split(",")))


def test_a_flatten_of_a_channels_last_tensor_keeps_its_order() -> None:
    checked = pipeline("N, 4, 5, 3", "Flatten -> Dense(3)")
    assert kinds(checked) == {"Flatten": 1, "Gemm": 1}
    same_numbers(checked, (2, 4, 5, 3))


def test_a_flatten_with_two_readers_and_a_shared_dense_keep_their_order() -> None:
    checked = net("""net Net(x: float32[N, 4, 5, 3]) {
        layer dense = Dense(2)
        a = x -> Conv2D(3, 1) -> Flatten
        b = x -> Conv2D(3, 1) -> Flatten
        return a -> Dense(3), a -> Dense(4), b -> dense, x -> Flatten -> dense
    }""")
    same_numbers(checked, (2, 4, 5, 3))


@pytest.mark.parametrize(
    "layers",
    [
        "ZeroPadding2D(2) -> Conv2D(4, 3, strides=2)",
        "ZeroPadding2D(((0, 1), (2, 0))) -> DepthwiseConv2D(3) -> BatchNormalization",
        "Conv2D(2, 1) -> ZeroPadding2D -> Conv2D(4, 3, dilation_rate=2) -> BatchNormalization",
    ],
)
def test_zeros_around_a_picture_are_the_convolution_s_own(layers: str) -> None:
    for shape in ("N, 6, 7, 3", "N, H, W, 3"):
        checked = pipeline(shape, layers)
        assert set(kinds(checked)) == {"Transpose", "Conv"}
        same_numbers(checked, (2, 6, 7, 3))


@pytest.mark.parametrize(
    "layers",
    [
        "ReLU -> ZeroPadding2D -> MaxPooling2D(3, strides=2)",
        "ReLU(6.0) -> MaxPooling2D(2, strides=1) -> ZeroPadding2D(((0, 1), (2, 0)))"
        " -> MaxPooling2D(3)",
        "Conv2D(4, 1, activation=relu) -> ZeroPadding2D -> MaxPooling2D(2)",
        "ZeroPadding2D -> AveragePooling2D(3, strides=2)",
        "ZeroPadding2D(((0, 1), (2, 0))) -> AveragePooling2D((2, 3), strides=1)",
    ],
)
def test_zeros_around_a_picture_are_the_pooling_s_own(layers: str) -> None:
    for shape in ("N, 6, 7, 3", "N, H, W, 3"):
        checked = pipeline(shape, layers)
        assert "Pad" not in kinds(checked)
        same_numbers(checked, (2, 6, 7, 3))


@pytest.mark.parametrize(
    "layers",
    [
        "ZeroPadding2D -> MaxPooling2D(2)",
        "ReLU(negative_slope=0.1) -> ZeroPadding2D -> MaxPooling2D(2)",
        "ReLU -> ZeroPadding2D(2) -> MaxPooling2D(2)",
        "ZeroPadding2D(2) -> AveragePooling2D(2)",
        "ZeroPadding2D -> AveragePooling2D(3, padding=same)",
    ],
)
def test_zeros_that_a_pooling_would_see_differently_stay(layers: str) -> None:
    checked = pipeline("N, 6, 7, 3", layers)
    assert "Pad" in kinds(checked)
    same_numbers(checked, (2, 6, 7, 3))


@pytest.mark.parametrize(
    "layers",
    [
        "ZeroPadding2D -> Conv2D(4, 3, padding=same)",
        "BatchNormalization -> ZeroPadding2D -> Conv2D(4, 3)",
    ],
)
def test_zeros_that_others_would_see_differently_stay(layers: str) -> None:
    checked = pipeline("N, 6, 7, 3", layers)
    same_numbers(checked, (2, 6, 7, 3))


def test_folded_weights_are_read_by_the_paths_of_their_layers() -> None:
    layers = f"Conv2D(5, 3) -> {BATCHNORM} -> Flatten -> {BATCHNORM} -> Dense(3)"
    checked = pipeline("N, 6, 6, 3", layers)
    wanted = {f"{node.layer}/{weight.name}" for node in checked for weight in node.weights}
    weights = Shaken()
    compile_onnx(checked, weights).model()
    assert set(weights.reads) == wanted


def test_a_folded_node_tells_the_lines_of_both_layers() -> None:
    checked = net(
        "net Net(x: float32[N, 6, 6, 3]) {\n  return x -> Conv2D(5, 3)\n    -> "
        "BatchNormalization\n}"
    )
    nodes = compile_onnx(checked, Shaken()).skeleton.graph.node
    (conv,) = [node for node in nodes if node.op_type == "Conv"]
    told = {entry.key: entry.value for entry in conv.metadata_props}
    assert told["netc.source"] == "example.net:2:15"
    assert told["netc.folded"] == "batch_normalization (example.net:3:8)"


def test_passes_leave_the_graph_they_are_given_alone() -> None:
    checked = pipeline("N, 6, 6, 3", f"Conv2D(5, 3) -> {BATCHNORM} -> Flatten -> Dense(3)")
    before = list(checked)
    optimise(checked)
    assert list(checked) == before


def test_a_net_without_anything_to_do_comes_back_as_it_is() -> None:
    checked = pipeline("N, 4", "Dense(3) -> ReLU")
    for run_pass in PASSES:
        assert run_pass(checked) is checked


@pytest.mark.parametrize(
    ("file", "name", "size"),
    [("resnet.net", "ResNet18", 224), ("cifar10_bn.net", "Cifar10BN", 32)],
)
def test_a_whole_model_gives_the_same_numbers(file: str, name: str, size: int) -> None:
    checked = model(file, name)
    image = np.random.default_rng(2).random((1, size, size, 3), np.float32)
    weights = TrainedLike()
    inputs = {checked.graph.inputs[0]: image}
    (plain,) = run(lower_onnx(checked, weights).model().SerializeToString(), inputs)
    (folded,) = run(compile_onnx(checked, weights).model().SerializeToString(), inputs)
    assert plain.std() > 1e-4, "an output that is all one number would tell nothing"
    np.testing.assert_allclose(folded, plain, rtol=1e-3, atol=1e-6)
