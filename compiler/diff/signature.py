"""What changed in the inputs and outputs of a net."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..ir.graph import CheckedGraph
from .align import rising
from .changes import ADDED, CHANGED, REMOVED, RENAMED, Change, Difference
from .layers import INPUT, Layers
from .match import Matched
from .wiring import Wiring, named


def signature_changes(
    old: CheckedGraph,
    new: CheckedGraph,
    ours: Layers,
    theirs: Layers,
    matched: Matched,
    wiring: Wiring,
) -> Iterator[Change]:
    """The inputs by their matches, the outputs by name, or by order where all names changed."""
    pairs = {
        ours.layers[a].path: theirs.layers[b].path
        for a, b in matched.pairs.items()
        if ours.layers[a].kind == INPUT
    }
    before = {path: str(old.graph.node(path).outputs[0]) for path in old.graph.inputs}
    after = {path: str(new.graph.node(path).outputs[0]) for path in new.graph.inputs}
    yield from _ends("input", before, after, pairs, {})
    before = {each.name: str(old.graph.type(each.ref)) for each in old.graph.outputs}
    after = {each.name: str(new.graph.type(each.ref)) for each in new.graph.outputs}
    pairs = {name: name for name in before if name in after}
    gone = [name for name in before if name not in pairs]
    came = [name for name in after if name not in pairs]
    if len(gone) == len(came):
        pairs |= dict(zip(gone, came, strict=True))
    olds = {each.name: each.ref for each in old.graph.outputs}
    news = {each.name: each.ref for each in new.graph.outputs}
    made = {
        name: Difference("made by", named(ours, olds[name]), named(theirs, news[other]))
        for name, other in pairs.items()
        if wiring.differ((olds[name],), (news[other],))
    }
    yield from _ends("output", before, after, pairs, made)


def _ends(
    what: str,
    old: Mapping[str, str],
    new: Mapping[str, str],
    pairs: Mapping[str, str],
    made: Mapping[str, Difference],
) -> Iterator[Change]:
    """The changes of the inputs or the outputs; `made` says which are made by other layers now."""
    places = _reordered([*old], [*new], pairs)
    for name, type in old.items():
        if name not in pairs:
            yield Change((REMOVED,), name, "", what, (Difference("type", type, ""),))
            continue
        other = pairs[name]
        differences = (
            *([Difference("type", type, new[other])] if type != new[other] else []),
            *([made[name]] if name in made else []),
            *([places[name]] if name in places else []),
        )
        kinds = (*([RENAMED] * (name != other)), *([CHANGED] * bool(differences)))
        if kinds:
            yield Change(kinds, name, other, what, differences)
    for name, type in new.items():
        if name not in pairs.values():
            yield Change((ADDED,), "", name, what, (Difference("type", "", type),))


def _reordered(
    old: Sequence[str], new: Sequence[str], pairs: Mapping[str, str]
) -> Mapping[str, Difference]:
    """Those that changed places with others: which one they were, and are."""
    kept = [name for name in old if name in pairs]
    order = [new.index(pairs[name]) for name in kept]
    stayed = {kept[at] for at in rising(order)}
    return {
        name: Difference("place", str(old.index(name) + 1), str(at + 1))
        for name, at in zip(kept, order, strict=True)
        if name not in stayed
    }
