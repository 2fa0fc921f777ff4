"""Layers as values: what their uses are called, several of one in a row, and no arithmetic."""

from __future__ import annotations

from ...dsl.diagnostics.codes import Code
from ...dsl.format.expressions import POSTFIX, flat
from ...dsl.syntax import ast
from ..ir.paths import CHAIN, snake
from .as_block import behind, block_help
from .body import Body
from .evaluate import repetitions, static
from .values import POISON, Chain, LayerValue, Link, Poison, TensorValue, Value, kind_of


def base_of(layer: LayerValue, target: ast.Expr) -> str:
    """What a use of a layer is called where neither a label nor a variable names it.

    A chain is called by the name it is used by; one that is written in place is `chain`.
    """
    if layer.chain is None:
        return snake(layer.name)
    if layer.shared is not None:
        return layer.shared.rpartition("/")[2]
    called = target.function if isinstance(target, ast.Call) else target
    return snake(called.name) if isinstance(called, ast.Name) else CHAIN


def repeated(body: Body, expr: ast.Binary, layer: LayerValue) -> Value:
    """`layer * n`: a chain of n such layers, each with weights of its own."""
    count = repetitions(body, expr.right)
    if count is None:
        return POISON
    link = Link(layer, count, base_of(layer, expr.left), None, expr.left.span)
    return static(body, expr.span, lambda: chain_value((link,), expr))


def chain_value(links: tuple[Link, ...], expr: ast.Expr) -> LayerValue:
    """The chain of some layers, written as `expr`."""
    return LayerValue(None, None, (), expr.span, chain=Chain(links, expr))


def refuse_arithmetic(body: Body, expr: ast.Binary, left: Value, right: Value) -> Poison:
    """Reports arithmetic with a layer."""
    sides = ((expr.left, left), (expr.right, right))
    side, layer = next(pair for pair in sides if isinstance(pair[1], LayerValue))
    tensor = next((part for part, value in sides if isinstance(value, TensorValue)), None)

    def written(x: str) -> str:
        parts = [
            f"({behind(x, part)})" if isinstance(value, LayerValue) else flat(part, POSTFIX)
            for part, value in sides
        ]
        return f" {expr.op} ".join(parts)

    works_on = "needs numbers" if tensor is None else "works on tensors and numbers"
    return body.fault(
        Code.WRONG_TYPE,
        f"`{expr.op}` {works_on}, and one side is {kind_of(layer)}",
        expr.span if tensor is None else side.span,
        "wrong type" if tensor is None else "not a tensor or number",
        help=block_help(body, [expr], written)
        if tensor is None
        else f"give it a tensor, as in `({behind(flat(tensor, POSTFIX), side)})`",
    )
