"""Types ONNX operators that are called by name, by ONNX's own schemas and shape inference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import onnx
from onnx import helper, shape_inference

from ....dsl.diagnostics.codes import Code
from ...ops.base.backend import Attribute
from ...ops.base.op import Refusal
from ...ops.tensor.onnx_operator import Attributes, ForeignConstant, OnnxTyper
from ...shapes.dims import Dim
from ...shapes.types import TensorType, show_shape
from ..dtypes import numpy_dtype
from .declared import ONNX_DTYPES, value_info
from .lower import DEFAULT_OPSET
from .probing import Probes, Sizes
from .schema import (
    MOST_ITEMS,
    READERS,
    cannot_write,
    find_schema,
    in_dtype,
    kind_text,
    read_attribute,
    read_constant,
    variable,
)
from .schema_counts import check_slots, output_count

TYPES = {number: name for name, number in ONNX_DTYPES.items()}


def typer(opset: int = DEFAULT_OPSET) -> OnnxTyper:
    """What types ONNX operators by the schemas of an opset."""
    return SchemaTyper(opset)


@dataclass(frozen=True, slots=True)
class SchemaTyper:
    """The ONNX operators of one opset."""

    opset: int

    def inputs(self, op_type: str) -> tuple[str, ...]:
        """The names of an operator's inputs, in order. Raises Refusal for an unknown operator."""
        return tuple(parameter.name for parameter in find_schema(op_type, self.opset).inputs)

    def attributes(self, op_type: str, given: Mapping[str, object]) -> Attributes:
        """The attributes as ONNX stores them. Raises Refusal naming the one at fault."""
        schema = find_schema(op_type, self.opset)
        who = f"onnx.{op_type}"
        made: list[tuple[str, Attribute]] = []
        for name, value in given.items():
            attribute = schema.attributes.get(name)
            if attribute is None:
                inputs = [parameter.name for parameter in schema.inputs]
                near = get_close_matches(name, [*schema.attributes, *inputs], 1)
                names = ", ".join(f"`{known}`" for known in schema.attributes)
                listed = f"it has {names}" if names else "it has none"
                raise Refusal(
                    Code.UNKNOWN_ARGUMENT,
                    f"`{who}` has no attribute `{name}`",
                    argument=name,
                    help=f"did you mean `{near[0]}`?" if near else listed,
                )
            if attribute.type not in READERS:
                raise cannot_write(who, name, attribute)
            try:
                made.append((name, read_attribute(name, value, attribute)))
            except ValueError as error:
                raise Refusal(
                    Code.WRONG_TYPE,
                    f"`{name}` of `{who}` takes {kind_text(attribute)}; {error}",
                    argument=name,
                ) from None
        for name, attribute in schema.attributes.items():
            if attribute.required and name not in given:
                if attribute.type not in READERS:
                    raise cannot_write(who, name, attribute)
                raise Refusal(
                    Code.MISSING_ARGUMENT,
                    f"`{who}` needs `{name}`, {kind_text(attribute)}",
                    help=f"give it: `{who}(…, {name}=…)`",
                )
        return tuple(made)

    def constants(self, op_type: str, given: Mapping[int, object]) -> tuple[ForeignConstant, ...]:
        """Inputs written as numbers, by position, in ascending order. Raises Refusal."""
        schema = find_schema(op_type, self.opset)
        made = []
        for position, data in sorted(given.items()):
            try:
                made.append(read_constant(schema, position, data))
            except ValueError as error:
                raise Refusal(
                    Code.WRONG_TYPE,
                    f"input {position + 1} of `onnx.{op_type}` takes a tensor or numbers; {error}",
                ) from None
        return tuple(made)

    def settled(
        self, op_type: str, slots: Sequence[TensorType | ForeignConstant | None]
    ) -> tuple[ForeignConstant, ...]:
        """The constants in the dtypes of the tensors that they stand beside. Raises Refusal."""
        schema = find_schema(op_type, self.opset)
        check_slots(f"onnx.{op_type}", schema, slots)
        dtypes = {
            variable(schema, place): slot.dtype
            for place, slot in enumerate(slots)
            if isinstance(slot, TensorType)
        }
        made = []
        for place, slot in enumerate(slots):
            if not isinstance(slot, ForeignConstant):
                continue
            dtype = dtypes.get(variable(schema, place), slot.dtype)
            try:
                made.append(slot if slot.dtype is None else in_dtype(slot, dtype))
            except ValueError as error:
                raise Refusal(
                    Code.WRONG_TYPE,
                    f"input {place + 1} of `onnx.{op_type}` is of {dtype}; {error}",
                ) from None
        return tuple(made)

    def infer(
        self,
        op_type: str,
        attributes: Attributes,
        slots: Sequence[TensorType | ForeignConstant | None],
        outputs: int,
        opset: int,
    ) -> tuple[TensorType, ...]:
        """The outputs' types by ONNX's own shape inference. Raises Refusal."""
        schema = find_schema(op_type, opset)
        who = f"onnx.{op_type}"
        check_slots(who, schema, slots)
        inputs = [slot for slot in slots if isinstance(slot, TensorType)]
        names = [f"y{i}" for i in range(output_count(who, schema, attributes, outputs))]
        node = helper.make_node(op_type, [], names, **dict(attributes))
        try:
            types = _asked(node, slots, opset)
        except (shape_inference.InferenceError, ValueError) as error:
            shapes = ", ".join(map(str, inputs))
            raise Refusal(
                Code.SHAPE,
                f"`{who}` does not take {shapes}: {_reason(error)}",
                inputs=range(len(inputs)),
            ) from None

        def numbered(given: Sequence[TensorType]) -> Sizes | None:
            left = iter(given)
            filled = [next(left) if isinstance(slot, TensorType) else slot for slot in slots]
            try:
                return [_sizes(type) for type in _asked(node, filled, opset)]
            except (shape_inference.InferenceError, ValueError):
                return None

        probes = Probes(numbered, inputs)
        return tuple(_type(who, i, type, inputs, probes) for i, type in enumerate(types))


