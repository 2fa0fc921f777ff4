"""Random changes of where things are in a picture: moved, turned, cut, bent."""

from __future__ import annotations

from ...ops.base.declare import op
from ...ops.base.kinds import POSITIVE, arg, choice, optional
from .augment_kinds import (
    FILL,
    FILL_DOC,
    FILL_VALUE_DOC,
    INTERPOLATION,
    INTERPOLATION_DOC,
    RANGE_DOC,
    SEED,
    SEED_DOC,
    SHARE,
    SIGNED,
    VALUE_RANGE,
    Factor,
    factor,
)
from .base import Augmentation
from .number_kinds import NUMBER, PART


@op
class RandomFlip(Augmentation):
    """Mirrors a picture, or turns it upside down, half of the time."""

    mode: str = arg(
        choice("horizontal", "vertical", "horizontal_and_vertical"),
        default="horizontal_and_vertical",
        doc="which way",
    )
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)


@op
class RandomTranslation(Augmentation):
    """Moves a picture."""

    height_factor: Factor = arg(
        SIGNED, doc="how far down, as a share of the height; 0.1: up to 0.1 either way"
    )
    width_factor: Factor = arg(SIGNED, doc="how far right, as a share of the width")
    fill_mode: str = arg(FILL, default="reflect", doc=FILL_DOC)
    interpolation: str = arg(INTERPOLATION, default="bilinear", doc=INTERPOLATION_DOC)
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)
    fill_value: float = arg(NUMBER, default=0.0, doc=FILL_VALUE_DOC)


@op
class RandomRotation(Augmentation):
    """Turns a picture."""

    factor: Factor = arg(
        SIGNED, doc="how far, as a share of a full turn; 0.1: up to 36 degrees either way"
    )
    fill_mode: str = arg(FILL, default="reflect", doc=FILL_DOC)
    interpolation: str = arg(INTERPOLATION, default="bilinear", doc=INTERPOLATION_DOC)
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)
    fill_value: float = arg(NUMBER, default=0.0, doc=FILL_VALUE_DOC)


@op
class RandomZoom(Augmentation):
    """Makes a picture smaller (above 0) or larger (below 0)."""

    height_factor: Factor = arg(
        factor(-0.999999, 1), doc="how much higher the seen part is; 0.2: up to 20% more or less"
    )
    width_factor: Factor | None = arg(
        optional(factor(-0.999999, 1)),
        default=None,
        doc="the same for the width; none: as the height",
    )
    fill_mode: str = arg(FILL, default="reflect", doc=FILL_DOC)
    interpolation: str = arg(INTERPOLATION, default="bilinear", doc=INTERPOLATION_DOC)
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)
    fill_value: float = arg(NUMBER, default=0.0, doc=FILL_VALUE_DOC)


@op
class RandomShear(Augmentation):
    """Slants a picture."""

    x_factor: Factor = arg(SHARE, default=0.0, doc="how far it is slanted sideways")
    y_factor: Factor = arg(SHARE, default=0.0, doc="how far it is slanted upwards")
    interpolation: str = arg(INTERPOLATION, default="bilinear", doc=INTERPOLATION_DOC)
    fill_mode: str = arg(FILL, default="reflect", doc=FILL_DOC)
    fill_value: float = arg(NUMBER, default=0.0, doc=FILL_VALUE_DOC)
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)


@op
class RandomPerspective(Augmentation):
    """Sees a picture from a slant."""

    factor: Factor = arg(SHARE, default=1.0, doc="how often, as a probability")
    scale: float = arg(PART, default=1.0, doc="how far corners move")
    interpolation: str = arg(INTERPOLATION, default="bilinear", doc=INTERPOLATION_DOC)
    fill_value: float = arg(NUMBER, default=0.0, doc=FILL_VALUE_DOC)
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)


@op
class RandomElasticTransform(Augmentation):
    """Bends a picture here and there."""

    factor: Factor = arg(SHARE, default=1.0, doc="how often, as a probability")
    scale: Factor = arg(SHARE, default=1.0, doc="how far it is bent")
    interpolation: str = arg(INTERPOLATION, default="bilinear", doc=INTERPOLATION_DOC)
    fill_mode: str = arg(FILL, default="reflect", doc=FILL_DOC)
    fill_value: float = arg(NUMBER, default=0.0, doc=FILL_VALUE_DOC)
    value_range: tuple[float, float] = arg(VALUE_RANGE, default=(0.0, 255.0), doc=RANGE_DOC)
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)


@op
class RandomCrop(Augmentation):
    """Cuts out a part; of pictures that are not trained on, the middle."""

    height: int = arg(POSITIVE, doc="the height of the part")
    width: int = arg(POSITIVE, doc="the width of the part")
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)


@op
class RandomErasing(Augmentation):
    """Covers a rectangle."""

    factor: Factor = arg(SHARE, default=1.0, doc="how often, as a probability")
    scale: Factor = arg(SHARE, default=(0.02, 0.33), doc="the share of the picture it covers")
    fill_value: float | None = arg(
        optional(NUMBER), default=None, doc="what covers it; none: noise"
    )
    value_range: tuple[float, float] = arg(VALUE_RANGE, default=(0.0, 255.0), doc=RANGE_DOC)
    seed: int | None = arg(SEED, default=None, doc=SEED_DOC)
