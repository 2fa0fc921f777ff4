"""What an ONNX model says besides its numbers: names, sizes, sources, opsets."""

from __future__ import annotations

from collections import Counter

import numpy as np
import onnx
import onnxruntime
import pytest
from netc.compiler.lower.onnx.compile import compile_onnx
from netc.compiler.lower.onnx.lower import DEFAULT_OPSET, OPSETS
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.op import Refusal

import netc

from .nets import Shaken, model, net, pipeline, run, session


def test_all_batch_norms_of_resnet_are_folded() -> None:
    nodes = compile_onnx(model("resnet.net", "ResNet50"), SeededWeights()).skeleton.graph.node
    kinds = Counter(node.op_type for node in nodes)
    assert kinds["Conv"] == 53
    assert "BatchNormalization" not in kinds


def test_a_warning_would_be_seen(capfd: pytest.CaptureFixture[str]) -> None:
    lowered = compile_onnx(pipeline("N, 4", "Dense(3)"), Shaken()).model()
    lowered.graph.initializer.append(onnx.numpy_helper.from_array(np.ones(2), "unused"))
    session(lowered.SerializeToString())
    assert "unused" in capfd.readouterr().err


def test_the_opsets_end_with_onnx_s_newest() -> None:
    assert OPSETS[-1] == onnx.defs.onnx_opset_version()


@pytest.mark.parametrize("opset", [OPSETS[0] - 1, OPSETS[-1] + 1, 0, -3])
def test_an_opset_out_of_range_is_refused(opset: int) -> None:
    with pytest.raises(Refusal) as caught:
        compile_onnx(pipeline("N, 4", "Dense(3)"), Shaken(), opset=opset)
    assert caught.value.code.id == "NET0702"
    assert caught.value.message == (
        f"netc writes ONNX opsets {OPSETS[0]} to {OPSETS[-1]}, not {opset}; "
        f"the default is {DEFAULT_OPSET}"
    )


def test_the_node_of_a_layer_s_output_has_the_layer_s_path() -> None:
    lowered = compile_onnx(
        net("""
        block Twice(x: [N, F]) { return x -> Dense(F, activation=relu) * 2 }
        net Net(x: float32[N, 4]) -> probs: [N, 3] {
            return x -> Twice -> Dense(3, activation=softmax)
        }
        """),
        Shaken(),
    )
    names = [(node.name, node.op_type) for node in lowered.skeleton.graph.node]
    assert names == [
        ("twice/dense/Gemm", "Gemm"),
        ("twice/dense", "Relu"),
        ("twice/dense_1/Gemm", "Gemm"),
        ("twice/dense_1", "Relu"),
        ("dense/Gemm", "Gemm"),
        ("dense", "Softmax"),
    ]
    assert [item.name for item in lowered.initializers] == [
        f"{layer}/{weight}"
        for layer in ("twice/dense", "twice/dense_1", "dense")
        for weight in ("kernel", "bias")
    ]
    assert [value.name for value in lowered.skeleton.graph.output] == ["probs"]


def test_every_node_tells_its_line_and_the_blocks_around_it() -> None:
    skeleton = compile_onnx(model("resnet.net", "ResNet50"), SeededWeights()).skeleton
    for node in skeleton.graph.node:
        told = {entry.key: entry.value for entry in node.metadata_props}
        file, line, _ = told["netc.source"].rsplit(":", 2)
        assert file.endswith("resnet.net")
        assert int(line) > 0
        blocks = told["netc.blocks"].split(" < ")
        assert blocks[-1].startswith("ResNet(")
        if "/conv_bn/" in node.name:
            assert blocks[0].startswith("ConvBN(filters=")


def test_the_model_says_what_it_is() -> None:
    checked = pipeline("N, 4", "Dense(3)")
    skeleton = compile_onnx(checked, Shaken(), metadata={"classes": "cat\ndog"}).skeleton
    assert skeleton.producer_name == "netc"
    assert skeleton.graph.name == "Net"
    assert skeleton.producer_version == netc.__version__
    assert skeleton.graph.doc_string == "The net Net of example.net"
    assert skeleton.doc_string.startswith("The net Net of example.net, checked")
    assert {entry.key: entry.value for entry in skeleton.metadata_props} == {"classes": "cat\ndog"}
    assert [item.version for item in skeleton.opset_import] == [DEFAULT_OPSET]


