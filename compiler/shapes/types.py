"""The type of a tensor: a dtype and a shape."""

from __future__ import annotations

from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.diagnostics.suggest import correction, did_you_mean
from ...dsl.record import record
from ...dsl.text.source import Span
from .dims import Shape

FLOATS = ("float16", "bfloat16", "float32", "float64")
INTS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
DTYPES = (*FLOATS, *INTS, "bool")

SIZES = {
    "float16": 2,
    "bfloat16": 2,
    "float32": 4,
    "float64": 8,
    "int8": 1,
    "int16": 2,
    "int32": 4,
    "int64": 8,
    "uint8": 1,
    "uint16": 2,
    "uint32": 4,
    "uint64": 8,
    "bool": 1,
}
"""Bytes an element of each dtype takes."""


@record
class TensorType:
    """`dtype[dims]`, channels last."""

    dtype: str
    shape: Shape

    @property
    def rank(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    def __str__(self) -> str:
        return self.dtype + show_shape(self.shape)


def show_shape(shape: Shape) -> str:
    """`[N, 32, 32, 3]`."""
    return f"[{', '.join(map(str, shape))}]"


def normal_axis(axis: int, rank: int) -> int | None:
    """The axis counted from the front, or None where the rank has no such axis."""
    if -rank <= axis < rank:
        return axis + rank if axis < 0 else axis
    return None


def dtype_help(name: str) -> str:
    """A help text for a dtype that is none."""
    if name in _USUAL:
        return f"write `{_USUAL[name]}`"
    return did_you_mean(name, DTYPES) or f"dtypes are {', '.join(DTYPES)}"


def dtype_fix(span: Span) -> Fix | None:
    """The edit that writes a dtype in the place of what is none, where one is meant."""
    name = span.text
    return Fix(span, _USUAL[name]) if name in _USUAL else correction(span, name, DTYPES)


_USUAL = {
    **dict.fromkeys(("f32", "float", "single", "real", "FloatTensor"), "float32"),
    **dict.fromkeys(("f64", "double", "DoubleTensor"), "float64"),
    **dict.fromkeys(("f16", "half", "fp16", "HalfTensor"), "float16"),
    **dict.fromkeys(("bf16", "bfloat"), "bfloat16"),
    **dict.fromkeys(("i32", "int", "integer", "IntTensor"), "int32"),
    **dict.fromkeys(("i64", "long", "LongTensor"), "int64"),
    **dict.fromkeys(("u8", "byte", "uint", "ByteTensor"), "uint8"),
    **dict.fromkeys(("boolean", "BoolTensor"), "bool"),
}
"""What is meant by dtypes of other tools, and by those that leave their width to the reader."""
