"""Keras's metrics of curves: the area under one, and one figure where another has a value."""

from __future__ import annotations

from ....dsl.diagnostics.codes import Code
from ...ops.base.backend import Array, NumPy
from ...ops.base.declare import Refusal, op
from ...ops.base.kinds import BOOL, COUNT, POSITIVE, arg, at_least, at_most, choice, many, optional
from ...shapes.types import TensorType
from . import formulas
from .base import Metric
from .metrics_base import (
    BY_UNIT,
    CLASS_DOC,
    LARGEST_TABLE,
    LOGITS_DOC,
    at_most_units,
    known_units,
)
from .number_kinds import EPSILON, PART

POINTS = at_most(POSITIVE, LARGEST_TABLE, f"an int from 1 to {LARGEST_TABLE:,}")
POINTS_DOC = "points of the curve"
CURVE_POINTS = at_least(POINTS, 2, f"an int from 2 to {LARGEST_TABLE:,}")


@op
class AUC(Metric):
    """The area under the ROC or precision-recall curve."""

    takes = BY_UNIT
    called = "auc"
    examples = ({}, {"num_thresholds": 20}, {"from_logits": True}, {"curve": "PR"})

    num_thresholds: int = arg(CURVE_POINTS, default=200, doc=POINTS_DOC, before="name")
    curve: str = arg(choice("ROC", "PR", "PRGAIN"), default="ROC", doc="the curve", before="name")
    summation_method: str = arg(
        choice("interpolation", "minoring", "majoring"),
        default="interpolation",
        doc="what is between two points",
        before="name",
    )
    thresholds: tuple[float, ...] | None = arg(
        optional(many(PART, "a list of numbers from 0 to 1")),
        default=None,
        doc="the thresholds, in place of `num_thresholds` even ones",
    )
    multi_label: bool = arg(BOOL, default=False, doc="whether each unit has a curve of its own")
    num_labels: int | None = arg(optional(POSITIVE), default=None, doc="units, for `multi_label`")
    label_weights: tuple[float, ...] | None = arg(
        optional(many(EPSILON, "a list of numbers of at least 0")),
        default=None,
        doc="the weight of each unit's area",
    )
    from_logits: bool = arg(BOOL, default=False, doc=LOGITS_DOC)

    def validate(self) -> None:
        """Raises Refusal for labels without a curve for each."""
        for argument in ("num_labels", "label_weights"):
            if getattr(self, argument) is not None and not self.multi_label:
                raise Refusal(
                    Code.BAD_VALUE,
                    f"`{argument}` of `AUC` has no effect without `multi_label`",
                    argument=argument,
                    help="add `multi_label=true`",
                )

    def check_output(self, output: TensorType) -> None:
        """Raises Refusal for another number of labels than the output has units."""
        super().check_output(output)
        units = known_units(output)
        given = {"num_labels": self.num_labels, "label_weights": _length(self.label_weights)}
        for argument, count in given.items():
            if self.multi_label and None not in (count, units) and count != units:
                raise Refusal(
                    Code.BAD_VALUE,
                    f"`{argument}` of `AUC` is for {count} unit{'s' * (count != 1)}, and the "
                    f"output is {output}",
                    argument=argument,
                    help=f"each of the {units} units has a curve",
                )

    def value(self, np: NumPy, y: Array, p: Array) -> float | None:
        """The area under the ROC curve through evenly spaced thresholds, as Keras draws it."""
        plain = self.curve == "ROC" and self.summation_method == "interpolation"
        if not plain or self.multi_label or self.thresholds is not None:
            return None
        p = p.astype(np.float64)
        if self.from_logits:
            p = formulas.sigmoid(np, p)
        thresholds = np.linspace(0, 1, self.num_thresholds)
        thresholds[0], thresholds[-1] = -formulas.EPSILON, 1 + formulas.EPSILON
        actual = y.ravel() > 0
        hits = _above(np, p.ravel()[actual], thresholds)
        alarms = _above(np, p.ravel()[~actual], thresholds)
        return float(((alarms[:-1] - alarms[1:]) * (hits[:-1] + hits[1:]) / 2).sum())


def _length(values: tuple[float, ...] | None) -> int | None:
    return None if values is None else len(values)


def _above(np: NumPy, scores: Array, thresholds: Array) -> Array:
    """The share of some scores above each threshold; 0 where there are none."""
    below = np.searchsorted(np.sort(scores), thresholds, side="right")
    made: Array = 1 - below / len(scores) if len(scores) else np.zeros(len(thresholds))
    return made


def least(figure: str) -> float:
    """The argument that says what another figure of the curve is at the least."""
    return arg(PART, doc=f"the least {figure}", before="num_thresholds")


@op
class AtPoint(Metric):
    """One figure of a curve where another has a given value."""

    takes = BY_UNIT

    num_thresholds: int = arg(POINTS, default=200, doc=POINTS_DOC, before="name")
    class_id: int | None = arg(optional(COUNT), default=None, doc=CLASS_DOC, before="name")

    def check_output(self, output: TensorType) -> None:
        """Raises Refusal for a unit that the output has not."""
        super().check_output(output)
        at_most_units(self, "class_id", output, index=True)


@op
class PrecisionAtRecall(AtPoint):
    """The best precision where recall is at least a value."""

    called = "precision_at_recall"
    examples = ({"recall": 0.5},)

    recall: float = least("recall")


@op
class RecallAtPrecision(AtPoint):
    """The best recall where precision is at least a value."""

    called = "recall_at_precision"
    examples = ({"precision": 0.5},)

    precision: float = least("precision")


@op
class SensitivityAtSpecificity(AtPoint):
    """The best sensitivity where specificity is at least a value."""

    called = "sensitivity_at_specificity"
    examples = ({"specificity": 0.5},)

    specificity: float = least("specificity")


@op
class SpecificityAtSensitivity(AtPoint):
    """The best specificity where sensitivity is at least a value."""

    called = "specificity_at_sensitivity"
    examples = ({"sensitivity": 0.5},)

    sensitivity: float = least("sensitivity")
