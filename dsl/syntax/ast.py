"""The syntax tree: what the author wrote, nothing inferred, every node with its span."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ..record import record
from ..text.source import Source, Span


@record
class Ident:
    """A name where it is written."""

    name: str
    span: Span


# Expressions


@record
class Number:
    """`224`, `0.5`, `10M`: an int where it is whole."""

    value: int | float
    span: Span


@record
class String:
    """`"text"`."""

    value: str
    span: Span


@record
class Bool:
    """`true` or `false`."""

    value: bool
    span: Span


@record
class NoneLiteral:
    """`none`."""

    span: Span


@record
class Name:
    """A name that is read."""

    name: str
    span: Span


@record
class ListExpr:
    """`[a, b]`."""

    items: tuple[Expr, ...]
    span: Span


@record
class TupleExpr:
    """`(a, b)`."""

    items: tuple[Expr, ...]
    span: Span


@record
class Unary:
    """`-x`, `+x` or `not x`."""

    op: Literal["-", "+", "not"]
    operand: Expr
    span: Span


@record
class Binary:
    """`left op right`, for arithmetic, comparison, `and` and `or` alike."""

    op: str
    left: Expr
    right: Expr
    op_span: Span
    span: Span


@record
class Conditional:
    """`then if condition else other`."""

    condition: Expr
    then: Expr
    other: Expr
    span: Span


@record
class Arg:
    """One argument of a call; `name` is None for a positional one."""

    name: Ident | None
    value: Expr
    span: Span

    @property
    def quoted(self) -> bool:
        """Whether the name is a path in quotes, as `per_output` takes them."""
        return self.name is not None and self.name.span.text.startswith('"')

    @property
    def label(self) -> str:
        """What is written before the value: the name with its `=`; empty without one."""
        if self.name is None:
            return ""
        return f"{self.name.span.text if self.quoted else self.name.name}="


@record
class Call:
    """`function(args)`."""

    function: Expr
    args: tuple[Arg, ...]
    span: Span


@record
class Attribute:
    """`value.name`: a tap into a labelled value, or `onnx.Name`."""

    value: Expr
    name: Ident
    span: Span


@record
class EllipsisLiteral:
    """`...` in an index or in a tensor type (any leading dims)."""

    span: Span


@record
class Slice:
    """`start:stop:step` in an index."""

    start: Expr | None
    stop: Expr | None
    step: Expr | None
    span: Span


@record
class Index:
    """`value[items]`."""

    value: Expr
    items: tuple[Expr | Slice | EllipsisLiteral, ...]
    span: Span


@record
class Stage:
    """`-> target * repeat as label`; `target` is a layer, or a call with its static arguments."""

    target: Expr
    repeat: Expr | None
    label: Ident | None
    span: Span


@record
class Labelled:
    """`layer as label`: the first layer of a chain, with its label."""

    value: Expr
    label: Ident
    span: Span


@record
class Pipeline:
    """`head -> stage -> stage`; a head that is a tuple feeds several tensors.

    Where the head is a layer and parentheses stand around it, it is a chain: a layer itself.
    `outer` is the span with those parentheses; `span` is without them.
    """

    head: Expr
    stages: tuple[Stage, ...]
    span: Span
    outer: Span

    @property
    def in_parentheses(self) -> bool:
        """Whether parentheses stand around it."""
        return self.outer is not self.span


Expr: TypeAlias = (
    Number
    | String
    | Bool
    | NoneLiteral
    | Name
    | ListExpr
    | TupleExpr
    | Unary
    | Binary
    | Conditional
    | Call
    | Attribute
    | Index
    | Labelled
    | Pipeline
)

# Types


@record
class AnyDim:
    """`_` in a tensor type: any size."""

    span: Span


Dim: TypeAlias = "Expr | AnyDim | EllipsisLiteral"


@record
class TensorTypeExpr:
    """`float32[N, 32]`; the dtype is None where it is left out (blocks)."""

    dtype: Ident | None
    dims: tuple[Dim, ...]
    span: Span


@record
class StaticTypeExpr:
    """`int`, `float`, `bool`, `string`, `layer`, or `list[item]`."""

    name: Ident
    item: StaticTypeExpr | None
    span: Span


TypeExpr: TypeAlias = TensorTypeExpr | StaticTypeExpr

# Statements


@record
class Assign:
    """`name = value` or `h, c = value`."""

    targets: tuple[Ident, ...]
    value: Expr
    span: Span


@record
class LayerDef:
    """`layer name = value`: one layer, shared by every use."""

    name: Ident
    value: Expr
    span: Span


@record
class WeightDef:
    """`weight name: [sizes] = initializer, option=value`."""

    name: Ident
    type: TensorTypeExpr
    value: Expr
    options: tuple[Arg, ...]
    span: Span


@record
class For:
    """`for targets in iterable { … }`."""

    targets: tuple[Ident, ...]
    iterable: Expr
    body: tuple[Statement, ...]
    span: Span


@record
class Repeat:
    """`repeat count { … }`."""

    count: Expr
    body: tuple[Statement, ...]
    span: Span


@record
class If:
    """`other` is None without an `else`; `else if` is an `If` alone in `other`."""

    condition: Expr
    then: tuple[Statement, ...]
    other: tuple[Statement, ...] | None
    span: Span


@record
class Assert:
    """`assert condition, message`."""

    condition: Expr
    message: Expr | None
    span: Span


@record
class Return:
    """`return a` or `return a, b`; `span` covers the whole statement."""

    values: tuple[Expr, ...]
    span: Span


@record
class ExprStatement:
    """A pipeline for its labels' sake."""

    value: Expr
    span: Span


