"""Keras's metrics of what is called 1 and what is 1: counts, precision, recall, F-scores."""

from __future__ import annotations

from typing import NamedTuple

from ....dsl.diagnostics.codes import Code
from ...ops.base.backend import Array, NumPy
from ...ops.base.declare import Refusal, op
from ...ops.base.kinds import COUNT, POSITIVE, arg, choice, optional
from ...shapes.types import TensorType
from .metrics_base import (
    CLASS_DOC,
    THRESHOLD,
    THRESHOLD_DOC,
    TOP_K_DOC,
    PerUnit,
    at_most_units,
    rows_only,
)
from .number_kinds import above, above_to

AVERAGE = optional(choice("micro", "macro", "weighted"))


class Counts(NamedTuple):
    """Units by what they are called and what they are."""

    true_positives: float
    false_positives: float
    false_negatives: float
    true_negatives: float


def count(y: Array, p: Array, threshold: float | None) -> Counts:
    """How many units are called 1, and rightly so; from 0.5 on where there is no threshold."""
    called, actual = p > (0.5 if threshold is None else threshold), y > 0
    return Counts(
        float((called & actual).sum()),
        float((called & ~actual).sum()),
        float((~called & actual).sum()),
        float((~called & ~actual).sum()),
    )


def share(part: float, rest: float) -> float:
    """A part of itself and the rest; 0 of nothing."""
    return part / (part + rest) if part + rest else 0.0


@op
class Rate(PerUnit):
    """What precision and recall share."""

    examples = ({}, {"thresholds": 0.7, "class_id": 1}, {"top_k": 1})

    thresholds: float | None = arg(THRESHOLD, default=None, doc=THRESHOLD_DOC, before="name")
    top_k: int | None = arg(optional(POSITIVE), default=None, doc=TOP_K_DOC, before="name")
    class_id: int | None = arg(optional(COUNT), default=None, doc=CLASS_DOC, before="name")

    def check_output(self, output: TensorType) -> None:
        """Raises Refusal for a unit, or a number of them, that the output has not."""
        super().check_output(output)
        at_most_units(self, "class_id", output, index=True)
        at_most_units(self, "top_k", output, index=False)

    def counts(self, np: NumPy, y: Array, p: Array) -> Counts | None:
        """Of the units that count; None where Keras alone knows which are called 1."""
        if self.top_k is not None:
            return None
        y = self.units(np, y, p)
        if self.class_id is not None:
            y, p = y[..., self.class_id], p[..., self.class_id]
        return count(y, p, self.thresholds)


@op
class Precision(Rate):
    """Of what the net calls 1, the share that is."""

    called = "precision"

    def value(self, np: NumPy, y: Array, p: Array) -> float | None:
        """True positives / all that are called 1; 0 where none is."""
        found = self.counts(np, y, p)
        return None if found is None else share(found.true_positives, found.false_positives)


@op
class Recall(Rate):
    """Of what is 1, the share that the net calls so."""

    called = "recall"

    def value(self, np: NumPy, y: Array, p: Array) -> float | None:
        """True positives / all that are 1; 0 where none is."""
        found = self.counts(np, y, p)
        return None if found is None else share(found.true_positives, found.false_negatives)


@op
class Counted(PerUnit):
    """What the counts share."""

    examples = ({}, {"thresholds": 0.7})

    thresholds: float | None = arg(THRESHOLD, default=None, doc=THRESHOLD_DOC, before="name")


@op
class TruePositives(Counted):
    """How many units the net rightly calls 1."""

    called = "true_positives"

    def value(self, np: NumPy, y: Array, p: Array) -> float | None:
        """Their number."""
        return float(count(self.units(np, y, p), p, self.thresholds).true_positives)


@op
class TrueNegatives(Counted):
    """How many units the net rightly calls 0."""

    called = "true_negatives"

    def value(self, np: NumPy, y: Array, p: Array) -> float | None:
        """Their number."""
        return float(count(self.units(np, y, p), p, self.thresholds).true_negatives)


@op
class FalsePositives(Counted):
    """How many units the net wrongly calls 1."""

    called = "false_positives"
    lower_is_better = True

    def value(self, np: NumPy, y: Array, p: Array) -> float | None:
        """Their number."""
        return float(count(self.units(np, y, p), p, self.thresholds).false_positives)


@op
class FalseNegatives(Counted):
    """How many units the net wrongly calls 0."""

    called = "false_negatives"
    lower_is_better = True

    def value(self, np: NumPy, y: Array, p: Array) -> float | None:
        """Their number."""
        return float(count(self.units(np, y, p), p, self.thresholds).false_negatives)


@op
class FScore(PerUnit):
    """What the F-scores share: one number for each class, and how those become one."""

    examples = ({"average": "macro"}, {"average": "micro", "threshold": 0.5})

    average: str | None = arg(
        AVERAGE, default=None, doc="how classes become one; none: they don't", before="name"
    )
    threshold: float | None = arg(
        optional(above_to(0, 1)),
        default=None,
        doc="from where on an output means 1; none: the highest",
        before="name",
    )

    def check_output(self, output: TensorType) -> None:
        """Raises Refusal for an output that is no row of numbers a sample."""
        super().check_output(output)
        rows_only(self, output)

    def validate(self) -> None:
        """Raises Refusal where it gives a number for each class, which no history holds."""
        name = type(self).__name__
        if self.average is None:
            raise Refusal(
                Code.BAD_VALUE,
                f"`{name}` with `average=none` is a number for each class; a history holds one",
                argument="average",
                help=f"write `{name}(average=macro)` for the mean of the classes",
            )


@op
class F1Score(FScore):
    """`2 precision recall / (precision + recall)`, of each class or their mean."""

    called = "f1_score"


@op
class FBetaScore(FScore):
    """F1 with recall `beta` times as important as precision."""

    called = "fbeta_score"

    beta: float = arg(above(0), default=1.0, doc="the importance of recall", before="threshold")
