"""The layers of a chain: what their uses are called, and several of one in a row."""

from __future__ import annotations

from ...dsl.syntax import ast
from ..ir.paths import CHAIN, snake
from .body import Body
from .evaluate import repetitions, static
from .values import POISON, Chain, LayerValue, Link, Value


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
