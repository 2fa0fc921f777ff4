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
from .builder import ONNX_DTYPES, value_info
from .lower import DEFAULT_OPSET
from .schema import (
    MOST_ITEMS,
    READERS,
    cannot_write,
    find_schema,
    kind_text,
    read_attribute,
    read_constant,
)

MOST_OUTPUTS = 256

TYPES = {number: name for name, number in ONNX_DTYPES.items()}


def typer(opset: int = DEFAULT_OPSET) -> OnnxTyper:
    """What types ONNX operators by the schemas of an opset."""
    return SchemaTyper(opset)


@dataclass(frozen=True, slots=True)
class SchemaTyper:
    """The ONNX operators of one opset."""

    opset: int

    def attributes(self, op_type: str, given: Mapping[str, object]) -> Attributes:
        """The attributes as ONNX stores them. Raises Refusal naming the one at fault."""
        schema = find_schema(op_type, self.opset)
        who = f"onnx.{op_type}"
        made: list[tuple[str, Attribute]] = []
        for name, value in given.items():
            attribute = schema.attributes.get(name)
            if attribute is None:
                near = get_close_matches(name, schema.attributes, 1)
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

    def infer(
        self,
        op_type: str,
        attributes: Attributes,
        constants: Sequence[ForeignConstant],
        inputs: Sequence[TensorType],
        opset: int,
    ) -> tuple[TensorType, ...]:
        """The outputs' types by ONNX's own shape inference. Raises Refusal."""
        schema = find_schema(op_type, opset)
        who = f"onnx.{op_type}"
        _check_count(who, schema, len(inputs) + len(constants))
        known = {str(dim): dim for x in inputs for dim in x.shape}
        names = [f"x{i}" for i in range(len(inputs))]
        infos = [value_info(name, x) for name, x in zip(names, inputs, strict=True)]
        tensors = []
        for constant in constants:
            name = "" if constant.dtype is None else f"c{constant.position}"
            names.insert(constant.position, name)
            if constant.dtype is not None:
                tensors.append(_tensor(name, constant))
        outputs = [f"y{i}" for i in range(_outputs(who, schema, attributes))]
        node = helper.make_node(op_type, names, outputs, **dict(attributes))
        empty = [helper.make_empty_tensor_value_info(name) for name in outputs]
        graph = helper.make_graph([node], "foreign", infos, empty, initializer=tensors)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        shapes = ", ".join(map(str, inputs))
        try:
            made = shape_inference.infer_shapes(
                model, check_type=True, strict_mode=True, data_prop=True
            )
        except (shape_inference.InferenceError, ValueError) as error:
            raise Refusal(
                Code.SHAPE,
                f"`{who}` does not take {shapes}: {_reason(error)}",
                inputs=range(len(inputs)),
            ) from None
        types = [output.type.tensor_type for output in made.graph.output]
        return tuple(_type(who, i, type, known, inputs) for i, type in enumerate(types))


def _tensor(name: str, constant: ForeignConstant) -> onnx.TensorProto:
    import numpy as np

    assert constant.dtype is not None
    array = np.asarray(constant.data, dtype=numpy_dtype(constant.dtype)).reshape(constant.shape)
    return onnx.numpy_helper.from_array(array, name)


def _check_count(who: str, schema: Any, count: int) -> None:
    least, most = schema.min_input, schema.max_input
    if not least <= count <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        if most > MOST_ITEMS:
            wanted = f"at least {least}"
        wanted += " tensor" if wanted.endswith("1") else " tensors"
        raise Refusal(Code.INPUT_COUNT, f"`{who}` takes {wanted}, got {count}")


def _outputs(who: str, schema: Any, attributes: Attributes) -> int:
    count = dict(attributes).get("num_outputs", max(1, schema.min_output))
    if not isinstance(count, int) or not 0 < count <= MOST_OUTPUTS:
        raise Refusal(
            Code.BAD_VALUE,
            f"`{who}` cannot give {count} outputs",
            argument="num_outputs",
            help=f"from 1 to {MOST_OUTPUTS}",
        )
    return count


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
    who: str, index: int, type: Any, known: Mapping[str, Dim], inputs: Sequence[TensorType]
) -> TensorType:
    where = f"output {index + 1} of `{who}`"
    given = ", ".join(map(str, inputs))
    everything = range(len(inputs))
    if type.elem_type not in TYPES:
        raise Refusal(
            Code.SHAPE, f"ONNX cannot tell the dtype of {where} of {given}", inputs=everything
        )
    if not type.HasField("shape"):
        raise Refusal(
            Code.SHAPE, f"ONNX cannot tell the shape of {where} of {given}", inputs=everything
        )
    shape: list[Dim] = []
    for axis, dim in enumerate(type.shape.dim):
        if dim.HasField("dim_value"):
            shape.append(int(dim.dim_value))
        elif dim.dim_param in known:
            shape.append(known[dim.dim_param])
        else:
            so_far = show_shape(tuple(shape))
            raise Refusal(
                Code.SHAPE,
                f"ONNX cannot tell the size of axis {axis} of {where} of {given}",
                inputs=everything,
                help=f"it knows the axes before: {so_far}; sizes that are numbers help"
                if shape
                else "sizes that are numbers help",
            )
    return TensorType(TYPES[type.elem_type], tuple(shape))
