"""Keras's metrics of classes: accuracies, precision and recall, curves.

`name` is what histories call a metric; without it that is Keras's name for the class.
"""

from __future__ import annotations

from ....dsl.diagnostics.codes import Code
from ...ops.base.declare import Refusal, op
from ...ops.base.kinds import (
    BOOL,
    COUNT,
    EPSILON,
    INT,
    POSITIVE,
    arg,
    at_least,
    choice,
    many,
    optional,
)
from .base import Metric
from .metrics_base import (
    BY_UNIT,
    CLASS_DOC,
    CLASSES,
    NAME,
    NAME_DOC,
    ONE_HOT,
    THRESHOLD,
    THRESHOLD_DOC,
    TOP_K_DOC,
)
from .named import PART, above

AVERAGE = optional(choice("micro", "macro", "weighted"))


@op
class accuracy(Metric):  # noqa: N801 (the word a recipe uses)
    """The share of samples that are right: binary, categorical or sparse, as the loss's targets."""

    takes = (*ONE_HOT, *CLASSES, "binary")
    called = "accuracy"

    name: str | None = arg(NAME, default=None, doc=NAME_DOC)

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

    name: str | None = arg(NAME, default=None, doc=NAME_DOC)


@op
class AUC(Metric):
    """The area under the ROC or precision-recall curve."""

    takes = BY_UNIT
    called = "auc"

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


@op
class BinaryAccuracy(Metric):
    """The share of units on the right side of the threshold."""

    takes = BY_UNIT
    called = "binary_accuracy"

    name: str | None = arg(NAME, default=None, doc=NAME_DOC)
    threshold: float = arg(PART, default=0.5, doc="from where on an output means 1")


@op
class CategoricalAccuracy(Metric):
    """The share of samples whose highest output is the right class; one-hot targets."""

    takes = ONE_HOT
    called = "categorical_accuracy"

    name: str | None = arg(NAME, default=None, doc=NAME_DOC)


@op
class SparseCategoricalAccuracy(Metric):
    """The share of samples whose highest output is the right class; targets are indices."""

    takes = CLASSES
    called = "sparse_categorical_accuracy"

    name: str | None = arg(NAME, default=None, doc=NAME_DOC)


@op
class TopKCategoricalAccuracy(Metric):
    """The share of samples with the right class among the `k` highest; one-hot targets."""

    takes = ONE_HOT
    called = "top_k_categorical_accuracy"

    k: int = arg(POSITIVE, default=5, doc="how many count")
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)


@op
class SparseTopKCategoricalAccuracy(Metric):
    """The share of samples with the right class among the `k` highest; targets are indices."""

    takes = CLASSES
    called = "sparse_top_k_categorical_accuracy"

    k: int = arg(POSITIVE, default=5, doc="how many count")
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)
    from_sorted_ids: bool = arg(
        BOOL, default=False, doc="whether the output is sorted indices of classes"
    )


@op
class Precision(Metric):
    """Of what the net calls 1, the share that is."""

    takes = BY_UNIT
    called = "precision"

    thresholds: float | None = arg(THRESHOLD, default=None, doc=THRESHOLD_DOC)
    top_k: int | None = arg(optional(POSITIVE), default=None, doc=TOP_K_DOC)
    class_id: int | None = arg(optional(COUNT), default=None, doc=CLASS_DOC)
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)


@op
class Recall(Metric):
    """Of what is 1, the share that the net calls so."""

    takes = BY_UNIT
    called = "recall"

    thresholds: float | None = arg(THRESHOLD, default=None, doc=THRESHOLD_DOC)
    top_k: int | None = arg(optional(POSITIVE), default=None, doc=TOP_K_DOC)
    class_id: int | None = arg(optional(COUNT), default=None, doc=CLASS_DOC)
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)


@op
class F1Score(Metric):
    """`2 precision recall / (precision + recall)`, of each class or their mean."""

    takes = BY_UNIT
    called = "f1_score"

    average: str | None = arg(AVERAGE, default=None, doc="how classes become one; none: they don't")
    threshold: float | None = arg(
        optional(above(0)), default=None, doc="from where on an output means 1; none: the highest"
    )
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)

    def validate(self) -> None:
        """Raises Refusal where it gives a number for each class, which no history holds."""
        _one_number(self, self.average)


@op
class FBetaScore(Metric):
    """F1 with recall `beta` times as important as precision."""

    takes = BY_UNIT
    called = "fbeta_score"

    average: str | None = arg(AVERAGE, default=None, doc="how classes become one; none: they don't")
    beta: float = arg(above(0), default=1.0, doc="the importance of recall")
    threshold: float | None = arg(
        optional(above(0)), default=None, doc="from where on an output means 1; none: the highest"
    )
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)

    def validate(self) -> None:
        """Raises Refusal where it gives a number for each class, which no history holds."""
        _one_number(self, self.average)


def _one_number(metric: Metric, average: str | None) -> None:
    name = type(metric).__name__
    if average is None:
        raise Refusal(
            Code.BAD_VALUE,
            f"`{name}` with `average=none` is a number for each class; a history holds one",
            argument="average",
            help=f"write `{name}(average=macro)` for the mean of the classes",
        )


@op
class TruePositives(Metric):
    """How many units the net rightly calls 1."""

    takes = BY_UNIT
    called = "true_positives"

    thresholds: float | None = arg(THRESHOLD, default=None, doc=THRESHOLD_DOC)
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)


@op
class TrueNegatives(Metric):
    """How many units the net rightly calls 0."""

    takes = BY_UNIT
    called = "true_negatives"

    thresholds: float | None = arg(THRESHOLD, default=None, doc=THRESHOLD_DOC)
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)


@op
class FalsePositives(Metric):
    """How many units the net wrongly calls 1."""

    takes = BY_UNIT
    called = "false_positives"
    lower_is_better = True

    thresholds: float | None = arg(THRESHOLD, default=None, doc=THRESHOLD_DOC)
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)


@op
class FalseNegatives(Metric):
    """How many units the net wrongly calls 0."""

    takes = BY_UNIT
    called = "false_negatives"
    lower_is_better = True

    thresholds: float | None = arg(THRESHOLD, default=None, doc=THRESHOLD_DOC)
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)
