"""Runs `for` and `repeat`."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TypeAlias

from ...dsl.diagnostics.codes import Code
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..link.names import assigned, expressions, own_expressions, statements
from .body import Body
from .keys import key_of
from .rounds import WORTH, Loop
from .values import POISON, Bundle, Poison, Value, kind_of
from .work import COPIED

Run: TypeAlias = "Callable[[Body, tuple[ast.Statement, ...]], None]"
"""Runs some statements in a body."""


def over_items(body: Body, loop: ast.For, items: Sequence[Value], run: Run) -> None:
    """Runs the rounds of a `for`, but for those at its end that do as the one before them."""
    span = loop.iterable.span
    body.expansion.step(span, body.trace, len(items) // COPIED)
    names = [target.name for target in loop.targets]
    if len(items) <= WORTH:
        for item in items:
            _take(body, names, item, span)
            _round(body, loop, run)
        return
    rounds = Loop(body, body.place, len(items), span)
    read = _read(loop.body)
    told_by = [place for place, name in enumerate(names) if name in read]
    unread = [name for name in names if name not in read]
    done = 0
    while done < len(items):
        _take(body, names, items[done], span)
        rounds.begin(body.env, unread)
        _round(body, loop, run)
        done += 1
        if rounds.watched:
            skipped = rounds.skip(body.env, _alike(items, done, len(names), told_by))
            if skipped:
                done += skipped
                _take(body, names, items[done - 1], span)


def repeat(body: Body, loop: ast.Repeat, count: int, run: Run) -> None:
    """Runs the rounds of a `repeat`, but for those at its end that do as the one before them."""
    rounds = Loop(body, body.place, count, loop.count.span)
    left = count
    while left:
        rounds.begin(body.env)
        _round(body, loop, run)
        left -= 1
        left -= rounds.skip(body.env, left)


def _round(body: Body, loop: ast.For | ast.Repeat, run: Run) -> None:
    body.expansion.steps += 1
    if not loop.body:
        body.expansion.step(loop.span, body.trace)
    run(body, loop.body)


def _take(body: Body, names: Sequence[str], item: Value, span: Span) -> None:
    """Gives the names of a `for` what one round is about."""
    if len(names) == 1:
        body.env[names[0]] = item
    else:
        body.env.update(zip(names, unpack(body, item, len(names), span), strict=True))


def _read(body: Sequence[ast.Statement]) -> set[str]:
    """The names that statements read or bind."""
    bound = {ident.name for ident in assigned(body)}
    for inner in statements(body):
        if isinstance(inner, ast.For):
            bound.update(target.name for target in inner.targets)
    return bound | {
        each.name
        for statement in statements(body)
        for root in own_expressions(statement)
        for each in expressions(root)
        if isinstance(each, ast.Name)
    }


def _alike(items: Sequence[Value], done: int, names: int, told_by: Sequence[int]) -> int:
    """How many of the items that come now equal the last one in what rounds read of them."""
    if names == 1 and not told_by:
        return len(items) - done
    last = _parts(items[done - 1], names)
    key = key_of({str(place): last[place] for place in told_by}) if last is not None else None
    if last is None or key is None:
        return 0

    def same(item: Value) -> bool:
        parts = _parts(item, names)
        return parts is not None and (
            all(parts[place] is last[place] for place in told_by)
            or key_of({str(place): parts[place] for place in told_by}) == key
        )

    return sum(1 for _ in itertools.takewhile(same, itertools.islice(items, done, None)))


def _parts(item: Value, names: int) -> Sequence[Value] | None:
    """What the names of a `for` get of an item, where there is one for each."""
    if names == 1:
        return [item]
    return item if isinstance(item, list | tuple) and len(item) == names else None


def unpack(body: Body, value: Value, count: int, span: Span) -> list[Value]:
    """The values for several names; poison where there are more or fewer (reported)."""
    if isinstance(value, Poison):
        return [POISON] * count
    if isinstance(value, Bundle | list | tuple):
        if isinstance(value, list | tuple):
            body.expansion.step(span, body.trace, len(value) // COPIED)
        items = list(value.items if isinstance(value, Bundle) else value)
        if len(items) == count:
            return items
        body.fault(
            Code.RESULT_COUNT,
            f"{count} names for {len(items)} values",
            span,
            f"{len(items)} values",
        )
    else:
        body.fault(
            Code.RESULT_COUNT,
            f"{count} names for one value",
            span,
            f"this is {kind_of(value)}",
        )
    return [POISON] * count
