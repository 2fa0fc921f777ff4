"""Keras's metrics of curves: one figure where another has a given value."""

from __future__ import annotations

from ...ops.base.declare import op
from ...ops.base.kinds import COUNT, POSITIVE, arg, optional
from .base import Metric
from .metrics_base import BY_UNIT, CLASS_DOC, NAME, NAME_DOC
from .named import PART


@op
class PrecisionAtRecall(Metric):
    """The best precision where recall is at least a value."""

    takes = BY_UNIT
    called = "precision_at_recall"

    recall: float = arg(PART, doc="that value")
    num_thresholds: int = arg(POSITIVE, default=200, doc="points of the curve")
    class_id: int | None = arg(optional(COUNT), default=None, doc=CLASS_DOC)
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)


@op
class RecallAtPrecision(Metric):
    """The best recall where precision is at least a value."""

    takes = BY_UNIT
    called = "recall_at_precision"

    precision: float = arg(PART, doc="that value")
    num_thresholds: int = arg(POSITIVE, default=200, doc="points of the curve")
    class_id: int | None = arg(optional(COUNT), default=None, doc=CLASS_DOC)
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)


@op
class SensitivityAtSpecificity(Metric):
    """The best sensitivity where specificity is at least a value."""

    takes = BY_UNIT
    called = "sensitivity_at_specificity"

    specificity: float = arg(PART, doc="that value")
    num_thresholds: int = arg(POSITIVE, default=200, doc="points of the curve")
    class_id: int | None = arg(optional(COUNT), default=None, doc=CLASS_DOC)
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)


@op
class SpecificityAtSensitivity(Metric):
    """The best specificity where sensitivity is at least a value."""

    takes = BY_UNIT
    called = "specificity_at_sensitivity"

    sensitivity: float = arg(PART, doc="that value")
    num_thresholds: int = arg(POSITIVE, default=200, doc="points of the curve")
    class_id: int | None = arg(optional(COUNT), default=None, doc=CLASS_DOC)
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)
