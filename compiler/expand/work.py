"""Counts what is done with compile-time values, so that every program ends soon and stays small.

A step is about a microsecond, as one expression takes. Work with values is counted by the items it
touches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from ...dsl.record import record
from ..shapes.dims import Sym
from .statics import MAX_ITEMS, StaticFault
from .values import LayerValue, Value

STEPS_OF_A_LAYER = 20
"""About what a layer takes that a line of its own makes."""

MAX_NESTING = 50
"""How deep lists, tuples and layers may stand inside each other."""

SCANNED, COPIED = 64, 16
"""How many items are compared, or copied, in a step."""

ITEMS_A_STEP: Mapping[str, int] = {
    "==": SCANNED,
    "!=": SCANNED,
    "+": COPIED,
    "*": COPIED,
    "slice": COPIED,
    "min": 8,
    "max": 8,
    "range": 4,
    "sum": 1,
    "enumerate": 1,
    "zip": 1,
}
"""How many items each operation touches in a step. What is not here touches none, or one.

`range`, `enumerate` and `zip` make an object for each item, which counts as memory, too.
"""

STEPS_A_PRODUCT: Mapping[str, int] = {"*": 3, "**": 24}
"""What each product of a term of one size and a term of another takes; there are up to 8 powers."""


@record(frozen=False)
class Meter:
    """Counts the steps of several nets; `most` is how many they may take together."""

    most: int | None = None
    steps: int = 0

    def layers(self, most: int) -> int:
        """How many layers the next net may have, which is `most` where there is no limit."""
        if self.most is None:
            return most
        return min(most, max(0, self.most - self.steps) // STEPS_OF_A_LAYER)


@record(frozen=False)
class Sizes:
    """What values hold: measured once, by identity, though many values share a part."""

    _known: dict[int, tuple[Value, int, int]] = field(default_factory=dict)
    _kept: int = 0

    def of(self, value: Value) -> tuple[int, int]:
        """How many items a value holds, those inside items included, and how deep they lie.

        An item that stands in two places counts twice, as whoever walks the value meets it twice.
        Raises StaticFault past MAX_NESTING and MAX_ITEMS.
        """
        if isinstance(value, str):
            return len(value), 0
        if type(value) not in _NAMES:
            return 0, 0
        known = self._known.get(id(value))
        if known is not None:
            return known[1:]
        items = _held(value) if isinstance(value, LayerValue) else value
        assert isinstance(items, list | tuple)
        total, depth = len(items), min(1, len(items))
        if not _NAMES.keys().isdisjoint(map(type, items)):
            for item in items:
                if type(item) in _NAMES:
                    inside, below = self.of(item)
                    total += inside
                    depth = max(depth, below + 1)
                    if total > MAX_ITEMS:
                        break
        if depth > MAX_NESTING:
            raise StaticFault(f"{_NAMES[type(value)]} is nested more than {MAX_NESTING} deep")
        if total > MAX_ITEMS:
            raise StaticFault(
                f"{_NAMES[type(value)]} of over {MAX_ITEMS:,} items, those inside items included"
            )
        self._keep(value, len(items), total, depth)
        return total, depth

    def _keep(self, value: Value, length: int, total: int, depth: int) -> None:
        """Remembers a value that would take time to measure again, and not too many of them."""
        if length < SCANNED and depth < 2:
            return
        self._kept += length + 1
        if self._kept > MAX_ITEMS // 2:
            self._known.clear()
            self._kept = length + 1
        # With the value, so that its identity stays its own.
        self._known[id(value)] = (value, total, depth)


def _held(layer: LayerValue) -> list[Value]:
    """The values inside a layer: its arguments, or the layers of a chain."""
    if layer.chain is not None:
        return [link.layer for link in layer.chain.links]
    return [arg.value for arg in layer.args]


_SMALL = frozenset((int, float, bool))
"""Types whose values are all small."""

_NAMES = {list: "a list", tuple: "a tuple", str: "a string", LayerValue: "a layer"}


def steps_of(sizes: Sizes, operation: str, *values: Value) -> int:
    """The steps of an operation with some values, or that gave one. Raises StaticFault."""
    if _SMALL.issuperset(map(type, values)):
        return 0
    steps = 0
    symbols = [value for value in values if isinstance(value, Sym)]
    if symbols:
        steps += sum([symbol.size for symbol in symbols])
        if operation in ("min", "max"):
            # Each is held against the others.
            steps += 8 * len(symbols)
        elif operation in STEPS_A_PRODUCT:
            products = len(symbols[0].terms) * len(symbols[-1].terms)
            steps += STEPS_A_PRODUCT[operation] * products
    for value in values:
        total, depth = sizes.of(value)
        if not total or operation not in ITEMS_A_STEP or not isinstance(value, list | tuple | str):
            continue
        if depth > 1 and operation in ("==", "!="):
            steps += total // 2
        else:
            steps += len(value) // ITEMS_A_STEP[operation]
        if operation in ("min", "max", "sum"):
            # Of sizes, each is held against those that none before it outdid.
            of_sizes = [item.size for item in value if isinstance(item, Sym)]
            steps += 2 * sum(of_sizes) * (1 if operation == "sum" else min(len(of_sizes), 128))
    return steps
