"""Encodes targets as a loss wants them: indices, one-hot rows, 0 and 1, -1 and 1, values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ...compiler.ops.base.backend import Array
from ...compiler.recipe.objects.base import NONE
from ...compiler.recipe.recipe import Head, Recipe
from .dataset import Part
from .specs import tensor_spec
from .targets import are_classes

Tensor: TypeAlias = Any


@dataclass(frozen=True)
class Encoder:
    """How the targets of one output, as a `Part` holds them, go to its loss."""

    name: str
    kind: str
    """`Loss.targets`."""
    rank: int
    """The output's, with the batch."""
    units: int | None
    source: str
    """The output whose targets they are."""

    def classes(self, part: Part) -> int | None:
        """How many classes the targets tell apart; None where they are values."""
        if not are_classes(part.targets[self.source]):
            return None
        return 2 if self.units == 1 else self.units

    def encode(self, tf: Any, targets: Tensor) -> Tensor:
        """A batch of targets as TensorFlow's tensor: int32 for `classes`, else float32."""
        indices = targets.dtype == tf.int32
        if self.kind == "classes" and indices:
            return targets
        if not indices:
            made = targets
        elif self.units == 1:
            made = tf.cast(targets, tf.float32)
            made = made if targets.shape.rank == self.rank else made[..., None]
        else:
            made = tf.one_hot(targets, self.units)
        return 2 * made - 1 if self.kind == "signs" else made

    def encoded(self, targets: Array) -> Array:
        """The same in NumPy, for those who have no TensorFlow at hand."""
        indices = targets.dtype == np.int32
        if self.kind == "classes" and indices:
            return targets
        if not indices:
            made = targets
        elif self.units == 1:
            made = targets.astype(np.float32)
            made = made if targets.ndim == self.rank else made[..., None]
        else:
            assert self.units is not None
            made = np.eye(self.units, dtype=np.float32)[targets]
        return np.asarray(2 * made - 1 if self.kind == "signs" else made, np.float32)


def encoders(recipe: Recipe, heads: Sequence[Head]) -> tuple[Encoder, ...]:
    """One for each head that has targets, in their order."""
    graph = recipe.trained.graph
    specs = {
        output.name: tensor_spec(output.name, graph.type(output.ref)) for output in graph.outputs
    }
    return tuple(
        Encoder(
            head.output,
            head.targets,
            specs[head.output].rank,
            specs[head.output].shape[-1] if specs[head.output].rank > 1 else 1,
            head.source,
        )
        for head in heads
        if head.targets != NONE
    )


def untaught(heads: Sequence[Head]) -> tuple[str, ...]:
    """The outputs of the heads that have no targets; Keras is given zeros for them."""
    return tuple(head.output for head in heads if head.targets == NONE)
