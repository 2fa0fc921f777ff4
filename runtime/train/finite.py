"""Finds where numbers first stop being finite in a forward pass."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...compiler.ir.graph import CheckedGraph
from ...compiler.lower.keras.lower import lower_keras
from ...compiler.ops.base.backend import Array
from ..infer.verify import every_layer
from .keras_types import Keras, Model
from .snapshot import Snapshot


def first_not_finite(
    keras: Keras, checked: CheckedGraph, weights: Snapshot, inputs: Sequence[Array]
) -> str:
    """Says in one line what is first not finite when the net trains on a batch.

    In turn: the inputs, the weights, the layers' outputs; where all are finite it is the loss.
    `inputs` are in the net's order.
    """
    for name, array in zip(checked.graph.inputs, inputs, strict=True):
        if not _finite(array):
            return f"the input `{name}` is not finite in that batch"
    for path, node in checked.layers().items():
        # The moving averages of a normalization have already seen the batch.
        own = {w.name: weights.arrays[f"{path}/{w.name}"] for w in node.weights if w.trainable}
        bad = [name for name, array in own.items() if not _finite(array)]
        if bad:
            return f"the weights of `{path}` ({', '.join(bad)}) were the first that are not finite"
    graph = every_layer(checked)
    model: Model = lower_keras(graph, weights, keras=keras)
    made = model(list(inputs) if len(inputs) > 1 else inputs[0], training=True)
    listed = list(made) if isinstance(made, list | tuple) else [made]
    first = len(checked.graph.outputs)
    for output, value in zip(graph.graph.outputs[first:], listed[first:], strict=True):
        if not _finite(np.asarray(keras.ops.convert_to_numpy(value))):
            op = checked.graph.node(output.ref.node).op
            kind = f" ({op.name})" if op is not None else ""
            return (
                f"the output of `{output.ref.node}`{kind} was the first that is not finite; "
                "what goes into it is finite"
            )
    return "every layer's output is finite; the loss computed from them is not"


def _finite(array: Array) -> bool:
    kind = array.dtype.kind
    if kind in "iub":
        return True
    values = array if kind == "f" else array.astype(np.float32)
    return bool(np.isfinite(values).all())
