"""A model as a chain: layers one after the other, and regions with one way in and one way out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ...compiler.ops.tensor.index_items import IndexItem
from ...compiler.shapes.dims import Sym
from .steps import Argument, Imported, Step, Value

Skeleton = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Steps between two values of the chain; one step, or a region with branches."""

    entry: Value
    steps: tuple[Step, ...]
    exit: Value
    skeleton: Skeleton
    numbers: tuple[Argument, ...]
    """The integers and sizes of all arguments, in their order: what may differ."""
    roles: tuple[str, ...]
    """The arguments that they are of."""
    closed: bool
    """Whether it reads nothing but its entry."""


def needed(model: Imported) -> list[Step]:
    """The steps that outputs depend on, each as late as what reads it allows, in running order."""
    order: list[Step] = []
    seen: set[int] = set()
    stack: list[tuple[Step, bool]] = [
        (view.value.step, False) for _, view in reversed(model.outputs)
    ]
    while stack:
        step, done = stack.pop()
        if done:
            order.append(step)
            continue
        if id(step) in seen:
            continue
        seen.add(id(step))
        stack.append((step, True))
        stack += [(value.step, False) for value in reversed(step.inputs)]
        if step.shared is not None:
            stack.append((step.shared, False))
    return [step for step in order if step.op != "input"]


def chain(entry: Value, steps: Sequence[Step], exits: Sequence[Value]) -> list[Part]:
    """The parts of a model with one input, in order; the last one ends in what is given back."""
    uses: dict[Value, int] = Counter(value for step in steps for value in step.inputs)
    for value in exits:
        uses[value] += 1
    place = {id(step): at for at, step in enumerate(steps)}
    last = {value: place[id(step)] for step in steps for value in step.inputs}
    for value in exits:
        last[value] = len(steps)
    parts: list[Part] = []
    start, before = 0, entry
    # Values that are still read behind a step; what depends on no input does not count.
    open_until = last.get(entry, 0)
    shared_until = 0
    free = _free(entry, steps)
    for at, step in enumerate(steps):
        if id(step) in free:
            shared_until = max(shared_until, last.get(Value(step), at))
            continue
        reach = [last.get(Value(step, index), at) for index in range(len(step.types))]
        done = open_until <= at and shared_until <= at and len(step.types) == 1
        open_until = max(open_until, *reach)
        if done:
            exit_ = Value(step)
            parts.append(part(before, steps[start : at + 1], exit_))
            start, before, open_until = at + 1, exit_, last.get(exit_, at)
    if start < len(steps):
        parts.append(part(before, steps[start:], exits[0]))
    return parts


def _free(entry: Value, steps: Sequence[Step]) -> set[int]:
    """The steps that do not depend on the input."""
    reached = {id(entry.step)}
    for step in steps:
        if any(id(value.step) in reached for value in step.inputs):
            reached.add(id(step))
    return {id(step) for step in steps} - reached


def items_of(step: Step) -> Sequence[IndexItem]:
    """What stands between the brackets of an index."""
    items = step.args["items"]
    assert isinstance(items, tuple)
    return items


def part(entry: Value, steps: Sequence[Step], exit_: Value) -> Part:
    """Some steps with their skeleton."""
    local = {id(step): at for at, step in enumerate(steps)}
    numbers: list[Argument] = []
    roles: list[str] = []
    closed = True
    rows: list[object] = []
    for step in steps:
        refs: list[object] = []
        for value in step.inputs:
            if value == entry:
                refs.append("entry")
            elif id(value.step) in local:
                refs.append((local[id(value.step)], value.index))
            else:
                refs.append(("outside", id(value.step), value.index))
                closed = False
        if step.shared is not None:
            closed = False
        kinds = tuple(sorted(step.weights))
        args: tuple[object, ...] = tuple(
            (name, collected(value, name if isinstance(name, str) else "size", numbers, roles))
            for name, value in step.args.items()
        )
        if step.op == "weight":
            args = (collected(list(step.types[0].shape), "size", numbers, roles),)
        if step.op == "index" and any(
            isinstance(dim, Sym)
            for item in items_of(step)
            for dim in (item.index, item.start, item.stop)
        ):
            closed = False
        ranks = tuple((type.dtype, type.rank) for type in step.types)
        rows.append((step.op, step.tensors, tuple(refs), args, kinds, ranks))
    skeleton = (entry.type.rank, entry.type.dtype, *rows)
    return Part(entry, tuple(steps), exit_, skeleton, tuple(numbers), tuple(roles), closed)


def collected(value: Argument, role: str, numbers: list[Argument], roles: list[str]) -> object:
    """The value without its integers, which are collected with the argument they are of."""
    if isinstance(value, list | tuple):
        return (type(value).__name__, *(collected(item, role, numbers, roles) for item in value))
    if isinstance(value, Sym) or (isinstance(value, int) and not isinstance(value, bool)):
        numbers.append(value)
        roles.append(role)
        return int
    return value if isinstance(value, str | float | bool | None) else str(value)
