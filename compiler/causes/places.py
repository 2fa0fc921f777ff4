"""Layers as they are written, and whether tensors would fit if they were written otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..ir.graph import Node
from ..ops.base.op import Op
from ..ops.table import ALIASES, OPS
from ..shapes.dims import Shape
from .refused import Refused
from .whatif import behind, made_by, otherwise, would_be
from .written import argument_of

MAX_CANDIDATES = 40
"""How many layers are tried."""


@dataclass(frozen=True, slots=True)
class Place:
    """A layer as it is written: its call, and every use of that on the way to a tensor."""

    expr: ast.Expr
    nodes: tuple[Node, ...]
    wrapped: int
    """How many wrappers are around the layer that `expr` calls."""

    @property
    def op(self) -> Op:
        """The layer itself, without its wrappers."""
        op = self.nodes[0].op
        assert op is not None
        for _ in range(self.wrapped):
            op = held(op)
        return op

    @property
    def span(self) -> Span:
        """Where it is used."""
        return self.nodes[0].span

    def given(self, name: str) -> ast.Arg | None:
        """An argument as it is written."""
        return argument_of(self.expr, self.op, name)

    def otherwise(self, **changes: object) -> dict[str, Op] | None:
        """Its uses with some arguments changed; None where they cannot be."""
        made: dict[str, Op] = {}
        for node in self.nodes:
            assert node.op is not None
            changed = _changed(node.op, self.wrapped, changes)
            if changed is None:
                return None
            made[node.path] = changed
        return made


def places(refused: Refused, nodes: Iterable[Node]) -> list[Place]:
    """The layers that some nodes are uses of, those in the same net or block first."""
    by_span: dict[Span, list[Node]] = {}
    for node in nodes:
        if node.op is not None:
            by_span.setdefault(node.span, []).append(node)
    here = refused.definition.span
    spans = sorted(by_span, key=lambda span: not span.within(here))[:MAX_CANDIDATES]
    found = []
    for span in spans:
        same = by_span[span]
        place = _place(refused, same)
        if place is not None:
            found.append(place)
    return found


def fitting(refused: Refused, changed: dict[str, Op] | None) -> bool:
    """Whether the tensors would be taken with some layers changed."""
    if not changed:
        return False
    changes = {path: made_by(op) for path, op in changed.items()}
    types = would_be(refused.graph, [one.ref for one in refused.given], changes)
    return types is not None and refused.accepts(types)


def promised_sizes(refused: Refused) -> list[Shape]:
    """The sizes between batch and channels of the results that a net declares in numbers."""
    found: list[Shape] = []
    for result in refused.definition.results or ():
        numbers = [dim.value for dim in result.type.dims[1:-1] if isinstance(dim, ast.Number)]
        sizes = tuple(number for number in numbers if isinstance(number, int))
        if sizes and len(sizes) == len(result.type.dims) - 2:
            found.append(sizes)
    return found


def own(refused: Refused, nodes: Iterable[Node]) -> list[Node]:
    """Of some nodes those of the net or block whose result is refused; else all of them."""
    promise = refused.promise
    if promise is None or not promise.is_result:
        return list(nodes)
    return [node for node in nodes if node.span.within(promise.owner.span)]


def branches(refused: Refused) -> list[list[Node]]:
    """For each tensor at fault the nodes behind it that the others do not share.

    What a signature promises depends on what comes in, so that only its own layers count there.
    """
    found = [own(refused, behind(refused.graph, [one.ref])) for one in refused.inputs]
    paths = [{node.path for node in nodes} for nodes in found]
    return [
        [
            node
            for node in nodes
            if not any(node.path in paths[other] for other in range(len(paths)) if other != index)
        ]
        for index, nodes in enumerate(found)
    ]


def _place(refused: Refused, nodes: Sequence[Node]) -> Place | None:
    expr = refused.written.layer(nodes[0].span)
    wrapped = 0
    op = nodes[0].op
    while expr is not None and op is not None and held(op) is not op:
        if not isinstance(expr, ast.Call):
            return None
        given = argument_of(expr, op, "layer")
        if given is None:
            return None
        expr = given.value
        if not isinstance(expr, ast.Call | ast.Name):
            return None
        op, wrapped = held(op), wrapped + 1
    if expr is None or op is None or not _calls(expr, op):
        return None
    return Place(expr, tuple(nodes), wrapped)


def _calls(expr: ast.Expr, op: Op) -> bool:
    """Whether an expression is the call that makes an operator."""
    function = expr.function if isinstance(expr, ast.Call) else expr
    if not isinstance(function, ast.Name):
        return False
    return (OPS.get(function.name) or ALIASES.get(function.name)) is type(op)


def held(op: Op) -> Op:
    """The layer inside a wrapper; any other is itself."""
    inner = getattr(op, "layer", None)
    return inner if isinstance(inner, Op) else op


def _changed(op: Op, wrapped: int, changes: dict[str, object]) -> Op | None:
    if not wrapped:
        return otherwise(op, **changes)
    inner = _changed(held(op), wrapped - 1, changes)
    return None if inner is None else otherwise(op, layer=inner)