Statement: TypeAlias = (
    Assign | LayerDef | WeightDef | For | Repeat | If | Assert | Return | ExprStatement
)

# Top level


@record
class ImportName:
    """`name` or `name as alias` of an import."""

    name: Ident
    alias: Ident | None


@record
class Import:
    """`from "./blocks.net" import A, B as C` (`is_path`) or `from zoo.vgg import VGG16`."""

    origin: str
    is_path: bool
    origin_span: Span
    names: tuple[ImportName, ...]
    span: Span


@record
class Const:
    """`const name = value`."""

    name: Ident
    value: Expr
    span: Span


@record
class Param:
    """A parameter of a net or block; tensor or static is told by `type`."""

    name: Ident
    type: TypeExpr
    default: Expr | None
    span: Span


@record
class Result:
    """A declared result, with its name where it has one."""

    name: Ident | None
    type: TensorTypeExpr
    span: Span


@record
class Definition:
    """A `net` or a `block`; `results` is None where the signature names none."""

    kind: Literal["net", "block"]
    name: Ident
    params: tuple[Param, ...]
    results: tuple[Result, ...] | None
    body: tuple[Statement, ...]
    span: Span
    head_span: Span


@record
class Expect:
    """`expect Net(args) { comparison ... }`."""

    net: Ident
    args: tuple[Arg, ...]
    lines: tuple[Expr, ...]
    span: Span


@record
class Setting:
    """`key = value` of a recipe."""

    key: Ident
    value: Expr
    span: Span


@record
class Phase:
    """`phase name { … }` of a recipe."""

    name: Ident
    settings: tuple[Setting, ...]
    span: Span


@record
class Train:
    """`train Net { ... }` or `train Recipe for Net { ... }`."""

    recipe: Ident | None
    net: Ident
    entries: tuple[Setting | Phase, ...]
    span: Span

    @property
    def ident(self) -> Ident:
        """What the recipe is called: its own name, or its net's where it has none."""
        return self.recipe or self.net


Item: TypeAlias = Import | Const | Definition | Expect | Train


@record
class Comment:
    """A `#` comment, kept for the formatter."""

    text: str
    span: Span


@record
class File:
    """One parsed file."""

    source: Source
    items: tuple[Item, ...]
    comments: tuple[Comment, ...]
