"""Keras's metrics of values and distributions: what losses measure, and correlations."""

from __future__ import annotations

from ...ops.base.backend import Array, NumPy
from ...ops.base.declare import op
from ...ops.base.kinds import BOOL, COUNT, INT, arg, choice, optional
from ...shapes.types import TensorType
from . import losses_classes, losses_units, losses_values
from .base import Metric
from .losses_base import CLASSES_DOC, SMOOTHING_DOC
from .metrics_base import CLASSES, IGNORE_DOC, LOGITS_DOC, ONE_HOT, rows_only
from .number_kinds import PART

AXIS_DOC = "the axis of the vectors"


@op
class BinaryCrossentropy(Metric):
    """`-(y log p + (1 - y) log(1 - p))`."""

    takes = ("binary",)
    called = "binary_crossentropy"
    measures = losses_units.BinaryCrossentropy
    words = ("bce", "BCE")
    examples = ({}, {"label_smoothing": 0.2}, {"from_logits": True})
    lower_is_better = True

    from_logits: bool = arg(BOOL, default=False, doc=LOGITS_DOC)
    label_smoothing: float = arg(PART, default=0.0, doc=SMOOTHING_DOC)


@op
class CategoricalCrossentropy(Metric):
    """`-sum(y log p)` over the classes; one-hot targets."""

    takes = ONE_HOT
    called = "categorical_crossentropy"
    measures = losses_classes.CategoricalCrossentropy
    examples = ({}, {"label_smoothing": 0.1}, {"from_logits": True}, {"axis": 1})
    lower_is_better = True

    from_logits: bool = arg(BOOL, default=False, doc=LOGITS_DOC)
    label_smoothing: float = arg(PART, default=0.0, doc=SMOOTHING_DOC)
    axis: int = arg(INT, default=-1, doc=CLASSES_DOC)


@op
class SparseCategoricalCrossentropy(Metric):
    """`-log p` of the right class; targets are indices."""

    takes = CLASSES
    last_axis_only = True
    called = "sparse_categorical_crossentropy"
    measures = losses_classes.SparseCategoricalCrossentropy
    examples = ({}, {"from_logits": True})
    lower_is_better = True

    from_logits: bool = arg(BOOL, default=False, doc=LOGITS_DOC)
    ignore_class: int | None = arg(optional(INT), default=None, doc=IGNORE_DOC)
    axis: int = arg(INT, default=-1, doc=CLASSES_DOC)


@op
class CategoricalHinge(Metric):
    """`max(0, 1 + the highest wrong score - the right one's score)`."""

    takes = ONE_HOT
    called = "categorical_hinge"
    measures = losses_classes.CategoricalHinge
    lower_is_better = True


@op
class Hinge(Metric):
    """`max(0, 1 - y p)`; targets 0 become -1."""

    takes = ("binary", "signs")
    called = "hinge"
    measures = losses_units.Hinge
    lower_is_better = True


@op
class SquaredHinge(Metric):
    """`max(0, 1 - y p)^2`; targets 0 become -1."""

    takes = ("binary", "signs")
    called = "squared_hinge"
    measures = losses_units.SquaredHinge
    lower_is_better = True


@op
class KLDivergence(Metric):
    """`sum(y log(y / p))` over the classes."""

    takes = ONE_HOT
    called = "kl_divergence"
    measures = losses_classes.KLDivergence
    lower_is_better = True


@op
class Poisson(Metric):
    """`mean(p - y log p)`."""

    called = "poisson"
    measures = losses_values.Poisson
    lower_is_better = True


@op
class CosineSimilarity(Metric):
    """The cosine of the angle between target and output."""

    called = "cosine_similarity"
    measures = losses_values.CosineSimilarity

    axis: int = arg(INT, default=-1, doc=AXIS_DOC)

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """The loss without its minus."""
        values = super().formula(np, y, p)
        return None if values is None else -values


@op
class LogCoshError(Metric):
    """`log(cosh(p - y))`, the mean."""

    called = "logcosh"
    measures = losses_values.LogCosh
    words = ("log_cosh_error",)
    lower_is_better = True


@op
class MeanAbsoluteError(Metric):
    """`mean(|y - p|)`."""

    called = "mean_absolute_error"
    measures = losses_values.MeanAbsoluteError
    words = ("mae", "MAE")
    lower_is_better = True


@op
class MeanAbsolutePercentageError(Metric):
    """`100 mean(|y - p| / |y|)`."""

    called = "mean_absolute_percentage_error"
    measures = losses_values.MeanAbsolutePercentageError
    words = ("mape", "MAPE")
    lower_is_better = True


@op
class MeanSquaredError(Metric):
    """`mean((y - p)^2)`."""

    called = "mean_squared_error"
    measures = losses_values.MeanSquaredError
    words = ("mse", "MSE")
    lower_is_better = True


@op
class MeanSquaredLogarithmicError(Metric):
    """`mean((log(1 + y) - log(1 + p))^2)`."""

    called = "mean_squared_logarithmic_error"
    measures = losses_values.MeanSquaredLogarithmicError
    words = ("msle", "MSLE")
    lower_is_better = True


@op
class RootMeanSquaredError(Metric):
    """The root of the mean squared error over all samples."""

    called = "root_mean_squared_error"
    lower_is_better = True

    def value(self, np: NumPy, y: Array, p: Array) -> float | None:
        """The root of the mean of `(y - p)^2`."""
        return float(np.sqrt(((p.astype(np.float64) - y) ** 2).mean()))


@op
class R2Score(Metric):
    """The share of the targets' variance that the net explains; 1 is all of it."""

    called = "r2_score"

    class_aggregation: str = arg(
        choice("uniform_average", "variance_weighted_average"),
        default="uniform_average",
        doc="how units become one",
        before="name",
    )
    num_regressors: int = arg(
        COUNT, default=0, doc="inputs of the net, for the adjusted score", before="name"
    )

    def check_output(self, output: TensorType) -> None:
        """Raises Refusal for an output that is no row of numbers a sample."""
        super().check_output(output)
        rows_only(self, output)

    def value(self, np: NumPy, y: Array, p: Array) -> float | None:
        """1 - the squared errors / the squared distances to the mean; the mean over the units."""
        plain = self.class_aggregation == "uniform_average" and not self.num_regressors
        y, p = y.astype(np.float64), p.astype(np.float64)
        if not plain or y.ndim != 2:
            return None
        spread = ((y - y.mean(axis=0)) ** 2).sum(axis=0)
        return float((1 - ((p - y) ** 2).sum(axis=0) / spread).mean()) if spread.all() else None


@op
class PearsonCorrelation(Metric):
    """The correlation of target and output, sample by sample."""

    called = "pearson_correlation"

    axis: int = arg(INT, default=-1, doc=AXIS_DOC)


@op
class ConcordanceCorrelation(Metric):
    """Pearson's correlation, less where scale or mean differ."""

    called = "concordance_correlation"

    axis: int = arg(INT, default=-1, doc=AXIS_DOC)
