"""Layers that several tensors go through side by side, with the same weights, are shared.

A Siamese net's two towers, or the head of each level of a pyramid: exporters write the layers once
for each use. Layers behind one another are left alone, since those of a stack may well start equal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...compiler.shapes.dims import Sym, symbol
from ...compiler.shapes.types import TensorType
from .names import fresh
from .nested import BLOCK
from .order import items_of, needed
from .steps import Imported, Step, Value, View

SAMPLE = 64
"""The elements of a tensor that are looked at first."""
AXES = {2: "NC", 3: "NTC", 4: "NHWC", 5: "NDHWC"}


def with_towers(model: Imported) -> Imported:
    """The model with what is used side by side as one layer, or one block, with a name."""
    around = _Around(needed(model), model)
    names: dict[str, str] = {repr(model.name): model.name}
    for groups, uses in _regions(around, _groups(around)):
        tower = _grown(around, uses)
        if tower is not None and len(tower[0]) > 1:
            _called(around, tower, names)
            continue
        for first, *others in groups:
            for other in others:
                other.shared = first
    return replace(model, steps=needed(model))


class _Around:
    """The steps of a model in order, and what depends on what."""

    def __init__(self, steps: Sequence[Step], model: Imported) -> None:
        self.steps = steps
        self.at = {id(step): at for at, step in enumerate(steps)}
        self.readers: dict[int, list[Step]] = defaultdict(list)
        self.results = {id(view.value.step) for _, view in model.outputs}
        self.before: list[int] = []
        for at, step in enumerate(steps):
            bits = 1 << at
            for value in step.inputs:
                if id(value.step) in self.at:
                    bits |= self.before[self.at[id(value.step)]]
                    self.readers[id(value.step)].append(step)
            self.before.append(bits)

    def reaches(self, a: Step, b: Step) -> bool:
        """Whether a step is another one, or what that depends on."""
        return bool(self.before[self.at[id(b)]] >> self.at[id(a)] & 1)


def _groups(around: _Around) -> list[list[Step]]:
    """Layers of the same weights of which none depends on another."""
    owners = {id(step.shared) for step in around.steps if step.shared is not None}
    alike: dict[object, list[Step]] = defaultdict(list)
    for step in around.steps:
        plain = step.shared is None and step.inner is None and id(step) not in owners
        if plain and step.inputs and step.weights and any(map(_learned, step.weights.values())):
            sizes = tuple((name, array.shape) for name, array in sorted(step.weights.items()))
            alike[_sign(step), sizes].append(step)
    found: list[list[Step]] = []
    for steps in alike.values():
        while steps:
            first, *others = steps
            same = [step for step in others if _same_weights(first, step)]
            steps = [step for step in others if step not in same]
            group = [first, *same]
            if len(group) > 1 and not any(
                around.reaches(a, b) for at, a in enumerate(group) for b in group[at + 1 :]
            ):
                found.append(group)
    return found


def _learned(array: np.ndarray) -> bool:
    """Whether numbers are such as no two layers start with."""
    first = array.flat[:SAMPLE]
    return array.size > 1 and bool((first != first[0]).any() or (array != first[0]).any())


def _same_weights(a: Step, b: Step) -> bool:
    pairs = [(a.weights[name], b.weights[name]) for name in a.weights]
    return all(
        x is y or (np.array_equal(x.flat[:SAMPLE], y.flat[:SAMPLE]) and np.array_equal(x, y))
        for x, y in pairs
    )


def _sign(step: Step) -> object:
    """Equal for steps that do the same."""
    args = repr(sorted(step.args.items(), key=lambda item: item[0]))
    return step.op, args, step.tensors, tuple(value.type.rank for value in step.inputs)


def _regions(
    around: _Around, groups: Sequence[Sequence[Step]]
) -> Iterator[tuple[Sequence[Sequence[Step]], list[list[Step]]]]:
    """The groups of each connected part, and at every use its layers and what is between them."""
    by_count: dict[int, list[Sequence[Step]]] = defaultdict(list)
    for group in groups:
        by_count[len(group)].append(group)
    for count, many in by_count.items():
        left = list(many)
        while left:
            part = [left.pop(0)]
            while more := [g for g in left if any(_linked(around, g, one) for one in part)]:
                part += more
                left = [group for group in left if not any(group is each for each in more)]
            uses = [[group[use] for group in part] for use in range(count)]
            yield part, [_between(around, layers) for layers in uses]


def _linked(around: _Around, a: Sequence[Step], b: Sequence[Step]) -> bool:
    """Whether one group depends on the other use by use, and on that use alone."""
    for first, second in ((a, b), (b, a)):
        pairs = [[around.reaches(x, y) for y in second] for x in first]
        if pairs == [[x == y for y in range(len(second))] for x in range(len(first))]:
            return True
    return False


def _between(around: _Around, layers: Sequence[Step]) -> list[Step]:
    """The layers of one use and the steps on the ways between them."""
    return [
        step
        for step in around.steps
        if any(around.reaches(layer, step) for layer in layers)
        and any(around.reaches(step, layer) for layer in layers)
    ]


@dataclass(frozen=True)
class _Ends:
    entry: Value
    exit: Value


def _grown(around: _Around, uses: list[list[Step]]) -> list[list[Step]] | None:
    """The parts with what all uses do behind them alike; None where they are no one block."""
    uses = [list(use) for use in uses]
    if not _alike(uses):
        return None
    while True:
        ends = [_ends(around, use) for use in uses]
        behind = [_behind(around, use, end) for use, end in zip(uses, ends, strict=True)]
        more = [step for step in behind if step is not None]
        longer = [[*use, step] for use, step in zip(uses, more, strict=False)]
        if len(more) < len(uses) or not _alike(longer):
            return uses if all(end is not None for end in ends) else None
        uses = longer


def _behind(around: _Around, use: Sequence[Step], ends: _Ends | None) -> Step | None:
    """A step that has no weights, and reads what some steps give and their one entry alone."""
    inside = {id(step) for step in use}
    entries = {value for step in use for value in step.inputs if id(value.step) not in inside}
    if len(entries) != 1:
        return None
    if ends is not None:
        readers = [r for r in around.readers[id(ends.exit.step)] if id(r) not in inside]
        if len(readers) != 1 or id(ends.exit.step) in around.results:
            return None
    for step in use:
        for reader in around.readers[id(step)]:
            plain = not reader.weights and reader.inner is None and id(reader) not in inside
            if plain and all(v in entries or id(v.step) in inside for v in reader.inputs):
                return reader
    return None


def _alike(uses: Sequence[Sequence[Step]]) -> bool:
    """Whether the steps of all uses do the same and read each other in the same way."""
    if any(_names_sizes(step) or step.inner is not None for use in uses for step in use):
        return False
    rows = [_rows(use) for use in uses]
    inside = [{id(step) for step in use} for use in uses]
    apart = sum(map(len, inside)) == len(set().union(*inside))
    return apart and all(row == rows[0] for row in rows)


def _rows(use: Sequence[Step]) -> list[object]:
    """What some steps do, and how they read each other."""
    place = {id(step): at for at, step in enumerate(use)}
    return [
        (_sign(step), [(place.get(id(v.step), -1), v.index) for v in step.inputs]) for step in use
    ]


def _names_sizes(step: Step) -> bool:
    """Whether a step names a size, which a block does not know."""
    waiting: list[object] = [step.args]
    if step.op == "index":
        waiting += [x for item in items_of(step) for x in (item.index, item.start, item.stop)]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Sym):
            return True
        if isinstance(each, Mapping):
            waiting += each.values()
        elif isinstance(each, list | tuple):
            waiting += each
    return False


def _ends(around: _Around, use: Sequence[Step]) -> _Ends | None:
    """The one tensor that goes into some steps, and the one that comes out."""
    inside = {id(step) for step in use}
    entries = {value for step in use for value in step.inputs if id(value.step) not in inside}
    exits = {
        value
        for step in use
        for reader in around.readers[id(step)]
        if id(reader) not in inside
        for value in reader.inputs
        if value.step is step
    }
    exits |= {Value(step) for step in use if id(step) in around.results}
    if len(entries) != 1 or len(exits) != 1:
        return None
    return _Ends(entries.pop(), exits.pop())


def _called(around: _Around, uses: Sequence[Sequence[Step]], names: dict[str, str]) -> None:
    """Makes the last step of each use a call of one block; `names` are those of blocks by text."""
    first = uses[0]
    ends = [_ends(around, use) for use in uses]
    assert ends[0] is not None
    entry = ends[0].entry
    word = "Tower" if entry.step.op == "input" else "Head"
    name = names.setdefault(f"{word} {_rows(first)!r}", fresh(word, names.values(), between=""))
    shape = tuple(map(symbol, AXES.get(entry.type.rank, "NABCDEFGH"[: entry.type.rank])))
    type = TensorType(entry.type.dtype, shape)
    start = Step("input", (), {"name": "x", "of": ""}, (type,), entry.step.origin)
    made: dict[Value, Value] = {entry: Value(start)}
    steps: list[Step] = []
    for step in first:
        copy = replace(step, inputs=tuple(made[value] for value in step.inputs))
        made.update({Value(step, at): Value(copy, at) for at in range(len(step.types))})
        steps.append(copy)
    exit_ = View.as_is(made[ends[0].exit])
    inner = Imported(name, [start], steps, [("y", exit_)], {})
    owner: Step | None = None
    for end in ends:
        assert end is not None
        last = end.exit.step
        last.op, last.inputs, last.args = f"{BLOCK}{name}", (end.entry,), {}
        last.weights, last.tensors, last.inner, last.label = {}, (), inner, name.lower()
        last.types = (end.exit.type,)
        last.shared = owner
        owner = owner or last
