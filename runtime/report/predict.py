"""What a trained model makes of a part of the data, by onnxruntime."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...compiler.ops.base.backend import Array
from ..data.arrays import input_arrays
from ..data.dataset import Part, prepared_as
from ..data.decode import Pictures
from ..data.steps import resized
from ..data.targets import chosen
from ..infer.preprocess import model_preprocessing
from ..infer.session import Session

BATCH = 64
"""Samples in one run of a model that takes any number."""


def predict(session: Session, part: Part) -> dict[str, Array]:
    """The outputs for every sample of a part, by name, in the part's order.

    Samples are prepared as the model's metadata say, whatever the recipe says by now. A model with
    a fixed batch size gets its last batch filled up with the last sample. Raises UserError where a
    picture cannot be read or an input does not fit.
    """
    part = prepared_as(part, model_preprocessing(session))
    sizes = {spec.shape[0] for spec in session.inputs if spec.rank} - {None}
    fixed = sizes.pop() if len(sizes) == 1 else None
    size = fixed or BATCH
    found: dict[str, list[Array]] = {spec.name: [] for spec in session.outputs}
    for start in range(0, len(part), size):
        indices = list(range(start, min(start + size, len(part))))
        filled = indices if fixed is None else indices + indices[-1:] * (fixed - len(indices))
        outputs = session.run(input_arrays(part, filled))
        for name, values in outputs.items():
            found[name].append(values[: len(indices)])
    return {name: _joined(values) for name, values in found.items() if values}


def _joined(values: Sequence[Array]) -> Array:
    """Batches on one another; of sequences of unequal lengths all with as many steps."""
    if len({one.shape[1:] for one in values}) > 1:
        longest = max(one.shape[1] for one in values)
        values = [resized(one, longest) for one in values]
    return np.concatenate(values)


def first(part: Part, count: int) -> Part:
    """The first samples of a part."""
    return replace(
        part,
        inputs={
            name: replace(column, files=column.files[:count])
            if isinstance(column, Pictures)
            else column[:count]
            for name, column in part.inputs.items()
        },
        targets={name: chosen(values, range(count)) for name, values in part.targets.items()},
        names=part.names[:count],
        weights=None if part.weights is None else part.weights[:count],
        lengths=None if part.lengths is None else part.lengths[:count],
    )
