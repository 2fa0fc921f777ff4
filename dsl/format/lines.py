"""Expressions and signatures broken into lines, with the comments inside them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..syntax.ast import (
    Arg,
    Binary,
    Call,
    Comment,
    Definition,
    Expr,
    Labelled,
    ListExpr,
    Pipeline,
    Stage,
    TupleExpr,
    WeightDef,
)
from ..text.source import Span
from .expressions import (
    BINARY,
    CONDITIONAL,
    PIPELINE,
    POSTFIX,
    binding,
    flat,
    flat_arg,
    flat_param,
    flat_result,
    flat_stage,
    flat_type,
    stage_end,
    whole,
)

WIDTH = 100
STEP = "  "


@dataclass(slots=True)
class Line:
    """One line of output: its code, and the comment behind it."""

    code: str
    comment: str = ""


def same_line(span: Span, end: int, start: int) -> bool:
    """Whether no line ends between two offsets of a span's source."""
    return "\n" not in span.source.text[end:start]


def _begins_line(stage: Stage) -> bool:
    text = stage.span.source.text
    line = text.rfind("\n", 0, stage.span.start) + 1
    return line > 0 and not text[line : stage.span.start].strip()


def _is_broken(expr: Expr) -> bool:
    """Whether it is a pipeline with a stage that begins a line."""
    return isinstance(expr, Pipeline) and any(map(_begins_line, expr.stages))


@dataclass(slots=True)
class Breaker:
    """Breaks one statement's expressions; `placed` are the starts of the comments it could keep."""

    comments: Sequence[Comment]
    placed: set[int] = field(default_factory=set)

    def lines(self, prefix: str, expr: Expr, suffix: str, indent: str) -> list[Line]:
        """`prefix expr suffix`, for a statement at `indent`.

        A pipeline keeps the line breaks that its author made.
        """
        return self._lines(prefix, expr, suffix, indent, PIPELINE, _is_broken(expr))

    def sequence(self, prefix: str, exprs: Sequence[Expr], suffix: str, indent: str) -> list[Line]:
        """`prefix a, b, c suffix`: on one line, or each on its own where the author broke it."""
        if len(exprs) == 1:
            return self.lines(prefix, exprs[0], suffix, indent)
        text = prefix + ", ".join(map(flat, exprs)) + suffix
        first, last = whole(exprs[0]), whole(exprs[-1])
        commented = bool(self._between(first.start, last.end))
        pairs = itertools.pairwise(exprs)
        together = all(same_line(first, whole(a).end, whole(b).start) for a, b in pairs)
        together = together and not any(map(_is_broken, exprs))
        if len(text) <= WIDTH and together and not commented:
            return [Line(text)]
        inner = indent + STEP
        lines: list[Line] = []
        for index, expr in enumerate(exprs):
            if index:
                before, here = whole(exprs[index - 1]).end, whole(expr).start
                self._place(lines, before, here, first, inner)
            start, end = inner if index else prefix, suffix if expr is exprs[-1] else ","
            lines += self._lines(start, expr, end, inner, PIPELINE, _is_broken(expr))
        return lines

    def _between(self, start: int, end: int) -> list[Comment]:
        return [c for c in self.comments if start <= c.span.start < end]

    def _lines(
        self,
        prefix: str,
        expr: Expr,
        suffix: str,
        indent: str,
        at_least: int,
        broken: bool = False,
    ) -> list[Line]:
        text = prefix + flat(expr, at_least) + suffix
        around = whole(expr)
        commented = bool(self._between(around.start, around.end))
        if len(text) <= WIDTH and not broken and not commented:
            return [Line(text)]
        if binding(expr) < at_least:
            return self._lines(prefix + "(", expr, ")" + suffix, indent, PIPELINE, broken)
        inner = indent + STEP
        match expr:
            case Pipeline() if expr.in_parentheses:
                lines = [Line(prefix + "(")]
                self._place(lines, expr.outer.start, expr.span.start, expr.outer, inner)
                lines += self._pipeline(inner, expr, "", inner, broken)
                self._place(lines, expr.span.end, expr.outer.end, expr.outer, inner)
                return [*lines, Line(f"{indent}){suffix}")]
            case Pipeline():
                return self._pipeline(prefix, expr, suffix, indent, broken)
            case Labelled():
                labelled = f" as {expr.label.name}{suffix}"
                return self._lines(prefix, expr.value, labelled, indent, CONDITIONAL)
            case Call() if expr.args:
                args = [(arg.span, self._arg(arg, inner)) for arg in expr.args]
                head = prefix + flat(expr.function, POSTFIX) + "("
                start = expr.function.span.end
                return self._bracket(head, args, ")" + suffix, indent, start, expr.span)
            case ListExpr() | TupleExpr() if expr.items:
                open, close = "[]" if isinstance(expr, ListExpr) else "()"
                items = [
                    (whole(item), self._lines(inner, item, ",", inner, PIPELINE))
                    for item in expr.items
                ]
                start = expr.span.start
                return self._bracket(prefix + open, items, close + suffix, indent, start, expr.span)
            case Binary():
                _, left, right = BINARY[expr.op]
                lines = [Line(f"{prefix}{flat(expr.left, left)} {expr.op} ")]
                around = whole(expr.left)
                if self._between(around.start, around.end):
                    lines = self._lines(prefix, expr.left, f" {expr.op} ", indent, left)
                last = lines.pop().code
                return lines + self._lines(last, expr.right, suffix, indent, right)
        return [Line(text)]

    def _arg(self, arg: Arg, indent: str) -> list[Line]:
        return self._lines(indent + arg.label, arg.value, ",", indent, PIPELINE)

    def _pipeline(
        self, prefix: str, expr: Pipeline, suffix: str, indent: str, broken: bool
    ) -> list[Line]:
        inner = indent + STEP
        lines = self._lines(prefix, expr.head, "", indent, CONDITIONAL)
        end = whole(expr.head).end
        for group in _groups(expr.stages, broken):
            together = " ".join(map(flat_stage, group))
            first, last = group[0].span, group[-1].span
            joined = broken and not _begins_line(group[0])
            start = lines[-1].code + " " if joined else inner
            if not joined:
                self._place(lines, end, first.start, first, inner)
            if len(start + together) <= WIDTH and not self._between(first.start, last.end):
                lines[-1 if joined else len(lines) :] = [Line(start + together)]
            else:
                for stage in group:
                    if stage is not group[0]:
                        self._place(lines, end, stage.span.start, first, inner)
                    lines += self._lines(
                        inner + "-> ", stage.target, stage_end(stage), inner, POSTFIX
                    )
                    end = stage.span.end
            end = last.end
        lines[-1].code += suffix
        return lines

    def _bracket(
        self,
        open: str,
        items: list[tuple[Span, list[Line]]],
        close: str,
        indent: str,
        start: int,
        around: Span,
    ) -> list[Line]:
        lines = [Line(open)]
        end = start
        for span, item in items:
            self._place(lines, end, span.start, around, indent + STEP)
            lines += item
            end = span.end
        self._place(lines, end, around.end, around, indent + STEP)
        return [*lines, Line(indent + close)]

    def _place(self, lines: list[Line], end: int, start: int, span: Span, indent: str) -> None:
        """Put the comments between two offsets behind the last line, or on lines of their own."""
        for comment in self._between(end, start):
            self.placed.add(comment.span.start)
            if same_line(span, end, comment.span.start) and not lines[-1].comment:
                lines[-1].comment = comment.text
            else:
                lines.append(Line(indent + comment.text))


