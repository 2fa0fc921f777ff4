"""What the declarations of losses share."""

from __future__ import annotations

from ...ops.base.backend import Array, NumPy
from ...ops.base.declare import op
from ...ops.base.kinds import INT, Kind, arg, choice, many, optional
from .base import Loss

REDUCTION = choice("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight")
LOGITS_DOC = "whether the output is logits: no sigmoid or softmax at the end of the net"
SMOOTHING_DOC = "how far targets are moved towards an even distribution"
CLASSES_DOC = "the axis of the classes"


def _axes(value: object) -> int | tuple[int, ...]:
    many_axes = many(INT, "")
    return many_axes.convert(value) if isinstance(value, tuple | list) else INT.convert(value)


AXES = optional(Kind("an axis or a list of axes", _axes))
AXES_DOC = "the axes summed over; none: all of them"


@op
class Reduced(Loss):
    """A loss of Keras, which makes one number of the losses of the samples."""

    reduction: str = arg(
        REDUCTION,
        default="sum_over_batch_size",
        doc="how the losses of the samples become one number",
        last=True,
    )

    def value(self, np: NumPy, y: Array, p: Array, weights: Array | None = None) -> float | None:
        """The loss of all samples; None where Keras alone computes it, as it does a sum."""
        if self.reduction == "sum":
            return None
        if weights is not None and self.reduction == "mean_with_sample_weight":
            return None
        return super().value(np, y, p, weights)
