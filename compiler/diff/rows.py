"""The changes of a net as few rows as say it: a block that came, went or was renamed is one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ...dsl.record import record
from .changes import ADDED, CHANGED, MOVED, REMOVED, RENAMED, Change, Changes, Difference
from .names import folded, prefixes
from .wiring import INPUTS


@record
class Row:
    """A change of one layer, or of all `layers` of a block."""

    kinds: tuple[str, ...]
    old: str
    new: str
    op: str
    layers: int
    differences: tuple[Difference, ...] = ()
    alike: int = 0
    """How many more layers changed in the same way as the one that is named."""


OTHER_SHAPES = Difference("weights", "", "of other shapes", True)

MOST_ALIKE = 3
"""Layers that changed in the same way, past which they are one row."""


def rows_of(changes: Changes) -> list[Row]:
    """The rows, in the order of the changes. A layer that also changed has one of its own."""
    plain = [change for change in changes.layers if len(change.kinds) == 1]
    blocks = {
        ADDED: _whole({c.new for c in plain if c.kinds == (ADDED,)}, changes.new_paths),
        REMOVED: _whole({c.old for c in plain if c.kinds == (REMOVED,)}, changes.old_paths),
    }
    paths = {c.old: c.new for c in changes.layers if RENAMED in c.kinds or MOVED in c.kinds}
    renamed = folded({a: b for a, b in paths.items() if a != b}, changes.old_paths)
    found: dict[object, Row] = {}
    for change in changes.layers:
        for key, row in _rows(change, blocks, renamed):
            earlier = found.get(key)
            found[key] = row if earlier is None else _joined(earlier, row)
    return _grouped(list(found.values()))


def _rows(
    change: Change, blocks: Mapping[str, Mapping[str, str]], renamed: Mapping[str, str]
) -> Iterator[tuple[object, Row]]:
    """The rows that say what happened to one layer, each with what it shares with others."""
    kinds, old, new, facts = change.kinds, change.old, change.new, change.differences
    if kinds == (ADDED,):
        new = blocks[ADDED].get(new, new)
    elif kinds == (REMOVED,):
        old = blocks[REMOVED].get(old, old)
    elif old != new:
        outer = next((prefix for prefix in prefixes(old)[:-1] if prefix in renamed), None)
        if outer is not None:
            place = tuple(kind for kind in kinds if kind != CHANGED)
            key = place, outer, renamed[outer]
            yield key, Row(place, outer, renamed[outer], change.op, 1)
            if CHANGED not in kinds:
                return
            kinds, old = (CHANGED,), new
    yield (kinds, old, new), Row(kinds, old, new, change.op, 1, facts)


def _joined(earlier: Row, row: Row) -> Row:
    return Row(earlier.kinds, earlier.old, earlier.new, "", earlier.layers + row.layers)


def _grouped(rows: Sequence[Row]) -> list[Row]:
    """The rows, with layers of one class whose arguments changed alike as one."""
    groups: dict[object, list[Row]] = {}
    for at, row in enumerate(rows):
        several = CHANGED in row.kinds and row.layers == 1
        key = (row.kinds, row.op, _alike(row)) if several else at
        groups.setdefault(key, []).append(row)
    found: list[Row] = []
    for group in groups.values():
        first = group[0]
        if len(group) <= MOST_ALIKE:
            found += group
            continue
        alike = all(row.differences == first.differences for row in group)
        facts = first.differences if alike else _arguments(first) or (OTHER_SHAPES,)
        found.append(Row(first.kinds, first.old, first.new, first.op, 1, facts, len(group) - 1))
    return found


def _alike(row: Row) -> tuple[Difference, ...]:
    """The same, with no word on which other layers one takes."""
    return tuple(
        replace(each, old="", new="") if each.name == INPUTS else each for each in _arguments(row)
    )


def _arguments(row: Row) -> tuple[Difference, ...]:
    """What changed of a layer but the shapes of its weights."""
    return tuple(each for each in row.differences if not each.weight)


def _whole(changed: Collection[str], paths: Iterable[str]) -> dict[str, str]:
    """For each changed path the largest block of which every layer changed so."""
    kept: set[str] = set()
    for path in paths:
        if path not in changed:
            kept.update(prefixes(path))
    return {
        path: next((prefix for prefix in prefixes(path) if prefix not in kept), path)
        for path in changed
    }
