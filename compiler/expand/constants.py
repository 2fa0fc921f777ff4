"""Calls that make constant tensors: `arange(T)`, `eye(4)`, `tensor([1, 2])`."""

from __future__ import annotations

from ...dsl.diagnostics.codes import Code
from ...dsl.syntax import ast
from ..ir.paths import Place
from ..ops.base.op import Op
from ..shapes.dims import names
from ..shapes.readable import readable
from .arguments import evaluate_arguments
from .body import Body
from .layers import apply_op, make_object
from .values import POISON, Poison, TensorValue, Value, kind_of


def constant(body: Body, expr: ast.Call, cls: type[Op], hint: str, place: Place) -> Value:
    """The tensor that such a call makes; poison where its arguments are at fault."""
    args = evaluate_arguments(body, expr.args, cls, place)
    for tensor, span in zip(args.tensors, args.spans, strict=True):
        if isinstance(tensor, TensorValue):
            body.fault(
                Code.WRONG_TYPE,
                f"`{cls.__name__}` takes numbers and sizes, got {kind_of(tensor)}",
                span,
                "a tensor",
                help="what tensors hold is known only when the model runs; "
                "`shape(x)` is the list of a tensor's sizes",
            )
    if args.tensors or args.named:
        return POISON
    for arg in args.statics:
        if isinstance(arg.value, list | tuple):
            body.expansion.step(expr.span, body.trace, body.expansion.sizes.of(arg.value)[0])
    op = make_object(body, cls, args.statics, expr.span, once=True)
    if isinstance(op, Poison) or not isinstance(op, Op):
        return POISON
    made = apply_op(body, op, [], [], place.unique(hint), expr.span, args.statics)
    if isinstance(made, TensorValue):
        return _counted(body, expr, made)
    return made


def _counted(body: Body, expr: ast.Call, made: TensorValue) -> Value:
    """The tensor, if each of its named sizes is one that an input's shape tells."""
    if all(isinstance(dim, int) for dim in made.type.shape):
        return made
    graph = body.expansion.graph
    known = readable([graph.node(path).outputs[0] for path in graph.inputs])
    for dim in made.type.shape:
        for name in sorted(names(dim)):
            if name not in known:
                return body.fault(
                    Code.SHAPE,
                    f"the size `{name}` cannot be read from the shape of an input: "
                    "it stands there only beside other names",
                    expr.span,
                    f"of shape {made.type}",
                    help=f"give `{name}` a number in the net's signature",
                )
    return made
