"""Seeded weights and inputs to try a net on where nobody gives any."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np

from ...compiler.cost.totals import batch_name
from ...compiler.ir.graph import CheckedGraph, Node
from ...compiler.lower.dtypes import numpy_dtype
from ...compiler.lower.weights import SeededWeights, WeightSource
from ...compiler.ops.base.backend import Array, Tensor
from ...compiler.ops.base.op import Weight
from ...compiler.shapes.dims import names, substitute
from ...compiler.shapes.types import INTS
from ..errors import UserError

PIXEL = 256
"""Integers that no layer restricts are below this, as are the values a Rescaling reads."""
SPATIAL, SEQUENCE = 32, 12
"""What a size without a number becomes in an input of rank 4 or 5, and in any other."""


@dataclass(frozen=True)
class ShakenWeights:
    """Fresh weights with nothing left at exactly 0 or 1, so that biases and scales count.

    A weight is what its initializer draws, times 0.9 to 1.1, plus -0.1 to 0.1 for a vector.
    """

    seed: int = 0

    def tensor(self, layer: str, weight: Weight) -> Tensor:
        """The weight, shaken where it holds floats."""
        base = SeededWeights(self.seed).tensor(layer, weight)
        if "float" not in weight.dtype:
            return base
        return base.map(lambda array: self._shaken(array, f"{layer}/{weight.name}"))

    def _shaken(self, array: Array, path: str) -> Array:
        rng = _generator(self.seed, path)
        made = array * rng.uniform(0.9, 1.1, array.shape)
        if array.ndim < 2:
            made = made + rng.uniform(-0.1, 0.1, array.shape)
        if path.endswith("variance"):
            made = np.abs(made) + 0.1
        return made.astype(array.dtype)


@dataclass(frozen=True)
class KeptWeights:
    """A source whose weights are read once and kept: several backends ask for the same."""

    source: WeightSource
    _arrays: dict[tuple[str, str], Array] = field(default_factory=dict)

    def tensor(self, layer: str, weight: Weight) -> Tensor:
        """The weight of the source."""
        tensor = self.source.tensor(layer, weight)

        def read() -> Array:
            key = (layer, weight.name)
            if key not in self._arrays:
                self._arrays[key] = tensor.read()
            return self._arrays[key]

        return Tensor(tensor.shape, tensor.dtype, read)


def sizes(checked: CheckedGraph, batch: int) -> dict[str, int]:
    """A number for every size that the net's inputs leave open.

    The batch gets `batch`; sizes of pictures 32, 64, …; those of sequences 12, 13, ….
    """
    found: dict[str, int] = {}
    first = batch_name(checked)
    if first is not None:
        found[first] = batch
    spatial = sequence = 0
    for path in checked.graph.inputs:
        shape = checked.graph.node(path).outputs[0].shape
        for name in sorted({name for dim in shape for name in names(dim)} - set(found)):
            if len(shape) > 3:
                spatial += 1
                found[name] = SPATIAL * spatial
            else:
                found[name] = SEQUENCE + sequence
                sequence += 1
    return found


def sample_inputs(checked: CheckedGraph, batch: int, seed: int) -> dict[str, Array]:
    """Random arrays for a net's inputs: floats about 0, integers that their readers take.

    Raises UserError where an input has a size that cannot be had with what `sizes` chose.
    """
    known = sizes(checked, batch)
    made: dict[str, Array] = {}
    for path in checked.graph.inputs:
        type = checked.graph.node(path).outputs[0]
        shape = []
        for dim in type.shape:
            size = substitute(dim, known)
            if not isinstance(size, int) or size < 0:
                raise UserError(f"the input `{path}` {type} needs sizes; give them with --set")
            shape.append(size)
        rng = _generator(seed, path)
        if type.dtype == "bool":
            made[path] = rng.integers(0, 2, shape).astype(bool)
        elif type.dtype in INTS:
            high = min(_limit(checked, path), np.iinfo(type.dtype).max)
            made[path] = rng.integers(0, high, shape).astype(type.dtype)
        else:
            pixels = any(_op(node) == "Rescaling" for node in _readers(checked, path))
            drawn = rng.uniform(0, PIXEL - 1, shape) if pixels else rng.normal(0, 1, shape)
            made[path] = drawn.astype(numpy_dtype(type.dtype))
    return made


def _limit(checked: CheckedGraph, path: str) -> int:
    """The number that integers of an input must be below: the fewest rows any reader has."""
    limits = [PIXEL]
    seen, stack = {path}, [path]
    while stack:
        for node in _readers(checked, stack.pop()):
            rows = getattr(node.op, "input_dim", None) or getattr(node.op, "num_classes", None)
            if isinstance(rows, int):
                limits.append(rows)
            elif node.outputs[0].dtype in INTS and node.path not in seen:
                seen.add(node.path)
                stack.append(node.path)
    return min(limits)


def _readers(checked: CheckedGraph, path: str) -> list[Node]:
    graph = checked.graph
    return [graph.node(reader) for reader in graph.readers(path)]


def _op(node: Node) -> str:
    return "" if node.op is None else node.op.name


def _generator(seed: int, path: str) -> np.random.Generator:
    digest = hashlib.sha256(path.encode()).digest()
    return np.random.default_rng([seed, *np.frombuffer(digest[:16], np.uint32).tolist()])
