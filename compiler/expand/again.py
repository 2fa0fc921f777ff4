"""Stages that are written as an earlier one was: applied without evaluating their arguments anew.

The text of a layer whose arguments are literals and bare words means the same in every file where
nothing is called as one of its words. A stage that is at fault, or near a limit, is run as any
other is.
"""

from __future__ import annotations

from typing import cast

from ...dsl.syntax import ast
from ..ir.graph import Inferred, Node, Ref
from ..ir.infer import inferred_once
from ..ir.paths import Place, snake
from ..link.names import text_of
from ..ops.base.kinds import Word
from ..ops.base.op import Op, Refusal
from ..shapes.types import TensorType
from .arguments import Arguments
from .body import STEPS_AN_OBJECT, Body
from .callees import find_layer
from .known_text import (
    MEANINGS,
    KnownText,
    Meaning,
    keep_meaning,
)
from .values import LayerValue, Poison, TensorValue
from .work import SCANNED


def applied_again(
    body: Body, target: ast.Expr, tensor: TensorValue, hint: str, place: Place
) -> TensorValue | None:
    """What a layer makes of a tensor, where its text is known; None where it is to be evaluated.

    Where it gives a tensor, graph and counts are as after its evaluation; else nothing is changed.
    """
    expansion = body.expansion
    span, text = target.span, text_of(target)
    known = expansion.known.get(text)
    extra = 0
    if known is None:
        meaning = MEANINGS.get(text)
        if meaning is None or not _is_free(body, meaning.names):
            return None
        # The operator is in the key.
        op = cast("Op | None", expansion.objects.get(meaning.key))
        extra = STEPS_AN_OBJECT if op is None else 0
        known = KnownText(body.module, meaning, op or meaning.op, {})
    elif known.module is not body.module:
        return None
    meaning = known.meaning
    graph, type = expansion.graph, tensor.type
    evaluated = expansion.evaluated + meaning.evaluated
    steps = expansion.steps + meaning.steps + extra
    if (
        steps + evaluated > expansion.allowed
        or graph.size >= expansion.max_layers
        or graph.masks
        or place.shared
        or len(type.shape) > SCANNED
        or expansion.findings.full
        or not body.env.keys().isdisjoint(meaning.names)
    ):
        return None
    found = known.inferred.get(id(type))
    made = found[1] if found is not None else _inferred(body, known, type)
    if made is None or len(made.outputs) != 1:
        return None
    if extra:
        expansion.objects[meaning.key] = known.op
    expansion.known[text] = known
    expansion.steps, expansion.evaluated = steps, evaluated
    name = place.namer.unique(hint or meaning.base)
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
    graph = body.expansion.graph
    count = len(graph.inferred)
    try:
        made = inferred_once(graph, known.op, (type,))
    except Refusal:
        return None
    if count == len(graph.inferred):
        known.inferred[id(type)] = type, made
    return made


def found_layer(
    body: Body, target: ast.Expr, place: Place
) -> tuple[LayerValue | Poison, Arguments]:
    """The layer a stage names and the tensors among its arguments; remembers what it means."""
    expansion = body.expansion
    objects, steps, evaluated = expansion.objects, expansion.steps, expansion.evaluated
    count = len(objects)
    layer, args = find_layer(body, target, place)
    if not isinstance(layer, LayerValue) or layer.op is None:
        return layer, args
    op, text = layer.op, text_of(target)
    if text in expansion.known or op.takes_mask or op.mask_maker() is not None:
        return layer, args
    names = _literal(target, args)
    if names is None or not _is_free(body, names):
        return layer, args
    new = len(objects) > count
    took = expansion.steps - steps + 1 - (STEPS_AN_OBJECT if new else 0)
    key = next(reversed(objects)) if new else None
    meaning = Meaning(names, op, snake(op.name), key, took, expansion.evaluated - evaluated)
    expansion.known[text] = KnownText(body.module, meaning, op, {})
    if new:
        keep_meaning(text, meaning)
    return layer, args


def _is_free(body: Body, names: frozenset[str]) -> bool:
    """Whether nothing of the program is called as one of some words."""
    module = body.module.names.keys()
    return module.isdisjoint(names) and body.env.keys().isdisjoint(names)


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


_PLAIN = (ast.Number, ast.String, ast.Bool, ast.NoneLiteral)


def _is_plain(expr: ast.Expr) -> bool:
    """Whether an expression is a literal, or a tuple of some."""
    if isinstance(expr, ast.TupleExpr):
        return all(isinstance(item, _PLAIN) for item in expr.items)
    return isinstance(expr, _PLAIN)
