"""The table of Keras's metrics, with its names, arguments and defaults."""

from __future__ import annotations

from collections.abc import Mapping

from . import metrics_classes, metrics_curves, metrics_overlap, metrics_values
from .base import Metric
from .metrics_classes import accuracy
from .named import bare

METRIC_CLASSES: Mapping[str, type[Metric]] = {
    cls.__name__: cls
    for file in (metrics_classes, metrics_curves, metrics_overlap, metrics_values)
    for cls in vars(file).values()
    if isinstance(cls, type) and issubclass(cls, Metric) and cls.__module__ == file.__name__
}
"""The metrics a recipe can call, by name."""

_ALIASES = {
    "bce": metrics_values.BinaryCrossentropy("bce"),
    "BCE": metrics_values.BinaryCrossentropy("BCE"),
    "mae": metrics_values.MeanAbsoluteError("mae"),
    "MAE": metrics_values.MeanAbsoluteError("MAE"),
    "mape": metrics_values.MeanAbsolutePercentageError("mape"),
    "MAPE": metrics_values.MeanAbsolutePercentageError("MAPE"),
    "mse": metrics_values.MeanSquaredError("mse"),
    "MSE": metrics_values.MeanSquaredError("MSE"),
    "msle": metrics_values.MeanSquaredLogarithmicError("msle"),
    "MSLE": metrics_values.MeanSquaredLogarithmicError("MSLE"),
    "log_cosh_error": metrics_values.LogCoshError("log_cosh_error"),
}

METRICS: Mapping[str, Metric] = {
    **bare({cls.called: cls for cls in METRIC_CLASSES.values() if cls.called != "accuracy"}),
    **_ALIASES,
    "acc": accuracy("acc"),
    "accuracy": accuracy(),
}
"""Metrics with Keras's defaults, by Keras's other names for them, which histories use too."""
