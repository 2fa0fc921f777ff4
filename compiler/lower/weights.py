"""Where a lowering gets its weights from: by layer path and name, read one at a time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..ops.base.backend import Array, Tensor
from ..ops.base.op import Weight


class WeightSource(Protocol):
    """Gives every weight of a net as a tensor that is read later."""

    def tensor(self, layer: str, weight: Weight) -> Tensor:
        """The weight `<layer>/<weight.name>` in Keras's shape."""


@dataclass(frozen=True)
class SeededWeights:
    """Fresh weights, drawn from each weight's own initializer.

    The stream of a weight depends on the seed and its path alone, so that editing one block
    leaves the values of all others as they were.
    """

    seed: int = 0

    def tensor(self, layer: str, weight: Weight) -> Tensor:
        """The weight as its initializer draws it."""
        return Tensor(weight.shape, weight.dtype, lambda: self._draw(layer, weight))

    def _draw(self, layer: str, weight: Weight) -> Array:
        digest = hashlib.sha256(f"{layer}/{weight.name}".encode()).digest()
        entropy = [self.seed, *np.frombuffer(digest[:16], dtype=np.uint32).tolist()]
        rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence(entropy)))
        return weight.initializer.sample(np, rng, weight.shape).astype(weight.dtype, copy=False)
