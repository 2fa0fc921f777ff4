"""Places layers by the order of a file, by the numbers in its names, and by its blocks."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence

from ...compiler.ir.graph import CheckedGraph
from ...compiler.ir.paths import snake
from .chains import chains_of, in_chains
from .depth import by_depth
from .listing import by_listing
from .names import is_made_up, pattern, told_by_blocks, told_by_words
from .order import Could, Flow, Orders, groups, in_flow, says_pooled, says_shortcut
from .parallel import by_lists
from .placed import Doubt, Listed, Placed
from .structure import Symmetry


def by_order(
    checked: CheckedGraph,
    flow: Flow,
    could: Could,
    listed: Listed,
    symmetry: Symmetry,
    fixed: Mapping[str, int],
) -> Placed:
    """Places layers that names and graphs did not.

    `could` has the places that fit each, and `fixed` the places of layers that have one already.
    """
    could = _of_blocks(checked, could, listed)
    placed = _in_order(checked, flow, could, listed, symmetry, fixed)
    if not placed.doubts:
        return placed
    own = {node.path for node in checked if node.weights and is_made_up(node.path, node)}
    spoken = told_by_words(could, [layer.name for layer in listed.layers], own)
    told = _in_order(checked, flow, spoken, listed, symmetry, fixed)
    kept = all(told.places.get(path) == place for path, place in placed.places.items())
    return told if kept and len(told.doubts) < len(placed.doubts) else placed


def _in_order(
    checked: CheckedGraph,
    flow: Flow,
    could: Could,
    listed: Listed,
    symmetry: Symmetry,
    fixed: Mapping[str, int],
) -> Placed:
    """Places layers by the order of the file, each at one of the places it could have."""
    made_up = {path: place for path, place in listed.made_up.items() if place in could[path]}
    meant = frozenset(made_up.values())
    could = {
        path: (places & meant if path in made_up else places - meant) or places
        for path, places in could.items()
    }
    placed = Placed()
    deep = by_depth(checked, flow, listed.by_depth) if listed.by_depth else None
    units = _units(could, flow, listed, placed)
    for unit in units:
        _place(unit, flow, deep, listed, symmetry, tuple(fixed), placed)
    whole = placed.doubts and listed.by_depth and sum(map(len, units)) == len(could)
    told = _by_listing(checked, units, listed) if whole else None
    return _by_lists(placed, flow, listed, fixed) if told is None else Placed(told)


def _by_listing(
    checked: CheckedGraph, units: Sequence[Could], listed: Listed
) -> dict[str, int] | None:
    """What Keras's own order says, where the file has it for all that is left."""
    ordered = []
    for unit in units:
        places = frozenset().union(*unit.values())
        if len(places) != len(unit) or listed.contradicts(places):
            return None
        ordered.append((unit, sorted(places, key=listed.rank)))
    return by_listing(checked, ordered, listed.by_depth)


def _by_lists(placed: Placed, flow: Flow, listed: Listed, fixed: Mapping[str, int]) -> Placed:
    """What no order places, by lists that go side by side."""
    names = [layer.name for layer in listed.layers]
    doubts = {path: frozenset(doubt.places) for path, doubt in placed.doubts.items()}
    found = by_lists(Orders({**fixed, **placed.places}, doubts), flow, names)
    return Placed(
        {path: place for path, place in found.places.items() if path not in fixed},
        {path: placed.doubts[path] for path in found.doubts},
    )


def _of_blocks(checked: CheckedGraph, could: Could, listed: Listed) -> Could:
    """What is left of the places where labelled blocks say in which module a layer is."""
    made_up = {
        snake(frame.block)
        for node in checked
        if node.trace is not None
        for frame in node.trace.frames()
    }
    return told_by_blocks(could, [layer.name for layer in listed.layers], made_up)


def _units(could: Could, flow: Flow, listed: Listed, placed: Placed) -> list[Could]:
    """Layers that have to be placed together, since one order holds for all of them."""
    units: dict[Hashable, dict[str, frozenset[int]]] = {}
    for paths, _ in groups(could):
        group = {path: could[path] for path in paths}
        hinted = _hinted(flow, group, listed)
        parts = [{path: hinted[path] for path in part} for part, _ in groups(hinted)]
        for each in [group] if _is_listed(group, listed) else parts:
            found = frozenset().union(*each.values())
            if _is_listed(each, listed):
                units.setdefault(listed.series(min(found)), {}).update(each)
            else:
                placed.doubts.update({path: Doubt(tuple(sorted(could[path]))) for path in each})
    return list(units.values())


def _is_listed(group: Could, listed: Listed) -> bool:
    """Whether the file says an order for all places that a group could have."""
    places = frozenset().union(*group.values())
    return len({listed.series(place) for place in places}) == 1 and not listed.contradicts(places)


