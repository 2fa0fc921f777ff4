"""Tensors as a model file declares and holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import numpy as np
import onnx
from onnx import TensorProto, helper

from ...ops.base.backend import Array, Tensor
from ...shapes.types import TensorType
from ..dtypes import numpy_dtype

ONNX_DTYPES: Mapping[str, int] = {
    "float16": TensorProto.FLOAT16,
    "bfloat16": TensorProto.BFLOAT16,
    "float32": TensorProto.FLOAT,
    "float64": TensorProto.DOUBLE,
    "int8": TensorProto.INT8,
    "int16": TensorProto.INT16,
    "int32": TensorProto.INT32,
    "int64": TensorProto.INT64,
    "uint8": TensorProto.UINT8,
    "uint16": TensorProto.UINT16,
    "uint32": TensorProto.UINT32,
    "uint64": TensorProto.UINT64,
    "bool": TensorProto.BOOL,
}


@dataclass(frozen=True, slots=True)
class Initializer:
    """A tensor of the model file; `tensor.read` makes its data."""

    name: str
    tensor: Tensor


def value_info(name: str, type: TensorType) -> onnx.ValueInfoProto:
    """The declaration of an input or output; symbolic dims keep their text."""
    dims = [dim if isinstance(dim, int) else str(dim) for dim in type.shape]
    return helper.make_tensor_value_info(name, ONNX_DTYPES[type.dtype], dims)


def as_array(tensor: Tensor) -> Array:
    """Reads a weight and checks that it is what its declaration says."""
    array = np.asarray(tensor.read(), dtype=numpy_dtype(tensor.dtype))
    if array.shape != tensor.shape:
        raise ValueError(f"a weight of shape {array.shape} was declared as {tensor.shape}")
    return array


def elements(tensor: Tensor) -> Array:
    """Reads a weight in a shape of its own choice; the elements in C order are the weight's."""
    array = np.asarray((tensor.elements or tensor.read)(), dtype=numpy_dtype(tensor.dtype))
    if array.size != prod(tensor.shape):
        raise ValueError(f"a weight of shape {array.shape} was declared as {tensor.shape}")
    return array
