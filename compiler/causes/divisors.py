"""Heads and groups that do not divide what they are to split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import gcd

from ...dsl.diagnostics.codes import Code
from ...dsl.syntax import ast
from ..shapes.dims import Dim, dim_prod
from ..shapes.divisors import listed, near
from .places import places
from .refused import Cause, Refused
from .whatif import line_behind
from .written import shown, with_argument


def groups_misfit(refused: Refused) -> Cause | None:
    """Groups that do not divide the channels: the numbers that would, and where those are made."""
    op = refused.op
    if op is None or refused.argument != "groups" or refused.code is not Code.SHAPE:
        return None
    groups = getattr(op, "groups", None)
    channels = refused.given[0].type.shape[getattr(op, "axis", -1)]
    if not isinstance(groups, int) or not isinstance(channels, int) or groups < 2:
        return None
    expr = refused.written.layer(refused.span)
    best = near(gcd(channels, getattr(op, "filters", channels)), groups)
    fix = with_argument(expr, op, "groups", str(best[0])) if expr is not None and best else None
    multiple = max(groups, round(channels / groups) * groups)
    made = [
        place
        for place in places(refused, line_behind(refused.graph, refused.given[0].ref))
        if getattr(place.op, "filters", getattr(place.op, "units", None)) == channels
    ]
    written = f"write `{shown(expr, [fix])}`" if expr is not None and fix else "change `groups`"
    divide = f"{listed(best)} divide{'s' * (len(best) == 1)} {channels}" if best else "none divides"
    help = f"{written}: {divide}; or let {multiple} channels come in"
    message = f"{groups} groups do not divide the {channels} channels of `{op.name}`"
    if not made:
        return Cause(refused.primary, message, f"{groups} groups", help, fix)
    origin = made[0].span
    return Cause(
        origin,
        message,
        f"{channels} channels are made here",
        help,
        fix,
    )


def floored_division(refused: Refused) -> Cause | None:
    """A `C // heads` that leaves a remainder, which is just what two sizes differ by."""
    pairs = list(_sizes(refused))
    for part in refused.written.text(refused.definition).divisions:
        whole, by = number(part.left, refused), number(part.right, refused)
        if whole is None or by is None or by < 2 or whole % by == 0 or whole < by:
            continue
        kept = whole // by * by
        if not any(a * kept == b * whole or b * kept == a * whole for a, b in pairs):
            continue
        left, right = part.left.span.text, part.right.span.text
        said = right if right == str(by) else f"{right} = {by}"
        of = left if left == str(whole) else f"{left} = {whole}"
        best = listed(near(whole, by), "or")
        choice = f"give `{right}` a number that divides {whole}, such as {best}, or "
        choice = "" if isinstance(part.right, ast.Number) else choice
        return Cause(
            part.span,
            f"`{said}` does not divide `{of}`: `{part.span.text}` drops a remainder of "
            f"{whole % by}",
            f"{whole // by}",
            f"{choice}make `{left}` a multiple of {by}",
        )
    return None


def _sizes(refused: Refused) -> Iterator[tuple[int, int]]:
    """The pairs of sizes that differ where tensors are refused."""
    shapes: list[Sequence[Dim | None]] = [one.type.shape for one in refused.inputs]
    if refused.promise is not None:
        shapes.append(refused.promise.sizes)
    target = getattr(refused.op, "target_shape", None)
    if isinstance(target, tuple) and refused.given:
        shapes = [(dim_prod(target),), (dim_prod(refused.given[0].type.shape[1:]),)]
    for a, b in combinations(shapes, 2):
        for x, y in zip(reversed(a), reversed(b), strict=False):
            if isinstance(x, int) and isinstance(y, int) and x != y:
                yield x, y


def number(expr: ast.Expr, refused: Refused) -> int | None:
    """A whole number as it is computed from names and numbers; None for all else."""
    if isinstance(expr, ast.Number):
        return expr.value if isinstance(expr.value, int) else None
    if isinstance(expr, ast.Name):
        value = refused.values.get(expr.name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    if isinstance(expr, ast.Unary) and expr.op == "-":
        value = number(expr.operand, refused)
        return None if value is None else -value
    if not isinstance(expr, ast.Binary):
        return None
    left, right = number(expr.left, refused), number(expr.right, refused)
    if left is None or right is None or (expr.op == "//" and right == 0):
        return None
    results = {"+": left + right, "-": left - right, "*": left * right}
    return left // right if expr.op == "//" else results.get(expr.op)
