"""Layers that are not in the chain: forgotten, made and not applied, or cut off by a line."""

from __future__ import annotations

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..ir.graph import Node
from ..ops.base.op import Op, Refusal
from ..ops.pool import global_pooling
from ..ops.table import ACTIVATION_LAYERS, ALIASES, OPS
from ..ops.tensor.reshape import Flatten
from ..shapes.types import TensorType, show_shape
from .refused import Cause, Refused
from .whatif import behind_another, line_behind, would_be
from .written import before_stage

MAX_PLACES = 30
"""At how many places of a chain a layer is tried."""

_POOLS: dict[int, type[Op]] = {
    3: global_pooling.GlobalAveragePooling1D,
    4: global_pooling.GlobalAveragePooling2D,
    5: global_pooling.GlobalAveragePooling3D,
}


def arrow_missing(refused: Refused) -> Cause | None:
    """The line behind what is returned is a layer, and lacks the `->` that would go on."""
    if refused.promise is None or not refused.promise.is_result:
        return None
    text = refused.written.text(refused.definition)
    returned = text.at(refused.primary)
    after = text.behind(returned) if isinstance(returned, ast.Return) else None
    head = _head(after) if after is not None else None
    if after is None or head is None:
        return None
    start = Span(head.span.source, head.span.start, head.span.start)
    return Cause(
        head.span,
        "this line begins without `->`, so that the chain ends in the line above",
        "begins a statement of its own",
        "begin it with `->`",
        Fix(start, "-> "),
        settles=((Code.UNREACHABLE, after.span),),
    )


def _head(statement: ast.Statement) -> ast.Expr | None:
    """The layer that a statement begins with, where it begins with one."""
    if not isinstance(statement, ast.ExprStatement):
        return None
    value = statement.value
    head = value.head if isinstance(value, ast.Pipeline) else value
    name = head.function if isinstance(head, ast.Call) else head
    known = isinstance(name, ast.Name) and (
        name.name in OPS or name.name in ALIASES or name.name in ACTIVATION_LAYERS
    )
    return head if known else None


def never_applied(refused: Refused) -> Cause | None:
    """A layer has a name, is nowhere applied, and would make everything fit."""
    for ident in refused.written.text(refused.definition).unread:
        op = getattr(refused.values.get(ident.name), "op", None)
        if not isinstance(op, Op):
            continue
        at = _fits_before(refused, op)
        if at is None:
            continue
        where = at if isinstance(at, Span) else at.span
        stage = refused.written.stage(where)
        fix = before_stage(stage, ident.name) if stage is not None else None
        if isinstance(at, Span) and stage is None:
            behind = Span(at.source, at.end, at.end)
            fix = Fix(behind, f" -> {ident.name}")
        return Cause(
            ident.span,
            f"the layer `{ident.name}` is made and never applied",
            f"a `{op.name}` that nothing goes through",
            f"put `-> {ident.name}` into the chain",
            fix,
            settles=((Code.UNUSED_VALUE, ident.span),),
        )
    return None


def _fits_before(refused: Refused, op: Op) -> Node | Span | None:
    """A layer of the chain that another one belongs in front of, or the place of the refusal."""
    types = [one.type for one in refused.given]
    for index in refused.at_fault:
        try:
            (made, *_) = op.infer(types[index])
            op.check_inputs([types[index]])
        except Refusal:
            continue
        if refused.accepts([*types[:index], made, *types[index + 1 :]]):
            return refused.span
    refs = [one.ref for one in refused.given]
    for one in refused.inputs:
        for node in line_behind(refused.graph, one.ref)[:MAX_PLACES]:
            if node.op is None or not node.span.within(refused.definition.span):
                continue
            changed = would_be(refused.graph, refs, {node.path: behind_another(node.op, op)})
            if changed is not None and refused.accepts(changed):
                return node
    return None


