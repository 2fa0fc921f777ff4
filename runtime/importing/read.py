"""Reads an ONNX file: bounded, from its own folder alone, and valid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...compiler.ops.base.backend import Array
from ..errors import UserError, require_file
from .wire import without_numbers

if TYPE_CHECKING:
    import onnx

LARGEST = 2**31 - 1
"""The most bytes of a file of protocol buffers."""
MOST_NODES = 100_000
MOST_ELEMENTS = 2**32
OLDEST_OPSET = 7


@dataclass(frozen=True)
class OnnxFile:
    """A model and the folder in which its external data lie."""

    path: Path
    model: onnx.ModelProto
    """Its initializers may lack their numbers, which are in `arrays`."""
    opset: int
    arrays: dict[str, Array]
    """The initializers by name; those in other files are mapped, not read."""


def read_onnx(path: Path) -> OnnxFile:
    """Raises UserError for whatever is not an ONNX model that netc can read."""
    size = require_file(path, "a model")
    if size > LARGEST:
        raise UserError(f"{path}: is larger than an ONNX file can be (2 GiB)")
    import onnx

    model = onnx.ModelProto()
    try:
        message, numbers = without_numbers(path)
        model.ParseFromString(message)
    except Exception as error:  # of protobuf, which has no types
        raise UserError(f"{path}: is damaged, cut short or no ONNX model") from error
    graph = model.graph
    if not graph.node or not graph.output:
        raise UserError(f"{path}: is no ONNX model, or one without nodes or outputs")
    opset = max((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), default=0)
    newest = onnx.defs.onnx_opset_version()
    if not OLDEST_OPSET <= opset <= newest:
        raise UserError(
            f"{path}: is of opset {opset}; netc reads opsets {OLDEST_OPSET} to {newest}"
        )
    if len(graph.node) > MOST_NODES:
        raise UserError(f"{path}: has {len(graph.node):,} nodes; the limit is {MOST_NODES:,}")
    if model.functions:
        from onnx import inliner

        model = inliner.inline_local_functions(model)
        graph = model.graph
    if graph.sparse_initializer:
        raise UserError(f"{path}: has sparse initializers, which netc does not read")
    if not all(isinstance(text, str) for text in _texts(graph)):
        raise UserError(f"{path}: is damaged: a name in it is no text")
    _check_order(path, graph)
    arrays = {
        proto.name: _stored(path, proto, *numbers[place])
        if place in numbers
        else array_of(path, proto)
        for place, proto in enumerate(graph.initializer)
    }
    return OnnxFile(path, model, opset, arrays)


def _texts(graph: onnx.GraphProto) -> Iterator[object]:
    """All names of a graph, and of those inside; bytes where they are not UTF-8."""
    yield graph.name
    for tensor in graph.initializer:
        yield tensor.name
        for entry in tensor.external_data:
            yield from (entry.key, entry.value)
    for item in (*graph.input, *graph.output):
        yield item.name
        yield from (dim.dim_param for dim in item.type.tensor_type.shape.dim)
    for node in graph.node:
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
        for attribute in node.attribute:
            yield attribute.name
            if attribute.HasField("g"):
                yield from _texts(attribute.g)
            for inner in attribute.graphs:
                yield from _texts(inner)


def _check_order(path: Path, graph: onnx.GraphProto) -> None:
    """Refuses a graph whose nodes read what is not made yet, as cycles do, or make a name twice."""
    made = {item.name for item in graph.input} | {item.name for item in graph.initializer}
    for node in graph.node:
        for name in node.input:
            if name and name not in made:
                raise UserError(
                    f"{path}: the node `{shown(node)}` reads `{name}`, "
                    "which nothing before it makes"
                )
        for name in filter(None, node.output):
            if name in made:
                raise UserError(f"{path}: the tensor `{name}` is made twice")
            made.add(name)
    for output in graph.output:
        if output.name not in made:
            raise UserError(f"{path}: nothing makes the output `{output.name}`")


def shown(node: onnx.NodeProto) -> str:
    """A node's name, or that of what it makes."""
    return str(node.name or next(filter(None, node.output), node.op_type))


def _stored(path: Path, proto: onnx.TensorProto, offset: int, length: int) -> Array:
    """The numbers of an initializer that stayed in the file. Raises UserError."""
    from onnx import helper

    damaged = f"{path}: the initializer `{proto.name}` is damaged"
    try:
        dtype = helper.tensor_dtype_to_np_dtype(proto.data_type)
    except KeyError as error:
        raise UserError(damaged) from error
    if any(dim < 0 for dim in proto.dims) or prod(proto.dims) * dtype.itemsize != length:
        raise UserError(damaged)
    array: Array = np.fromfile(path, dtype, prod(proto.dims), offset=offset)
    return array.reshape(proto.dims)


def array_of(path: Path, proto: onnx.TensorProto) -> Array:
    """An initializer as an array. Raises UserError."""
    from onnx import TensorProto, numpy_helper

    elements = 1
    for dim in proto.dims:
        elements *= dim
    if any(dim < 0 for dim in proto.dims) or elements > MOST_ELEMENTS:
        raise UserError(f"{path}: the initializer `{proto.name}` has impossible sizes")
    if proto.data_location == TensorProto.EXTERNAL:
        return _external(path, proto)
    try:
        array: Array = numpy_helper.to_array(proto)
    except Exception as error:  # onnx raises what NumPy, ml_dtypes and itself do
        raise UserError(f"{path}: the initializer `{proto.name}` is damaged") from error
    return array


def _external(path: Path, proto: onnx.TensorProto) -> Array:
    """An initializer of another file, mapped. Raises UserError; no path leaves the folder."""
    from onnx import helper

    said = {entry.key: entry.value for entry in proto.external_data}
    who = f"{path}: the initializer `{proto.name}`"
    location = said.get("location", "")
    folder = path.resolve().parent
    try:
        file = (folder / location).resolve()
        offset, length = int(said.get("offset", "0")), int(said.get("length", "-1"))
        inside = bool(location) and file.is_relative_to(folder)
    except (ValueError, OSError, RuntimeError) as error:
        raise UserError(f"{who} says badly where its data are") from error
    if not inside:
        raise UserError(f"{who} has its data outside the model's folder")
    if not file.exists():
        raise UserError(f"{who} has its data in `{location}`: no such file beside the model")
    size = require_file(file, "the model's data")
    try:
        dtype = helper.tensor_dtype_to_np_dtype(proto.data_type)
    except KeyError as error:
        raise UserError(f"{who} is of a type that ONNX does not have") from error
    shape = tuple(proto.dims)
    needed = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if offset < 0 or length not in (-1, needed) or offset + needed > size:
        raise UserError(f"{who} needs {needed} bytes at {offset} of {file.name}, which has {size}")
    if needed == 0:
        return np.zeros(shape, dtype)
    mapped: Array = np.memmap(file, dtype=dtype, mode="r", offset=offset, shape=shape)
    return mapped
