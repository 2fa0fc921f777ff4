"""The inputs of a model: their names, sizes, and which have channels behind the batch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...compiler.lower.onnx.operator_types import TYPES
from ...compiler.shapes.dims import Dim, symbol
from ...compiler.shapes.types import TensorType
from ..errors import UserError
from .names import fresh, identifier
from .read import OnnxFile
from .rules import activations, elements
from .steps import Step, Value, View

if TYPE_CHECKING:
    import onnx


NUMBERED = re.compile(r"s\d+")
"""What PyTorch calls sizes without a name."""
FIRST = frozenset(
    (
        "Conv",
        "ConvTranspose",
        "MaxPool",
        "AveragePool",
        "GlobalAveragePool",
        "GlobalMaxPool",
        "BatchNormalization",
        "InstanceNormalization",
        "GroupNormalization",
        "Resize",
        "Upsample",
        "LRN",
        "DepthToSpace",
        "SpaceToDepth",
    )
)
"""Operators whose channels are behind the batch."""


def channels_first(file: OnnxFile) -> set[str]:
    """The inputs of rank 3 to 5 that something reads with channels behind the batch."""
    graph = file.model.graph
    source = {item.name: item.name for item in graph.input}
    found: set[str] = set()
    passing = {*activations.UNARY, *elements.SIGNS, "Pad", "Cast", "Identity", "Clip"}
    for node in graph.node:
        names = [source[name] for name in node.input[:2] if name in source]
        if node.op_type in FIRST and node.input and node.input[0] in source:
            found.add(source[node.input[0]])
        elif node.op_type in passing and len(names) == 1 and node.output:
            source[node.output[0]] = names[0]
    ranks = {item.name: len(item.type.tensor_type.shape.dim) for item in graph.input}
    return {name for name in found if 3 <= ranks.get(name, 0) <= 5}


def input_of(
    file: OnnxFile,
    item: onnx.ValueInfoProto,
    taken: set[str],
    sizes: dict[str, str],
    first: bool,
    multiple: int,
    numbers: Mapping[str, int],
) -> tuple[Step, View]:
    """An input of the net and how ONNX sees it.

    `taken` are the names of inputs, `sizes` those of sizes whose names say nothing in the file.
    Where channels are first, named heights and widths are multiples of `multiple`. Sizes of the
    names in `numbers` are these.
    """
    tensor = item.type.tensor_type
    dtype = TYPES.get(tensor.elem_type)
    if dtype is None or not tensor.HasField("shape"):
        raise UserError(f"{file.path}: the input `{item.name}` is no tensor of known rank")
    dims: list[Dim] = []
    called: set[str] = {"N"}
    defaults = ["N", "H", "W", "D"] if len(tensor.shape.dim) > 3 else ["N", "T", "S", "M"]
    for axis, dim in enumerate(tensor.shape.dim):
        if dim.HasField("dim_value") and dim.dim_value > 0:
            if dim.dim_value > 2**31 - 1:
                raise UserError(f"{file.path}: the input `{item.name}` has impossible sizes")
            dims.append(dim.dim_value)
            continue
        if axis == 0:
            dims.append(numbers.get("N", symbol("N")))
            continue
        said = dim.dim_param
        plain = bool(re.fullmatch(r"[A-Za-z_]\w*", said)) and not said.startswith("unk")
        spatial = axis - 1 if first and axis > 1 else axis
        if NUMBERED.fullmatch(said):
            if said not in sizes:
                sizes[said] = fresh(defaults[min(spatial, 3)], sizes.values())
            name = sizes[said]
        else:
            name = identifier(said, "S") if plain else defaults[min(spatial, 3)]
        if not plain:
            name = fresh(name, called)
        called.add(name)
        dims.append(numbers.get(name, symbol(name)) * (multiple if first and axis > 1 else 1))
    rank = len(dims)
    axes = tuple(range(rank))
    if first:
        dims = [dims[0], *dims[2:], dims[1]]
        axes = (0, rank - 1, *range(1, rank - 1))
    name = fresh(identifier(item.name, "x"), taken)
    taken.add(name)
    step = Step(
        "input", (), {"name": name, "of": item.name}, (TensorType(dtype, tuple(dims)),), item.name
    )
    return step, View(Value(step), axes)
