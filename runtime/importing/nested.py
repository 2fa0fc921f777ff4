"""Models in models: each is a block, and its steps stand where it is used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .steps import Imported, Step

BLOCK = "block:"
"""What the operator of a step begins with that is a use of a model."""


def opened(steps: Sequence[Step]) -> Iterator[Step]:
    """The steps, those of models in the place of what uses them."""
    for step in steps:
        if step.inner is None:
            yield step
        elif step.shared is None:
            yield from opened(step.inner.steps)


def models_in(steps: Sequence[Step]) -> Iterator[tuple[str, Imported]]:
    """The names of blocks and the models that they are, those inside others first."""
    for step in steps:
        if step.inner is not None and step.shared is None:
            yield from models_in(step.inner.steps)
            yield step.op.removeprefix(BLOCK), step.inner


def signature(model: Imported) -> object:
    """Equal for models that are written as the same text."""
    place = {id(step): at for at, step in enumerate([*model.inputs, *model.steps])}
    rows: list[object] = []
    for step in model.steps:
        inputs = tuple((place[id(value.step)], value.index) for value in step.inputs)
        shared = place.get(id(step.shared))
        args = repr(sorted(step.args.items(), key=lambda item: item[0]))
        rows.append((step.op, inputs, args, step.types, step.label, step.tensors, shared))
    ends = tuple((place[id(view.value.step)], view.value.index) for _, view in model.outputs)
    return (tuple(step.types for step in model.inputs), tuple(rows), ends)
