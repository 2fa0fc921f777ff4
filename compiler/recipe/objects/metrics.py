"""The table of Keras's metrics, with its names, arguments and defaults."""

from __future__ import annotations

from collections.abc import Mapping

from . import metrics_accuracy, metrics_counts, metrics_curves, metrics_overlap, metrics_values
from .base import Metric

METRIC_CLASSES: Mapping[str, type[Metric]] = {
    cls.__name__: cls
    for file in (
        metrics_accuracy,
        metrics_counts,
        metrics_curves,
        metrics_overlap,
        metrics_values,
    )
    for cls in vars(file).values()
    if isinstance(cls, type)
    and issubclass(cls, Metric)
    and cls.called
    and cls.__module__ == file.__name__
}
"""The metrics a recipe can call, by name."""

METRIC_WORDS: Mapping[str, type[Metric]] = {
    # Of two with one name the first has it: `accuracy`, not `Accuracy`.
    word: cls
    for cls in reversed(list(METRIC_CLASSES.values()))
    for word in (cls.called, *cls.words)
}
"""The metrics by what histories call them, and by Keras's other names."""
