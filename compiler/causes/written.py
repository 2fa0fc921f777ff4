"""The text behind a layer: its call, the statements around it, and edits of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.diagnostics.edits import edited
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..link.names import expressions, own_expressions
from ..ops.base.op import Op, arguments
from .text import Loop, Text


@dataclass(frozen=True, slots=True)
class StageAt:
    """A layer in a pipeline: the `index`-th stage."""

    pipeline: ast.Pipeline
    index: int


@dataclass
class Written:
    """The files of a project, as they were parsed; what is looked up in them is kept."""

    files: tuple[ast.File, ...]
    _definitions: dict[str, tuple[list[int], list[ast.Definition]]] = field(default_factory=dict)
    _bodies: dict[int, Text] = field(default_factory=dict)

    def definition(self, span: Span) -> ast.Definition | None:
        """The net or block that holds a place."""
        path = span.source.path
        if path not in self._definitions:
            items = [
                item for file in self.files if file.source is span.source for item in file.items
            ]
            found = [item for item in items if isinstance(item, ast.Definition)]
            self._definitions[path] = [item.span.start for item in found], found
        starts, definitions = self._definitions[path]
        at = bisect_right(starts, span.start) - 1
        return definitions[at] if at >= 0 and span.within(definitions[at].span) else None

    def text(self, definition: ast.Definition) -> Text:
        """The statements of a net or block."""
        if id(definition) not in self._bodies:
            self._bodies[id(definition)] = Text(definition)
        return self._bodies[id(definition)]

    def expression(self, span: Span) -> ast.Expr | None:
        """The call or name that stands at a place."""
        for expr in self._expressions(span):
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
        set_to = self.text(definition).set_to.get(expr.name, [])
        if not set_to:
            params = {param.name.name for param in definition.params}
            return None if expr.name in params else expr
        return set_to[0] if len(set_to) == 1 and isinstance(set_to[0], ast.Call) else None

    def stage(self, span: Span) -> StageAt | None:
        """The stage of a pipeline whose layer stands at a place."""
        for expr in self._expressions(span):
            if isinstance(expr, ast.Pipeline):
                for index, stage in enumerate(expr.stages):
                    if stage.target.span == span:
                        return StageAt(expr, index)
        return None

    def around(self, span: Span) -> tuple[Loop, ...]:
        """The loops around a place, the innermost last."""
        definition = self.definition(span)
        return () if definition is None else self.text(definition).loops(span)

    def _expressions(self, span: Span) -> Iterator[ast.Expr]:
        """The expressions of the statement at a place."""
        definition = self.definition(span)
        statement = None if definition is None else self.text(definition).at(span)
        for root in own_expressions(statement) if statement is not None else ():
            if span.within(root.span):
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
