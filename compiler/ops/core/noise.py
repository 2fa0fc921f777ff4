"""Layers that act in training alone: noise, the dropouts of whole maps, penalties on outputs."""

from __future__ import annotations

from typing import ClassVar

from ..base.backend import OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import EPSILON, arg
from ..base.op import Example, Op, example, op
from ..base.windows import CHANNELS_1D, CHANNELS_2D, CHANNELS_3D
from ..norm.normalization import MOMENTUM
from .dropout import DRAWS, RATE


class TrainingOnly(Op):
    """A layer through which a trained net passes its input unchanged."""

    __slots__ = ()

    keeps_mask = True

    def in_training(self) -> str:
        return DRAWS if getattr(self, "rate", 0.0) else ""

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return call.x


@op
class SpatialDropout1D(TrainingOnly):
    """In training, sets a share of the channels to 0 at all steps (Tompson et al. 2015)."""

    rate: float = arg(RATE, doc="the share that becomes 0")

    rank = 3
    axes = CHANNELS_1D
    examples: ClassVar[tuple[Example, ...]] = (example(("N", "T", 3), rate=0.5),)


@op
class SpatialDropout2D(TrainingOnly):
    """In training, sets a share of the feature maps to 0 (Tompson et al. 2015)."""

    rate: float = arg(RATE, doc="the share that becomes 0")

    rank = 4
    axes = CHANNELS_2D
    examples: ClassVar[tuple[Example, ...]] = (example(("N", "H", 4, 3), rate=0.5),)


@op
class SpatialDropout3D(TrainingOnly):
    """In training, sets a share of the feature volumes to 0 (Tompson et al. 2015)."""

    rate: float = arg(RATE, doc="the share that becomes 0")

    rank = 5
    axes = CHANNELS_3D
    examples: ClassVar[tuple[Example, ...]] = (example(("N", 2, 3, "W", 3), rate=0.5),)


@op
class AlphaDropout(TrainingOnly):
    """In training, a dropout that keeps mean and variance for SELU (Klambauer et al. 2017)."""

    rate: float = arg(RATE, doc="the share that is dropped")

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5), rate=0.5),
        example(("N", "H", 4, 3), rate=0),
    )


@op
class GaussianDropout(TrainingOnly):
    """In training, multiplies by normal noise of mean 1 (Srivastava et al. 2014)."""

    rate: float = arg(RATE, doc="the noise has the standard deviation sqrt(rate / (1 - rate))")

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5), rate=0.5),
        example(("N", "T", 3), rate=0),
    )


@op
class GaussianNoise(TrainingOnly):
    """In training, adds normal noise of mean 0."""

    stddev: float = arg(MOMENTUM, doc="the standard deviation of the noise")

    def in_training(self) -> str:
        return DRAWS if self.stddev else ""

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5), stddev=0.1),
        example(("N", "T", 3), stddev=0),
    )


@op
class ActivityRegularization(TrainingOnly):
    """In training, a penalty on its input that is added to the loss."""

    l1: float = arg(EPSILON, default=0.0, doc="the strength of the absolute values")
    l2: float = arg(EPSILON, default=0.0, doc="the strength of the squares")

    def in_training(self) -> str:
        return "adds a penalty to the loss" if self.l1 or self.l2 else ""

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5), l1=0.1, l2=0.2),
        example(("N", "T", 3)),
    )
