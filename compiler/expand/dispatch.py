"""Which function evaluates which expression: the one table of it."""

from __future__ import annotations

from collections.abc import Mapping

from ...dsl.diagnostics.findings import Findings
from ...dsl.syntax import ast
from ..ir.growing import GrowingGraph
from ..link.module import Module
from ..link.project import Project
from .body import MAX_LAYERS, Body, Evaluator, Expansion
from .calls import attribute, call
from .expressions import (
    binary,
    conditional,
    labelled,
    list_of,
    literal,
    name,
    nothing,
    tuple_of,
    unary,
)
from .indexing import subscript
from .pipelines import pipeline
from .replay import Callee

EVALUATORS: Mapping[type, Evaluator] = {
    ast.Attribute: attribute,
    ast.Binary: binary,
    ast.Bool: literal,
    ast.Call: call,
    ast.Conditional: conditional,
    ast.Index: subscript,
    ast.Labelled: labelled,
    ast.ListExpr: list_of,
    ast.Name: name,
    ast.NoneLiteral: nothing,
    ast.Number: literal,
    ast.Pipeline: pipeline,
    ast.String: literal,
    ast.TupleExpr: tuple_of,
    ast.Unary: unary,
}


def new_body(
    project: Project,
    module: Module,
    findings: Findings,
    definition: ast.Definition | None = None,
    *,
    max_layers: int = MAX_LAYERS,
    calls: tuple[Callee, ...] = (),
) -> Body:
    """A body with a graph of its own, in which a definition or single expressions can be run."""
    name = "" if definition is None else definition.name.name
    expansion = Expansion(project, module, findings, GrowingGraph(name), EVALUATORS, max_layers)
    return Body(expansion, module, definition, calls=calls)
