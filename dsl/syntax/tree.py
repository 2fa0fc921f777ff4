"""The syntax tree's makers: one method a rule of grammar.lark, called with its span and parts."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias, cast

from ..diagnostics.codes import Code
from ..diagnostics.diagnostic import Diagnostic, Fix
from ..text.source import Span
from .ast import (
    AnyDim,
    Arg,
    Assert,
    Assign,
    Attribute,
    Binary,
    Bool,
    Call,
    Conditional,
    Const,
    Definition,
    Dim,
    EllipsisLiteral,
    Expect,
    Expr,
    ExprStatement,
    For,
    Ident,
    If,
    Import,
    ImportName,
    Index,
    Labelled,
    LayerDef,
    ListExpr,
    Name,
    NoneLiteral,
    Number,
    Param,
    Phase,
    Pipeline,
    Repeat,
    Result,
    Return,
    Setting,
    Slice,
    Stage,
    Statement,
    StaticTypeExpr,
    String,
    TensorTypeExpr,
    Train,
    TupleExpr,
    TypeExpr,
    Unary,
    WeightDef,
)
from .literals import PYTHON_LITERALS, number_value, string_value

# ruff: noqa: D102  (the class says what all its methods do)

_BATCH = r"(?:\b(?:float|int|uint|bfloat|bool)\d*|:|->)[ \t]*\[[ \t]*$"
"""What stands before the batch in the shape of a tensor."""

NUMBERS: dict[str, int | float] = {}
"""The values of numbers that texts hold."""
MOST_NUMBERS, MOST_DIGITS = 1000, 20
"""Numbers that are kept, and characters of one."""

_Origin: TypeAlias = tuple[str, bool, Span]
_Head: TypeAlias = tuple[Span, Span, tuple[Param, ...], tuple[Result, ...] | None, Span]


def ident(span: Span) -> Ident:
    """The name at a span."""
    return Ident(span.text, span)


def _optional(span: Span | None) -> Ident | None:
    return None if span is None else Ident(span.text, span)


class TreeMaker:
    """Makes syntax nodes; faults that need no other parse are collected in `problems`.

    A method gets the span of its rule and the values of the rule's parts, in order: a node for a
    rule, a span for a terminal, None for an optional part that is absent. A rule without a method
    makes a tuple of its parts.
    """

    def __init__(self) -> None:
        self.problems: list[Diagnostic] = []
        self._any_quoted = False

    def _problem(self, message: str, span: Span, help: str, fix: Fix | None = None) -> None:
        code = Code.UNEXPECTED_TOKEN
        self.problems.append(Diagnostic(code, message, span, help=help, fix=fix))

    # Top level

    def import_(self, span: Span, origin: _Origin, *names: ImportName) -> Import:
        return Import(*origin, names, span)

    def import_name(self, span: Span, name: Span, alias: Span | None) -> ImportName:
        return ImportName(ident(name), _optional(alias))

    def path_origin(self, span: Span, path: Span) -> _Origin:
        return string_value(path, self.problems), True, span

    def module_origin(self, span: Span, *names: Span) -> _Origin:
        return ".".join(name.text for name in names), False, span

    def const(self, span: Span, name: Span, value: Expr) -> Const:
        return Const(ident(name), value, span)

    def definition(self, span: Span, head: _Head, body: tuple[Statement, ...]) -> Definition:
        kind, name, params, results, head_span = head
        word: Literal["net", "block"] = "net" if kind.text == "net" else "block"
        return Definition(word, ident(name), params, results, body, span, head_span)

    def head(
        self,
        span: Span,
        kind: Span,
        name: Span,
        params: tuple[Param, ...] | None,
        results: tuple[Result, ...] | None,
    ) -> _Head:
        return kind, name, params or (), results, span

    def param(self, span: Span, name: Span, type: TypeExpr, default: Expr | None) -> Param:
        return Param(ident(name), type, default, span)

    def result(self, span: Span, name: Span | None, type: TypeExpr) -> Result:
        return Result(_optional(name), self._tensor_type("result", type), span)

    def _tensor_type(self, what: str, type: TypeExpr) -> TensorTypeExpr:
        """The type of what can only be a tensor."""
        if isinstance(type, TensorTypeExpr):
            return type
        sizes = {"result": "[N, 10]", "weight": "[64]"}[what]
        help = f"write the shape of the {what}, as in `{sizes}`"
        self._problem(f"a {what} is a tensor, not a list", type.span, help)
        return TensorTypeExpr(type.name, (), type.span)

    def bare_type(self, span: Span, name: Span) -> StaticTypeExpr:
        return StaticTypeExpr(ident(name), None, span)

    def tensor_type(self, span: Span, dtype: Span | None, dims: tuple[Dim, ...] | None) -> TypeExpr:
        if dtype is not None and dtype.text == "list":
            items = [self._static_type(dim) for dim in dims or ()]
            if len(items) != 1 or items[0] is None:
                help = "write one static type, as in `list[int]`"
                self._problem("`list[...]` holds one type", span, help)
            return StaticTypeExpr(ident(dtype), items[0] if items else None, span)
        plain = tuple(
            AnyDim(dim.span) if isinstance(dim, Name) and dim.name == "_" else dim
            for dim in dims or ()
        )
        return TensorTypeExpr(_optional(dtype), plain, span)

    def _static_type(self, dim: Dim) -> StaticTypeExpr | None:
        """The type that was parsed as the one dim of `list[...]`, or None where it is no type."""
        outer: list[Index] = []
        while isinstance(dim, Index) and isinstance(dim.value, Name) and len(dim.items) == 1:
            outer.append(dim)
            inner = dim.items[0]
            if isinstance(inner, Slice) or dim.value.name != "list":
                return None
            dim = inner
        if not isinstance(dim, Name):
            return None
        type = StaticTypeExpr(Ident(dim.name, dim.span), None, dim.span)
        for index in reversed(outer):
            word = cast("Name", index.value)
            type = StaticTypeExpr(Ident(word.name, word.span), type, index.span)
        return type

    # Statements

    def assign(self, span: Span, targets: tuple[Span, ...], value: Expr) -> Assign:
        return Assign(tuple(map(ident, targets)), value, span)

    def layer(self, span: Span, name: Span, value: Expr) -> LayerDef:
        return LayerDef(ident(name), value, span)

    def weight(
        self, span: Span, name: Span, type: TypeExpr, value: Expr, *options: Arg
    ) -> WeightDef:
        return WeightDef(ident(name), self._tensor_type("weight", type), value, options, span)

    def for_(
        self, span: Span, targets: tuple[Span, ...], iterable: Expr, body: tuple[Statement, ...]
    ) -> For:
        return For(tuple(map(ident, targets)), iterable, body, span)

    def repeat(self, span: Span, count: Expr, body: tuple[Statement, ...]) -> Repeat:
        return Repeat(count, body, span)

    def if_(
        self,
        span: Span,
        condition: Expr,
        then: tuple[Statement, ...],
        other: tuple[Statement, ...] | If | None,
    ) -> If:
        return If(condition, then, (other,) if isinstance(other, If) else other, span)

    def assert_(self, span: Span, condition: Expr, message: Expr | None) -> Assert:
        return Assert(condition, message, span)

    def return_(self, span: Span, *values: Expr) -> Return:
        return Return(values, span)

    def bare(self, span: Span, value: Expr) -> ExprStatement:
        if not isinstance(value, Pipeline):
            help = "name the value, as in `y = ...`, or delete the line"
            fix = None
            head = value.function if isinstance(value, Call) else value
            if isinstance(head, Name) and head.name[:1].isupper():
                help = "if it goes on with the line above, begin it with `->`; else name the value"
                fix = Fix(Span(span.source, span.start, span.start), "-> ")
            message = "this statement has no effect"
            self.problems.append(Diagnostic(Code.BAD_STATEMENT, message, span, help=help, fix=fix))
        return ExprStatement(value, span)

    # Contracts and recipes

    def expect(self, span: Span, net: Span, args: tuple[Arg, ...] | None, *lines: Expr) -> Expect:
        self._unquoted(args or ())
        return Expect(ident(net), self._in_order(args or ()), lines, span)

    def train(
        self, span: Span, first: Span, second: Span | None, *entries: Setting | Phase
    ) -> Train:
        if second is None:
            return Train(None, ident(first), entries, span)
        return Train(ident(first), ident(second), entries, span)

    def setting(self, span: Span, key: Span, value: Expr) -> Setting:
        return Setting(ident(key), value, span)

    def phase(self, span: Span, name: Span, *settings: Setting) -> Phase:
        return Phase(ident(name), settings, span)

    # Expressions

    def pipeline(self, span: Span, head: Expr, *stages: Stage) -> Pipeline:
        return Pipeline(head, stages, span, span)

    def labelled(self, span: Span, value: Expr, label: Span) -> Labelled:
        return Labelled(value, ident(label), span)

    def group(self, span: Span, pipeline: Pipeline) -> Pipeline:
        return Pipeline(pipeline.head, pipeline.stages, pipeline.span, span)

    def stage(self, span: Span, target: Expr, repeat: Expr | None, label: Span | None) -> Stage:
        return Stage(target, repeat, _optional(label), span)

    def conditional(self, span: Span, then: Expr, condition: Expr, other: Expr) -> Conditional:
        return Conditional(condition, then, other, span)

    def binary(self, span: Span, left: Expr, op: Span, right: Expr) -> Binary:
        return Binary(op.text, left, right, op, span)

    def unary(self, span: Span, op: Span, operand: Expr) -> Unary:
        return Unary(cast("Literal['-', '+', 'not']", op.text), operand, span)

    def call(self, span: Span, function: Expr, args: tuple[Arg, ...] | None) -> Call:
        if self._any_quoted and (not isinstance(function, Name) or function.name != "per_output"):
            self._unquoted(args or ())
        return Call(function, self._in_order(args or ()), span)

    def positional(self, span: Span, value: Expr) -> Arg:
        return Arg(None, value, span)

    def keyword(self, span: Span, name: Span, value: Expr) -> Arg:
        return Arg(ident(name), value, span)

    def path_keyword(self, span: Span, path: Span, value: Expr) -> Arg:
        self._any_quoted = True
        return Arg(Ident(string_value(path, self.problems), path), value, span)

    def _unquoted(self, args: tuple[Arg, ...]) -> None:
        for arg in args:
            if arg is not None and arg.quoted:
                assert arg.name is not None
                message = "the name of an argument has no quotes; `per_output` alone takes some"
                self._problem(message, arg.name.span, f"write `{arg.name.name}`")

    def _in_order(self, args: tuple[Arg, ...]) -> tuple[Arg, ...]:
        named = None
        for arg in args:
            if arg is None:
                continue
            if arg.name is not None:
                named = arg.name
            elif named is not None:
                message = f"an argument without a name follows the named argument `{named.name}`"
                help = "put the arguments without names first, or name this one too"
                self._problem(message, arg.span, help)
                break
        return args

    def index(
        self, span: Span, value: Expr, items: tuple[Expr | Slice | EllipsisLiteral, ...]
    ) -> Index:
        return Index(value, items, span)

    def slice(self, span: Span, start: Expr | None, stop: Expr | None, step: Expr | None) -> Slice:
        return Slice(start, stop, step, span)

    def ellipsis(self, span: Span) -> EllipsisLiteral:
        return EllipsisLiteral(span)

    def attribute(self, span: Span, value: Expr, name: Span) -> Attribute:
        return Attribute(value, ident(name), span)

    def name(self, span: Span, name: Span) -> Name:
        text = name.text
        word = PYTHON_LITERALS.get(text)
        if word is not None:
            message = f"`{text}` is not a word of the language"
            if text == "None" and re.search(_BATCH, name.source.text[: name.start]):
                help = "give the size a name: write `N`"
                self._problem("`None` is not a size", name, help, Fix(name, "N"))
            else:
                self._problem(message, name, f"write `{word}`", Fix(name, word))
        return Name(text, name)

    def number(self, span: Span, number: Span) -> Number:
        known = len(self.problems)
        value = number_value(number, self.problems)
        if known == len(self.problems) and number.end - number.start < MOST_DIGITS:
            if len(NUMBERS) >= MOST_NUMBERS:
                NUMBERS.clear()
            NUMBERS[number.text] = value
        return Number(value, number)

    def string(self, span: Span, string: Span) -> String:
        return String(string_value(string, self.problems), string)

    def true(self, span: Span) -> Bool:
        return Bool(True, span)

    def false(self, span: Span) -> Bool:
        return Bool(False, span)

    def none(self, span: Span) -> NoneLiteral:
        return NoneLiteral(span)

    def tuple_(self, span: Span, *items: Expr) -> TupleExpr:
        return TupleExpr(items, span)

    def list_(self, span: Span, *items: Expr) -> ListExpr:
        return ListExpr(items, span)
