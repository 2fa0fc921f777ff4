"""Keras's metrics of accuracy: the share of samples, or units, that are right.

`name` is what histories call a metric; without it that is Keras's name for the class.
"""

from __future__ import annotations

from ...ops.base.backend import Array, NumPy
from ...ops.base.declare import op
from ...ops.base.kinds import BOOL, POSITIVE, arg
from . import formulas
from .base import Metric
from .metrics_base import BY_UNIT, CLASSES, ONE_HOT, half


def highest() -> int:
    """The argument that says among how many of the highest outputs the right class may be."""
    return arg(POSITIVE, default=5, doc="how many count", before="name")


@op
class accuracy(Metric):  # noqa: N801 (the word a recipe uses)
    """The share of samples that are right: binary, categorical or sparse, as the loss's targets."""

    takes = (*ONE_HOT, *CLASSES, "binary")
    called = "accuracy"
    words = ("acc",)

    def for_targets(self, targets: str) -> Metric:
        """The class of accuracy that Keras would choose, under the same name."""
        if targets == "classes":
            return SparseCategoricalAccuracy(self.logged)
        if targets == "one_hot":
            return CategoricalAccuracy(self.logged)
        return BinaryAccuracy(self.logged)


@op
class Accuracy(Metric):
    """How often an output equals its target exactly."""

    called = "accuracy"

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """1 where the two are equal."""
        made: Array = y == p
        return made


@op
class BinaryAccuracy(Metric):
    """The share of units on the right side of the threshold."""

    takes = BY_UNIT
    called = "binary_accuracy"
    examples = ({}, {"threshold": 0.3})

    threshold: float = half()

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """1 where the output is on its target's side."""
        made: Array = (p > self.threshold) == y
        return made


@op
class CategoricalAccuracy(Metric):
    """The share of samples whose highest output is the right class; one-hot targets."""

    takes = ONE_HOT
    called = "categorical_accuracy"

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """1 where the highest output is the highest target."""
        made: Array = y.argmax(axis=-1) == p.argmax(axis=-1)
        return made


@op
class SparseCategoricalAccuracy(Metric):
    """The share of samples whose highest output is the right class; targets are indices."""

    takes = CLASSES
    called = "sparse_categorical_accuracy"

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """1 where the highest output is the right class."""
        made: Array = formulas.indices(np, y, p) == p.argmax(axis=-1)
        return made


@op
class TopKCategoricalAccuracy(Metric):
    """The share of samples with the right class among the `k` highest; one-hot targets."""

    takes = ONE_HOT
    called = "top_k_categorical_accuracy"
    examples = ({"k": 2},)

    k: int = highest()

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """1 where fewer than `k` outputs are above that of the right class; a tie counts."""
        return formulas.among_highest(np, y.argmax(axis=-1), p, self.k)


@op
class SparseTopKCategoricalAccuracy(Metric):
    """The share of samples with the right class among the `k` highest; targets are indices."""

    takes = CLASSES
    called = "sparse_top_k_categorical_accuracy"
    examples = ({"k": 3},)

    k: int = highest()
    from_sorted_ids: bool = arg(
        BOOL, default=False, doc="whether the output is sorted indices of classes"
    )

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """1 where fewer than `k` outputs are above that of the right class; a tie counts."""
        return None if self.from_sorted_ids else formulas.among_highest(np, y, p, self.k)
