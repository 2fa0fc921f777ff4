"""Sequences of unequal lengths: which inputs hold steps, what padded ones hold, who is told.

They are padded at the end to the longest of a batch, or to the length that the net declares. Models
keep in their metadata how, for those who feed them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, field

from ...dsl.record import record
from ...dsl.text.escape import readable_json
from ..ops.core.embedding import Embedding
from ..ops.core.masking import Masking
from ..shapes.dims import Dim, names
from ..shapes.types import TensorType
from .graph import CheckedGraph, Graph, Node, Ref

KEY = "netc.sequences"
"""The key of a model's metadata that holds it, as JSON."""


@record
class Sequences:
    """How the sequences of a net are padded."""

    padding: Mapping[str, float]
    """The inputs that hold steps, `[N, T, …]`, and what every value of a padded step is."""
    mask: str | None = None
    """The input, bool `[N, T]`, that is true at the steps that count; the pipeline makes it."""
    length: int | None = None
    """The steps of each, where the net says it; None: those of the longest of a batch."""
    steps: tuple[str, ...] = field(default=())
    """The outputs that have a value for each step."""

    @property
    def input(self) -> str:
        """The first input that holds steps."""
        return next(iter(self.padding))

    @property
    def metadata(self) -> dict[str, str]:
        """What keeps it in a model."""
        return {KEY: readable_json(asdict(self))}


def sequences_of(checked: CheckedGraph) -> Sequences | None:
    """The sequences that a net takes: `[N, T, …]`, of steps of the first such input.

    None where it takes none.
    """
    graph = checked.graph
    types = {path: graph.node(path).outputs[0] for path in graph.inputs}
    time = next((type.shape[1] for type in types.values() if _is_sequence(type)), None)
    if time is None:
        return None
    own = [path for path, type in types.items() if _is_sequence(type) and type.shape[1] == time]
    masks = [
        path
        for path, type in types.items()
        if type.dtype == "bool" and type.rank == 2 and type.shape[1] == time
    ]
    return Sequences(
        {path: _padding(graph, path) for path in own},
        masks[0] if len(masks) == 1 else None,
        time if isinstance(time, int) else None,
        tuple(
            output.name
            for output in graph.outputs
            if output.ref in graph.masks or _has_steps(graph.type(output.ref), time)
        ),
    )


def _is_sequence(type: TensorType) -> bool:
    """Whether a type is `[N, T, …]`: of several features a step, or of ids."""
    if type.dtype == "bool" or type.rank < 2:
        return False
    time = type.shape[1]
    return (type.rank > 2 or "int" in type.dtype or not isinstance(time, int)) and (
        isinstance(time, int) or str(time).isidentifier()
    )


def _has_steps(type: TensorType, time: Dim) -> bool:
    least = 3 if isinstance(time, int) else 2
    return type.rank >= least and type.shape[1] == time


def _padding(graph: Graph, path: str) -> float:
    """What a padded step of an input holds: what the layer behind it takes for padding."""
    ops = [graph.node(reader).op for reader in graph.readers(path)]
    return next((float(op.mask_value) for op in ops if isinstance(op, Masking)), 0.0)


def sees_padding(checked: CheckedGraph) -> bool:
    """Whether anything in a net says which steps count: a mask, or bools that are computed."""
    inputs = checked.graph.inputs
    return any(told_by_value(checked, path) for path in inputs) or any(
        type.dtype == "bool" for node in checked.graph for type in node.outputs
    )


def told_by_value(checked: CheckedGraph, path: str) -> bool:
    """Whether the net takes steps of an input for padding by what they hold."""
    ops = [checked.graph.node(reader).op for reader in checked.graph.readers(path)]
    return any(
        isinstance(op, Masking) or (isinstance(op, Embedding) and op.mask_zero) for op in ops
    )


def mask_ends(checked: CheckedGraph, time: Dim) -> Node | None:
    """The first layer that gets a masked sequence and gives one without a mask; or None.

    Layers that use the mask, as a mean over steps does, end it rightly.
    """
    graph = checked.graph
    for node in graph:
        if node.op is None or node.op.hidden or not node.inputs or node.op.takes_mask:
            continue
        if node.inputs[0] not in graph.masks:
            continue
        for at, type in enumerate(node.outputs):
            steps = type.rank > 1 and bool(names(time)) and names(time) <= names(type.shape[1])
            if steps and Ref(node.path, at) not in graph.masks:
                return node
    return None


def sequences_in(metadata: Mapping[str, str]) -> Sequences | None:
    """What a model's metadata say; None where they say nothing. Raises ValueError."""
    text = metadata.get(KEY)
    if text is None:
        return None
    try:
        found = json.loads(text)
        padding, mask, length, steps = (
            found[name] for name in ("padding", "mask", "length", "steps")
        )
        good = (
            isinstance(padding, dict)
            and padding
            and all(type(value) in (int, float) for value in padding.values())
            and (mask is None or isinstance(mask, str))
            and (length is None or (type(length) is int and length > 0))
            and isinstance(steps, list)
            and all(isinstance(each, str) for each in steps)
        )
    except (TypeError, KeyError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if not good:
        raise ValueError("values of other kinds")
    return Sequences(padding, mask, length, tuple(steps))
