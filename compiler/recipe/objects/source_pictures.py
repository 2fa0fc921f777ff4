"""Pictures in folders, as a source of samples."""

from __future__ import annotations

from ....dsl.diagnostics.codes import Code
from ...ir.preprocessing import (
    COLOR_ORDER,
    INTERPOLATION,
    MEAN,
    SCALE,
    SIDE,
    SIZE,
    STD,
    Numbers,
    two_ways,
)
from ...ops.base.declare import Refusal, op
from ...ops.base.kinds import BOOL, INT, STRING, arg, between, choice, many, optional
from .base import DataSource
from .source_kinds import LABELS, MEANT, NAMES, SCALED, SHARE, SPREAD

BYTE = between(INT, 0, 256, "an int from 0 to 255")
MASKS = ("masks", "validation_masks", "test_masks")
"""The arguments that say where the masks of each part are."""


@op
class image_folder(DataSource):  # noqa: N801 (the word a recipe uses)
    """Pictures in one folder for each class, as Keras's `image_dataset_from_directory` has it.

    With `masks`, or `y="x"`, the folders below mean nothing: what a picture teaches is its mask, or
    the picture itself.
    """

    path: str = arg(STRING, doc="the folder of the training pictures")
    validation: str | None = arg(optional(STRING), default=None, doc="that for validation")
    test: str | None = arg(optional(STRING), default=None, doc="that for the test")
    image_size: tuple[int, ...] | None = arg(
        SIZE, default=None, doc="height and width where the net leaves them open"
    )
    validation_split: float = arg(SHARE, default=0.0, doc="the share of each class to validate on")
    test_split: float = arg(SHARE, default=0.0, doc="the share of each class to test on")
    labels: str = arg(
        LABELS, default="auto", doc="the form of the targets; auto: as the loss wants"
    )
    seed: int = arg(INT, default=0, doc="what the split is drawn from")
    sample_weight: str | None = arg(
        optional(STRING),
        default=None,
        doc="a table of two columns: a picture, by its path from the table, and how much it counts",
        last=True,
    )
    scale: float = arg(SCALE, default=1.0, doc=SCALED)
    mean: Numbers = arg(MEAN, default=0.0, doc=MEANT)
    std: Numbers = arg(STD, default=1.0, doc=SPREAD)
    interpolation: str = arg(INTERPOLATION, default="bilinear", doc="the filter of a resize")
    shorter_side: int | None = arg(
        SIDE,
        default=None,
        doc="what the shorter side is resized to before the middle is cut out, as wide as the net",
    )
    crop_to_aspect_ratio: bool = arg(
        BOOL, default=False, doc="whether proportions are kept by cutting off edges"
    )
    pad_to_aspect_ratio: bool = arg(
        BOOL, default=False, doc="whether proportions are kept by adding black edges"
    )
    color_order: str = arg(
        COLOR_ORDER, default="rgb", doc="the order in which the net gets the three channels"
    )
    y: str | None = arg(
        optional(choice("x")),
        default=None,
        doc='what a picture teaches; none: its class, or its mask; "x": itself, for autoencoders',
    )
    masks: str | None = arg(
        optional(STRING),
        default=None,
        doc="a folder with the mask of each picture, under the picture's own path and name",
    )
    validation_masks: str | None = arg(
        optional(STRING), default=None, doc="that for the pictures of `validation`"
    )
    test_masks: str | None = arg(
        optional(STRING), default=None, doc="that for the pictures of `test`"
    )
    mask_values: tuple[int, ...] = arg(
        many(BYTE, "a list of ints from 0 to 255"),
        default=(),
        doc="the value of each class in a mask, in order; none: 0, 1, …, or 0 and 255 for one unit",
    )
    classes: tuple[str, ...] = arg(
        NAMES, default=(), doc="what the classes 0, 1, … of masks are called"
    )

    @property
    def by_class(self) -> bool:
        """Whether a picture's folder is what it teaches."""
        return self.y is None and self.masks is None

    def validate(self) -> None:
        """Raises Refusal where pictures would be resized in two ways, or teach two things."""
        self._validate_taught()
        both = two_ways(self)
        if both is not None:
            raise Refusal(
                Code.BAD_VALUE,
                f"`{both[0]}` and `{both[1]}` are two ways to keep the proportions of a picture",
                argument=both[1],
                help="give one of them",
            )

    def _validate_taught(self) -> None:
        masks = [name for name in MASKS if getattr(self, name) is not None]
        if self.y is not None and masks:
            raise Refusal(
                Code.BAD_VALUE,
                f"`y` says that a picture teaches itself, and `{masks[0]}` that it teaches a mask",
                argument=masks[0],
                help="give one of them",
            )
        for part, name in zip(("validation", "test"), MASKS[1:], strict=True):
            given = getattr(self, name) is not None
            if given and self.masks is None:
                raise Refusal(
                    Code.BAD_VALUE,
                    f"`{name}` without `masks`: the training pictures have none",
                    argument=name,
                    help="give `masks` too",
                )
            if self.masks is not None and given != (getattr(self, part) is not None):
                has, lacks = (name, part) if given else (part, name)
                raise Refusal(
                    Code.BAD_VALUE,
                    f"`{has}` without `{lacks}`",
                    argument=has,
                    help=f"give both, or split the {part} part off: `{part}_split=0.1`",
                )
        only = [name for name in ("mask_values", "classes") if getattr(self, name)]
        if only and self.masks is None:
            raise Refusal(
                Code.BAD_VALUE,
                f"`{only[0]}` is about masks, and there are none",
                argument=only[0],
                help="give the folder: `masks=…`, or remove it",
            )
        values = self.mask_values
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None or len(values) == 1:
            raise Refusal(
                Code.BAD_VALUE,
                "`mask_values` " + (f"holds {twice} twice" if values[1:] else "has one class"),
                argument="mask_values",
                help="give the value of each class once, such as `mask_values=[0, 255]`",
            )
