"""Stages that are written as an earlier one was: applied without evaluating their arguments anew.

The text of a layer whose arguments are literals and bare words means the same wherever no name of
the program is among its words. A stage that is at fault, or near a limit, is run as any other is.
"""

from __future__ import annotations

from ...dsl.syntax import ast
from ..ir.graph import Inferred, Node, Ref
from ..ir.infer import infer
from ..ir.paths import Place, snake
from ..link.names import text_of
from ..ops.base.kinds import Word
from ..ops.base.op import Refusal
from ..shapes.types import TensorType
from .arguments import Arguments
from .body import Body
from .callees import find_layer
from .known_text import KnownText
from .values import LayerValue, Poison, TensorValue
from .work import SCANNED


def applied_again(
    body: Body, target: ast.Expr, tensor: TensorValue, hint: str, place: Place
) -> TensorValue | None:
    """What a layer makes of a tensor, where its text is known; None where it is to be evaluated.

    Where it gives a tensor, graph and counts are as after its evaluation; else nothing is changed.
    """
    expansion = body.expansion
    span = target.span
    known = expansion.known.get(text_of(target))
    if known is None or known.module is not body.module:
        return None
    graph, type = expansion.graph, tensor.type
    evaluated = expansion.evaluated + known.evaluated
    steps = expansion.steps + known.steps
    if (
        steps + evaluated > expansion.allowed
        or graph.size >= expansion.max_layers
        or graph.masks
        or place.shared
        or len(type.shape) > SCANNED
        or expansion.findings.full
        or not body.env.keys().isdisjoint(known.names)
    ):
        return None
    found = known.inferred.get(id(type))
    made = found[1] if found is not None else _inferred(body, known, type)
    if made is None:
        return None
    expansion.steps, expansion.evaluated = steps, evaluated
    name = place.namer.unique(hint or known.base)
    path = place.prefix + name
    graph.add(
        Node(
            path,
            known.op,
            (tensor.ref,),
            made.outputs,
            made.weights,
            place.weights + name,
            span,
            body.trace,
        )
    )
    return TensorValue(Ref(path), made.outputs[0], span)


def _inferred(body: Body, known: KnownText, type: TensorType) -> Inferred | None:
    """What a layer makes of a type; None where it refuses it."""
    graph, op = body.expansion.graph, known.op
    key = (id(op), (type,))
    made = graph.inferred.get(key)
    if made is not None:
        known.inferred[id(type)] = type, made
        return made
    try:
        made = infer(op, (type,))
    except Refusal:
        return None
    graph.inferred[key] = made
    return made


def found_layer(
    body: Body, target: ast.Expr, place: Place
) -> tuple[LayerValue | Poison, Arguments]:
    """The layer a stage names and the tensors among its arguments; remembers what it means."""
    expansion, text = body.expansion, text_of(target)
    if text not in expansion.known:
        # Most texts come once, and the operator of one that comes again is made already.
        expansion.known[text] = None
        return find_layer(body, target, place)
    steps, evaluated, objects = expansion.steps, expansion.evaluated, len(expansion.objects)
    layer, args = find_layer(body, target, place)
    if not isinstance(layer, LayerValue) or objects != len(expansion.objects):
        return layer, args
    names, op = _literal(target, args), layer.op
    if (
        names is not None
        and op is not None
        and op.mask_maker() is None
        and not op.takes_mask
        and names.isdisjoint(body.env)
        and names.isdisjoint(body.module.names)
    ):
        took = expansion.steps - steps + 1, expansion.evaluated - evaluated
        expansion.known[text] = KnownText(body.module, names, op, snake(op.name), *took, {})
    return layer, args


def _literal(target: ast.Expr, args: Arguments) -> frozenset[str] | None:
    """The names in a call whose arguments are literals and words; None for any other."""
    if args.tensors or args.named:
        return None
    if isinstance(target, ast.Name):
        return frozenset((target.name,))
    if not isinstance(target, ast.Call) or not isinstance(target.function, ast.Name):
        return None
    names = {target.function.name}
    for arg, static in zip(target.args, args.statics, strict=False):
        if isinstance(arg.value, ast.Name) and isinstance(static.value, Word):
            names.add(arg.value.name)
        elif not _is_plain(arg.value):
            return None
    return frozenset(names)


_PLAIN = ast.Number | ast.String | ast.Bool | ast.NoneLiteral


def _is_plain(expr: ast.Expr) -> bool:
    """Whether an expression is a literal, or a tuple of some."""
    if isinstance(expr, ast.TupleExpr):
        return all(isinstance(item, _PLAIN) for item in expr.items)
    return isinstance(expr, _PLAIN)
