"""Keras's losses and metrics in NumPy, so that evaluation need not load TensorFlow.

What has no formula here (overlaps, F-scores, …) gives None; Keras computes those. Targets
`y` are encoded as the loss wants them, outputs `p` are the net's. Probabilities are not cut at
1e-7: Keras, too, computes cross-entropy from the logits where a net ends in softmax or sigmoid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np

from ...compiler.ops.base.backend import Array
from ...compiler.recipe.objects.base import Loss, Metric

EPSILON = 1e-7
TINY = float(np.finfo(np.float32).tiny)

Formula: TypeAlias = Callable[[object, Array, Array], "Array | None"]


def loss_value(loss: Loss, y: Array, p: Array) -> float | None:
    """The loss of all samples as one number; None where there is no formula for it."""
    if getattr(loss, "reduction", "mean") == "sum":
        return None
    return _mean(type(loss).__name__, loss, y, p)


def metric_value(metric: Metric, y: Array, p: Array) -> float | None:
    """A metric over all samples; None where there is no formula for it."""
    name = type(metric).__name__
    whole = WHOLE.get(name)
    if whole is not None:
        return whole(metric, y.astype(np.float64), p.astype(np.float64))
    value = _mean(name, metric, y, p)
    return None if value is None else (-value if name == "CosineSimilarity" else value)


def _mean(name: str, made: object, y: Array, p: Array) -> float | None:
    formula = MEANS.get(name)
    if formula is None:
        return None
    values = formula(made, y, p.astype(np.float64))
    return None if values is None else float(values.mean(dtype=np.float64))


def _smooth(made: object, y: Array, towards: float) -> Array:
    share: float = getattr(made, "label_smoothing", 0.0)
    return y * (1 - share) + share * towards


def _last_axis(made: object, p: Array) -> bool:
    return getattr(made, "axis", -1) in (-1, p.ndim - 1)


def _softplus(x: Array) -> Array:
    return np.logaddexp(0.0, x)


def sigmoid(x: Array) -> Array:
    """1 / (1 + e^-x)."""
    return np.asarray(np.exp(-_softplus(-x)))


def log_softmax(x: Array) -> Array:
    """The logarithms of the softmax over the last axis."""
    high = x.max(axis=-1, keepdims=True)
    return np.asarray(x - high - np.log(np.exp(x - high).sum(axis=-1, keepdims=True)))


def _logs(made: object, p: Array) -> Array:
    """The logarithms of the classes' probabilities."""
    if getattr(made, "from_logits", False):
        return log_softmax(p)
    return np.asarray(np.log(np.clip(p / p.sum(axis=-1, keepdims=True), TINY, 1.0)))


def _binary_crossentropy(made: object, y: Array, p: Array) -> Array | None:
    y = _smooth(made, y.astype(np.float64), 0.5)
    if getattr(made, "from_logits", False):
        return np.asarray(_softplus(p) - p * y)
    return np.asarray(
        -(y * np.log(np.maximum(p, TINY)) + (1 - y) * np.log(np.maximum(1 - p, EPSILON)))
    )


def _categorical_crossentropy(made: object, y: Array, p: Array) -> Array | None:
    if not _last_axis(made, p):
        return None
    y = _smooth(made, y.astype(np.float64), 1 / p.shape[-1])
    return np.asarray(-(y * _logs(made, p)).sum(axis=-1))


def _sparse_crossentropy(made: object, y: Array, p: Array) -> Array | None:
    if getattr(made, "ignore_class", None) is not None or not _last_axis(made, p):
        return None
    index = _indices(y, p)
    return -np.take_along_axis(_logs(made, p), index[..., None], axis=-1)[..., 0]


def _kl_divergence(made: object, y: Array, p: Array) -> Array:
    y, p = np.clip(y.astype(np.float64), EPSILON, 1), np.clip(p, EPSILON, 1)
    return np.asarray((y * np.log(y / p)).sum(axis=-1))


def _huber(made: object, y: Array, p: Array) -> Array:
    delta: float = getattr(made, "delta", 1.0)
    error = np.abs(p - y)
    return np.asarray(np.where(error <= delta, 0.5 * error**2, delta * error - 0.5 * delta**2))


def _signs(y: Array) -> Array:
    """0 and 1 as -1 and 1; other targets as they are."""
    return 2.0 * y - 1 if bool(((y == 0) | (y == 1)).all()) else y.astype(np.float64)


def _hinge(made: object, y: Array, p: Array) -> Array:
    return np.asarray(np.maximum(1 - _signs(y) * p, 0))


def _categorical_hinge(made: object, y: Array, p: Array) -> Array:
    right, wrong = (y * p).sum(axis=-1), ((1 - y) * p).max(axis=-1)
    return np.asarray(np.maximum(wrong - right + 1, 0))


def _cosine(made: object, y: Array, p: Array) -> Array | None:
    if not _last_axis(made, p):
        return None
    return np.asarray(-(_unit(y.astype(np.float64)) * _unit(p)).sum(axis=-1))


def _unit(x: Array) -> Array:
    return np.asarray(x / np.sqrt(np.maximum((x**2).sum(axis=-1, keepdims=True), 1e-12)))


def _percentage(made: object, y: Array, p: Array) -> Array:
    return np.asarray(100 * np.abs(y - p) / np.maximum(np.abs(y), EPSILON))


def _squared_logs(made: object, y: Array, p: Array) -> Array:
    first, second = np.log1p(np.maximum(p, EPSILON)), np.log1p(np.maximum(y, EPSILON))
    return np.asarray((first - second) ** 2)


def _log_cosh(made: object, y: Array, p: Array) -> Array:
    error = p - y
    return np.asarray(error + _softplus(-2 * error) - np.log(2))


