"""Runs the statements of a net or block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeGuard

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Fix, Related
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..ops.base.kinds import show
from .binding import check_results
from .body import Body
from .evaluate import as_list, condition, evaluate, repetitions
from .loops import over_items, repeat, unpack
from .values import POISON, Bundle, LayerValue, Poison, TensorValue, Value, kind_of
from .weights import weight


class _Returned(Exception):
    """A `return` was reached."""

    def __init__(self, value: Value, spans: tuple[Span, ...] = ()) -> None:
        self.value = value
        self.spans = spans


def run_body(body: Body, definition: ast.Definition) -> Value:
    """Runs a definition's statements and checks what it returns against its signature.

    The result is poison where anything it depends on is at fault. Raises Stop past a limit.
    """
    try:
        _run(body, definition.body)
    except _Returned as returned:
        return check_results(body, definition, returned.value, returned.spans)
    if not _returns(definition.body):
        last = _unreturned(definition)
        body.fault(
            Code.NO_RETURN,
            f"`{definition.name.name}` returns nothing",
            definition.name.span,
            "has no `return`",
            related=(Related("ends with this", last.span),) if last is not None else (),
            help="write `return` before its last line"
            if last is not None
            else "end its body with `return …`",
            fix=Fix(Span(last.span.source, last.span.start, last.span.start), "return ")
            if last is not None
            else None,
        )
    elif not any(isinstance(value, Poison) for value in body.env.values()):
        body.fault(
            Code.NO_RETURN,
            f"`{definition.name.name}` ends without a `return` for these arguments",
            definition.name.span,
            "no `return` was reached",
            help="return in every branch",
        )
    return POISON


def _unreturned(definition: ast.Definition | None) -> ast.Statement | None:
    """The pipeline that ends a body without any `return`, if there is one."""
    if definition is None or not definition.body or _returns(definition.body):
        return None
    last = definition.body[-1]
    return last if _is_loose(last) else None


def _is_loose(statement: ast.Statement) -> bool:
    """Whether nothing can use what a statement makes."""
    if not isinstance(statement, ast.ExprStatement):
        return False
    value = statement.value
    return isinstance(value, ast.Pipeline) and all(stage.label is None for stage in value.stages)


def _returns(statements: tuple[ast.Statement, ...]) -> bool:
    return any(
        isinstance(s, ast.Return)
        or (isinstance(s, ast.If) and (_returns(s.then) or _returns(s.other or ())))
        or (isinstance(s, ast.For | ast.Repeat) and _returns(s.body))
        for s in statements
    )


def _run(body: Body, statements: tuple[ast.Statement, ...]) -> None:
    for statement in statements:
        body.expansion.step(statement.span, body.trace)
        _RUN[type(statement)](body, statement)


def _assign(body: Body, statement: ast.Assign) -> None:
    targets = statement.targets
    if len(targets) == 1:
        name = targets[0].name
        body.env[name] = evaluate(body, statement.value, hint=name)
    else:
        _set_several(body, statement)
    # Only now: in `x = x -> Dense(3)` the second `x` is the one before.
    for ident in targets:
        body.set_at[ident.name] = statement.span


def _set_several(body: Body, statement: ast.Assign) -> None:
    names = [target.name for target in statement.targets]
    value = evaluate(
        body, statement.value, hint="_".join(name for name in names if name.strip("_"))
    )
    for name, item in zip(
        names, unpack(body, value, len(names), statement.value.span), strict=True
    ):
        body.env[name] = item


def _layer(body: Body, statement: ast.LayerDef) -> None:
    value = evaluate(body, statement.value)
    name = statement.name.name
    if isinstance(value, LayerValue):
        value = value if value.shared else replace(value, shared=body.place.unique(name).layer)
    elif not isinstance(value, Poison):
        value = body.fault(
            Code.NOT_A_LAYER,
            f"`layer {name} = …` needs a layer, got {kind_of(value)}",
            statement.value.span,
            "not a layer",
            help=f"write `{name} = …` for a value",
        )
    body.env[name] = value


def _for(body: Body, statement: ast.For) -> None:
    items = as_list(body, statement.iterable)
    if items is not None:
        over_items(body, statement, items, _run)
        return
    _poison_assigned(body, statement.body)
    for target in statement.targets:
        body.env[target.name] = POISON


def _repeat(body: Body, statement: ast.Repeat) -> None:
    count = repetitions(body, statement.count)
    if count is None:
        _poison_assigned(body, statement.body)
    else:
        repeat(body, statement, count, _run)


def _if(body: Body, statement: ast.If) -> None:
    holds = condition(body, statement.condition)
    if holds is None:
        _poison_assigned(body, statement.then)
        _poison_assigned(body, statement.other or ())
    elif holds:
        _run(body, statement.then)
    elif statement.other is not None:
        _run(body, statement.other)


def _poison_assigned(body: Body, statements: tuple[ast.Statement, ...]) -> None:
    """Marks what a part that cannot be run would have assigned."""
    for statement in statements:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                body.env[target.name] = POISON
        elif isinstance(statement, ast.LayerDef | ast.WeightDef):
            body.env[statement.name.name] = POISON
        elif isinstance(statement, ast.For | ast.Repeat):
            _poison_assigned(body, statement.body)
        elif isinstance(statement, ast.If):
            _poison_assigned(body, statement.then)
            _poison_assigned(body, statement.other or ())
        elif isinstance(statement, ast.Return):
            raise _Returned(POISON)


def _assert(body: Body, statement: ast.Assert) -> None:
    holds = condition(body, statement.condition)
    if holds is None or holds:
        return
    message = evaluate(body, statement.message) if statement.message is not None else ""
    if not isinstance(message, str | Poison):
        assert statement.message is not None
        body.fault(
            Code.WRONG_TYPE,
            f"the message of an `assert` is a string, got {kind_of(message)}",
            statement.message.span,
            "wrong type",
        )
    said = message if isinstance(message, str) and message else "this does not hold"
    body.fault(
        Code.ASSERTION,
        f"assertion failed: {said}",
        statement.condition.span,
        _operands(body, statement.condition),
    )
    # What follows relies on it, so its faults would be consequences of this one.
    raise _Returned(POISON)


def _operands(body: Body, condition: ast.Expr) -> str:
    """The two sides of a failed comparison, for the label."""
    if isinstance(condition, ast.Binary):
        sides = [evaluate(body, condition.left), evaluate(body, condition.right)]
        if not any(isinstance(side, Poison | TensorValue | LayerValue) for side in sides):
            return f"{show(sides[0])} {condition.op} {show(sides[1])}"
    return "false"


def _all_tensors(value: Value) -> TypeGuard[tuple[TensorValue, ...]]:
    """Whether a value is a tuple of tensors."""
    return (
        isinstance(value, tuple) and bool(value) and all(isinstance(v, TensorValue) for v in value)
    )


def _return(body: Body, statement: ast.Return) -> None:
    values = [evaluate(body, value) for value in statement.values]
    spans = tuple(value.span for value in statement.values)
    if len(values) == 1 and _all_tensors(values[0]):
        # `return (a, b)` gives both, as in Python.
        (written,) = statement.values
        if isinstance(written, ast.TupleExpr):
            spans = tuple(item.span for item in written.items)
        raise _Returned(Bundle(values[0], statement.span), spans)
    if len(values) == 1:
        raise _Returned(values[0], spans)
    raise _Returned(Bundle(tuple(values), statement.span), spans)


def _bare(body: Body, statement: ast.ExprStatement) -> None:
    evaluate(body, statement.value)
    if _is_loose(statement) and statement is not _unreturned(body.definition):
        body.fault(
            Code.BAD_STATEMENT,
            "nothing keeps what this pipeline makes",
            statement.span,
            "not named, labelled or returned",
            help="write `name = …` before it, `as name` behind it, or `return`",
        )


_RUN: dict[type, Callable[[Body, Any], None]] = {
    ast.Assign: _assign,
    ast.LayerDef: _layer,
    ast.WeightDef: weight,
    ast.For: _for,
    ast.Repeat: _repeat,
    ast.If: _if,
    ast.Assert: _assert,
    ast.Return: _return,
    ast.ExprStatement: _bare,
}
