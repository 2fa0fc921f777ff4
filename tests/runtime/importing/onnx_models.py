"""Small ONNX models, put together node by node."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def model(
    nodes: Sequence[onnx.NodeProto],
    *,
    inputs: Sequence[tuple[str, list[int | str]]] = (("x", ["N", 3, 8, 8]),),
    arrays: dict[str, np.ndarray] | None = None,
    opset: int = 13,
) -> onnx.ModelProto:
    """A model of some nodes whose last output is `y`."""
    graph = helper.make_graph(
        list(nodes),
        "Made",
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, dims) for n, dims in inputs],
        [helper.make_empty_tensor_value_info("y")],
        [numpy_helper.from_array(array, name) for name, array in (arrays or {}).items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=7)
    made.graph.output[0].type.tensor_type.elem_type = TensorProto.FLOAT
    return made


def rows(seed: int, *shape: int) -> np.ndarray:
    """Seeded float32 numbers."""
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
