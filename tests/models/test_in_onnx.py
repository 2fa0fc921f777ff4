"""Every shipped net as an ONNX model: it is valid, loads without a warning, and runs."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest
from netc.compiler.cost.costs import net_costs
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.onnx.compile import compile_onnx
from netc.compiler.lower.onnx.lower import LoweredOnnx
from netc.compiler.lower.onnx.write import write_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.backend import Array
from netc.compiler.shapes.dims import substitute
from netc.compiler.shapes.types import TensorType

from ..compiler.lower.nets import session
from .zoo import NETS, graph

LARGE = 5_000_000
"""Nets with more parameters are tried without their weights, and with them by `make slow`."""

SIZES = {"N": 2, "T": 7, "S": 5}


def lowered(checked: CheckedGraph) -> LoweredOnnx:
    return compile_onnx(checked, SeededWeights())


def without_weights(compiled: LoweredOnnx) -> onnx.ModelProto:
    """The model with its large weights as inputs: all of it but their numbers."""
    model = onnx.ModelProto()
    model.CopyFrom(compiled.skeleton)
    for item in compiled.initializers:
        if math.prod(item.tensor.shape) <= 256:
            array = np.asarray(item.tensor.read())
            model.graph.initializer.append(onnx.numpy_helper.from_array(array, item.name))
        else:
            dtype = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(item.tensor.dtype))
            model.graph.input.append(
                onnx.helper.make_tensor_value_info(item.name, dtype, item.tensor.shape)
            )
    return model


def is_large(checked: CheckedGraph) -> bool:
    return net_costs(checked).params > LARGE


@pytest.mark.parametrize(("file", "name"), NETS)
def test_it_is_valid_and_loads_without_a_warning(
    file: str, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    checked = graph(file, name)
    compiled = lowered(checked)
    model = without_weights(compiled) if is_large(checked) else compiled.model()
    onnx.checker.check_model(model, full_check=True)
    capfd.readouterr()
    session(model.SerializeToString())
    assert capfd.readouterr().err == ""
    used = {name for node in model.graph.node for name in node.input}
    assert {item.name for item in compiled.initializers} <= used


@pytest.mark.slow
@pytest.mark.parametrize(("file", "name"), NETS)
def test_its_file_is_valid_and_loads_without_a_warning(
    file: str, name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.onnx"
    write_onnx(lowered(graph(file, name)), path, external=True)
    onnx.checker.check_model(str(path), full_check=True)
    capfd.readouterr()
    session(path)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("file", "name"), NETS)
def test_it_runs(file: str, name: str) -> None:
    checked = graph(file, name)
    if is_large(checked):
        pytest.skip("large: compared with Keras at a small size, or loaded only")
    nodes, rng = checked.graph, np.random.default_rng(0)
    inputs = {path: data(nodes.node(path).outputs[0], rng) for path in nodes.inputs}
    made = session(lowered(checked).model().SerializeToString()).run(None, inputs)
    for output, array in zip(nodes.outputs, made, strict=True):
        assert array.shape == sizes(nodes.type(output.ref))
        assert np.isfinite(array).all()


def sizes(type: TensorType) -> tuple[int, ...]:
    return tuple(int(str(substitute(dim, SIZES))) for dim in type.shape)


def data(type: TensorType, rng: np.random.Generator) -> Array:
    """Random values of a type; integers are small, as the numbers of words."""
    if np.issubdtype(type.dtype, np.integer):
        return rng.integers(0, 50, sizes(type)).astype(type.dtype)
    return rng.uniform(0, 1, sizes(type)).astype(type.dtype)


@pytest.mark.parametrize(("file", "name"), NETS)
def test_no_transpose_lies_between_the_convolutions(file: str, name: str) -> None:
    checked = graph(file, name)
    kinds = Counter(node.op_type for node in lowered(checked).skeleton.graph.node)
    own = {node.op.name for node in checked if node.op is not None}
    if not kinds["Conv"] or kinds["MatMul"] or "Permute" in own:
        pytest.skip("not a convolutional net, or one that turns its channels itself")
    assert not {"Dropout", "Shape"} & set(kinds)
    nodes = checked.graph
    ends = [*(nodes.node(path).outputs[0] for path in nodes.inputs)]
    ends += [nodes.type(output.ref) for output in nodes.outputs]
    turned = [end for end in ends if end.rank > 2 or np.issubdtype(end.dtype, np.integer)]
    grids = [node for node in checked if node.op is not None and node.op.name == "Reshape"]
    turned += [type for node in grids if (type := nodes.type(node.inputs[0])).rank == 4]
    assert kinds["Transpose"] <= len(turned), "one for each picture, sequence, text or grid"