def _indices(y: Array, p: Array) -> Array:
    """Class indices of the output's shape without its last axis."""
    return np.asarray(y if y.ndim == p.ndim - 1 else y[..., 0]).astype(np.int64)


def _top_k(made: object, index: Array, p: Array) -> Array:
    """Whether the right class is among the k highest; a tie with the last of them counts."""
    k: int = getattr(made, "k", 5)
    right = np.take_along_axis(p, index[..., None], axis=-1)
    return np.asarray((p > right).sum(axis=-1) < k)


def _sparse_top_k(made: object, y: Array, p: Array) -> Array | None:
    return None if getattr(made, "from_sorted_ids", False) else _top_k(made, _indices(y, p), p)


MEANS: Mapping[str, Formula] = {
    "BinaryCrossentropy": _binary_crossentropy,
    "CategoricalCrossentropy": _categorical_crossentropy,
    "SparseCategoricalCrossentropy": _sparse_crossentropy,
    "KLDivergence": _kl_divergence,
    "MeanSquaredError": lambda made, y, p: (p - y) ** 2,
    "MeanAbsoluteError": lambda made, y, p: np.abs(p - y),
    "MeanAbsolutePercentageError": _percentage,
    "MeanSquaredLogarithmicError": _squared_logs,
    "Minimize": lambda made, y, p: p,
    "Huber": _huber,
    "Hinge": _hinge,
    "SquaredHinge": lambda made, y, p: _hinge(made, y, p) ** 2,
    "CategoricalHinge": _categorical_hinge,
    "LogCosh": _log_cosh,
    "LogCoshError": _log_cosh,
    "Poisson": lambda made, y, p: p - y * np.log(p + EPSILON),
    "CosineSimilarity": _cosine,
    "Accuracy": lambda made, y, p: y == p,
    "BinaryAccuracy": lambda made, y, p: (p > getattr(made, "threshold", 0.5)) == y,
    "CategoricalAccuracy": lambda made, y, p: y.argmax(axis=-1) == p.argmax(axis=-1),
    "SparseCategoricalAccuracy": lambda made, y, p: _indices(y, p) == p.argmax(axis=-1),
    "TopKCategoricalAccuracy": lambda made, y, p: _top_k(made, y.argmax(axis=-1), p),
    "SparseTopKCategoricalAccuracy": _sparse_top_k,
}
"""Losses and metrics that are the mean of one value a sample (or a unit)."""


def _counts(made: object, y: Array, p: Array) -> tuple[float, float, float, float] | None:
    """True and false positives, false and true negatives."""
    if getattr(made, "top_k", None) is not None:
        return None
    threshold = getattr(made, "thresholds", None)
    called = p > (0.5 if threshold is None else threshold)
    unit: int | None = getattr(made, "class_id", None)
    actual = y > 0
    if unit is not None:
        called, actual = called[..., unit], actual[..., unit]
    return (
        float((called & actual).sum()),
        float((called & ~actual).sum()),
        float((~called & actual).sum()),
        float((~called & ~actual).sum()),
    )


def _rate(which: int) -> Callable[[object, Array, Array], float | None]:
    """True positives as a share: of all called so (1: precision), or of all that are so (2)."""

    def value(made: object, y: Array, p: Array) -> float | None:
        counts = _counts(made, y, p)
        if counts is None:
            return None
        of = counts[0] + counts[which]
        return counts[0] / of if of else 0.0

    return value


def _count(which: int) -> Callable[[object, Array, Array], float | None]:
    def value(made: object, y: Array, p: Array) -> float | None:
        counts = _counts(made, y, p)
        return None if counts is None else counts[which]

    return value


def _root(made: object, y: Array, p: Array) -> float:
    return float(np.sqrt(((p - y) ** 2).mean()))


def _r2(made: object, y: Array, p: Array) -> float | None:
    """1 - the squared errors / the squared distances to the mean, the mean over the units."""
    plain = getattr(made, "class_aggregation", "") == "uniform_average"
    if not plain or getattr(made, "num_regressors", None) or y.ndim != 2:
        return None
    spread = ((y - y.mean(axis=0)) ** 2).sum(axis=0)
    if not spread.all():
        return None
    return float((1 - ((p - y) ** 2).sum(axis=0) / spread).mean())


def _auc(made: object, y: Array, p: Array) -> float | None:
    """The area under the ROC curve through evenly spaced thresholds, as Keras draws it."""
    count: int = getattr(made, "num_thresholds", 200)
    plain = getattr(made, "curve", "") == "ROC" and not getattr(made, "multi_label", False)
    lines = getattr(made, "summation_method", "") == "interpolation"
    if not plain or not lines or getattr(made, "thresholds", None) is not None:
        return None
    if getattr(made, "from_logits", False):
        p = sigmoid(p)
    thresholds = np.linspace(0, 1, count)
    thresholds[0], thresholds[-1] = -EPSILON, 1 + EPSILON
    actual = y.ravel() > 0
    ones, zeros = np.sort(p.ravel()[actual]), np.sort(p.ravel()[~actual])
    hits, alarms = (
        1 - np.searchsorted(found, thresholds, side="right") / len(found)
        if len(found)
        else np.zeros(count)
        for found in (ones, zeros)
    )
    return float(((alarms[:-1] - alarms[1:]) * (hits[:-1] + hits[1:]) / 2).sum())


WHOLE: Mapping[str, Callable[[object, Array, Array], float | None]] = {
    "AUC": _auc,
    "Precision": _rate(1),
    "Recall": _rate(2),
    "TruePositives": _count(0),
    "FalsePositives": _count(1),
    "FalseNegatives": _count(2),
    "TrueNegatives": _count(3),
    "RootMeanSquaredError": _root,
    "R2Score": _r2,
}
"""Metrics that are no mean of single values."""
