"""The changes of a net as few rows as say it: a block that came, went or was renamed is one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ...dsl.record import record
from .changes import (
    ADDED,
    AMBIGUOUS,
    CHANGED,
    MOVED,
    REMOVED,
    RENAMED,
    Change,
    Changes,
    Difference,
)
from .names import counted, folded, prefixes, without_ends
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
        ADDED: whole({c.new for c in plain if c.kinds == (ADDED,)}, changes.new_paths),
        REMOVED: whole({c.old for c in plain if c.kinds == (REMOVED,)}, changes.old_paths),
    }
    paths = {c.old: c.new for c in changes.layers if RENAMED in c.kinds or MOVED in c.kinds}
    renamed = folded({a: b for a, b in paths.items() if a != b}, changes.old_paths)
    found: dict[object, Row] = {}
    open_blocks, old_paths = _open_blocks(changes), frozenset(changes.old_paths)
    for change in changes.layers:
        block = _in_open_block(change, open_blocks, old_paths)
        if block is not None:
            fact = Difference("could be", ", ".join(open_blocks[block]), "")
            row = Row((AMBIGUOUS,), "", block, change.op, 1, (fact,))
            found[block] = replace(row, layers=found[block].layers + 1) if block in found else row
            continue
        for key, row in _rows(change, blocks, renamed):
            earlier = found.get(key)
            found[key] = row if earlier is None else _joined(earlier, row)
    return _grouped(list(found.values()))


def _open_blocks(changes: Changes) -> Mapping[str, tuple[str, ...]]:
    """The blocks of the new net of which several layers could be those of the same old blocks."""
    options = {change.new: options_of(change) for change in changes.of(AMBIGUOUS)}
    return {block: others for block, others in without_ends(options) if block not in options}


def options_of(change: Change) -> list[str]:
    """The old layers that an ambiguous one could be."""
    return change.differences[0].old.split(", ")


def _in_open_block(
    change: Change, blocks: Mapping[str, tuple[str, ...]], old_paths: Collection[str]
) -> str | None:
    """The block that could be others of which a layer is one, or has its like there."""
    block = next((each for each in prefixes(change.new)[:-1] if each in blocks), None)
    if block is None:
        return None
    end = change.new[len(block) :]
    likes = [f"{other}{end}" for other in blocks[block]]
    if change.kinds == (AMBIGUOUS,):
        return block if options_of(change) == likes else None
    if change.kinds == (ADDED,):
        return block if any(like in old_paths for like in likes) else None
    return block if change.kinds in ((RENAMED,), (MOVED,)) and change.old in likes else None


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
    """The rows, with layers of one class that changed alike, or came alike in blocks, as one."""
    groups: dict[object, list[Row]] = {}
    for at, row in enumerate(rows):
        key: object = at
        if row.layers == 1 and CHANGED in row.kinds:
            key = row.kinds, row.op, _alike(row)
        elif row.layers == 1 and AMBIGUOUS not in row.kinds:
            key = row.kinds, row.op, *(_word(path) for path in (row.old, row.new))
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


def _word(path: str) -> str:
    """What a layer is called in its block, not counted."""
    return counted(path.rpartition("/")[2])[0]


def _alike(row: Row) -> tuple[Difference, ...]:
    """The same, with no word on which other layers one takes."""
    return tuple(
        replace(each, old="", new="") if each.name == INPUTS else each for each in _arguments(row)
    )


def _arguments(row: Row) -> tuple[Difference, ...]:
    """What changed of a layer but the shapes of its weights."""
    return tuple(each for each in row.differences if not each.weight)


def whole(changed: Collection[str], paths: Iterable[str]) -> dict[str, str]:
    """For each changed path the largest block of which every layer changed so."""
    kept: set[str] = set()
    for path in paths:
        if path not in changed:
            kept.update(prefixes(path))
    return {
        path: next((prefix for prefix in prefixes(path) if prefix not in kept), path)
        for path in changed
    }
