"""Keras's metrics of curves: the area under one, and one figure where another has a value."""

from __future__ import annotations

from ...ops.base.backend import Array, NumPy
from ...ops.base.declare import op
from ...ops.base.kinds import BOOL, COUNT, INT, POSITIVE, arg, at_least, choice, many, optional
from . import formulas
from .base import Metric
from .metrics_base import BY_UNIT, CLASS_DOC, NAME, NAME_DOC
from .named import EPSILON, PART


@op
class AUC(Metric):
    """The area under the ROC or precision-recall curve."""

    takes = BY_UNIT
    called = "auc"
    examples = ({}, {"num_thresholds": 20}, {"from_logits": True}, {"curve": "PR"})

    num_thresholds: int = arg(
        at_least(INT, 2, "an int of at least 2"), default=200, doc="points of the curve"
    )
    curve: str = arg(choice("ROC", "PR", "PRGAIN"), default="ROC", doc="the curve")
    summation_method: str = arg(
        choice("interpolation", "minoring", "majoring"),
        default="interpolation",
        doc="what is between two points",
    )
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)
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
    from_logits: bool = arg(BOOL, default=False, doc="whether the output is logits")

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


def _above(np: NumPy, scores: Array, thresholds: Array) -> Array:
    """The share of some scores above each threshold; 0 where there are none."""
    below = np.searchsorted(np.sort(scores), thresholds, side="right")
    made: Array = 1 - below / len(scores) if len(scores) else np.zeros(len(thresholds))
    return made


@op
class PrecisionAtRecall(Metric):
    """The best precision where recall is at least a value."""

    takes = BY_UNIT
    called = "precision_at_recall"
    examples = ({"recall": 0.5},)

    recall: float = arg(PART, doc="that value")
    num_thresholds: int = arg(POSITIVE, default=200, doc="points of the curve")
    class_id: int | None = arg(optional(COUNT), default=None, doc=CLASS_DOC)
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)


@op
class RecallAtPrecision(Metric):
    """The best recall where precision is at least a value."""

    takes = BY_UNIT
    called = "recall_at_precision"
    examples = ({"precision": 0.5},)

    precision: float = arg(PART, doc="that value")
    num_thresholds: int = arg(POSITIVE, default=200, doc="points of the curve")
    class_id: int | None = arg(optional(COUNT), default=None, doc=CLASS_DOC)
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)


@op
class SensitivityAtSpecificity(Metric):
    """The best sensitivity where specificity is at least a value."""

    takes = BY_UNIT
    called = "sensitivity_at_specificity"
    examples = ({"specificity": 0.5},)

    specificity: float = arg(PART, doc="that value")
    num_thresholds: int = arg(POSITIVE, default=200, doc="points of the curve")
    class_id: int | None = arg(optional(COUNT), default=None, doc=CLASS_DOC)
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)


@op
class SpecificityAtSensitivity(Metric):
    """The best specificity where sensitivity is at least a value."""

    takes = BY_UNIT
    called = "specificity_at_sensitivity"
    examples = ({"sensitivity": 0.5},)

    sensitivity: float = arg(PART, doc="that value")
    num_thresholds: int = arg(POSITIVE, default=200, doc="points of the curve")
    class_id: int | None = arg(optional(COUNT), default=None, doc=CLASS_DOC)
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)
