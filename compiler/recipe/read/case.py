"""A case: a recipe under check, its settings as values with the places they were written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ....dsl.diagnostics.findings import Findings
from ....dsl.record import record
from ....dsl.syntax import ast
from ....dsl.text.source import Span
from ...expand.body import Body
from ...ir.graph import CheckedGraph, Output
from ...link.module import Module
from ...link.project import Project
from ...ops.base.declare import arguments
from ..objects.base import DataSource, Loss, Metric
from ..objects.find import class_of
from ..patterns import Matcher
from .settings import KEYS


@record
class Given:
    """A setting that is written: its value, and the expression."""

    value: object
    setting: ast.Setting

    @property
    def span(self) -> Span:
        """Where the value is written."""
        return self.setting.value.span

    def argument(self, name: str) -> Span:
        """Where an argument is written in the value; the whole value where it is not."""
        return argument_span(self.setting.value, name) or self.span


def argument_span(expr: ast.Expr, name: str) -> Span | None:
    """Where an argument stands in a call, a list of calls or a call inside a call."""
    if isinstance(expr, ast.Call):
        cls = class_of(expr.function.name) if isinstance(expr.function, ast.Name) else None
        known = list(arguments(cls)) if cls is not None else []
        for position, arg in enumerate(expr.args):
            if arg.name is None:
                if known[position : position + 1] == [name]:
                    return arg.span
            elif arg.name.name == name:
                return arg.span
        inner = [arg.value for arg in expr.args]
    elif isinstance(expr, ast.ListExpr | ast.TupleExpr):
        inner = list(expr.items)
    else:
        return None
    return next((s for s in (argument_span(part, name) for part in inner) if s is not None), None)


@record
class PerOutput:
    """`per_output(name=…)`: a value for each output that is named, with its expression."""

    values: Mapping[str, tuple[object, ast.Expr]]


@record
class Aim:
    """What one output is trained for, with the places where that was said."""

    output: Output
    """An output of the net, or a tensor inside it that is called by its path."""
    source: str
    """The output whose targets it takes."""
    loss: Loss
    loss_expr: ast.Expr
    weight: float
    metrics: tuple[Metric, ...]
    metrics_expr: ast.Expr | None
    weighted: tuple[Metric, ...] = ()
    """The metrics that count each sample by its weight."""
    weighted_expr: ast.Expr | None = None
    class_weight: tuple[float, ...] | str | None = None
    """What `per_output` says for this output."""
    terms: tuple[tuple[Loss, ast.Expr], ...] = ()
    """The losses that `loss` is the sum of, where it is one, and where each is written."""

    @property
    def measured(self) -> Iterator[tuple[Metric, ast.Expr | None, bool]]:
        """Each metric, where it is written, and whether it counts samples by their weights."""
        for metrics, expr, weighted in (
            (self.metrics, self.metrics_expr, False),
            (self.weighted, self.weighted_expr, True),
        ):
            items: Sequence[ast.Expr] = expr.items if isinstance(expr, ast.ListExpr) else ()
            for index, metric in enumerate(metrics):
                yield metric, items[index] if len(items) == len(metrics) else expr, weighted

    @property
    def parts(self) -> tuple[Aim, ...]:
        """The same for each loss of a sum; itself where there is but one."""
        parts = (replace(self, loss=loss, loss_expr=expr, terms=()) for loss, expr in self.terms)
        return tuple(parts) or (self,)


@record
class PhaseCase:
    """One phase with the settings it takes over from its recipe."""

    name: str
    given: Mapping[str, Given]
    aims: tuple[Aim, ...]
    frozen: frozenset[str]
    faulty: frozenset[str]
    """The settings that are written and at fault; they are not in `given`."""

    def value(self, key: str) -> object:
        """What a setting says, or its default."""
        return _value(self.given, key)


@record
class Case:
    """A recipe under check, with what its rules ask for."""

    project: Project
    module: Module
    item: ast.Train
    body: Body
    net: CheckedGraph
    """The net as it is compiled."""
    checked: CheckedGraph
    """The net as it is trained: with the inner tensors that have a loss as further outputs."""
    stages: tuple[PhaseCase, ...]
    given: Mapping[str, Given]
    """The settings of the recipe itself."""
    find: Matcher

    @property
    def findings(self) -> Findings:
        """Where findings go."""
        return self.body.expansion.findings

    def value(self, key: str) -> object:
        """What a setting of the recipe itself says, or its default."""
        return _value(self.given, key)

    def is_inner(self, aim: Aim) -> bool:
        """Whether a loss is on a tensor inside the net."""
        return aim.output not in self.net.graph.outputs

    @property
    def data(self) -> DataSource | None:
        """Where the samples come from; None where Python gives them."""
        value = self.value("data")
        return value if isinstance(value, DataSource) else None


def _value(given: Mapping[str, Given], key: str) -> object:
    return given[key].value if key in given else KEYS[key].default