def flatten_missing(refused: Refused) -> Cause | None:
    """Maps or steps go through the last layers, and the signature wants one vector of each."""
    promise = refused.promise
    given = refused.given[0]
    if promise is None or given.type.rank < 3:
        return None
    first: Node | None = None
    for node in line_behind(refused.graph, given.ref):
        if node.op is None or not _keeps_axes(refused, node):
            break
        if node.op.name == "Dense":
            first = node
    for op in (Flatten(), _POOLS.get(given.type.rank, Flatten)()):
        cause = _vector(refused, first, op)
        if cause is not None:
            return cause
    return None


def _keeps_axes(refused: Refused, node: Node) -> bool:
    """Whether a layer does the same at each place, so that it can be done behind a Flatten."""
    if len(node.inputs) != 1 or node.op is None or hasattr(node.op, "padding"):
        return False
    before = refused.graph.type(node.inputs[0]).shape
    return before[:-1] == node.outputs[0].shape[:-1] and not hasattr(node.op, "return_sequences")


def _vector(refused: Refused, first: Node | None, op: Op) -> Cause | None:
    given = refused.given[0]
    try:
        if first is None:
            types: list[TensorType] | None = list(op.infer(given.type))
        else:
            assert first.op is not None
            change = {first.path: behind_another(first.op, op)}
            types = would_be(refused.graph, [given.ref], change)
    except Refusal:
        return None
    if types is None or not refused.accepts(types):
        return None
    pool = _POOLS.get(given.type.rank)
    also = pool is not None and isinstance(op, Flatten)
    help = f"put `-> {op.name}` before it" if first is not None else f"put `-> {op.name}` behind it"
    help += f"; `-> {pool.__name__}` takes the mean of all places" if pool and also else ""
    if first is None:
        end = refused.primary
        fix: Fix | None = Fix(Span(end.source, end.end, end.end), f" -> {op.name}")
        return Cause(
            refused.primary,
            refused.message,
            f"returns {given.type}",
            help,
            fix,
        )
    stage = refused.written.stage(first.span)
    name = first.op.name if first.op is not None else ""
    before = show_shape(refused.graph.type(first.inputs[0]).shape)
    return refused.changed_at(
        first.span,
        f"`{name}` works on the last axis alone, and {refused.who} wants one vector",
        f"gets {before}",
        help,
        before_stage(stage, op.name) if stage is not None else None,
    )


def maps_beside_vectors(refused: Refused) -> Cause | None:
    """Maps or steps that would go together with vectors if they were vectors."""
    ranks = {one.type.rank for one in refused.inputs}
    if len(ranks) < 2 or min(ranks) != 2:
        return None
    types = [one.type for one in refused.given]
    for index in refused.at_fault:
        given = refused.given[index]
        pool = _POOLS.get(given.type.rank)
        ways: list[str] = []
        for op in (Flatten(), *([pool()] if pool is not None else [])):
            try:
                made = [*types[:index], *op.infer(given.type), *types[index + 1 :]]
            except Refusal:
                continue
            # Layers behind it need to know how wide their vectors are.
            known = isinstance(made[index].shape[-1], int)
            ways += [op.name] if known and refused.accepts(made) else []
        if not ways or given.type.rank == 2:
            continue
        also = f", or `-> {ways[1]}`, which takes the mean" if len(ways) > 1 else ""
        shape = show_shape(given.type.shape)
        alone = sum(one.operand == given.operand for one in refused.given) == 1
        end = Span(given.operand.source, given.operand.end, given.operand.end)
        return Cause(
            given.operand if alone else refused.primary,
            f"{refused.who} gets maps, {shape}, beside vectors"
            if given.type.rank > 3
            else f"{refused.who} gets steps, {shape}, beside vectors",
            shape,
            f"put `-> {ways[0]}` behind {f'`{given.operand.text}`' if alone else shape}{also}",
            Fix(end, f" -> {ways[0]}") if alone else None,
        )
    return None
