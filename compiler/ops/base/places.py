"""Positions in ONNX: 0, 1, 2, … along an axis, and axes of size 1 put in."""

from __future__ import annotations

from collections.abc import Sequence

from ...shapes.dims import Dim
from ...shapes.types import TensorType
from .backend import OnnxGraph, OnnxValue


def positions(g: OnnxGraph, length: Dim) -> OnnxValue:
    """`int64[length]`: 0, 1, 2, …"""
    if isinstance(length, int):
        end = g.const(length, "int64")
    else:
        end = g.node("Squeeze", g.shape((length,)), type=TensorType("int64", ()))
    type = TensorType("int64", (length,))
    return g.node("Range", g.const(0, "int64"), end, g.const(1, "int64"), type=type)


def unsqueeze(g: OnnxGraph, x: OnnxValue, axes: Sequence[int]) -> OnnxValue:
    """The value with axes of size 1 put in; a value of rank 3 must be channels-last."""
    if not axes:
        return x
    shape = list(x.type.shape)
    for axis in sorted(axes):
        shape.insert(axis, 1)
    type = TensorType(x.type.dtype, tuple(shape))
    return g.node("Unsqueeze", x, g.const(list(axes), "int64"), type=type, first=False)
