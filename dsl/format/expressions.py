"""Expressions and types to text, on one line.

With as few parentheses as can be, but pipelines keep theirs: they make a layer a chain.
"""

from __future__ import annotations

from ..syntax.ast import (
    AnyDim,
    Arg,
    Attribute,
    Binary,
    Bool,
    Call,
    Conditional,
    Dim,
    EllipsisLiteral,
    Expr,
    Index,
    Labelled,
    ListExpr,
    Name,
    NoneLiteral,
    Number,
    Param,
    Pipeline,
    Result,
    Slice,
    Stage,
    StaticTypeExpr,
    String,
    TupleExpr,
    TypeExpr,
    Unary,
)
from ..text.source import Span

# How tightly each kind of expression binds; a looser one inside a tighter one gets parentheses.
PIPELINE, CONDITIONAL, OR, AND, NOT, COMPARISON, SUM, PRODUCT, UNARY, POWER, POSTFIX = range(11)
ATOM = 11
BINARY = {
    "or": (OR, OR, AND),
    "and": (AND, AND, NOT),
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), (COMPARISON, SUM, SUM)),
    **dict.fromkeys(("+", "-"), (SUM, SUM, PRODUCT)),
    **dict.fromkeys(("*", "/", "//", "%", "@"), (PRODUCT, PRODUCT, UNARY)),
    "**": (POWER, POSTFIX, UNARY),
}


def binding(expr: Expr) -> int:
    """How tightly an expression binds."""
    match expr:
        case Pipeline():
            return ATOM if expr.in_parentheses else PIPELINE
        case Conditional():
            return CONDITIONAL
        case Binary():
            return BINARY[expr.op][0]
        case Unary():
            return NOT if expr.op == "not" else UNARY
        case Call() | Index() | Attribute():
            return POSTFIX
    return ATOM


def whole(expr: Expr) -> Span:
    """The span of an expression, with the parentheses that a pipeline keeps."""
    return expr.outer if isinstance(expr, Pipeline) else expr.span


def flat(expr: Expr, at_least: int = PIPELINE) -> str:
    """An expression on one line, in parentheses if it binds looser than `at_least`."""
    text = _flat(expr)
    return f"({text})" if binding(expr) < at_least else text


def _flat(expr: Expr) -> str:
    match expr:
        case Name():
            return expr.name
        case Number() | String():
            return expr.span.text
        case Bool():
            return "true" if expr.value else "false"
        case NoneLiteral():
            return "none"
        case ListExpr():
            return f"[{', '.join(map(flat, expr.items))}]"
        case TupleExpr():
            comma = "," if len(expr.items) == 1 else ""
            return f"({', '.join(map(flat, expr.items))}{comma})"
        case Unary():
            space = " " if expr.op == "not" else ""
            return expr.op + space + flat(expr.operand, NOT if space else UNARY)
        case Binary():
            _, left, right = BINARY[expr.op]
            return f"{flat(expr.left, left)} {expr.op} {flat(expr.right, right)}"
        case Conditional():
            return (
                f"{flat(expr.then, OR)} if {flat(expr.condition, OR)} "
                f"else {flat(expr.other, CONDITIONAL)}"
            )
        case Call():
            return f"{flat(expr.function, POSTFIX)}({', '.join(map(flat_arg, expr.args))})"
        case Attribute():
            value = flat(expr.value, POSTFIX)
            # `1.x` would be read as a number.
            value = f"({value})" if isinstance(expr.value, Number) else value
            return f"{value}.{expr.name.name}"
        case Index():
            return f"{flat(expr.value, POSTFIX)}[{', '.join(map(_flat_index, expr.items))}]"
        case Labelled():
            return f"{flat(expr.value, CONDITIONAL)} as {expr.label.name}"
        case Pipeline():
            text = " ".join([flat(expr.head, CONDITIONAL), *map(flat_stage, expr.stages)])
            return f"({text})" if expr.in_parentheses else text


def flat_arg(arg: Arg) -> str:
    """An argument, with its name where it has one."""
    return f"{arg.label}{flat(arg.value)}"


def flat_stage(stage: Stage) -> str:
    """A stage, from its `->` to its label."""
    return f"-> {flat(stage.target, POSTFIX)}{stage_end(stage)}"


def stage_end(stage: Stage) -> str:
    """What follows a stage's target: its repetition and label."""
    repeat = f" * {flat(stage.repeat, POSTFIX)}" if stage.repeat is not None else ""
    return repeat + (f" as {stage.label.name}" if stage.label is not None else "")


def _flat_index(item: Expr | Slice | EllipsisLiteral) -> str:
    if isinstance(item, EllipsisLiteral):
        return "..."
    if isinstance(item, Slice):
        start, stop, step = (
            "" if part is None else flat(part) for part in (item.start, item.stop, item.step)
        )
        return f"{start}:{stop}:{step}" if item.step is not None else f"{start}:{stop}"
    return flat(item)


def flat_type(type: TypeExpr) -> str:
    """A type as written in a signature."""
    if isinstance(type, StaticTypeExpr):
        item = "" if type.item is None else f"[{flat_type(type.item)}]"
        return type.name.name + item
    dtype = "" if type.dtype is None else type.dtype.name
    return f"{dtype}[{', '.join(map(_flat_dim, type.dims))}]"


def _flat_dim(dim: Dim) -> str:
    if isinstance(dim, AnyDim):
        return "_"
    return "..." if isinstance(dim, EllipsisLiteral) else flat(dim)


def flat_param(param: Param) -> str:
    """A parameter with its type and default."""
    default = "" if param.default is None else f" = {flat(param.default)}"
    return f"{param.name.name}: {flat_type(param.type)}{default}"


def flat_result(result: Result) -> str:
    """A result with its name, where it has one."""
    name = "" if result.name is None else f"{result.name.name}: "
    return name + flat_type(result.type)
