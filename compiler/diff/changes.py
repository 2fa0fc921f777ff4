"""What changed in the structure of a net, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...dsl.record import record
from ..ir.graph import Node
from ..ops.base.declare import Argument
from ..ops.base.kinds import show
from ..shapes.types import show_shape
from .layers import INPUT, Layers, arguments_of
from .lifting import wiring_of
from .match import Matched
from .names import Shifts, parent
from .wiring import INPUTS, Wiring, taken

ADDED, REMOVED, MOVED, RENAMED, CHANGED = "added", "removed", "moved", "renamed", "changed"
AMBIGUOUS = "ambiguous"
"""It could be one old layer as well as another, or a new one."""
KINDS = (ADDED, REMOVED, MOVED, RENAMED, CHANGED, AMBIGUOUS)


@record
class Difference:
    """One fact of a layer before and after: an argument, the shape of a weight, the class."""

    name: str
    old: str
    new: str
    weight: bool = False
    """Whether it is the shape of a weight."""


@record
class Change:
    """What happened to one layer; `kinds` are some of `KINDS`."""

    kinds: tuple[str, ...]
    old: str
    """Its path in the old net; nothing where it is new."""
    new: str
    op: str
    differences: tuple[Difference, ...] = ()


@record
class Reshaped:
    """A layer whose output has another type."""

    path: str
    old: str
    new: str


@dataclass(frozen=True)
class Changes:
    """The changed layers in the order of the new net, with removed ones where they were."""

    layers: tuple[Change, ...]
    shapes: tuple[Reshaped, ...]
    signature: tuple[Change, ...]
    """What happened to inputs and outputs."""
    old_paths: tuple[str, ...]
    """All layers of the old net."""
    new_paths: tuple[str, ...]
    in_place: bool = False
    """Whether no layer changed places with another: those that moved are in other blocks alone."""

    def of(self, kind: str) -> list[Change]:
        """The changes of one kind."""
        return [change for change in self.layers if kind in change.kinds]


def changes_of(
    old: Layers, new: Layers, matched: Matched, wiring: Wiring | None = None
) -> Sequence[Change]:
    """The changes of all layers but inputs."""
    wiring = wiring or wiring_of(old, new, matched.pairs)
    shifts = Shifts()
    for a, b in matched.pairs.items():
        if old.layers[a].kind != INPUT:
            shifts.add(old.layers[a].path, new.layers[b].path)
    back = {b: a for a, b in matched.pairs.items()}
    found: list[tuple[float, Change]] = []
    for at, layer in enumerate(new.layers):
        if layer.kind == INPUT:
            continue
        if at in matched.doubts:
            options = ", ".join(old.layers[i].path for i in matched.doubts[at])
            fact = Difference("could be", options, "")
            found.append((at, Change((AMBIGUOUS,), "", layer.path, layer.kind, (fact,))))
            continue
        if at not in back:
            takes = taken(new, layer.node.inputs)
            facts = (Difference(INPUTS, "", takes),) * bool(takes)
            found.append((at, Change((ADDED,), "", layer.path, layer.kind, facts)))
            continue
        before = old.layers[back[at]]
        differences = differences_of(old, new, back[at], at)
        if wiring.changed(back[at], at):
            differences = (*differences, Difference(INPUTS, *wiring.taken(back[at], at)))
        moved = at in wiring.lifted or _left_block(before.path, layer.path, shifts)
        kinds = [
            *([MOVED] if moved else []),
            *([RENAMED] if before.path != layer.path and before.kind == layer.kind else []),
            *([CHANGED] if differences else []),
        ]
        if MOVED in kinds and RENAMED in kinds:
            kinds.remove(RENAMED)
        if kinds:
            found.append(
                (at, Change(tuple(kinds), before.path, layer.path, layer.kind, differences))
            )
    place = -1.0
    open_ones = {at for options in matched.doubts.values() for at in options}
    for at, layer in enumerate(old.layers):
        if at in matched.pairs:
            place = float(matched.pairs[at])
        elif layer.kind != INPUT and at not in open_ones:
            found.append((place + 0.5, Change((REMOVED,), layer.path, "", layer.kind)))
    return [change for _, change in sorted(found, key=lambda each: each[0])]


def differences_of(old: Layers, new: Layers, a: int, b: int) -> tuple[Difference, ...]:
    """The class, arguments and weights in which two layers differ."""
    before, after = old.layers[a], new.layers[b]
    found: list[Difference] = []
    if before.kind != after.kind:
        return (Difference("layer", before.kind, after.kind),)
    if before.call != after.call:
        ours, theirs = arguments_of(before.node), arguments_of(after.node)
        found += [
            Difference(name, _written(value), _written(theirs[name]))
            for name, value in ours.items()
            if repr(value) != repr(theirs[name])
        ]
        if not found:
            found.append(Difference("tensors", _tensors(before.node), _tensors(after.node)))
    shapes = [
        {weight.name: show_shape(weight.shape) for weight in layer.node.weights}
        for layer in (before, after)
    ]
    for name in dict.fromkeys((*shapes[0], *shapes[1])):
        one, two = shapes[0].get(name, "none"), shapes[1].get(name, "none")
        if one != two:
            found.append(Difference(name, one, two, True))
    if before.again != after.again:
        words = {False: "its own", True: "shared"}
        found.append(Difference("weights", words[before.again], words[after.again]))
    return tuple(found)


def _tensors(node: Node) -> str:
    """What the tensors that a layer takes are to it, by its names for them, in order."""
    assert node.op is not None
    names = node.op.given or node.op.names_of_tensors()[: len(node.inputs)]
    return ", ".join((*names, *(f"mask {at + 1}" for at in node.op.masked)))


def _written(value: object) -> str:
    """An argument as its author would write it: of a call only what is not the default."""
    table: Mapping[str, Argument] | None = getattr(type(value), "arguments", None)
    if table is None:
        word = isinstance(value, str) and value.isidentifier()
        return str(value) if word else show(value)
    given = [
        f"{name}={_written(getattr(value, name))}"
        for name, argument in table.items()
        if repr(getattr(value, name)) != repr(argument.default)
    ]
    name = type(value).__name__
    return f"{name}({', '.join(given)})" if given else name


def reshaped(old: Layers, new: Layers, pairs: Mapping[int, int]) -> Sequence[Reshaped]:
    """The layers that give another type than before."""
    found: list[Reshaped] = []
    for a, b in sorted(pairs.items(), key=lambda pair: pair[1]):
        one, two = (
            ", ".join(map(str, each.node.outputs)) for each in (old.layers[a], new.layers[b])
        )
        if one != two and new.layers[b].kind != INPUT:
            found.append(Reshaped(new.layers[b].path, one, two))
    return found


def _left_block(old: str, new: str, shifts: Shifts) -> bool:
    """Whether a layer went from one block to another, and neither became the other.

    One block can become several, as repeated lines become rounds of a loop, and several one.
    """
    before, after = parent(old), parent(new)
    if before in (after, new) or after == old:
        # What a variable names is a block of its own as soon as it has a second layer.
        return False
    return shifts.block(before) != after and shifts.block_back(after) != before
