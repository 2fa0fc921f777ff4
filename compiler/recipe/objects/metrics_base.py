"""What the declarations of metrics share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self

from ...ops.base.backend import Array, KerasModule, NumPy
from ...ops.base.declare import op
from ...ops.base.kinds import STRING, optional
from . import formulas
from .base import Metric
from .named import PART

NAME = optional(STRING)
NAME_DOC = "what histories call it; none: Keras's name for it"
ONE_HOT = ("one_hot",)
CLASSES = ("classes",)
BY_UNIT = ("binary", "one_hot")
THRESHOLD = optional(PART)
THRESHOLD_DOC = "from where on an output means 1; none: 0.5"
TOP_K_DOC = "how many of the highest outputs mean 1; none: those above the threshold"
CLASS_DOC = "the one unit that counts; none: all of them"


@op
class PerUnit(Metric):
    """A metric of which units are 1 and which the net calls so.

    Beside a loss of indices of classes it is measured on one-hot rows made of them.
    """

    takes = (*BY_UNIT, *CLASSES)

    indices: bool = False
    """Whether its targets come as indices of classes."""

    def for_targets(self, targets: str) -> Self:
        """The metric that makes one-hot rows of its targets, where they are indices."""
        return replace(self, indices=targets in CLASSES)

    def units(self, np: NumPy, y: Array, p: Array) -> Array:
        """The targets of each unit of the output."""
        if not self.indices:
            return y
        made: Array = np.eye(p.shape[-1])[formulas.indices(np, y, p)]
        return made

    def keras_object(self, keras: KerasModule) -> object:
        """Keras's metric; where targets are indices, one that makes one-hot rows of them."""
        made: Any = super().keras_object(keras)
        return one_hot_first(keras, made) if self.indices else made


def one_hot_first(keras: KerasModule, metric: Any) -> object:
    """The Keras metric, given one-hot rows of the indices that it gets as targets."""
    ops, measured = keras.ops, metric.update_state

    def update_state(y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Keras's `update_state`, on one-hot rows."""
        index = ops.reshape(y_true, ops.shape(y_pred)[:-1])
        rows = ops.one_hot(ops.cast(index, "int32"), y_pred.shape[-1])
        return measured(rows, y_pred, sample_weight=sample_weight)

    metric.update_state = update_state
    return metric
