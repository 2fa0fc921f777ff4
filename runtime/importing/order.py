"""The order of a model's steps, and what stands between the brackets of an index."""

from __future__ import annotations

from collections.abc import Sequence

from ...compiler.ops.tensor.index_items import IndexItem
from .steps import Imported, Step


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
        # Learned tensors and constants, which read nothing, come right before what reads them.
        inputs = sorted(step.inputs, key=lambda value: not value.step.inputs)
        stack += [(value.step, False) for value in reversed(inputs)]
        if step.shared is not None:
            stack.append((step.shared, False))
    return [step for step in order if step.op != "input"]


def items_of(step: Step) -> Sequence[IndexItem]:
    """What stands between the brackets of an index."""
    items = step.args["items"]
    assert isinstance(items, tuple)
    return items
