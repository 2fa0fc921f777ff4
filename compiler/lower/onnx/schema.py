"""Reads ONNX's operator schemas: names, attributes and constant inputs, as written in a net."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from onnx import defs

from ....dsl.diagnostics.codes import Code
from ...ops.base.backend import Attribute
from ...ops.base.kinds import FLOAT, STRING, Word, describe
from ...ops.base.literal import literal
from ...ops.base.op import Refusal
from ...ops.tensor.onnx_operator import ForeignConstant
from .declared import ONNX_DTYPES

MOST_ITEMS = 4096
"""The longest list an attribute or constant may be."""
MOST_TEXT = 4096
EQUATION = re.compile(r"TERM(,TERM)*(->TERM)?".replace("TERM", r"[A-Za-z ]*(\.\.\.[A-Za-z ]*)?"))
"""What Einsum's `equation` may be."""
DTYPE_ATTRIBUTES = (
    "dtype",
    "output_datatype",
    "output_dtype",
    "softmax_precision",
    "stash_type",
    "to",
)
"""Int attributes that hold the number of a dtype; they may be given by its name."""
INT64 = 2**63
LARGEST_FLOAT = 3.4e38


def find_schema(op_type: str, opset: int) -> Any:
    """The schema of an operator. Raises Refusal (UNKNOWN_LAYER) with names like it."""
    try:
        schema = defs.get_schema(op_type, opset, "")
    except defs.SchemaError:
        raise _unknown(op_type, opset) from None
    if schema.deprecated:
        raise Refusal(Code.UNKNOWN_LAYER, f"ONNX has withdrawn `{op_type}` by opset {opset}")
    return schema


def _unknown(op_type: str, opset: int) -> Refusal:
    since = [
        s.since_version
        for s in defs.get_all_schemas_with_history()
        if s.name == op_type and not s.domain
    ]
    if since:
        return Refusal(
            Code.UNKNOWN_LAYER, f"`onnx.{op_type}` exists from opset {min(since)}, not in {opset}"
        )
    all_names = {schema.name for schema in defs.get_all_schemas() if not schema.domain}
    lower = {name.lower(): name for name in sorted(all_names)}
    near = get_close_matches(op_type.lower()[:64], lower, 3)
    return Refusal(
        Code.UNKNOWN_LAYER,
        f"ONNX has no operator `{op_type[:64]}` in opset {opset}",
        help=f"did you mean {' or '.join(f'`onnx.{lower[name]}`' for name in near)}?"
        if near
        else "",
    )


_A = defs.OpSchema.AttrType


def _int(value: object) -> int:
    # Not INT, whose limit is for the sizes of layers: ONNX writes "to the end" as 2**63 - 1.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int):
        raise ValueError(f"{describe(value)} is not an int")
    if not -INT64 <= value < INT64:
        raise ValueError("it does not fit 64 bits")
    return int(value)


def _float(value: object) -> float:
    if isinstance(value, int) and abs(value) > LARGEST_FLOAT:
        raise ValueError("it does not fit float32")
    result = FLOAT.convert(value)
    if not abs(result) <= LARGEST_FLOAT:
        raise ValueError(f"{result} does not fit float32")
    return result


def _string(value: object) -> str:
    result = value.text if isinstance(value, Word) else STRING.convert(value)
    if len(result) > MOST_TEXT:
        raise ValueError(f"it is longer than {MOST_TEXT} characters")
    if not (result.isascii() and result.isprintable()):
        raise ValueError("it holds a character that is not ASCII")
    return result


def _equation(value: object) -> str:
    result = _string(value)
    # ONNX's shape inference never ends on some others, such as `..b`.
    if not EQUATION.fullmatch(result):
        raise ValueError(f'"{result[:64]}" is not of the form "ij,jk->ik"')
    return result


def _dtype(value: object) -> int:
    text = value.text if isinstance(value, Word) else value
    if isinstance(text, str) and text in ONNX_DTYPES:
        return ONNX_DTYPES[text]
    number = _int(value)
    # Another number lets ONNX's shape inference fail.
    if number not in ONNX_DTYPES.values():
        raise ValueError(f"{number} is not the number of a dtype")
    return number


READERS: Mapping[Any, tuple[str, Callable[[object], Any], bool]] = {
    _A.INT: ("an int", _int, False),
    _A.FLOAT: ("a number", _float, False),
    _A.STRING: ("a string", _string, False),
    _A.INTS: ("a list of ints", _int, True),
    _A.FLOATS: ("a list of numbers", _float, True),
    _A.STRINGS: ("a list of strings", _string, True),
}
"""For each kind of attribute: its name, what reads one value, and whether it is a list."""


