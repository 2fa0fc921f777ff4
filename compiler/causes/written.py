"""The text behind a layer: its call, the statements around it, and edits of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..link.names import expressions, own_expressions, statements
from ..ops.base.op import Op, arguments


@dataclass(frozen=True, slots=True)
class StageAt:
    """A layer in a pipeline: the `index`-th stage."""

    pipeline: ast.Pipeline
    index: int


@dataclass(frozen=True, slots=True)
class Written:
    """The files of a project, as they were parsed."""

    files: tuple[ast.File, ...]

    def definition(self, span: Span) -> ast.Definition | None:
        """The net or block that holds a place."""
        for file in self.files:
            if file.source is span.source:
                for item in file.items:
                    if isinstance(item, ast.Definition) and inside(span, item.span):
                        return item
        return None

    def expression(self, span: Span) -> ast.Expr | None:
        """The call or name that stands at a place."""
        definition = self.definition(span)
        for expr in _expressions(definition, span):
            if expr.span == span and isinstance(expr, ast.Call | ast.Name | ast.Attribute):
                return expr
        return None

    def layer(self, span: Span) -> ast.Expr | None:
        """The call or bare name that made a layer used at a place, where that is in the text.

        A name that is set once in its net or block leads to what it is set to.
        """
        expr = self.expression(span)
        definition = self.definition(span)
        if not isinstance(expr, ast.Name) or definition is None:
            return expr
        set_to: list[ast.Expr] = []
        for statement in statements(definition.body):
            if isinstance(statement, ast.Assign | ast.LayerDef):
                targets = statement.targets if isinstance(statement, ast.Assign) else ()
                named = [statement.name] if isinstance(statement, ast.LayerDef) else targets
                if any(target.name == expr.name for target in named):
                    set_to.append(statement.value)
        if not set_to:
            params = {param.name.name for param in definition.params}
            return None if expr.name in params else expr
        return set_to[0] if len(set_to) == 1 and isinstance(set_to[0], ast.Call) else None

    def stage(self, span: Span) -> StageAt | None:
        """The stage of a pipeline whose layer stands at a place."""
        for expr in _expressions(self.definition(span), span):
            if isinstance(expr, ast.Pipeline):
                for index, stage in enumerate(expr.stages):
                    if stage.target.span == span:
                        return StageAt(expr, index)
        return None

    def around(self, span: Span) -> list[ast.For | ast.Repeat]:
        """The loops around a place, the innermost last."""
        definition = self.definition(span)
        if definition is None:
            return []
        return [
            statement
            for statement in statements(definition.body)
            if isinstance(statement, ast.For | ast.Repeat)
            and any(inside(span, part.span) for part in statement.body)
        ]


def neighbours(
    body: Sequence[ast.Statement],
) -> Iterator[tuple[ast.Statement, ast.Statement]]:
    """Each two statements that follow one another, those in loops and branches too."""
    yield from pairwise(body)
    for statement in body:
        if isinstance(statement, ast.If):
            yield from neighbours(statement.then)
            yield from neighbours(statement.other or ())
        elif isinstance(statement, ast.For | ast.Repeat):
            yield from neighbours(statement.body)


def inside(inner: Span, outer: Span) -> bool:
    """Whether a place lies in another."""
    return outer.source is inner.source and outer.start <= inner.start and inner.end <= outer.end


def _expressions(definition: ast.Definition | None, span: Span) -> Iterator[ast.Expr]:
    """The expressions of the statements around a place."""
    if definition is None:
        return
    for statement in statements(definition.body):
        if inside(span, statement.span):
            for root in own_expressions(statement):
                if inside(span, root.span):
                    yield from expressions(root)


def argument_of(expr: ast.Expr, op: Op, name: str) -> ast.Arg | None:
    """The argument of a call by its name or its position; None where it is not given."""
    if not isinstance(expr, ast.Call):
        return None
    known = list(arguments(type(op)))
    positional = [arg for arg in expr.args if arg.name is None]
    for arg in expr.args:
        if arg.name is not None and arg.name.name == name:
            return arg
    index = known.index(name) if name in known else len(positional)
    return positional[index] if index < len(positional) else None


def with_argument(expr: ast.Expr, op: Op, name: str, text: str) -> Fix:
    """Gives a call an argument, in the place of the one it has."""
    given = argument_of(expr, op, name)
    if given is not None:
        return Fix(given.value.span, text)
    said, span = f"{name}={text}", expr.span
    if not isinstance(expr, ast.Call):
        return Fix(_behind(span), f"({said})")
    if expr.args:
        return Fix(_behind(expr.args[-1].span), f", {said}")
    closing = Span(span.source, span.end - 1, span.end - 1)
    return Fix(closing, said)


def shown(expr: ast.Expr, fixes: Iterable[Fix]) -> str:
    """The text of an expression after some edits inside it, on one line."""
    return " ".join(edited(expr.span, fixes).split())


def together(fixes: Sequence[Fix]) -> Fix | None:
    """Several edits of one file as one; None where they are in several, or there are none."""
    if not fixes or any(fix.span.source is not fixes[0].span.source for fix in fixes):
        return None
    if len(fixes) == 1:
        return fixes[0]
    start, end = min(f.span.start for f in fixes), max(f.span.end for f in fixes)
    whole = Span(fixes[0].span.source, start, end)
    return Fix(whole, edited(whole, fixes))


def before_stage(at: StageAt, text: str) -> Fix:
    """Puts layers in front of a stage: `text` is what stands between the arrows."""
    start = at.pipeline.stages[at.index].target.span
    return Fix(Span(start.source, start.start, start.start), f"{text} -> ")


def without_stage(at: StageAt) -> Fix:
    """Takes a stage out of its pipeline, with its arrow."""
    stages = at.pipeline.stages
    before = at.pipeline.head.span if at.index == 0 else stages[at.index - 1].span
    source, start, end = before.source, before.end, stages[at.index].span.end
    between = source.text[start : stages[at.index].target.span.start]
    if "#" in between:
        start += between.rindex("->")
    return Fix(Span(source, start, end), "")


def _behind(span: Span) -> Span:
    return Span(span.source, span.end, span.end)


def edited(span: Span, fixes: Iterable[Fix]) -> str:
    """The text of a place after the edits inside it."""
    text = span.text
    for fix in sorted(set(fixes), key=lambda fix: fix.span.start, reverse=True):
        if inside(fix.span, span):
            start, end = fix.span.start - span.start, fix.span.end - span.start
            text = text[:start] + fix.text + text[end:]
    return text
