"""What is reported of layers that cannot be put together as they are."""

from __future__ import annotations

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.format.expressions import POSTFIX, flat, flat_stage
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from .as_block import behind, block_help, chain_help
from .body import Body
from .values import POISON, LayerValue, Poison, TensorValue, Value, kind_of


def refuse_head(body: Body, expr: ast.Pipeline, head: LayerValue) -> Poison:
    """Reports a pipeline without parentheses that begins with a layer."""
    cut = _cut_off(body, expr)
    if cut is not None:
        above, statement = cut
        start = Span(statement.span.source, statement.span.start, statement.span.start)
        for ident in above.targets if isinstance(above, ast.Assign) else ():
            # It would be what the whole chain gives.
            body.env[ident.name] = POISON
        return body.fault(
            Code.BAD_STATEMENT,
            "this line begins without `->`, so that the chain ends in the line above",
            statement.span,
            "begins a statement of its own",
            help="begin it with `->`",
            fix=Fix(start, "-> "),
        )
    return body.fault(
        Code.WRONG_TYPE,
        f"`->` carries tensors, and this is {kind_of(head)}",
        expr.head.span,
        "not a tensor",
        help=f"begin with a tensor, or put the chain in parentheses: `({flat(expr)})`",
    )


def _cut_off(body: Body, expr: ast.Pipeline) -> tuple[ast.Statement, ast.Statement] | None:
    """The statement that a pipeline is, and the one it goes on with where it lacks an arrow."""
    if body.definition is None:
        return None
    from .causes import written

    text = written(body).text(body.definition)
    statement = text.at(expr.span)
    above = text.before(statement) if statement is not None else None
    if not isinstance(statement, ast.ExprStatement) or statement.value is not expr:
        return None
    ended = above.targets if isinstance(above, ast.Assign) else ()
    kept = [body.env.get(ident.name) for ident in ended]
    tensor = kept and all(isinstance(value, TensorValue | Poison) for value in kept)
    return (above, statement) if above is not None and tensor else None


def refuse_tensor(body: Body, expr: ast.Pipeline, layer: LayerValue, given: Span) -> Poison:
    """Reports a tensor that a layer of a chain is given at `given`."""
    return body.fault(
        Code.EXTRA_ARGUMENT,
        f"a layer of a chain takes what the one before it gives, and `{layer.name}` gets a "
        "tensor of its own",
        given,
        "a tensor",
        help=chain_help(body, expr),
    )


def refuse_layers(body: Body, expr: ast.Pipeline, count: int) -> Poison:
    """Reports a list of some layers at the head of a pipeline."""
    head = expr.head
    items = head.items if isinstance(head, ast.TupleExpr | ast.ListExpr) else ()

    def written(x: str) -> str:
        tensors = ", ".join(behind(x, item) for item in items)
        return f"({tensors}) {' '.join(map(flat_stage, expr.stages))}"

    return body.fault(
        Code.WRONG_TYPE,
        f"`->` carries tensors, and these are {count} layers",
        head.span,
        "not tensors",
        help=block_help(body, [expr], written) if items else "",
    )


def refuse_arithmetic(body: Body, expr: ast.Binary, left: Value, right: Value) -> Poison:
    """Reports arithmetic with a layer."""
    sides = ((expr.left, left), (expr.right, right))
    side, layer = next(pair for pair in sides if isinstance(pair[1], LayerValue))
    tensor = next((part for part, value in sides if isinstance(value, TensorValue)), None)

    def written(x: str) -> str:
        parts = [
            f"({behind(x, part)})" if isinstance(value, LayerValue) else flat(part, POSTFIX)
            for part, value in sides
        ]
        return f" {expr.op} ".join(parts)

    works_on = "needs numbers" if tensor is None else "works on tensors and numbers"
    return body.fault(
        Code.WRONG_TYPE,
        f"`{expr.op}` {works_on}, and one side is {kind_of(layer)}",
        expr.span if tensor is None else side.span,
        "wrong type" if tensor is None else "not a tensor or number",
        help=block_help(body, [expr], written)
        if tensor is None
        else f"give it a tensor, as in `({behind(flat(tensor, POSTFIX), side)})`",
    )
