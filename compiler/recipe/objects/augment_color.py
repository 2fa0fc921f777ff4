"""Random changes of the colors of a picture."""

from __future__ import annotations

from ...ops.base.declare import op
from ...ops.base.kinds import INT, POSITIVE, Kind, OutOfRange, arg, at_most, between, ints, optional
from .augment_kinds import RANGE_DOC, SEED, SEED_DOC, SHARE, SIGNED, VALUE_RANGE, Factor
from .base import Augmentation
from .number_kinds import PART

LARGEST_BLUR = 999
"""Pixels; Keras makes a table of that many, squared."""


def _odd(value: object) -> int | tuple[int, ...]:
    sizes = ints(2).convert(value)
    for size in sizes:
        if size % 2 == 0:
            raise OutOfRange(f"{size} is even")
        if size > LARGEST_BLUR:
            raise OutOfRange(f"{size} is more than {LARGEST_BLUR}")
    return sizes if isinstance(value, tuple | list) else sizes[0]


ODD = Kind(f"an odd int from 1 to {LARGEST_BLUR}, or two of them", _odd)
BINS = at_most(POSITIVE, 2**16, f"an int from 1 to {2**16:,}")
BITS = between(INT, 1, 9, "an int from 1 to 8")


@op
class RandomBrightness(Augmentation):
    """Makes a picture brighter or darker."""

    factor: Factor = arg(
        SIGNED, doc="how much, as a share of the value range; 0.2: up to 0.2 either way"
    )
    value_range: tuple[float, float] = arg(VALUE_RANGE, default=(0.0, 255.0), doc=RANGE_DOC)
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)


@op
class RandomContrast(Augmentation):
    """Spreads values about their mean, or draws them together."""

    factor: Factor = arg(SHARE, doc="how much; 0.2: from 0.8 to 1.2 times")
    value_range: tuple[float, float] = arg(VALUE_RANGE, default=(0.0, 255.0), doc=RANGE_DOC)
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)


@op
class RandomHue(Augmentation):
    """Turns colors round the color wheel."""

    factor: Factor = arg(SHARE, doc="how far, as a share of half a turn")
    value_range: tuple[float, float] = arg(VALUE_RANGE, default=(0.0, 255.0), doc=RANGE_DOC)
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)


@op
class RandomSaturation(Augmentation):
    """Makes colors stronger or paler."""

    factor: Factor = arg(SHARE, doc="how strong; 0.5 leaves them, 0 is grey")
    value_range: tuple[float, float] = arg(VALUE_RANGE, default=(0.0, 255.0), doc=RANGE_DOC)
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)


@op
class RandomColorJitter(Augmentation):
    """Brightness, contrast, saturation and hue in turn."""

    value_range: tuple[float, float] = arg(VALUE_RANGE, default=(0.0, 255.0), doc=RANGE_DOC)
    brightness_factor: Factor | None = arg(
        optional(SIGNED), default=None, doc="as in RandomBrightness"
    )
    contrast_factor: Factor | None = arg(optional(SHARE), default=None, doc="as in RandomContrast")
    saturation_factor: Factor | None = arg(
        optional(SHARE), default=None, doc="as in RandomSaturation"
    )
    hue_factor: Factor | None = arg(optional(SHARE), default=None, doc="as in RandomHue")
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)


@op
class RandomColorDegeneration(Augmentation):
    """Mixes a picture with its grey form."""

    factor: Factor = arg(SHARE, doc="the share of grey")
    value_range: tuple[float, float] = arg(VALUE_RANGE, default=(0.0, 255.0), doc=RANGE_DOC)
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)


@op
class RandomGrayscale(Augmentation):
    """Makes a picture grey."""

    factor: float = arg(PART, default=0.5, doc="how often, as a probability")
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)


@op
class RandomSharpness(Augmentation):
    """Sharpens or blurs a picture."""

    factor: Factor = arg(SHARE, doc="how sharp; 0.5 leaves it, 0 blurs it")
    value_range: tuple[float, float] = arg(VALUE_RANGE, default=(0.0, 255.0), doc=RANGE_DOC)
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)


@op
class RandomGaussianBlur(Augmentation):
    """Blurs a picture."""

    factor: Factor = arg(SHARE, default=1.0, doc="how often, as a probability")
    kernel_size: int | tuple[int, ...] = arg(
        ODD, default=3, doc="the size of the blur in pixels, odd"
    )
    sigma: Factor = arg(SHARE, default=1.0, doc="the blur's standard deviation in pixels")
    value_range: tuple[float, float] = arg(VALUE_RANGE, default=(0.0, 255.0), doc=RANGE_DOC)
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)


@op
class RandomInvert(Augmentation):
    """Turns black into white and white into black."""

    factor: Factor = arg(SHARE, default=1.0, doc="how often, as a probability")
    value_range: tuple[float, float] = arg(VALUE_RANGE, default=(0.0, 255.0), doc=RANGE_DOC)
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)


@op
class RandomPosterization(Augmentation):
    """Leaves each color a few bits."""

    factor: int = arg(BITS, doc="how many bits, from 1 to 8")
    value_range: tuple[float, float] = arg(VALUE_RANGE, default=(0.0, 255.0), doc=RANGE_DOC)
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)


@op
class Solarization(Augmentation):
    """Inverts the values above a threshold."""

    addition_factor: Factor = arg(SHARE, default=0.0, doc="what is added first, as a share of 255")
    threshold_factor: Factor = arg(SHARE, default=0.0, doc="the threshold, as a share of 255")
    value_range: tuple[float, float] = arg(VALUE_RANGE, default=(0.0, 255.0), doc=RANGE_DOC)
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)


@op
class AutoContrast(Augmentation):
    """Spreads the values of a picture over the whole range."""

    value_range: tuple[float, float] = arg(VALUE_RANGE, default=(0.0, 255.0), doc=RANGE_DOC)


@op
class Equalization(Augmentation):
    """Makes all values of a picture equally frequent."""

    value_range: tuple[float, float] = arg(VALUE_RANGE, default=(0.0, 255.0), doc=RANGE_DOC)
    bins: int = arg(BINS, default=256, doc="how many values are told apart")