def _groups(stages: Sequence[Stage], broken: bool) -> list[list[Stage]]:
    """The stages that share a line: as the author had them, or else each alone."""
    groups: list[list[Stage]] = []
    for stage in stages:
        if groups and broken and not _begins_line(stage):
            groups[-1].append(stage)
        else:
            groups.append([stage])
    return groups


def head_lines(node: Definition) -> list[Line]:
    """A signature up to its `{`, at the left margin."""
    params = list(map(flat_param, node.params))
    results = list(map(flat_result, node.results or ()))
    start = f"{node.kind} {node.name.name}("
    result = f"({', '.join(results)})" if len(results) != 1 else results[0]
    result = "" if node.results is None else f"-> {result} "
    first = f"{start}{', '.join(params)})"
    if len(f"{first} {result}{{") <= WIDTH:
        return [Line(f"{first} {result}{{")]
    second, last = f"{STEP * 2}{result}{{", f") {result}{{"
    broken = [Line(start), *(Line(f"{STEP}{param},") for param in params)]
    several = len(results) > 1
    if len(first) <= WIDTH and result and (len(second) <= WIDTH or not several):
        return [Line(first), Line(second)]
    if len(last) <= WIDTH or not several:
        return [*broken, Line(last)]
    above = [Line(f"{first} -> (")] if len(first) <= WIDTH - 5 else [*broken, Line(") -> (")]
    return [*above, *(Line(f"{STEP}{each},") for each in results), Line(") {")]


def weight_lines(node: WeightDef, indent: str) -> list[Line]:
    """A `weight` with options: on one line, or each option on its own."""
    prefix = f"{indent}weight {node.name.name}: {flat_type(node.type)} = "
    whole = prefix + ", ".join([flat(node.value), *map(flat_arg, node.options)])
    if len(whole) <= WIDTH:
        return [Line(whole)]
    breaker = Breaker(())
    lines = breaker.lines(prefix, node.value, ",", indent)
    inner = indent + STEP
    for option in node.options:
        name = "" if option.name is None else f"{option.name.name}="
        end = "" if option is node.options[-1] else ","
        lines += breaker.lines(inner + name, option.value, end, inner)
    return lines


def align_comments(lines: list[Line]) -> None:
    """Begin the comments behind adjacent lines in one column."""
    run: list[Line] = []
    for line in [*lines, Line("")]:
        if line.comment:
            run.append(line)
            continue
        width = max((len(line.code) for line in run), default=0)
        for line in run:
            line.code = line.code.ljust(width)
        run = []
