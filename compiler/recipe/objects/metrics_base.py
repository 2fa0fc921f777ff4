"""What the declarations of metrics share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self

from ....dsl.diagnostics.codes import Code
from ...ops.base.backend import Array, KerasModule, NumPy
from ...ops.base.declare import Refusal, op
from ...ops.base.kinds import arg, optional
from ...shapes.types import TensorType
from . import formulas
from .base import Metric
from .number_kinds import PART

ONE_HOT = ("one_hot",)
CLASSES = ("classes",)
BY_UNIT = ("binary", "one_hot")
THRESHOLD = optional(PART)
THRESHOLD_DOC = "from where on an output means 1; none: 0.5"
TOP_K_DOC = "how many of the highest outputs mean 1; none: those above the threshold"
LOGITS_DOC = "whether the output is logits"
IGNORE_DOC = "an index that does not count"
CLASS_DOC = "the one unit that counts; none: all of them"

LARGEST_TABLE = 10_000
"""The most classes that a table of classes by classes is kept for, and the most points of a curve.

Keras makes tables of that many rows when training begins.
"""


def half(before: str = "") -> float:
    """The argument that says from where on an output means 1."""
    return arg(PART, default=0.5, doc="from where on an output means 1", before=before)


def known_units(output: TensorType) -> int | None:
    """How many units an output has for each sample; None where that is open."""
    last = output.shape[-1] if output.rank > 1 else 1
    return last if isinstance(last, int) else None


def at_most_units(metric: Metric, argument: str, output: TensorType, *, index: bool) -> None:
    """Raises Refusal where an argument names, or counts, more units than the output has."""
    value, units = getattr(metric, argument), known_units(output)
    if value is None or units is None or value < units + (not index):
        return
    least = "the units are 0" + (f" to {units - 1}" if units > 1 else "")
    raise Refusal(
        Code.BAD_VALUE,
        f"`{argument}={value}` of `{type(metric).__name__}` is past the {units} "
        f"unit{'s' * (units != 1)} of the output, {output}",
        argument=argument,
        help=least if index else f"give at most {units}",
    )


def rows_only(metric: Metric, output: TensorType) -> None:
    """Raises Refusal for an output that is no row of numbers a sample."""
    if output.rank != 2:
        raise Refusal(
            Code.METRIC_MISFIT,
            f"`{type(metric).__name__}` is measured on a row a sample, and the output is {output}",
            help="measure it on an output `[N, units]`",
        )


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
