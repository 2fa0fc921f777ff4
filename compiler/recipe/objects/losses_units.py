"""Losses of outputs whose units each say yes or no."""

from __future__ import annotations

from ...ops.base.backend import Array, NumPy
from ...ops.base.declare import op
from ...ops.base.kinds import BOOL, INT, arg
from . import formulas
from .losses_base import AXES, AXES_DOC, LOGITS_DOC, SMOOTHING_DOC, Reduced
from .number_kinds import EPSILON, PART

MEAN_DOC = "the axis the mean is taken over"


@op
class BinaryCrossentropy(Reduced):
    """`-(y log p + (1 - y) log(1 - p))`, the mean over the units of an output."""

    targets = "binary"
    words = ("bce", "BCE", "binary_crossentropy")
    examples = ({}, {"label_smoothing": 0.2}, {"from_logits": True})

    from_logits: bool = arg(BOOL, default=False, doc=LOGITS_DOC)
    label_smoothing: float = arg(PART, default=0.0, doc=SMOOTHING_DOC)
    axis: int = arg(INT, default=-1, doc=MEAN_DOC)

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """`-(y log p + (1 - y) log(1 - p))`; of logits x it is `log(1 + e^x) - x y`."""
        y = formulas.smooth(y.astype(np.float64), self.label_smoothing, 0.5)
        made: Array
        if self.from_logits:
            made = formulas.softplus(np, p) - p * y
            return made
        least = float(np.finfo(np.float32).tiny)
        yes, no = np.log(np.maximum(p, least)), np.log(np.maximum(1 - p, formulas.EPSILON))
        made = -(y * yes + (1 - y) * no)
        return made


@op
class BinaryFocalCrossentropy(Reduced):
    """Binary cross-entropy times `(1 - p_t)^gamma`: less for what is easy (Lin et al. 2017)."""

    targets = "binary"
    words = ("binary_focal_crossentropy",)
    examples = ({}, {"apply_class_balancing": True, "gamma": 1}, {"from_logits": True})

    apply_class_balancing: bool = arg(BOOL, default=False, doc="whether `alpha` weighs classes")
    alpha: float = arg(PART, default=0.25, doc="the weight of class 1; class 0 has 1 - alpha")
    gamma: float = arg(EPSILON, default=2.0, doc="how much less easy samples count")
    from_logits: bool = arg(BOOL, default=False, doc=LOGITS_DOC)
    label_smoothing: float = arg(PART, default=0.0, doc=SMOOTHING_DOC)
    axis: int = arg(INT, default=-1, doc=MEAN_DOC)


@op
class Dice(Reduced):
    """`1 - 2 |y and p| / (|y| + |p|)`, for masks."""

    targets = "binary"
    words = ("dice",)

    axis: int | tuple[int, ...] | None = arg(AXES, default=None, doc=AXES_DOC, last=True)


@op
class Hinge(Reduced):
    """`max(0, 1 - y p)`, with targets -1 and 1."""

    targets = "signs"
    words = ("hinge",)

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """`max(0, 1 - y p)`; as in Keras, targets 0 and 1 are turned into -1 and 1."""
        made: Array = np.maximum(1 - formulas.signs(y) * p, 0)
        return made


@op
class SquaredHinge(Reduced):
    """`max(0, 1 - y p)^2`, with targets -1 and 1."""

    targets = "signs"
    words = ("squared_hinge",)

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """`max(0, 1 - y p)^2`; as in Keras, targets 0 and 1 are turned into -1 and 1."""
        made: Array = np.maximum(1 - formulas.signs(y) * p, 0) ** 2
        return made


@op
class Tversky(Reduced):
    """Dice with weights for wrong ones and missed ones (Salehi et al. 2017)."""

    targets = "binary"
    words = ("tversky",)
    examples = ({}, {"alpha": 0.3, "beta": 0.7})

    alpha: float = arg(EPSILON, default=0.5, doc="the weight of what is 1 and missed")
    beta: float = arg(EPSILON, default=0.5, doc="the weight of what is 0 and found")
    axis: int | tuple[int, ...] | None = arg(AXES, default=None, doc=AXES_DOC, last=True)
