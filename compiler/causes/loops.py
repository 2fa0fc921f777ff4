"""Loops that run once too seldom or too often for what a signature says."""

from __future__ import annotations

from itertools import pairwise

from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..ir.graph import Node
from ..shapes.dims import Dim
from .divisors import number
from .refused import Cause, Promise, Refused
from .whatif import line_behind


def loop_count(refused: Refused) -> Cause | None:
    """A size that each round of a loop changes alike, and that lacks some rounds."""
    promise = refused.promise
    if promise is None or promise.axis is None:
        return None
    wanted = promise.sizes[promise.axis]
    given = refused.given[0]
    got = given.type.shape[promise.axis]
    if not isinstance(wanted, int) or not isinstance(got, int):
        return None
    line = line_behind(refused.graph, given.ref)
    for loop in _loops(refused, line):
        body = loop.body[0].span.to(loop.body[-1].span)
        rounds, sizes = _rounds(line, body, promise.axis)
        more = _missing(sizes, wanted)
        if more is None or not more or rounds + more < 1:
            continue
        # Two sizes lie on every line, so that the text must say the same.
        if rounds > 1 or _edit(refused, _count(loop), rounds + more) is not None:
            return _said(refused, promise, loop, rounds, got, wanted, rounds + more)
    return _collected(refused, promise, line, got, wanted)


def _said(
    refused: Refused,
    promise: Promise,
    loop: ast.For | ast.Repeat,
    rounds: int,
    got: int,
    wanted: int,
    needed: int,
) -> Cause:
    count = _count(loop)
    fix = _edit(refused, count, needed)
    said = f"{rounds} round{'s' * (rounds != 1)}"
    text = promise.at.text
    promised = f"`{text}`" if text == str(wanted) else f"`{text}` = {wanted}"
    return Cause(
        count.span,
        f"this loop makes {said}, which gives {got}, and `{promise.owner.name.name}` promises "
        f"{promised}: that takes {needed}",
        said,
        f"write `{fix.text}`" if fix is not None else f"let it run {needed} times",
        fix,
    )


def _count(loop: ast.For | ast.Repeat) -> ast.Expr:
    """What says how often a loop runs."""
    return loop.iterable if isinstance(loop, ast.For) else loop.count


def _collected(
    refused: Refused, promise: Promise, line: list[Node], got: int, wanted: int
) -> Cause | None:
    """The same where a loop makes a list that is put together behind it."""
    joined = next((node for node in line if len(node.inputs) > 1), None)
    if joined is None or joined.op is None or joined.op.name != "Concatenate":
        return None
    count = len(joined.inputs)
    spans = {refused.graph.node(ref.node).span for ref in joined.inputs}
    loops = refused.written.around(spans.pop())
    each = got // count
    if spans or not loops or not _counts(loops[-1]):
        return None
    if wanted == got or got % count or (wanted - got) % each:
        return None
    needed = count + (wanted - got) // each
    return _said(refused, promise, loops[-1], count, got, wanted, needed) if needed > 0 else None


def _loops(refused: Refused, line: list[Node]) -> list[ast.For | ast.Repeat]:
    """The loops of the net or block that the tensor went through, the last first."""
    found: list[ast.For | ast.Repeat] = []
    for node in line:
        for loop in reversed(refused.written.around(node.span)):
            if loop not in found and _counts(loop) and loop.span.within(refused.definition.span):
                found.append(loop)
    return found


def _counts(loop: ast.For | ast.Repeat) -> bool:
    """Whether a loop counts; one over a list has as many rounds as are meant."""
    if isinstance(loop, ast.Repeat):
        return True
    called = loop.iterable.function if isinstance(loop.iterable, ast.Call) else None
    return isinstance(called, ast.Name) and called.name == "range"


def _rounds(line: list[Node], body: Span, axis: int) -> tuple[int, list[Dim]]:
    """How often a loop ran, and what the size was after each round, from before the first on."""
    inner = [node for node in line if node.span.within(body)]
    if not inner:
        return 0, []
    last = inner[0].span
    ends = [node for node in inner if node.span == last]
    sizes = [node.outputs[0].shape[axis] for node in reversed(ends)]
    before = line[line.index(inner[-1]) + 1 :]
    start: list[Dim] = [before[0].outputs[0].shape[axis]] if before else []
    return len(ends), [*start, *sizes]


def _missing(sizes: list[Dim], wanted: int) -> int | None:
    """How many rounds more it takes to come to a size; fewer are negative."""
    numbers = [size for size in sizes if isinstance(size, int)]
    if len(numbers) != len(sizes) or len(numbers) < 2:
        return None
    last = numbers[-1]
    steps = {b - a for a, b in pairwise(numbers)}
    if len(steps) == 1:
        (step,) = steps
        if step and not (wanted - last) % step:
            return (wanted - last) // step
    factors = {(max(a, b), min(a, b)) for a, b in pairwise(numbers)}
    ratios = {large // small if large % small == 0 else 0 for large, small in factors}
    ratio = ratios.pop()
    if ratios or ratio < 2:
        return None
    way = 1 if (last > wanted) == (numbers[0] > last) else -1
    larger, smaller, more = max(last, wanted), min(last, wanted), 0
    while smaller < larger:
        smaller, more = smaller * ratio, more + way
    return more if smaller == larger else None


def _edit(refused: Refused, count: ast.Expr, wanted: int) -> Fix | None:
    """`range(1, n)` becomes `range(n)` and so on, where that counts to the wanted number."""
    for text, value in _shorter(refused, count):
        if value == wanted:
            return Fix(count.span, text)
    return None


def _shorter(refused: Refused, count: ast.Expr) -> list[tuple[str, int | None]]:
    ranged = isinstance(count, ast.Call) and isinstance(count.function, ast.Name)
    if isinstance(count, ast.Call) and ranged and count.function.span.text == "range":
        last = count.args[-1].value if len(count.args) == 1 else count.args[1].value
        form = "range({})"
    else:
        last, form = count, "{}"
    options = [last]
    if isinstance(last, ast.Binary) and last.op in "+-" and isinstance(last.right, ast.Number):
        options.append(last.left)
    found = [(form.format(one.span.text), number(one, refused)) for one in options]
    for one in options:
        value = number(one, refused)
        if value is not None and isinstance(one, ast.Number):
            found += [(form.format(other), other) for other in range(max(1, value - 8), value + 9)]
        elif value is not None:
            found.append((form.format(f"{one.span.text} + 1"), value + 1))
            found.append((form.format(f"{one.span.text} - 1"), value - 1))
    return found
