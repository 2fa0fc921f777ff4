"""What onnxruntime makes of shipped nets: layers of their own are left only where work is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import onnx
import onnxruntime
import pytest
from netc.compiler.lower.onnx.compile import compile_onnx
from netc.compiler.lower.weights import SeededWeights

from .zoo import graph

HEAD = {"GlobalAveragePool": 1, "Flatten": 1, "Gemm": 1, "Softmax": 1}


def fused(file: str, name: str, folder: Path) -> Counter[str]:
    """The operators that are left of a net after onnxruntime's fusions on any processor."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(folder / "fused.onnx")
    model = compile_onnx(graph(file, name), SeededWeights()).model()
    onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return Counter(node.op_type for node in onnx.load(options.optimized_model_filepath).graph.node)


@pytest.mark.parametrize(
    ("file", "name", "convolutions", "others"),
    [
        ("mobilenet_v2.net", "MobileNetV2", 52, HEAD | {"Add": 10}),
        ("resnet.net", "ResNet18", 20, HEAD | {"MaxPool": 1, "Add": 8, "Relu": 8}),
    ],
)
def test_only_convolutions_sums_and_the_head_are_left(
    file: str, name: str, convolutions: int, others: dict[str, int], tmp_path: Path
) -> None:
    left = fused(file, name, tmp_path)
    assert left.pop("Conv", 0) + left.pop("FusedConv", 0) == convolutions
    assert left.pop("Transpose") == 1, "the input's channels come last"
    assert left == others
