"""Convolutions whose first numbers are `(in, out, kernel)`, in PyTorch's order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.diagnostics.edits import together
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..ir.infer import infer
from ..ops.base.op import Op, Refusal
from ..ops.conv.kernel import WholeKernel
from ..shapes.dims import Dim
from ..shapes.types import TensorType
from .places import places
from .refused import Cause, Refused
from .whatif import Change, behind, made_by, otherwise, would_be
from .written import shown

LARGE = 8
"""Kernels are seldom as large, and numbers of channels seldom smaller."""
SMALL = 4
"""The same where pictures come in, whose first convolution may have few filters."""
KERNELS = (1, 3, 5, 7, 9, 11)
"""What convolutions have, and what strides seldom are."""


@dataclass(frozen=True, slots=True)
class _Turned:
    """A convolution whose numbers are read as `(in, out, kernel)`."""

    expr: ast.Expr
    span: Span
    written: WholeKernel
    op: Op
    fix: Fix


def torch_order(refused: Refused) -> Cause | None:
    """Numbers that make sense as `(in, out, kernel)`, with which everything fits."""
    found: list[_Turned] = []
    changes: dict[str, Change] = {}
    nodes = behind(refused.graph, [one.ref for one in refused.given])
    # The nearest come first, and numbers are read from the net's input on.
    for place in reversed(places(refused, nodes)):
        node = place.nodes[0]
        channels = _channels(refused.graph.type(node.inputs[0])) if node.inputs else None
        one = None if place.wrapped else _turned(place.expr, node.span, place.op, channels, found)
        if one is not None:
            found.append(one)
            changes |= {node.path: made_by(one.op) for node in place.nodes}
    expr = refused.written.layer(refused.span) if refused.op is not None else None
    mine = None
    if expr is not None and refused.op is not None and refused.given:
        channels = _channels(refused.given[0].type)
        mine = _turned(expr, refused.span, refused.op, channels, found)
    found += [mine] if mine is not None else []
    types = would_be(refused.graph, [one.ref for one in refused.given], changes)
    if not found or types is None:
        return None
    try:
        fits = refused.accepts(types) if mine is None else bool(infer(mine.op, tuple(types)))
    except Refusal:
        return None
    return _said(found) if fits else None


def _channels(type: TensorType) -> Dim | None:
    """The last size of a tensor; a single number has none."""
    return type.shape[-1] if type.shape else None


def _said(found: list[_Turned]) -> Cause:
    first = found[0]
    assert isinstance(first.expr, ast.Call)
    numbers = ", ".join(arg.value.span.text for arg in first.expr.args[:3])
    filters, kernel = first.written.filters, first.written.kernel_size[0]
    return Cause(
        first.span,
        f"`{first.op.name}({numbers})` has PyTorch's order (in, out, kernel); here the channels "
        "that come in are inferred",
        f"{filters} filter{'s' * (filters != 1)} with a kernel of {kernel}",
        f"write `{shown(first.expr, [first.fix])}`"
        + (", and the other convolutions so, too" if len(found) > 1 else ""),
        together([one.fix for one in found]),
    )


def _turned(
    expr: ast.Expr, span: Span, op: Op, channels: Dim | None, before: Collection[_Turned]
) -> _Turned | None:
    if not isinstance(op, WholeKernel) or not isinstance(expr, ast.Call):
        return None
    numbers = expr.args[:3]
    if len(numbers) < 3 or any(arg.name is not None for arg in numbers):
        return None
    kernel, strides = set(op.kernel_size), set(op.strides)
    comes_in = {channels, *(one.written.kernel_size[0] for one in before)}
    if len(kernel) > 1 or len(strides) > 1 or op.filters not in comes_in:
        return None
    (out,), (size,) = kernel, strides
    if out < (SMALL if op.filters in (1, 3) else LARGE) or size not in KERNELS or size >= out:
        return None
    axes = len(op.kernel_size)
    made = otherwise(op, filters=out, kernel_size=(size,) * axes, strides=(1,) * axes)
    if made is None:
        return None
    whole = numbers[0].span.to(numbers[2].span)
    text = f"{numbers[1].value.span.text}, {numbers[2].value.span.text}"
    return _Turned(expr, span, op, made, Fix(whole, text))
