"""The table of losses: Keras's, with its names, arguments and defaults, and `Minimize`."""

from __future__ import annotations

from collections.abc import Mapping

from ...ops.base.declare import op
from ...ops.base.kinds import BOOL, EPSILON, INT, Kind, arg, choice, many, optional
from .base import Loss
from .minimize import Minimize
from .named import PART, above

REDUCTION = choice("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight")


def _axes(value: object) -> int | tuple[int, ...]:
    many_axes = many(INT, "")
    return many_axes.convert(value) if isinstance(value, tuple | list) else INT.convert(value)


AXES = optional(Kind("an axis or a list of axes", _axes))
WHOLE = "sum_over_batch_size"
LOGITS_DOC = "whether the output is logits: no sigmoid or softmax at the end of the net"
SMOOTHING_DOC = "how far targets are moved towards an even distribution"
REDUCTION_DOC = "how the losses of the samples become one number"
CLASSES_DOC = "the axis of the classes"


@op
class BinaryCrossentropy(Loss):
    """`-(y log p + (1 - y) log(1 - p))`, the mean over the units of an output."""

    targets = "binary"

    from_logits: bool = arg(BOOL, default=False, doc=LOGITS_DOC)
    label_smoothing: float = arg(PART, default=0.0, doc=SMOOTHING_DOC)
    axis: int = arg(INT, default=-1, doc="the axis the mean is taken over")
    reduction: str = arg(REDUCTION, default=WHOLE, doc=REDUCTION_DOC)


@op
class BinaryFocalCrossentropy(Loss):
    """Binary cross-entropy times `(1 - p_t)^gamma`: less for what is easy (Lin et al. 2017)."""

    targets = "binary"

    apply_class_balancing: bool = arg(BOOL, default=False, doc="whether `alpha` weighs classes")
    alpha: float = arg(PART, default=0.25, doc="the weight of class 1; class 0 has 1 - alpha")
    gamma: float = arg(EPSILON, default=2.0, doc="how much less easy samples count")
    from_logits: bool = arg(BOOL, default=False, doc=LOGITS_DOC)
    label_smoothing: float = arg(PART, default=0.0, doc=SMOOTHING_DOC)
    axis: int = arg(INT, default=-1, doc="the axis the mean is taken over")
    reduction: str = arg(REDUCTION, default=WHOLE, doc=REDUCTION_DOC)


@op
class CategoricalCrossentropy(Loss):
    """`-sum(y log p)` over the classes; targets are one-hot, or any distribution."""

    targets = "one_hot"

    from_logits: bool = arg(BOOL, default=False, doc=LOGITS_DOC)
    label_smoothing: float = arg(PART, default=0.0, doc=SMOOTHING_DOC)
    axis: int = arg(INT, default=-1, doc=CLASSES_DOC)
    reduction: str = arg(REDUCTION, default=WHOLE, doc=REDUCTION_DOC)


@op
class CategoricalFocalCrossentropy(Loss):
    """Categorical cross-entropy times `alpha (1 - p_t)^gamma`: less for what is easy."""

    targets = "one_hot"

    alpha: float = arg(EPSILON, default=0.25, doc="the weight of every class")
    gamma: float = arg(EPSILON, default=2.0, doc="how much less easy samples count")
    from_logits: bool = arg(BOOL, default=False, doc=LOGITS_DOC)
    label_smoothing: float = arg(PART, default=0.0, doc=SMOOTHING_DOC)
    axis: int = arg(INT, default=-1, doc=CLASSES_DOC)
    reduction: str = arg(REDUCTION, default=WHOLE, doc=REDUCTION_DOC)


@op
class CategoricalGeneralizedCrossEntropy(Loss):
    """`(1 - p_t^q) / q`, which wrong labels harm less (Zhang and Sabuncu 2018)."""

    targets = "classes"

    q: float = arg(above(0), default=0.5, doc="0: as cross-entropy; 1: as absolute error")
    reduction: str = arg(REDUCTION, default=WHOLE, doc=REDUCTION_DOC)


@op
class CategoricalHinge(Loss):
    """`max(0, 1 + the highest wrong score - the right one's score)`."""

    targets = "one_hot"

    reduction: str = arg(REDUCTION, default=WHOLE, doc=REDUCTION_DOC)


@op
class CosineSimilarity(Loss):
    """Minus the cosine of the angle between target and output."""

    axis: int = arg(INT, default=-1, doc="the axis of the vectors")
    reduction: str = arg(REDUCTION, default=WHOLE, doc=REDUCTION_DOC)


@op
class Dice(Loss):
    """`1 - 2 |y and p| / (|y| + |p|)`, for masks."""

    targets = "binary"

    reduction: str = arg(REDUCTION, default=WHOLE, doc=REDUCTION_DOC)
    axis: int | tuple[int, ...] | None = arg(
        AXES, default=None, doc="the axes summed over; none: all of them"
    )


@op
class Hinge(Loss):
    """`max(0, 1 - y p)`, with targets -1 and 1."""

    targets = "signs"

    reduction: str = arg(REDUCTION, default=WHOLE, doc=REDUCTION_DOC)


@op
class Huber(Loss):
    """`e^2 / 2` where `|e| <= delta`, `delta (|e| - delta / 2)` elsewhere."""

    delta: float = arg(above(0), default=1.0, doc="the error where the square becomes a line")
    reduction: str = arg(REDUCTION, default=WHOLE, doc=REDUCTION_DOC)