def _hinted(flow: Flow, could: Could, listed: Listed) -> Could:
    """The places less modules that are called a shortcut or pool, for layers that are none."""

    def fits(path: str, name: str) -> bool:
        shortcut = path in flow.shortcuts or not says_shortcut(name)
        return shortcut and (path in flow.pooled or not says_pooled(name))

    return {
        path: frozenset(at for at in places if fits(path, listed.layers[at].name)) or places
        for path, places in could.items()
    }


def _place(
    unit: Could,
    flow: Flow,
    deep: Flow | None,
    listed: Listed,
    symmetry: Symmetry,
    fixed: Sequence[str],
    placed: Placed,
) -> None:
    """Places what one order holds for.

    First layers are taken to come in an order in which they could run. Where that leaves more than
    one way, they come in the order that Keras gives them, a module that is called a shortcut must
    be one, numbers in names must come in order too, and lists of a file go side by side. Where
    there is no such order, as in `nn.TransformerEncoderLayer`, it is asked only of layers of the
    same shapes, if their classes or the numbers in their names say that they are in order.
    """
    hinted = _hinted(flow, unit, listed)
    order = listed.rank
    found = _in_flow(unit, flow, symmetry, fixed, order)
    if found is not None and found.doubts and deep is not None:
        found = _in_flow(unit, deep, symmetry, fixed, order) or found
    if found is not None and found.doubts and hinted != unit:
        found = _in_flow(hinted, flow, symmetry, fixed, order) or found
    if found is not None and found.doubts:
        found = _by_numbers(found, flow, listed, symmetry, fixed)
        found = by_lists(found, flow, [layer.name for layer in listed.layers])
    if found is not None and found.doubts and listed.modules:
        found = _by_chains(found, flow, listed, symmetry, fixed)
    if found is not None:
        _take(found, unit, placed)
        return
    for paths, _ in groups(hinted):
        group = {path: hinted[path] for path in paths}
        found = _in_flow(group, flow, symmetry, fixed, order)
        if found is None or not (len(group) == 1 or _is_numbered(group, listed)):
            found = Orders({}, {path: unit[path] for path in group})
        _take(found, unit, placed)


def _by_numbers(
    found: Orders, flow: Flow, listed: Listed, symmetry: Symmetry, fixed: Sequence[str]
) -> Orders:
    """What the numbers in names leave open: `block1_0` is before what works on `block1_2`."""
    could = {**found.doubts, **{path: frozenset((at,)) for path, at in found.places.items()}}
    patterns: dict[str, dict[str, frozenset[int]]] = {}
    for paths, places in groups(could):
        names = {pattern(listed.layers[place].name) for place in places}
        if len(names) == 1:
            patterns.setdefault(names.pop(), {}).update({path: could[path] for path in paths})
    sure, doubts = dict(found.places), dict(found.doubts)
    for unit in patterns.values():
        if not unit.keys() & doubts.keys():
            continue
        told = _in_flow(unit, flow, symmetry, fixed, listed.number)
        if told is not None and not told.doubts:
            sure.update(told.places)
            doubts = {path: places for path, places in doubts.items() if path not in unit}
    return Orders(sure, doubts)


def _by_chains(
    found: Orders, flow: Flow, listed: Listed, symmetry: Symmetry, fixed: Sequence[str]
) -> Orders:
    """What numbers leave open in modules whose certain layers work on one another in order."""
    chains = chains_of([layer.name for layer in listed.layers])
    while found.doubts:
        narrowed = in_chains(found, flow, chains)
        if narrowed == found.doubts:
            break
        sure = {path: frozenset((at,)) for path, at in found.places.items()}
        told = _in_flow({**sure, **narrowed}, flow, symmetry, fixed, listed.rank)
        if told is None:
            break
        found = told
    return found


def _is_numbered(group: Could, listed: Listed) -> bool:
    """Whether layers are of one class, or called the same but for numbers."""
    layers = [listed.layers[place] for place in frozenset().union(*group.values())]
    return bool(layers[0].kind) or len({pattern(layer.name) for layer in layers}) == 1


def _in_flow(
    could: Could,
    flow: Flow,
    symmetry: Symmetry,
    fixed: Sequence[str],
    order: Callable[[int], tuple[int, ...]],
) -> Orders | None:
    places = sorted(frozenset().union(*could.values()), key=order)
    rank = {place: index for index, place in enumerate(places)}
    found = in_flow(
        flow,
        {path: frozenset(rank[place] for place in options) for path, options in could.items()},
        symmetry,
        fixed,
    )
    if found is None:
        return None
    return Orders(
        {path: places[index] for path, index in found.places.items()},
        {
            path: frozenset(places[index] for index in options)
            for path, options in found.doubts.items()
        },
    )


def _take(found: Orders, unit: Could, placed: Placed) -> None:
    """Takes what is certain; where anything is not, nothing of several of one shape is."""
    for path in found.doubts:
        placed.doubts[path] = Doubt(tuple(sorted(unit[path])))
    for path, place in found.places.items():
        if found.doubts and len(unit[path]) > 1:
            placed.doubts[path] = Doubt(tuple(sorted(unit[path])), place)
        else:
            placed.places[path] = place