def kind_text(attribute: Any) -> str:
    """What an attribute takes, in words."""
    return READERS[attribute.type][0]


def read_attribute(name: str, value: object, attribute: Any) -> Attribute:
    """An attribute's value as ONNX stores it. Raises ValueError saying why not."""
    _, read, listed = READERS[attribute.type]
    if not listed:
        if name in DTYPE_ATTRIBUTES and attribute.type == _A.INT:
            read = _dtype
        elif name == "equation":
            read = _equation
        single: Attribute = read(value)
        return single
    if not isinstance(value, list | tuple):
        raise ValueError(f"{describe(value)} is not a list")
    if not 0 < len(value) <= MOST_ITEMS:
        raise ValueError(f"a list of {len(value)} items is not of 1 to {MOST_ITEMS}")
    items: Attribute = tuple(read(item) for item in value)
    return items


def cannot_write(who: str, name: str, attribute: Any) -> Refusal:
    """The fault of an attribute that holds a graph, a tensor or a type."""
    what = str(attribute.type).rpartition(".")[2].lower().replace("_", " ")
    return Refusal(
        Code.WRONG_TYPE,
        f"`{name}` of `{who}` is a {what}, which a `.net` file cannot hold",
        argument=name,
    )


def read_constant(schema: Any, position: int, data: object) -> ForeignConstant:
    """An input written as numbers, in a dtype the schema takes. Raises ValueError."""
    if data is None:
        # ONNX's shape inference reads past the end where a required input is left out.
        if not is_optional(schema, position):
            raise ValueError("it cannot be left out")
        return ForeignConstant(position, None, None)
    shape, leaves = _flatten(data)
    if len(leaves) > MOST_ITEMS:
        raise ValueError(f"{len(leaves)} numbers are more than {MOST_ITEMS}")
    allowed = _allowed(schema, position)
    whole = all(isinstance(leaf, int) for leaf in leaves)
    wanted: tuple[str, ...] = ("int64", "int32", "float32") if whole else ("float32", "float64")
    if leaves and all(isinstance(leaf, bool) for leaf in leaves):
        wanted = ("bool",)
    elif "T" in variable(schema, position) and "float32" in allowed:
        # A number beside tensors is most often one of their dtype.
        wanted = ("float32",)
    dtype = next((name for name in wanted if name in allowed), None)
    if dtype is None:
        raise ValueError(f"{describe(data)} is none of {', '.join(allowed) or 'its types'}")
    for leaf in leaves:
        number = _int(leaf) if dtype.startswith("int") else _float(leaf)
        if dtype == "int32" and not -(2**31) <= number < 2**31:
            raise ValueError(f"{leaf} does not fit int32")
    return ForeignConstant(position, data, dtype, shape)


def _parameter(schema: Any, position: int) -> Any:
    if not schema.inputs:
        raise ValueError("it takes no inputs")
    return schema.inputs[min(position, len(schema.inputs) - 1)]


def variable(schema: Any, position: int) -> str:
    """The name of an input's type; inputs of one dtype have one name."""
    return str(_parameter(schema, position).type_str)


def is_optional(schema: Any, position: int) -> bool:
    """Whether an input can be left out."""
    option = _parameter(schema, position).option
    return bool(option == defs.OpSchema.FormalParameterOption.Optional)


def in_dtype(constant: ForeignConstant, dtype: str | None) -> ForeignConstant:
    """The constant in another dtype. Raises ValueError for a number that the dtype has not."""
    if dtype == constant.dtype or dtype is None or (not constant.data and constant.shape):
        return replace(constant, dtype=dtype)
    misfit = literal(constant.data).misfit(dtype)
    if misfit is not None:
        raise ValueError(f"it cannot hold {describe(misfit)}")
    return replace(constant, dtype=dtype)


def _allowed(schema: Any, position: int) -> list[str]:
    texts = _parameter(schema, position).types
    onnx_names = {"float": "float32", "double": "float64"}
    found = [text[7:-1] for text in texts if text.startswith("tensor(")]
    return sorted(onnx_names.get(name, name) for name in found)


def _flatten(data: object) -> tuple[tuple[int, ...], list[int | float]]:
    if isinstance(data, int | float):
        return (), [data]
    if not isinstance(data, list | tuple):
        raise ValueError(f"{describe(data)} is not a number or a list of numbers")
    parts = [_flatten(item) for item in data[: MOST_ITEMS + 1]]
    shapes = {shape for shape, _ in parts}
    if len(shapes) > 1:
        raise ValueError("its rows are not of one length")
    inner = shapes.pop() if shapes else ()
    return (len(data), *inner), [leaf for _, leaves in parts for leaf in leaves]
