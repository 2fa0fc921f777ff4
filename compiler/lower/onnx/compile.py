"""From a checked graph to an ONNX model: the passes, then the lowering."""

from __future__ import annotations

from collections.abc import Mapping

from ...ir.graph import CheckedGraph
from ...passes.order import optimise
from ..precision import FLOAT32
from ..weights import WeightSource
from .lower import DEFAULT_OPSET, LoweredOnnx, lower_onnx


def compile_onnx(
    checked: CheckedGraph,
    weights: WeightSource,
    *,
    opset: int = DEFAULT_OPSET,
    metadata: Mapping[str, str] | None = None,
    for_int8: bool = False,
    precision: str = FLOAT32,
) -> LoweredOnnx:
    """The net as an optimised ONNX model whose weights are read when it is written.

    With `for_int8` it is in a form that can be quantized well; `precision` is one of `PRECISIONS`.
    Raises Refusal for an opset out of
    range, or one that cannot express a layer.
    """
    made = optimise(checked, for_int8=for_int8)
    return lower_onnx(made, weights, opset=opset, metadata=metadata, precision=precision)
