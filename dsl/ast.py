"""The syntax tree: what the author wrote, nothing inferred, every node with its span."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from .source import Source, Span


@dataclass(frozen=True, slots=True)
class Ident:
    """A name where it is written."""

    name: str
    span: Span


# Expressions


@dataclass(frozen=True, slots=True)
class Number:
    value: int | float
    span: Span


@dataclass(frozen=True, slots=True)
class String:
    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Bool:
    value: bool
    span: Span


@dataclass(frozen=True, slots=True)
class NoneLiteral:
    span: Span


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class ListExpr:
    items: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class TupleExpr:
    items: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x`, `+x` or `not x`."""

    op: Literal["-", "+", "not"]
    operand: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Binary:
    """`left op right`, for arithmetic, comparison, `and` and `or` alike."""

    op: str
    left: Expr
    right: Expr
    op_span: Span
    span: Span


@dataclass(frozen=True, slots=True)
class Conditional:
    """`then if condition else other`."""

    condition: Expr
    then: Expr
    other: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Arg:
    """One argument of a call; `name` is None for a positional one."""

    name: Ident | None
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    function: Expr
    args: tuple[Arg, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Attribute:
    """`value.name`: a tap into a labelled value, or `onnx.Name`."""

    value: Expr
    name: Ident
    span: Span


@dataclass(frozen=True, slots=True)
class EllipsisLiteral:
    """`...` in an index or in a tensor type (any leading dims)."""

    span: Span


@dataclass(frozen=True, slots=True)
class Slice:
    start: Expr | None
    stop: Expr | None
    step: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class Index:
    value: Expr
    items: tuple[Expr | Slice | EllipsisLiteral, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Stage:
    """`-> target * repeat as label`; `target` is a layer, or a call with its static arguments."""

    target: Expr
    repeat: Expr | None
    label: Ident | None
    span: Span


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`head -> stage -> stage`; a head that is a tuple feeds several tensors."""

    head: Expr
    stages: tuple[Stage, ...]
    span: Span


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
    | Pipeline
)

# Types


@dataclass(frozen=True, slots=True)
class AnyDim:
    """`_` in a tensor type: any size."""

    span: Span


Dim: TypeAlias = "Expr | AnyDim | EllipsisLiteral"


@dataclass(frozen=True, slots=True)
class TensorTypeExpr:
    """`float32[N, 32]`; the dtype is None where it is left out (blocks)."""

    dtype: Ident | None
    dims: tuple[Dim, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class StaticTypeExpr:
    """`int`, `float`, `bool`, `string`, `layer`, or `list[item]`."""

    name: Ident
    item: StaticTypeExpr | None
    span: Span


TypeExpr: TypeAlias = TensorTypeExpr | StaticTypeExpr

# Statements


@dataclass(frozen=True, slots=True)
class Assign:
    """`name = value` or `h, c = value`."""

    targets: tuple[Ident, ...]
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class LayerDef:
    """`layer name = value`: one layer, shared by every use."""

    name: Ident
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class For:
    targets: tuple[Ident, ...]
    iterable: Expr
    body: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Repeat:
    count: Expr
    body: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class If:
    """`other` is None without an `else`; `else if` is an `If` alone in `other`."""

    condition: Expr
    then: tuple[Statement, ...]
    other: tuple[Statement, ...] | None
    span: Span


@dataclass(frozen=True, slots=True)
class Assert:
    condition: Expr
    message: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class Return:
    """`return a` or `return a, b`; `span` covers the whole statement."""

    values: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ExprStatement:
    """A pipeline for its labels' sake."""

    value: Expr
    span: Span


Statement: TypeAlias = Assign | LayerDef | For | Repeat | If | Assert | Return | ExprStatement

# Top level


@dataclass(frozen=True, slots=True)
class ImportName:
    name: Ident
    alias: Ident | None


@dataclass(frozen=True, slots=True)
class Import:
    """`from "./blocks.net" import A, B as C` (`is_path`) or `from zoo.vgg import VGG16`."""

    origin: str
    is_path: bool
    origin_span: Span
    names: tuple[ImportName, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Const:
    name: Ident
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of a net or block; tensor or static is told by `type`."""

    name: Ident
    type: TypeExpr
    default: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class Result:
    name: Ident | None
    type: TensorTypeExpr
    span: Span


@dataclass(frozen=True, slots=True)
class Definition:
    """A `net` or a `block`; `results` is None where the signature names none."""

    kind: Literal["net", "block"]
    name: Ident
    params: tuple[Param, ...]
    results: tuple[Result, ...] | None
    body: tuple[Statement, ...]
    span: Span
    head_span: Span


@dataclass(frozen=True, slots=True)
class Expect:
    """`expect Net(args) { comparison ... }`."""

    net: Ident
    args: tuple[Arg, ...]
    lines: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Setting:
    """`key = value` of a recipe."""

    key: Ident
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Phase:
    name: Ident
    settings: tuple[Setting, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Train:
    """`train Net { ... }` or `train Recipe for Net { ... }`."""

    recipe: Ident | None
    net: Ident
    entries: tuple[Setting | Phase, ...]
    span: Span


Item: TypeAlias = Import | Const | Definition | Expect | Train


@dataclass(frozen=True, slots=True)
class Comment:
    """A `#` comment, kept for the formatter."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class File:
    source: Source
    items: tuple[Item, ...]
    comments: tuple[Comment, ...]
