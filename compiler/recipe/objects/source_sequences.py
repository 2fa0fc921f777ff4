"""Sequences of unequal lengths, one a file or one a line, as sources of samples."""

from __future__ import annotations

from ....dsl.diagnostics.codes import Code
from ...ir.preprocessing import MEAN, SCALE, STD, Numbers
from ...ops.base.declare import Refusal, op
from ...ops.base.kinds import INT, POSITIVE, STRING, arg, either, optional, show
from .base import DataSource
from .source_kinds import LABELS, MEANT, NAMES, SCALED, SHARE, SPREAD

COLUMN = either(INT, STRING, "the name or the number of a column")
STEPS = (
    "how many steps of a sequence the net gets, where it leaves that open: further ones are cut "
    "off; none: as many as the longest of a batch has"
)


@op
class sequence_folder(DataSource):  # noqa: N801 (the word a recipe uses)
    """Sequences in `.npy` files, `[steps, …]` each: in a folder for each class, or with a table."""

    path: str = arg(STRING, doc="the folder of the training sequences")
    validation: str | None = arg(optional(STRING), default=None, doc="that for validation")
    test: str | None = arg(optional(STRING), default=None, doc="that for the test")
    table: str | None = arg(
        optional(STRING),
        default=None,
        doc="a table in each of these folders: its first column names the files, by their paths "
        "from the folder; none: the class of a file is the folder that it lies in",
    )
    label: int | str = arg(COLUMN, default=-1, doc="the table's column of the targets")
    classes: tuple[str, ...] = arg(
        NAMES, default=(), doc="what the classes 0, 1, … are called; words name themselves"
    )
    validation_split: float = arg(SHARE, default=0.0, doc="the share of samples to validate on")
    test_split: float = arg(SHARE, default=0.0, doc="the share of samples to test on")
    labels: str = arg(
        LABELS, default="auto", doc="the form of the targets; auto: as the loss wants"
    )
    seed: int = arg(INT, default=0, doc="what the split is drawn from")
    scale: float = arg(SCALE, default=1.0, doc=SCALED)
    mean: Numbers = arg(MEAN, default=0.0, doc=MEANT)
    std: Numbers = arg(STD, default=1.0, doc=SPREAD)
    sample_weight: int | str | None = arg(
        optional(COLUMN), default=None, doc="the table's column of how much each sample counts"
    )
    length: int | None = arg(optional(POSITIVE), default=None, doc=STEPS)

    def validate(self) -> None:
        """Raises Refusal for what is about a table where there is none."""
        if self.table is not None:
            return
        given = {"label": self.label != -1, "sample_weight": self.sample_weight is not None}
        for name, is_given in given.items():
            if is_given:
                raise Refusal(
                    Code.BAD_VALUE,
                    f"`{name}` is a column of a table, and there is none",
                    argument=name,
                    help='name the table in the folder: `table="labels.csv"`, or remove it',
                )


@op
class jsonl(DataSource):  # noqa: N801
    """A sequence a line of a `.jsonl` file, plain or compressed: `{"x": [[…], …], "y": "yes"}`."""

    path: str = arg(STRING, doc="the file with the training sequences")
    validation: str | None = arg(optional(STRING), default=None, doc="that for validation")
    test: str | None = arg(optional(STRING), default=None, doc="that for the test")
    x: str = arg(STRING, default="x", doc="the key of the steps")
    y: str = arg(
        STRING, default="y", doc="the key of the target; of steps a list of as many targets"
    )
    classes: tuple[str, ...] = arg(
        NAMES, default=(), doc="what the classes 0, 1, … are called; words name themselves"
    )
    validation_split: float = arg(SHARE, default=0.0, doc="the share of samples to validate on")
    test_split: float = arg(SHARE, default=0.0, doc="the share of samples to test on")
    labels: str = arg(
        LABELS, default="auto", doc="the form of the targets; auto: as the loss wants"
    )
    seed: int = arg(INT, default=0, doc="what the split is drawn from")
    scale: float = arg(SCALE, default=1.0, doc=SCALED)
    mean: Numbers = arg(MEAN, default=0.0, doc=MEANT)
    std: Numbers = arg(STD, default=1.0, doc=SPREAD)
    sample_weight: str | None = arg(
        optional(STRING), default=None, doc="the key of how much each sample counts"
    )
    length: int | None = arg(optional(POSITIVE), default=None, doc=STEPS)

    def validate(self) -> None:
        """Raises Refusal for one key with two uses."""
        uses = {"y": self.y, "sample_weight": self.sample_weight}
        for name, key in uses.items():
            if key == self.x or (name == "sample_weight" and key == self.y):
                other = "x" if key == self.x else "y"
                raise Refusal(
                    Code.BAD_VALUE,
                    f"`{name}` and `{other}` are one key, {show(key)}",
                    argument=name,
                    help="name another key",
                )
