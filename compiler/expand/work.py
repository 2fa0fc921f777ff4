"""Counts what compile-time values hold, so that lists in lists stay small enough to work with."""

from __future__ import annotations

from ...dsl.text.source import Span
from .body import Body
from .statics import MAX_ITEMS, StaticFault
from .values import LayerValue, Value

MAX_NESTING = 50
"""How deep lists, tuples and layers may stand inside each other."""
ITEMS_A_STEP = 64
"""How many items are copied or compared in the time of one step of an expansion."""


def held(value: Value) -> int:
    """How many items a value holds, those of the values inside it included.

    A value that stands in two places counts twice, as whoever walks it meets it twice. Raises
    StaticFault past MAX_NESTING and MAX_ITEMS.
    """
    total = 0
    waiting = [(value, 1)]
    while waiting:
        outer, depth = waiting.pop()
        if isinstance(outer, str):
            total += len(outer)
            continue
        items = [arg.value for arg in outer.args] if isinstance(outer, LayerValue) else outer
        if not isinstance(items, list | tuple) or not items:
            continue
        if depth > MAX_NESTING:
            raise StaticFault(f"{_NAMES[type(value)]} is nested more than {MAX_NESTING} deep")
        total += len(items)
        if total > MAX_ITEMS:
            raise StaticFault(
                f"{_NAMES[type(value)]} of over {MAX_ITEMS:,} items, those inside items included"
            )
        if not _NAMES.keys().isdisjoint(map(type, items)):
            waiting.extend((item, depth + 1) for item in items if type(item) in _NAMES)
    return total


_NAMES = {list: "a list", tuple: "a tuple", str: "a string", LayerValue: "a layer"}


def count_work(body: Body, span: Span, value: Value) -> None:
    """Counts the work with a value as steps of the expansion.

    Raises StaticFault where the value holds too much, and Stop past the limit of steps.
    """
    if type(value) in _NAMES:
        steps = held(value) // ITEMS_A_STEP
        if steps:
            body.expansion.step(span, body.trace, steps)
