"""Features of samples as columns: where each sample's row is, passes behind one another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...compiler.ir.graph import CheckedGraph
from ...compiler.ops.base.backend import Array
from ..data.dataset import Column, Part
from ..data.stored import Rows
from ..errors import UserError
from .extract import Unkept
from .store import Row, Segment, plain_row


def row_of(lower: CheckedGraph) -> Row:
    """What is kept of a sample. Raises Unkept where that has no fixed size."""
    graph = lower.graph
    found: dict[str, tuple[str, tuple[int, ...]]] = {}
    batch = {graph.node(path).outputs[0].shape[:1] for path in graph.inputs}
    if any(isinstance(size, int) for shape in batch for size in shape):
        raise Unkept("the net takes batches of one size")
    for output in graph.outputs:
        type = graph.type(output.ref)
        rest = tuple(size for size in type.shape[1:] if isinstance(size, int))
        if batch != {type.shape[:1]} or len(rest) != len(type.shape) - 1:
            raise Unkept(f"what `{output.name}` gives, {type}, has no fixed size for a sample")
        found[output.name] = (type.dtype, rest)
    try:
        return plain_row(found)
    except UserError as error:
        raise Unkept(str(error)) from error


def places_of(segments: Iterable[Segment]) -> dict[bytes, tuple[int, int]]:
    """The file and the row of each sample that is known."""
    return {
        sample: (number, row)
        for number, segment in enumerate(segments)
        for row, sample in enumerate(segment.samples)
    }


def joined(passes: Sequence[Mapping[str, Rows]]) -> Mapping[str, Rows]:
    """The rows of all passes, one pass behind the other."""
    made: dict[str, Rows] = {}
    for name in passes[0]:
        pieces: list[Array] = []
        places = []
        for rows in (one[name] for one in passes):
            places.append(rows.places + np.array([len(pieces), 0]))
            pieces += rows.pieces
        made[name] = Rows(tuple(pieces), np.concatenate(places))
    return made


def repeated(part: Part, passes: int) -> Part:
    """A part whose targets and weights are there once for each pass; its features are already."""
    count = len(part)

    def column(whole: Column) -> Column:
        if isinstance(whole, Rows) and len(whole) == count * passes:
            return whole
        if isinstance(whole, np.ndarray):
            return np.concatenate([whole] * passes)
        raise Unkept("another input of pictures is augmented with none")

    return replace(
        part,
        inputs={name: column(whole) for name, whole in part.inputs.items()},
        targets={name: np.concatenate([array] * passes) for name, array in part.targets.items()},
        names=list(part.names) * passes,
        weights=None if part.weights is None else np.concatenate([part.weights] * passes),
    )