def test_what_layers_give_has_its_type_in_the_model() -> None:
    layers = (
        "Conv2D(4, 3, padding=same) as first -> ReLU -> Conv2D(2, 1) -> Flatten as flat -> Dense(3)"
    )
    skeleton = compile_onnx(pipeline("N, 8, 6, 3", layers), Shaken()).skeleton
    known = {
        info.name: [dim.dim_param or dim.dim_value for dim in info.type.tensor_type.shape.dim]
        for info in skeleton.graph.value_info
    }
    assert known["first"] == ["N", 4, 8, 6]
    inferred = onnx.shape_inference.infer_shapes(skeleton, strict_mode=True, data_prop=True)
    for info in inferred.graph.value_info:
        shape = [dim.dim_param or dim.dim_value for dim in info.type.tensor_type.shape.dim]
        assert known.get(info.name, shape) == shape
    assert {node.output[0] for node in skeleton.graph.node} - {"output"} <= {
        *known,
        *(i.name for i in inferred.graph.value_info),
    }


def test_symbolic_sizes_are_kept_and_free_when_the_model_runs() -> None:
    layers = "Conv2D(4, 3, strides=2, padding=same) -> BatchNormalization -> ReLU"
    lowered = compile_onnx(pipeline("N, H, W, 3", layers), Shaken()).model()
    (x,) = lowered.graph.input
    assert [dim.dim_param or dim.dim_value for dim in x.type.tensor_type.shape.dim] == [
        "N",
        "H",
        "W",
        3,
    ]
    (y,) = lowered.graph.output
    shape = [dim.dim_param or dim.dim_value for dim in y.type.tensor_type.shape.dim]
    assert shape == ["N", "ceil(H/2)", "ceil(W/2)", 4]
    opened = session(lowered.SerializeToString())
    for n, height, width in [(1, 5, 8), (3, 7, 6)]:
        image = np.ones((n, height, width, 3), np.float32)
        (result,) = opened.run(None, {"x": image})
        assert result.shape == (n, -(-height // 2), -(-width // 2), 4)


def test_a_grey_picture_needs_no_transpose() -> None:
    for shape in ("N, 8, 6, 1", "N, H, 6, 1"):
        checked = pipeline(shape, "Conv2D(4, 3)")
        lowered = compile_onnx(checked, Shaken()).model()
        assert [node.op_type for node in lowered.graph.node] == ["Reshape", "Conv", "Transpose"]
    image = np.random.default_rng(0).random((2, 8, 6, 1), np.float32)
    transposed = compile_onnx(pipeline("N, H, W, 1", "Conv2D(4, 3)"), Shaken()).model()
    assert transposed.graph.node[0].op_type == "Transpose", "two sizes are not known"
    np.testing.assert_array_equal(
        run(lowered.SerializeToString(), {"x": image})[0],
        run(transposed.SerializeToString(), {"x": image})[0],
    )


def test_a_shared_layer_has_one_set_of_weights() -> None:
    checked = net("""net Net(x: float32[N, 4]) {
        layer dense = Dense(4)
        return x -> dense -> dense
    }""")
    lowered = compile_onnx(checked, Shaken())
    assert [item.name for item in lowered.initializers] == ["dense/kernel", "dense/bias"]
    assert len({node.name for node in lowered.skeleton.graph.node}) == 2


def test_an_input_and_an_unused_constant_leave_no_trace() -> None:
    lowered = compile_onnx(pipeline("N, 4, 4, 2", "ZeroPadding2D(0) -> ReLU"), Shaken())
    assert [node.op_type for node in lowered.skeleton.graph.node] == ["Relu"]
    assert lowered.initializers == ()
    assert onnxruntime.InferenceSession(
        lowered.model().SerializeToString(), providers=["CPUExecutionProvider"]
    )
