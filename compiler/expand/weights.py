"""Runs `weight` statements: learned tensors of the net's own."""

from __future__ import annotations

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.suggest import correction, did_you_mean
from ...dsl.syntax import ast
from ..ops.base.op import arguments
from ..shapes.dims import Sym, names
from ..shapes.types import DTYPES, dtype_help
from .body import MAX_DIM, Body
from .evaluate import evaluate
from .layers import apply_op, make_object
from .values import POISON, ArgValue, Poison, TensorValue, Value, kind_of

DTYPE = "float32"


def weight(body: Body, statement: ast.WeightDef) -> None:
    """Adds a learned tensor to the graph and binds its name."""
    name = statement.name.name
    body.env[name] = _made(body, statement)
    body.set_at[name] = statement.span


def _made(body: Body, statement: ast.WeightDef) -> Value:
    from ..ops.tensor.learned import OPTIONS, Weight

    sizes = _sizes(body, statement)
    known = arguments(Weight)
    start = evaluate(body, statement.value, words=known["initializer"].kind.words)
    if isinstance(start, TensorValue):
        start = body.fault(
            Code.WRONG_TYPE,
            f"a weight starts with a number or an initializer, got {kind_of(start)}",
            statement.value.span,
            "a tensor",
            help="`Constant(0.5)` starts every element at 0.5",
        )
    args = [ArgValue("initializer", start, statement.value.span)]
    for option in statement.options:
        assert option.name is not None
        name = option.name.name
        if name not in OPTIONS:
            body.fault(
                Code.UNKNOWN_ARGUMENT,
                f"`{Weight.__name__}` has no argument `{name}`",
                option.span,
                "unknown argument",
                help=did_you_mean(name, OPTIONS),
                fix=correction(option.name.span, name, OPTIONS),
            )
            return POISON
        value = evaluate(body, option.value, words=known[name].kind.words)
        args.append(ArgValue(name, value, option.span))
    if sizes is None:
        return POISON
    sized = ArgValue("sizes", tuple(sizes), statement.type.span)
    op = make_object(body, Weight, [sized, *args], statement.span, once=True)
    if isinstance(op, Poison):
        return POISON
    spot = body.place.unique(statement.name.name)
    return apply_op(body, op, [], [], spot, statement.span, [sized, *args])


def _sizes(body: Body, statement: ast.WeightDef) -> list[int] | None:
    """The sizes of a weight; None where they or its dtype are at fault."""
    declared, name = statement.type, statement.name.name
    ok = True
    if declared.dtype is not None and declared.dtype.name != DTYPE:
        ok = False
        known = declared.dtype.name in DTYPES
        body.fault(
            Code.DTYPE if known else Code.BAD_SIGNATURE,
            f"weights are {DTYPE}, and `{name}` is declared as {declared.dtype.name}"
            if known
            else f"there is no dtype `{declared.dtype.name}`",
            declared.dtype.span,
            f"not {DTYPE}" if known else "not a dtype",
            help=f"`{name} -> Cast({declared.dtype.name})` is a tensor of that dtype"
            if known
            else dtype_help(declared.dtype.name),
        )
    sizes = [_size(body, dim, name) for dim in declared.dims]
    found = [size for size in sizes if size is not None]
    return found if ok and len(found) == len(sizes) else None


def _size(body: Body, dim: ast.Dim, name: str) -> int | None:
    if isinstance(dim, ast.AnyDim | ast.EllipsisLiteral):
        body.fault(
            Code.BAD_SIGNATURE,
            f"every size of the weight `{name}` is a number",
            dim.span,
            "not a size",
            help="write the number, or a name that stands for one",
        )
        return None
    size = evaluate(body, dim)
    if isinstance(size, Poison):
        return None
    if isinstance(size, Sym):
        who = " and ".join(f"`{each}`" for each in sorted(names(size)))
        body.fault(
            Code.SHAPE,
            f"the weight `{name}` needs to know its sizes, but one is `{size}`",
            dim.span,
            "known only when the model runs",
            help=f"give {who} a number in the net's signature; where it is the batch, write 1 "
            "and let the weight broadcast",
        )
        return None
    if isinstance(size, float) and size.is_integer():
        size = int(size)
    if not isinstance(size, int) or isinstance(size, bool):
        body.fault(
            Code.WRONG_TYPE, f"a size must be an int, got {kind_of(size)}", dim.span, "not a size"
        )
        return None
    if not 1 <= size <= MAX_DIM:
        body.fault(
            Code.EMPTY_DIM if size < 1 else Code.BAD_VALUE,
            f"a size must be at {f'most {MAX_DIM:,}' if size > 1 else 'least 1'}, got {size}",
            dim.span,
            "this size",
        )
        return None
    return size