def _asked(
    node: onnx.NodeProto, slots: Sequence[TensorType | ForeignConstant | None], opset: int
) -> list[onnx.TypeProto.Tensor]:
    """The types that ONNX tells of a node's outputs. Raises what its shape inference raises."""
    names: list[str] = []
    infos: list[onnx.ValueInfoProto] = []
    tensors: list[onnx.TensorProto] = []
    for place, slot in enumerate(slots):
        if isinstance(slot, TensorType):
            names.append(f"x{len(infos)}")
            infos.append(value_info(names[-1], slot))
        elif slot is None or slot.dtype is None:
            names.append("")
        else:
            names.append(f"c{place}")
            tensors.append(_tensor(names[-1], slot))
    node.input[:] = names
    empty = [helper.make_empty_tensor_value_info(name) for name in node.output]
    graph = helper.make_graph([node], "foreign", infos, empty, initializer=tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    # Elements that may be sizes are followed one by one, so not those of a long vector.
    short = all(
        not isinstance(slot, TensorType) or slot.rank != 1 or _few(slot.shape[0]) for slot in slots
    )
    made = shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=short)
    return [output.type.tensor_type for output in made.graph.output]


def _few(dim: Dim) -> bool:
    return not isinstance(dim, int) or dim <= MOST_ITEMS


def _sizes(type: onnx.TypeProto.Tensor) -> Sequence[int | None] | None:
    """The sizes of a type, None for those that are not known."""
    if not type.HasField("shape"):
        return None
    return [dim.dim_value if dim.HasField("dim_value") else None for dim in type.shape.dim]


def _tensor(name: str, constant: ForeignConstant) -> onnx.TensorProto:
    import numpy as np

    assert constant.dtype is not None
    array = np.asarray(constant.data, dtype=numpy_dtype(constant.dtype)).reshape(constant.shape)
    return onnx.numpy_helper.from_array(array, name)


def _reason(error: Exception) -> str:
    """ONNX's reason in one line, without its prefixes."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else "ONNX gives no reason"
    for mark in ("[ShapeInferenceError]", "[TypeInferenceError]"):
        text = text.rpartition(mark)[2].strip()
    if text.startswith("(op_type:"):
        text = text.partition("): ")[2] or text
    return text.rstrip(".")


def _type(
    who: str, index: int, type: Any, inputs: Sequence[TensorType], probes: Probes
) -> TensorType:
    where = f"output {index + 1} of `{who}`"
    given = ", ".join(map(str, inputs))
    everything = range(len(inputs))
    if type.elem_type not in TYPES:
        raise Refusal(
            Code.SHAPE, f"ONNX cannot tell the dtype of {where} of {given}", inputs=everything
        )
    known = {str(dim): dim for x in inputs for dim in x.shape}
    dims = list(type.shape.dim) if type.HasField("shape") else [None] * (probes.rank(index) or 0)
    if not dims and not type.HasField("shape"):
        raise Refusal(
            Code.SHAPE, f"ONNX cannot tell the shape of {where} of {given}", inputs=everything
        )
    shape: list[Dim] = []
    for axis, dim in enumerate(dims):
        if dim is not None and dim.HasField("dim_value"):
            shape.append(int(dim.dim_value))
            continue
        if dim is not None and dim.dim_param in known:
            shape.append(known[dim.dim_param])
            continue
        found = probes.size(index, axis)
        if found is None:
            so_far = show_shape(tuple(shape))
            raise Refusal(
                Code.SHAPE,
                f"ONNX cannot tell the size of axis {axis} of {where} of {given}",
                inputs=everything,
                help=f"it knows the axes before: {so_far}; sizes that are numbers help"
                if shape
                else "sizes that are numbers help",
            )
        shape.append(found)
    return TensorType(TYPES[type.elem_type], tuple(shape))
