"""Layers that make another number of channels, features or elements than is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Fix, Related
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..ops.tensor.reshape import Reshape
from ..shapes.dims import Shape, dim_prod
from ..shapes.divisors import near
from ..shapes.types import show_shape
from .places import Place, fitting, places
from .refused import Cause, Promise, Refused
from .whatif import behind, line_behind
from .written import argument_of, shown, with_argument

WORDS = {"filters": "channels", "units": "units", "output_dim": "features"}
"""The arguments that say how much a layer makes, and what it makes."""
LAST = ("softmax", "sigmoid", "linear")
"""What the last layer of a net may end in."""


def promised_width(refused: Refused) -> Cause | None:
    """A layer makes another number of channels than the signature promises."""
    promise = refused.promise
    if promise is None or promise.axis != -1:
        return None
    wanted = promise.sizes[-1]
    if not isinstance(wanted, int) or wanted < 1:
        return None
    for place in places(refused, behind(refused.graph, [one.ref for one in refused.inputs])):
        for name in WORDS:
            given = place.given(name)
            if given is None or not place.span.within(refused.definition.span):
                continue
            if not fitting(refused, place.otherwise(**{name: wanted})):
                continue
            if promise.is_result and _lacks_head(promise, place):
                return _head(refused, promise, place, name)
            return _width(refused, promise, place, name, given)
    return None


def _width(refused: Refused, promise: Promise, place: Place, name: str, given: ast.Arg) -> Cause:
    promised, got = promise.at.text, getattr(place.op, name)
    fix = with_argument(place.expr, place.op, name, promised)
    written = given.value.span.text
    value = "" if written == str(got) else f" = {got}"
    promises = f"`{promised}`" + ("" if promised.isdigit() else f" = {promise.sizes[-1]}")
    if not promise.is_result:
        wanted = str(promise.sizes[-1])
        fix = with_argument(place.expr, place.op, name, wanted)
    takes = "promises" if promise.is_result else "takes"
    return refused.changed_at(
        given.value.span,
        f"`{place.op.name}` makes `{written}`{value} {WORDS[name]}, and "
        f"`{promise.owner.name.name}` {takes} {promises}",
        f"`{written}`{value}",
        f"write `{shown(place.expr, [fix])}`, or `{written}` in the signature"
        if promise.is_result
        else f"write `{shown(place.expr, [fix])}`",
        fix,
    )


def _lacks_head(promise: Promise, place: Place) -> bool:
    """Whether the last layer of a net is none that nets end with."""
    if promise.owner.kind != "net" or len(promise.sizes) != 2:
        return False
    activation = getattr(place.op, "activation", None)
    ends = activation is None or getattr(activation, "function", "") in LAST
    return place.op.name != "Dense" or not ends


def _head(refused: Refused, promise: Promise, place: Place, name: str) -> Cause:
    text = promise.at.text
    end = refused.primary
    written = shown(place.expr, [with_argument(place.expr, place.op, name, text)])
    return Cause(
        refused.primary,
        refused.message,
        f"returns {refused.given[0].type}",
        f"put `-> Dense({text})` behind it, or write `{written}`",
        Fix(Span(end.source, end.end, end.end), f" -> Dense({text})"),
        (Related("declared here", promise.at),),
    )


def reshape_product(refused: Refused) -> Cause | None:
    """The sizes of a `Reshape` hold more or fewer elements than come in."""
    op = refused.op
    if not isinstance(op, Reshape) or refused.code is not Code.SHAPE:
        return None
    given = refused.given[0]
    total, target = dim_prod(given.type.shape[1:]), op.target_shape
    expr = refused.written.layer(refused.span)
    sizes = [size for size in target if isinstance(size, int)]
    if not isinstance(total, int) or len(sizes) != len(target) or expr is None:
        return None
    made = next(_sizes(total, sizes, given.type.shape[1:]), None)
    if made is None or _promised(refused.net, sizes):
        return None
    text = _text(expr, op, sizes, made)
    if text is None:
        return None
    fix = with_argument(expr, op, "target_shape", text)
    help = f"write `{shown(expr, [fix])}`"
    for place in places(refused, line_behind(refused.graph, given.ref)):
        if getattr(place.op, "units", None) == total and -1 not in sizes:
            units = " * ".join(map(str, sizes))
            wider = shown(place.expr, [with_argument(place.expr, place.op, "units", units)])
            help += f", or `{wider}` before it"
            break
    declared = "declared" if refused.graph.node(given.ref.node).op is None else "made"
    origin = Related(f"{show_shape(given.type.shape)} is {declared} here", given.made)
    return Cause(refused.primary, refused.message, "this argument", help, fix, (origin,))


def _promised(net: ast.Definition, sizes: list[int]) -> bool:
    """Whether a net's signature has the same sizes, so that they are meant."""
    declared = [
        [dim.value if isinstance(dim, ast.Number) else None for dim in result.type.dims[1:]]
        for result in net.results or ()
    ]
    return list(sizes) in declared


def _sizes(total: int, sizes: list[int], before: Shape) -> Iterator[list[int]]:
    """Sizes that hold so many elements, and are like those that are written."""
    sides, last = sizes[:-1], sizes[-1]
    if len(sides) > 1 and len(set(sides)) == 1 and min(sizes) > 0 and total % last == 0:
        side = round((total // last) ** (1 / len(sides)))
        if side ** len(sides) * last == total:
            yield [side] * len(sides) + [last]
    if -1 in sizes:
        # What is left is inferred, so that one of the others is to divide.
        rest = prod(size for size in sizes if size != -1)
        for index, size in enumerate(sizes):
            others = rest // size
            if size > 0 and total % others == 0:
                for divisor in near(total // others, size):
                    yield [*sizes[:index], divisor, *sizes[index + 1 :]]
        return
    # Axes that stay as they come in are meant, and so are sides that are alike.
    stay = [index < len(before) and before[index] == size for index, size in enumerate(sizes)]
    alike = len(sides) > 1 and len(set(sides)) == 1
    order = sorted(range(len(sizes)), key=lambda at: (stay[at], alike and at < len(sides)))
    for index in order:
        rest = prod(size for at, size in enumerate(sizes) if at != index)
        if rest > 0 and total % rest == 0:
            yield [*sizes[:index], total // rest, *sizes[index + 1 :]]


def _text(expr: ast.Expr, op: Reshape, sizes: list[int], made: list[int]) -> str | None:
    """The sizes as they are written, where they stay; None where one that goes is no number."""
    given = argument_of(expr, op, "target_shape")
    items = given.value.items if given and isinstance(given.value, ast.TupleExpr) else ()
    if len(items) != len(made):
        return None
    changed = [item for item, a, b in zip(items, sizes, made, strict=True) if a != b]
    if any(not isinstance(item, ast.Number) for item in changed):
        return None
    new = [
        str(b) if item in changed else item.span.text for item, b in zip(items, made, strict=True)
    ]
    return f"({', '.join(new)})"