@op
class KLDivergence(Loss):
    """`sum(y log(y / p))` over the classes, the distance between two distributions."""

    targets = "one_hot"

    reduction: str = arg(REDUCTION, default=WHOLE, doc=REDUCTION_DOC)


@op
class LogCosh(Loss):
    """`log(cosh(p - y))`, the mean: a square near 0, a line far from it."""

    reduction: str = arg(REDUCTION, default=WHOLE, doc=REDUCTION_DOC)


@op
class MeanAbsoluteError(Loss):
    """`mean(|y - p|)`."""

    reduction: str = arg(REDUCTION, default=WHOLE, doc=REDUCTION_DOC)


@op
class MeanAbsolutePercentageError(Loss):
    """`100 mean(|y - p| / |y|)`."""

    reduction: str = arg(REDUCTION, default=WHOLE, doc=REDUCTION_DOC)


@op
class MeanSquaredError(Loss):
    """`mean((y - p)^2)`."""

    reduction: str = arg(REDUCTION, default=WHOLE, doc=REDUCTION_DOC)


@op
class MeanSquaredLogarithmicError(Loss):
    """`mean((log(1 + y) - log(1 + p))^2)`, for targets of at least 0."""

    reduction: str = arg(REDUCTION, default=WHOLE, doc=REDUCTION_DOC)


@op
class Poisson(Loss):
    """`mean(p - y log p)`, for counts."""

    reduction: str = arg(REDUCTION, default=WHOLE, doc=REDUCTION_DOC)


@op
class SparseCategoricalCrossentropy(Loss):
    """`-log p` of the right class; targets are the indices of classes."""

    targets = "classes"

    from_logits: bool = arg(BOOL, default=False, doc=LOGITS_DOC)
    ignore_class: int | None = arg(optional(INT), default=None, doc="an index that does not count")
    reduction: str = arg(REDUCTION, default=WHOLE, doc=REDUCTION_DOC)
    axis: int = arg(INT, default=-1, doc=CLASSES_DOC)


@op
class SquaredHinge(Loss):
    """`max(0, 1 - y p)^2`, with targets -1 and 1."""

    targets = "signs"

    reduction: str = arg(REDUCTION, default=WHOLE, doc=REDUCTION_DOC)


@op
class Tversky(Loss):
    """Dice with weights for wrong ones and missed ones (Salehi et al. 2017)."""

    targets = "binary"

    alpha: float = arg(EPSILON, default=0.5, doc="the weight of what is 1 and missed")
    beta: float = arg(EPSILON, default=0.5, doc="the weight of what is 0 and found")
    reduction: str = arg(REDUCTION, default=WHOLE, doc=REDUCTION_DOC)
    axis: int | tuple[int, ...] | None = arg(
        AXES, default=None, doc="the axes summed over; none: all of them"
    )


LOSS_CLASSES: Mapping[str, type[Loss]] = {
    cls.__name__: cls
    for cls in (
        BinaryCrossentropy,
        BinaryFocalCrossentropy,
        CategoricalCrossentropy,
        CategoricalFocalCrossentropy,
        CategoricalGeneralizedCrossEntropy,
        CategoricalHinge,
        CosineSimilarity,
        Dice,
        Hinge,
        Huber,
        KLDivergence,
        LogCosh,
        MeanAbsoluteError,
        MeanAbsolutePercentageError,
        MeanSquaredError,
        MeanSquaredLogarithmicError,
        Minimize,
        Poisson,
        SparseCategoricalCrossentropy,
        SquaredHinge,
        Tversky,
    )
}
"""The losses a recipe can call, by name."""

LOSSES: Mapping[str, Loss] = {
    "bce": BinaryCrossentropy(),
    "BCE": BinaryCrossentropy(),
    "binary_crossentropy": BinaryCrossentropy(),
    "binary_focal_crossentropy": BinaryFocalCrossentropy(),
    "categorical_crossentropy": CategoricalCrossentropy(),
    "categorical_focal_crossentropy": CategoricalFocalCrossentropy(),
    "categorical_hinge": CategoricalHinge(),
    "cosine_similarity": CosineSimilarity(),
    "dice": Dice(),
    "hinge": Hinge(),
    "huber": Huber(),
    "kl_divergence": KLDivergence(),
    "kld": KLDivergence(),
    "KLD": KLDivergence(),
    "log_cosh": LogCosh(),
    "mae": MeanAbsoluteError(),
    "MAE": MeanAbsoluteError(),
    "mape": MeanAbsolutePercentageError(),
    "MAPE": MeanAbsolutePercentageError(),
    "mean_absolute_error": MeanAbsoluteError(),
    "mean_absolute_percentage_error": MeanAbsolutePercentageError(),
    "mean_squared_error": MeanSquaredError(),
    "mean_squared_logarithmic_error": MeanSquaredLogarithmicError(),
    "minimize": Minimize(),
    "mse": MeanSquaredError(),
    "MSE": MeanSquaredError(),
    "msle": MeanSquaredLogarithmicError(),
    "MSLE": MeanSquaredLogarithmicError(),
    "poisson": Poisson(),
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy(),
    "squared_hinge": SquaredHinge(),
    "tversky": Tversky(),
}
"""Losses with Keras's defaults, by Keras's other names for them."""
