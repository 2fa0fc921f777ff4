"""Runs a model on many samples, batch after batch, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import numpy as np

from ...compiler.ir.sequences import Sequences
from ...compiler.ops.base.backend import Array
from ..data.steps import fed, of_sample, stacked
from ..infer.sequences import fed_inputs, model_sequences
from ..infer.session import Session
from .journal import Line
from .results import Results, Value
from .sample import Sample
from .samples import Samples


def run_samples(
    session: Session,
    samples: Samples,
    results: Results,
    size: int,
    start: int,
    add: Callable[[Sequence[Line]], None],
) -> None:
    """Gives `add` a line for each sample from `start` on, in order, batch by batch.

    A model with a fixed batch gets batches of that size, the last filled up with its last sample.
    What cannot be read is a line with a fault. Raises UserError where the model cannot run.
    """
    made = model_sequences(session)
    spec = fed_inputs(session, made)[0]
    fixed = spec.shape[0] if spec.shape else None
    for group in samples.read(start, fixed or size):
        if made is not None and fixed is None:
            add([*_sequence_lines(session, results, group, made)])
            continue
        add([*lines_of(session, results, group, fixed)])


def lines_of(
    session: Session, results: Results, group: Sequence[Sample], fixed: int | None
) -> Iterator[Line]:
    """A line for each sample of a group; `fixed` is the size of a model's fixed batch."""
    # Pictures of a model that leaves their size open run together only where it is the same.
    for shape, alike in groupby(group, _shape):
        some = list(alike)
        if shape is None:
            yield from (Line(one.name, (), one.fault) for one in some)
            continue
        arrays = [one.values for one in some if one.values is not None]
        filled = arrays + arrays[-1:] * (0 if fixed is None else fixed - len(arrays))
        rows = results.rows(session.run({session.inputs[0].name: np.stack(filled)}))
        yield from (Line(one.name, row) for one, row in zip(some, rows, strict=False))


def _shape(sample: Sample) -> tuple[int, ...] | None:
    return None if sample.values is None else sample.values.shape


def _sequence_lines(
    session: Session, results: Results, group: Sequence[Sample], made: Sequences
) -> Iterator[Line]:
    """A line for each sequence of a group, padded together, in order."""
    arrays = [one.values for one in group if one.values is not None]
    rows: Iterator[list[Value]] = iter(())
    if arrays:
        rows = (results.rows(each)[0] for each in sequence_outputs(session, arrays, made))
    for one in group:
        yield Line(one.name, () if one.values is None else next(rows), one.fault)


def sequence_outputs(
    session: Session, arrays: Sequence[Array], made: Sequences
) -> list[dict[str, Array]]:
    """The outputs for each of some sequences, `[steps, …]`, which run together, padded."""
    values, lengths = stacked(arrays)
    lengths = np.minimum(lengths, made.length or lengths)
    outputs = session.run(fed({made.input: values}, lengths, made))
    return [of_sample(outputs, at, int(steps), made) for at, steps in enumerate(lengths)]
