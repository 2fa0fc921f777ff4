"""Lets an operator compute in a wider dtype where onnxruntime has no kernel for its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ....dsl.diagnostics.codes import Code
from ...ops.base.backend import OnnxCall, OnnxValue
from ...ops.base.casting import cast
from ...ops.base.declare import Refusal
from ...ops.base.op import Op
from ...shapes.types import TensorType
from .kernels import NoKernel

if TYPE_CHECKING:
    from .scan import LoopBuilder

WIDER: Mapping[str, str] = {
    "bfloat16": "float32",
    "int8": "int32",
    "int16": "int32",
    "uint8": "int32",
    "uint16": "int32",
    "uint32": "int64",
    "bool": "int32",
}
"""The dtype that holds every number of a narrower one.

Rounding a result of float32 to bfloat16 is what processors with bfloat16 do. Integers that do not
fit wrap around when they are cast back, as they do in their own arithmetic.
"""


NUMBERS = {dtype: wider for dtype, wider in WIDER.items() if dtype != "bool"}
"""The same without bool, which is a result of comparisons in any dtype."""


def lower_call(builder: LoopBuilder, op: Op, call: OnnxCall) -> list[OnnxValue]:
    """The outputs of an operator: in its own dtypes, or through wider ones.

    Raises Refusal (NO_KERNEL) where neither runs, and what the operator raises.
    """
    dtypes = [value.type.dtype for value in call.inputs] + [out.dtype for out in call.outputs]
    tables: list[Mapping[str, str]] = [{}, NUMBERS, WIDER]
    if not any(dtype in WIDER for dtype in dtypes):
        tables = tables[:1]
    for wider in tables[:-1]:
        if _runs(builder, op, call, wider):
            return _lowered(builder, op, call, wider)
    try:
        return _lowered(builder, op, call, tables[-1])
    except NoKernel as lacking:
        raise _refusal(op, lacking) from None


def _lowered(
    builder: LoopBuilder, op: Op, call: OnnxCall, wider: Mapping[str, str]
) -> list[OnnxValue]:
    """The operator, with the dtypes in `wider` replaced inside it."""
    wide = replace(
        call,
        inputs=tuple(cast(builder, x, wider.get(x.type.dtype, x.type.dtype)) for x in call.inputs),
        outputs=tuple(TensorType(wider.get(x.dtype, x.dtype), x.shape) for x in call.outputs),
    )
    made = op.onnx(builder, wide)
    results = [made] if isinstance(made, OnnxValue) else list(made)
    if not wider:
        return results
    return [
        cast(builder, value, out.dtype) for value, out in zip(results, call.outputs, strict=True)
    ]


def _runs(builder: LoopBuilder, op: Op, call: OnnxCall, wider: Mapping[str, str]) -> bool:
    """Whether every node the operator makes has a kernel, tried on a graph to throw away."""
    try:
        _lowered(builder.apart(), op, call, wider)
    except NoKernel:
        return False
    return True


def _refusal(op: Op, lacking: NoKernel) -> Refusal:
    dtypes = ", ".join(lacking.dtypes)
    return Refusal(
        Code.NO_KERNEL,
        f"onnxruntime cannot compute `{op.name}` of {dtypes}: "
        f"it has no kernel for ONNX's {lacking.op_type}",
        help="`-> Cast(float32)` in front of it makes the tensor one that it computes",
    )
