"""Losses of outputs that tell classes apart by a unit for each."""

from __future__ import annotations

from ...ops.base.backend import Array, NumPy
from ...ops.base.declare import op
from ...ops.base.kinds import BOOL, INT, arg, optional
from . import formulas
from .losses_base import CLASSES_DOC, LOGITS_DOC, SMOOTHING_DOC, Reduced
from .number_kinds import EPSILON, PART, inside


@op
class CategoricalCrossentropy(Reduced):
    """`-sum(y log p)` over the classes; targets are one-hot, or any distribution."""

    targets = "one_hot"
    words = ("categorical_crossentropy",)
    examples = ({}, {"label_smoothing": 0.1}, {"from_logits": True}, {"axis": 1})

    from_logits: bool = arg(BOOL, default=False, doc=LOGITS_DOC)
    label_smoothing: float = arg(PART, default=0.0, doc=SMOOTHING_DOC)
    axis: int = arg(INT, default=-1, doc=CLASSES_DOC)

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """`-sum(y log p)`, for the last axis alone."""
        if not formulas.last_axis(self.axis, p):
            return None
        y = formulas.smooth(y.astype(np.float64), self.label_smoothing, 1 / p.shape[-1])
        made: Array = -(y * formulas.log_probabilities(np, p, self.from_logits)).sum(axis=-1)
        return made


@op
class CategoricalFocalCrossentropy(Reduced):
    """Categorical cross-entropy times `alpha (1 - p_t)^gamma`: less for what is easy."""

    targets = "one_hot"
    words = ("categorical_focal_crossentropy",)
    examples = ({}, {"alpha": 0.5, "gamma": 1}, {"from_logits": True})

    alpha: float = arg(EPSILON, default=0.25, doc="the weight of every class")
    gamma: float = arg(EPSILON, default=2.0, doc="how much less easy samples count")
    from_logits: bool = arg(BOOL, default=False, doc=LOGITS_DOC)
    label_smoothing: float = arg(PART, default=0.0, doc=SMOOTHING_DOC)
    axis: int = arg(INT, default=-1, doc=CLASSES_DOC)


@op
class CategoricalGeneralizedCrossEntropy(Reduced):
    """`(1 - p_t^q) / q`, which wrong labels harm less (Zhang and Sabuncu 2018)."""

    targets = "classes"
    examples = ({}, {"q": 0.9})

    q: float = arg(
        inside(0, 1), default=0.5, doc="near 0: as cross-entropy; near 1: as absolute error"
    )


@op
class CategoricalHinge(Reduced):
    """`max(0, 1 + the highest wrong score - the right one's score)`."""

    targets = "one_hot"
    words = ("categorical_hinge",)

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """As Keras has it: the right class, too, competes with a score of 0."""
        right, wrong = (y * p).sum(axis=-1), ((1 - y) * p).max(axis=-1)
        made: Array = np.maximum(wrong - right + 1, 0)
        return made


@op
class KLDivergence(Reduced):
    """`sum(y log(y / p))` over the classes, the distance between two distributions."""

    targets = "one_hot"
    words = ("kl_divergence", "kld", "KLD")

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """`sum(y log(y / p))`, both cut at Keras's epsilon."""
        y = np.clip(y.astype(np.float64), formulas.EPSILON, 1)
        made: Array = (y * np.log(y / np.clip(p, formulas.EPSILON, 1))).sum(axis=-1)
        return made


@op
class SparseCategoricalCrossentropy(Reduced):
    """`-log p` of the right class; targets are the indices of classes."""

    targets = "classes"
    words = ("sparse_categorical_crossentropy",)
    examples = ({}, {"from_logits": True}, {"ignore_class": 1})
    last_axis_only = True

    from_logits: bool = arg(BOOL, default=False, doc=LOGITS_DOC)
    ignore_class: int | None = arg(optional(INT), default=None, doc="an index that does not count")
    axis: int = arg(INT, default=-1, doc=CLASSES_DOC, last=True)

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """`-log p` of the right class, for the last axis alone and where every class counts."""
        if self.ignore_class is not None or not formulas.last_axis(self.axis, p):
            return None
        logs = formulas.log_probabilities(np, p, self.from_logits)
        return -formulas.right(np, logs, y, p)
