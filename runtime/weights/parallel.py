"""Places layers by lists of a file that go side by side: item 2 of one works on item 2 of another.

Feature pyramids and nets with several outputs have a head for each of some stages. No head works on
what another made, so no order tells them apart. But where stages and heads are numbered alike
(`inner_blocks.2` and `layer_blocks.2`), each head works on the stage of its number, and often there
is only one way in which all do.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from .order import Flow, Orders, groups

List = tuple[str, ...]
"""The names of a list, with a hole where the number of the item is."""
HOLE = "#"


def by_lists(found: Orders, flow: Flow, names: Sequence[str]) -> Orders:
    """What an order left open, less what lists tell; `names` are those of the file's layers."""
    sure, doubts = dict(found.places), dict(found.doubts)
    stages: dict[List, dict[int, str]] = {}
    for path, place in found.places.items():
        for pattern, number in _lists(names[place]).items():
            stages.setdefault(pattern, {})[number] = path
    for paths, places in groups(doubts):
        numbers = _numbers(places, names) if len(paths) == len(places) else None
        if numbers is None:
            continue
        ways = [
            _only_way(
                {
                    path: {at for at in doubts[path] if stage[numbers[at]] in flow.before[path]}
                    for path in paths
                }
            )
            for stage in stages.values()
            if stage.keys() >= set(numbers.values())
        ]
        told = [way for way in ways if way is not None]
        if told and all(way == told[0] for way in told):
            sure |= told[0]
            doubts = {path: left for path, left in doubts.items() if path not in paths}
    return Orders(sure, doubts)


def _lists(name: str) -> dict[List, int]:
    """The lists that a layer may be an item of, with its number there."""
    parts = re.split(r"(\d+)", name)
    return {
        (*parts[:place], HOLE, *parts[place + 1 :]): int(parts[place])
        for place in range(1, len(parts), 2)
    }


def _numbers(places: Collection[int], names: Sequence[str]) -> Mapping[int, int] | None:
    """The numbers of layers that are the items of one list; None where they are not."""
    lists = {place: _lists(names[place]) for place in places}
    common = set.intersection(*(set(each) for each in lists.values()))
    if len(common) != 1:
        return None
    (pattern,) = common
    return {place: each[pattern] for place, each in lists.items()}


def _only_way(could: Mapping[str, set[int]]) -> dict[str, int] | None:
    """The one way to give each layer a place of its own; None where there are none or several.

    Where there is one way, some layer always has a single place left.
    """
    left = {path: set(places) for path, places in could.items()}
    way: dict[str, int] = {}
    while left:
        path = next((path for path, places in left.items() if len(places) == 1), None)
        if path is None:
            return None
        way[path] = left.pop(path).pop()
        for places in left.values():
            places.discard(way[path])
    return way
