"""Penalties on weights, in Keras's names and defaults. They act in training only."""

from __future__ import annotations

from dataclasses import dataclass

from .backend import KerasModule
from .kinds import Kind, table


@dataclass(frozen=True, slots=True)
class Regularizer:
    """`l1 * sum(|w|) + l2 * sum(w^2)`."""

    l1: float = 0.0
    l2: float = 0.0

    def keras_object(self, keras: KerasModule) -> object:
        """The Keras regularizer of the same penalty."""
        return keras.regularizers.L1L2(l1=self.l1, l2=self.l2)


REGULARIZERS: dict[str, Regularizer] = {
    "l1": Regularizer(l1=0.01),
    "l2": Regularizer(l2=0.01),
    "l1_l2": Regularizer(l1=0.01, l2=0.01),
}
"""The regularizers by their lower-case names, with Keras's default strengths."""

REGULARIZER: Kind[Regularizer] = table(
    "a regularizer such as L2(0.0001)", REGULARIZERS, Regularizer
)
