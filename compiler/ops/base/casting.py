"""ONNX's numbers of the dtypes, and values brought into another one."""

from __future__ import annotations

from collections.abc import Mapping

from ...shapes.types import TensorType
from .backend import OnnxGraph, OnnxValue

ONNX_NUMBERS: Mapping[str, int] = {
    "float32": 1,
    "uint8": 2,
    "int8": 3,
    "uint16": 4,
    "int16": 5,
    "int32": 6,
    "int64": 7,
    "bool": 9,
    "float16": 10,
    "float64": 11,
    "uint32": 12,
    "uint64": 13,
    "bfloat16": 16,
}
"""ONNX's numbers of the dtypes."""


def cast(g: OnnxGraph, value: OnnxValue, dtype: str) -> OnnxValue:
    """The value in another dtype; itself where it has that one."""
    if value.type.dtype == dtype:
        return value
    return g.node("Cast", value, type=TensorType(dtype, value.type.shape), to=ONNX_NUMBERS[dtype])
