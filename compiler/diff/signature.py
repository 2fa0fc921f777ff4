"""What changed in the inputs and outputs of a net."""

from __future__ import annotations

from collections.abc import Iterator

from ..ir.graph import CheckedGraph
from .changes import ADDED, CHANGED, REMOVED, RENAMED, Change, Difference
from .layers import INPUT, Layers
from .match import Matched


def signature_changes(
    old: CheckedGraph, new: CheckedGraph, ours: Layers, theirs: Layers, matched: Matched
) -> Iterator[Change]:
    """The inputs by their matches, the outputs by name, or by order where all names changed."""
    pairs = {
        ours.layers[a].path: theirs.layers[b].path
        for a, b in matched.pairs.items()
        if ours.layers[a].kind == INPUT
    }
    before = {path: str(old.graph.node(path).outputs[0]) for path in old.graph.inputs}
    after = {path: str(new.graph.node(path).outputs[0]) for path in new.graph.inputs}
    yield from _ends("input", before, after, pairs)
    before = {each.name: str(old.graph.type(each.ref)) for each in old.graph.outputs}
    after = {each.name: str(new.graph.type(each.ref)) for each in new.graph.outputs}
    pairs = {name: name for name in before if name in after}
    gone = [name for name in before if name not in pairs]
    came = [name for name in after if name not in pairs]
    if len(gone) == len(came):
        pairs |= dict(zip(gone, came, strict=True))
    yield from _ends("output", before, after, pairs)


def _ends(
    what: str, old: dict[str, str], new: dict[str, str], pairs: dict[str, str]
) -> Iterator[Change]:
    for name, type in old.items():
        if name not in pairs:
            yield Change((REMOVED,), name, "", what, (Difference("type", type, ""),))
            continue
        other = pairs[name]
        changed = type != new[other]
        kinds = (*([RENAMED] * (name != other)), *([CHANGED] * changed))
        if kinds:
            differences = (Difference("type", type, new[other]),) if changed else ()
            yield Change(kinds, name, other, what, differences)
    for name, type in new.items():
        if name not in pairs.values():
            yield Change((ADDED,), "", name, what, (Difference("type", "", type),))
