"""What Normalization layers learn from the training part: mean and variance of what they see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ...compiler.ir.graph import CheckedGraph, Graph, Node, Output, Ref
from ...compiler.lower.weights import SeededWeights
from ...compiler.ops.base.backend import Array
from ...compiler.ops.core.preprocessing import Normalization
from .arrays import numpy_batches
from .dataset import Part
from .steps import of_real_steps

BATCH = 256
"""Samples that are looked at together."""


def adapted(checked: CheckedGraph, part: Part) -> dict[str, Array]:
    """Weights of Normalization layers by `<layer path>/mean` and `<layer path>/variance`.

    Learned are those of layers that only layers without weights separate from the inputs. All
    samples of the part are read once, a batch at a time. Raises UserError where a picture is
    damaged.
    """
    layers = adaptable(checked)
    if not layers:
        return {}
    refs = [node.inputs[0] for nodes in layers.values() for node in nodes]
    seen = _values(checked, tuple(dict.fromkeys(refs)))
    sums = {layer: _Moments() for layer in layers}
    for at, inputs in enumerate(numpy_batches(part, BATCH)):
        values = seen(inputs)
        lengths = None if part.lengths is None else part.lengths[at * BATCH : (at + 1) * BATCH]
        for layer, nodes in layers.items():
            for node in nodes:
                assert isinstance(node.op, Normalization)
                real = _real(values[node.inputs[0]], lengths, node.op.axis)
                sums[layer].add(real, node.op.axis)
    found: dict[str, Array] = {}
    for layer, moments in sums.items():
        found[f"{layer}/mean"] = np.asarray(moments.mean, np.float32)
        found[f"{layer}/variance"] = np.asarray(moments.squares / moments.count, np.float32)
    return found


def adaptable(checked: CheckedGraph) -> dict[str, list[Node]]:
    """The uses of each Normalization layer that can be learned from the data alone."""
    graph = checked.graph
    uses: dict[str, list[Node]] = {}
    for node in graph:
        if isinstance(node.op, Normalization) and node.weights:
            uses.setdefault(node.layer, []).append(node)
    return {
        layer: nodes
        for layer, nodes in uses.items()
        if not any(
            graph.node(path).weights
            for path in graph.ancestors(ref.node for node in nodes for ref in node.inputs)
        )
    }


def _real(values: Array, lengths: Array | None, axis: int | None) -> Array:
    """What counts: of `[samples, steps, …]` with unequal lengths the real steps.

    A mean for each step is one of all samples.
    """
    if lengths is None or values.ndim < 3 or axis == 1:
        return values
    return of_real_steps(values, lengths)


class _Moments:
    """A running mean, and the sum of squared distances from it (Chan et al. 1979)."""

    def __init__(self) -> None:
        self.count = 0
        self.mean: Array = np.zeros(())
        self.squares: Array = np.zeros(())

    def add(self, values: Array, axis: int | None) -> None:
        """Counts more values in, for each place along `axis`."""
        keep = None if axis is None else axis % values.ndim
        others = tuple(each for each in range(values.ndim) if each != keep)
        wide = values.astype(np.float64)
        count = wide.size if keep is None else wide.size // wide.shape[keep]
        mean = wide.mean(axis=others)
        squares = wide.var(axis=others) * count
        total = self.count + count
        distance = mean - self.mean
        self.squares = self.squares + squares + distance**2 * (self.count * count / total)
        self.mean = self.mean + distance * (count / total)
        self.count = total


Seen = Callable[[Mapping[str, Array]], Mapping[Ref, Array]]


def _values(checked: CheckedGraph, refs: Sequence[Ref]) -> Seen:
    """What computes some values of a net from its inputs; without a backend where it can."""
    graph = checked.graph
    if all(graph.node(ref.node).op is None for ref in refs):
        return lambda inputs: {ref: inputs[ref.node] for ref in refs}
    from ..infer.session import Session

    names = {ref: f"value:{index}" for index, ref in enumerate(refs)}
    kept = graph.ancestors(ref.node for ref in refs)
    cut = Graph(
        graph.name,
        graph.nodes,
        [path for path in graph.inputs if path in kept],
        [Output(name, ref) for ref, name in names.items()],
    ).subgraph(kept)
    session = Session.from_checked(CheckedGraph(cut), SeededWeights())

    def run(inputs: Mapping[str, Array]) -> Mapping[Ref, Array]:
        made = session.run({path: inputs[path] for path in cut.inputs})
        return {ref: made[name] for ref, name in names.items()}

    return run
