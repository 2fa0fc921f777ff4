"""`netc run` on arrays of sequences whose raw outputs are saved."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import UserError
from .run_many import are_arrays, samples_of

if TYPE_CHECKING:
    from ...compiler.ops.base.backend import Array
    from ..infer.session import Session


def takes_sequences(session: Session, inputs: Sequence[Path]) -> bool:
    """Whether files of arrays hold sequences for a model, which are padded for it.

    An `.npz` that says itself which steps count is run as it is.
    """
    from ..files.npz import npz_tensors
    from ..infer.sequences import fed_inputs, model_sequences

    made = model_sequences(session)
    if made is None or not are_arrays(inputs) or len(fed_inputs(session, made)) != 1:
        return False
    if fed_inputs(session, made)[0].shape[0] is not None:
        return False
    given = inputs[0].suffix.lower() == ".npz" and inputs[0].is_file()
    return not given or made.mask not in dict(npz_tensors(inputs[0]))


class Raw(NamedTuple):
    """The outputs for all samples, and for each the file it came from."""

    outputs: dict[str, Array]
    files: tuple[Path, ...]


def raw_outputs(session: Session, inputs: Sequence[Path], size: int) -> Raw:
    """The outputs for sequences of unequal lengths; those of steps are padded with 0 at their ends.

    Raises UserError for the first sequence that cannot be read.
    """
    import numpy as np

    from ..batch.run import sequence_outputs
    from ..data.steps import stacked
    from ..infer.sequences import model_sequences

    made = model_sequences(session)
    assert made is not None
    rows: list[dict[str, Array]] = []
    files: list[Path] = []
    samples = samples_of(session, inputs)
    for group in samples.read(0, size):
        fault = next((one.fault for one in group if one.fault), None)
        if fault is not None:
            raise UserError(fault)
        rows += sequence_outputs(
            session, [one.values for one in group if one.values is not None], made
        )
        files += [Path(one.name) if samples.key == "file" else inputs[0] for one in group]
    if not rows:
        raise UserError(f"{inputs[0]}: holds no sequences")
    found = {name: [row[name][0] for row in rows] for name in rows[0]}
    outputs = {
        name: stacked(arrays)[0] if name in made.steps else np.stack(arrays)
        for name, arrays in found.items()
    }
    return Raw(outputs, tuple(files))
