"""What `Embedding`, `Masking` and `PositionEmbedding` make by themselves, where it is spelt out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

import numpy as np

from ....compiler.ops.base.op import Op
from ....compiler.ops.table import OPS
from ....compiler.ops.tensor.index_items import NEWAXIS, span
from ..steps import Argument, Step, Value
from .graph import Graph
from .trace import OTHER_PRIMES, PRIMES, Sizes, Unknown, constant


def raise_sequences(graph: Graph) -> None:
    """Lets a table or `Masking` make the mask that all of its readers are given."""
    owners = {id(step.shared) for step in graph.steps if step.shared is not None}
    for step in graph.steps:
        if step.op == "+" and len(step.inputs) == 2:
            _positions(graph, step, owners)
        made = None if id(step) in owners else _masked(step)
        if made is None:
            continue
        op, inputs, more = made
        readers = [each for each in graph.steps if Value(step) in each.inputs]
        if graph.readers.get(Value(step), 0) != len(readers):
            continue
        if not all(_is_given(each, Value(step), inputs[0], more) for each in readers):
            continue
        args = {**step.args, **more} if op == step.op else more
        if graph.become(step, op, inputs, args, step.weights):
            for each in readers:
                graph.become(each, each.op, each.inputs[:-1], each.args, each.weights)


def _positions(graph: Graph, step: Step, owners: Set[int]) -> None:
    """Lets a table whose rows are added to the steps of a sequence be one of positions.

    Sines and cosines of the places are a layer of their own.
    """
    for x, rows in (step.inputs, step.inputs[::-1]):
        table = rows.step
        if _waves(x, rows):
            waves = Step("", (), {}, (x.type,), table.origin)
            if graph.become(waves, "SinePositionEncoding", [x]):
                step.inputs = (x, graph.add(waves))
                return
        if id(table) in owners:
            continue
        if table.op != "Embedding" or len(x.shape) != 3 or table.shared is not None:
            continue
        places = table.inputs[0].step
        counted = places.op == "arange" and not {"stop", "step"} & places.args.keys()
        if not counted or rows.shape != x.shape[1:] or not graph.once(rows):
            continue
        most = table.weights["embeddings"].shape[0]
        added = Step("", (), {}, (x.type,), table.origin)
        if graph.become(added, "PositionEmbedding", [x], {"sequence_length": most}, table.weights):
            step.inputs = (x, graph.add(added))
            return


def _waves(x: Value, rows: Value) -> bool:
    """Whether rows are the sines and cosines of their places (Vaswani et al. 2017, section 3.5).

    sin(t / 10000^(2i / d)) and cos of the same in turn, t the place and d the width.
    """
    width = x.shape[-1] if len(x.shape) == 3 else None
    if not isinstance(width, int) or rows.step.op not in ("+", "Where", "index"):
        return False
    try:
        for primes in (PRIMES, OTHER_PRIMES):
            sizes = Sizes([x.shape], primes)
            made = constant(rows, sizes)
            places = np.arange(sizes.dim(x.shape[1]))[:, None]
            angles = places / 10_000 ** (np.arange(width) // 2 * 2 / width)
            wanted = np.where(np.arange(width) % 2 == 0, np.sin(angles), np.cos(angles))
            if made.shape[-2:] != wanted.shape or not np.allclose(made, wanted, atol=1e-5):
                return False
    except (Unknown, IndexError, ValueError):
        return False
    return True


def _masked(step: Step) -> tuple[str, Sequence[Value], Mapping[str, Argument]] | None:
    """The layer that makes what a step does, and a mask; what it is given."""
    if step.op == "Embedding" and "mask_zero" not in step.args and step.shared is None:
        return "Embedding", step.inputs, {"mask_zero": True}
    if step.op != "Where" or len(step.inputs) != 3:
        return None
    seen, x, low = step.inputs
    if _number(low) != 0 or seen.step.op != "index":
        return None
    if seen.step.args.get("items") != (span(), span(), NEWAXIS):
        return None
    number = _left_out(seen.step.inputs[0], x)
    if number is None:
        return None
    return "Masking", (x,), {"mask_value": number} if number else {}


def _is_given(step: Step, x: Value, of: Value, more: Mapping[str, Argument]) -> bool:
    """Whether a step takes a sequence first, and as its mask what the maker of that makes."""
    op: type[Op] | None = OPS.get(step.op)
    if op is None or not op.takes_mask or step.tensors or step.inputs.count(x) != 1:
        return False
    if step.inputs[0] != x or step.inputs[-1].type.dtype != "bool":
        return False
    mask = step.inputs[-1]
    if "mask_zero" in more:
        return mask.step.op == "Cast" and mask.step.inputs == (of,)
    return _left_out(mask, of) == more.get("mask_value", 0)


def _left_out(mask: Value, x: Value) -> float | None:
    """The number of which a step of `x` is full where a mask is false; None for other masks."""
    for op in ("Cast", "Sum", "Cast", "LogicalNot", "Equal"):
        step = mask.step
        if step.op != op or (op == "Sum" and step.args.get("axis") not in (2, -1, [2])):
            return None
        mask = step.inputs[0]
    return _number(step.inputs[1]) if step.inputs[0] == x else None


def _number(value: Value) -> float | None:
    """The number that a constant of one element is."""
    if value.step.op not in ("tensor", "full"):
        return None
    found = value.step.args.get("values", value.step.args.get("value"))
    return float(found) if isinstance(found, int | float) else None
