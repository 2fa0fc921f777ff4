"""Random mixtures: of two samples, or of many changes."""

from __future__ import annotations

from ...ops.base.declare import op
from ...ops.base.kinds import INT, arg, between
from .augment_kinds import (
    INTERPOLATION,
    INTERPOLATION_DOC,
    RANGE_DOC,
    SEED,
    SEED_DOC,
    SHARE,
    VALUE_RANGE,
    Factor,
)
from .base import Augmentation
from .number_kinds import above


@op
class MixUp(Augmentation):
    """Mixes two samples, and their targets (Zhang et al. 2017)."""

    mixes = True

    alpha: float = arg(above(0), default=0.2, doc="the shape of the Beta the shares are drawn from")
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)


@op
class CutMix(Augmentation):
    """Puts a part of one sample into another, and mixes targets (Yun et al. 2019)."""

    mixes = True

    factor: Factor = arg(SHARE, default=1.0, doc="the shape of the Beta the shares are drawn from")
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)


CHANGES = between(INT, 1, 21, "an int from 1 to 20")


@op
class RandAugment(Augmentation):
    """A few changes, drawn for each batch (Cubuk et al. 2019)."""

    value_range: tuple[float, float] = arg(VALUE_RANGE, default=(0.0, 255.0), doc=RANGE_DOC)
    num_ops: int = arg(CHANGES, default=2, doc="how many changes in turn")
    factor: Factor = arg(SHARE, default=0.5, doc="how strong they are")
    interpolation: str = arg(INTERPOLATION, default="bilinear", doc=INTERPOLATION_DOC)
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)
