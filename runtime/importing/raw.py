"""How an operator of ONNX is written as it is: which inputs are tensors, which are numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...compiler.lower.onnx.operator_types import typer
from ...compiler.lower.onnx.schema import find_schema
from ...compiler.ops.base.backend import Array
from ...compiler.ops.base.op import Op, Refusal
from ...compiler.ops.tensor.onnx_operator import OUTPUTS, ForeignConstant, onnx_operator
from ...compiler.shapes.types import TensorType
from .numbers import numbers
from .steps import Argument, Known, Tensor

if TYPE_CHECKING:
    import onnx

TENSORS = "tensors"
"""The argument of a step that names its inputs, where their order alone does not."""
FEW = 16
"""The most fractions of an input that are written as numbers; more are a learned tensor."""
MANY = 600
"""The most numbers that are written where ONNX has to know them."""


@dataclass(frozen=True)
class Raw:
    """An operator of ONNX, the tensors it gets, and its arguments as a file has them."""

    op: Op
    tensors: Sequence[Tensor]
    args: Mapping[str, Argument]


def raw_operator(
    op_type: str,
    inputs: Sequence[Tensor | None],
    outputs: int,
    attributes: Mapping[str, Argument],
    most: int = FEW,
) -> Raw:
    """The operator with inputs of at most `most` fractions as numbers. Raises Refusal."""
    typed_by = typer()
    names = typed_by.inputs(op_type)
    given = _given(op_type, inputs)
    written = {
        place: data
        for place, tensor in given.items()
        if place < len(names)
        and (place < len(names) - 1 or len(inputs) <= len(names))
        and isinstance(tensor, Known)
        and (data := _data(tensor.array, most)) is not None
    }
    settled = _settled(op_type, given, written)
    written = {
        place: data
        for place, data in written.items()
        if settled.get(place) == given[place].dtype and _as_is(given[place], data)
    }
    places = [place for place in sorted(given) if place not in written]
    args: dict[str, Argument] = {names[place]: data for place, data in written.items()}
    args.update(attributes)
    least = max(1, find_schema(op_type, typed_by.opset).min_output)
    if outputs > least and "num_outputs" not in attributes:
        args[OUTPUTS] = outputs
    op = onnx_operator(op_type, args, typed_by)
    # Tensors fill the places that no number has; behind a gap they have names.
    free = [place for place in range(max(len(names), len(inputs))) if place not in written]
    named = next((at for at, place in enumerate(places) if place != free[at]), len(places))
    if named < len(places):
        shown = [names[min(place, len(names) - 1)] for place in places]
        op = op.with_tensors(tuple(shown))
        args[TENSORS] = ("",) * named + tuple(shown[named:])
    return Raw(op, [given[place] for place in places], args)


def told(op_type: str, attributes: Mapping[str, Argument]) -> Mapping[str, Argument]:
    """The attributes without those that say what goes without saying, or nothing for others."""
    try:
        known = find_schema(op_type, typer().opset).attributes
    except Refusal:
        return attributes
    unused = {
        name
        for name, (other, value) in (MATTERS if op_type == "Resize" else {}).items()
        if attributes.get(other, "nearest" if other == "mode" else 0) != value
    }
    return {
        name: value
        for name, value in attributes.items()
        if name not in unused and (name not in known or not _usual(known[name], value))
    }


MATTERS = {
    "cubic_coeff_a": ("mode", "cubic"),
    "nearest_mode": ("mode", "nearest"),
    "extrapolation_value": ("coordinate_transformation_mode", "tf_crop_and_resize"),
}
"""Attributes of Resize that are used with one value of another alone."""


def _usual(attribute: onnx.defs.OpSchema.Attribute, value: Argument) -> bool:
    """Whether a value is the attribute's default."""
    from onnx import helper

    if attribute.default_value.name == "":
        return False
    usual = helper.get_attribute_value(attribute.default_value)
    return value == (usual.decode() if isinstance(usual, bytes) else usual)


def _given(op_type: str, inputs: Sequence[Tensor | None]) -> dict[int, Tensor]:
    """The inputs by their places; those of Resize without elements are left out."""
    return {
        place: tensor
        for place, tensor in enumerate(inputs)
        if tensor is not None
        and not (op_type == "Resize" and isinstance(tensor, Known) and not tensor.array.size)
    }


def _data(array: Array, most: int) -> object:
    """The numbers of an array as a file has them; None where they are too many, or no numbers."""
    if array.dtype == object or array.size > (most if array.dtype.kind == "f" else MANY):
        return None
    if array.dtype.kind not in "fiub" or (array.dtype.kind == "f" and np.isnan(array).any()):
        return None
    return numbers(array) if array.dtype.kind == "f" else array.tolist()


def _settled(
    op_type: str, given: Mapping[int, Tensor], written: Mapping[int, object]
) -> Mapping[int, str | None]:
    """The dtypes that numbers would have beside the tensors."""
    typed_by = typer()
    slots: list[TensorType | ForeignConstant | None] = []
    for place in range(max(given, default=-1) + 1):
        tensor = given.get(place)
        if tensor is None:
            slots.append(None)
        elif place not in written:
            slots.append(TensorType(tensor.dtype, ()))
        else:
            try:
                slots += typed_by.constants(op_type, {place: written[place]})
            except Refusal:
                slots.append(TensorType(tensor.dtype, ()))
    return {each.position: each.dtype for each in typed_by.settled(op_type, slots)}


def _as_is(tensor: Tensor, data: object) -> bool:
    """Whether the numbers make the same array again."""
    assert isinstance(tensor, Known)
    return bool(np.asarray(data, tensor.array.dtype).shape == tensor.array.shape)
