"""Arrays to onnxruntime's values and back, bfloat16 among them, which its NumPy bridge lacks."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import numpy as np

from ...compiler.lower.dtypes import numpy_dtype
from ...compiler.ops.base.backend import Array

if TYPE_CHECKING:
    import onnxruntime

BFLOAT16 = 16
"""ONNX's number of bfloat16."""


def to_ort(array: Array) -> onnxruntime.OrtValue:
    """The array as a value; it is read in place, so it must live as long."""
    import onnxruntime

    if array.dtype.name != "bfloat16":
        return onnxruntime.OrtValue.ortvalue_from_numpy(array)
    bits = np.ascontiguousarray(array).view(np.uint16)
    return onnxruntime.OrtValue.ortvalue_from_numpy_with_onnx_type(bits, BFLOAT16)


def from_ort(value: onnxruntime.OrtValue) -> Array:
    """A value on the CPU as an array of its own."""
    if value.element_type() != BFLOAT16:
        return np.asarray(value.numpy())
    count = value.tensor_size_in_bytes()
    bits = ctypes.string_at(value.data_ptr(), count) if count else b""
    return np.frombuffer(bits, numpy_dtype("bfloat16")).reshape(value.shape())
