"""A batch among the sizes of a `Reshape`, where they are those of one sample."""

from __future__ import annotations

from ...dsl.syntax import ast
from ..ops.tensor.reshape import Reshape
from ..shapes.dims import dim_prod
from ..shapes.types import show_shape
from .places import fitting, places
from .refused import Cause, Refused
from .whatif import behind
from .written import argument_of, shown, with_argument


def batch_reshaped(refused: Refused) -> Cause | None:
    """`Reshape((-1, 784))` and `Reshape((N, 784))`: the batch stays as it is."""
    op = refused.op
    if isinstance(op, Reshape):
        batch, *sample = refused.given[0].type.shape
        expr = refused.written.layer(refused.span)
        if expr is None or op.target_shape[:1] != (batch,) or isinstance(batch, int):
            return None
        if dim_prod(op.target_shape[1:]) != dim_prod(sample):
            return None
        return _without(expr, op)
    for place in places(refused, behind(refused.graph, [one.ref for one in refused.given])):
        layer, made = place.op, place.nodes[0].outputs[0].shape
        if isinstance(layer, Reshape) and layer.target_shape[0] == -1 and made[1:2] == (1,):
            rest = layer.target_shape[1:]
            if rest and fitting(refused, place.otherwise(target_shape=list(rest))):
                return _without(place.expr, layer)
    return None


def _without(expr: ast.Expr, op: Reshape) -> Cause | None:
    given = argument_of(expr, op, "target_shape")
    if (
        given is None
        or not isinstance(given.value, ast.ListExpr | ast.TupleExpr)
        or len(given.value.items) < 2
    ):
        return None
    sizes = [item.span.text for item in given.value.items[1:]]
    text = f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"
    fix = with_argument(expr, op, "target_shape", text)
    return Cause(
        given.span,
        f"the sizes of `Reshape` are those of one sample, and {show_shape(op.target_shape)} "
        "begins with the batch",
        "the batch stays in front, whatever is written",
        f"write `{shown(expr, [fix])}`",
        fix,
    )
