"""Where samples come from: NumPy files, tables, and by name all other sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from ....dsl.diagnostics.codes import Code
from ...ir.preprocessing import MEAN, SCALE, STD, Numbers
from ...ops.base.declare import Refusal, op
from ...ops.base.kinds import (
    BOOL,
    INT,
    POSITIVE,
    STRING,
    Kind,
    arg,
    at_least,
    choice,
    either,
    many,
    optional,
    show,
)
from .base import DataSource
from .source_kinds import LABELS, MEANT, NAMES, SCALED, SHARE, SPREAD
from .source_pictures import image_folder
from .source_sequences import COLUMN, STEPS, jsonl, sequence_folder

LONGEST = "longest"
LENGTH: Kind[int | str] = either(
    cast("Kind[int | str]", POSITIVE),
    cast("Kind[int | str]", choice(LONGEST)),
    "an int of at least 1, or `longest`",
)
FIRST_WORD = 2
"""The id of the most frequent word of a text; 0 is padding, 1 an unknown word."""


@op
class npz(DataSource):  # noqa: N801
    """Arrays of an `.npz` file, by the names of the net's inputs and outputs, or `x` and `y`."""

    path: str = arg(STRING, doc="the file with the training arrays")
    validation: str | None = arg(optional(STRING), default=None, doc="that for validation")
    test: str | None = arg(optional(STRING), default=None, doc="that for the test")
    x: str = arg(STRING, default="x", doc="the array of a net with one input")
    y: str = arg(STRING, default="y", doc="the array of targets of a net with one output")
    classes: tuple[str, ...] = arg(NAMES, default=(), doc="what the classes 0, 1, … are called")
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
        optional(STRING),
        default=None,
        doc="the array of how much each sample counts; in each part",
    )
    lengths: str | None = arg(
        optional(STRING),
        default=None,
        doc="the array of how many steps each sample has; in each part. What is behind them is "
        "padding; without any, the steps of all samples lie behind one another",
    )
    length: int | None = arg(optional(POSITIVE), default=None, doc=STEPS)

    def validate(self) -> None:
        """Raises Refusal for a length without lengths."""
        if self.length is not None and self.lengths is None:
            raise Refusal(
                Code.BAD_VALUE,
                "`length` is about sequences, and no array says how long they are",
                argument="length",
                help='name the array: `lengths="lengths"`, or remove it',
            )


@op
class csv(DataSource):  # noqa: N801
    """A table (`.csv`, `.csv.gz`): a sample a row, numbers and words in columns."""

    path: str = arg(STRING, doc="the file with the training rows")
    label: int | str = arg(COLUMN, default=-1, doc="the column of the targets")
    validation: str | None = arg(optional(STRING), default=None, doc="that for validation")
    test: str | None = arg(optional(STRING), default=None, doc="that for the test")
    header: bool | None = arg(
        optional(BOOL),
        default=None,
        doc="whether the first row names the columns; none: it does if no cell is a number",
    )
    classes: tuple[str, ...] = arg(
        NAMES, default=(), doc="what the classes 0, 1, … are called; words name themselves"
    )
    separator: str = arg(STRING, default=",", doc="what stands between columns")
    categorical: tuple[int | str, ...] = arg(
        many(COLUMN, "a list of columns"), default=(), doc="columns of words, read as one-hot"
    )
    drop: tuple[int | str, ...] = arg(
        many(COLUMN, "a list of columns"), default=(), doc="columns that are left out"
    )
    validation_split: float = arg(SHARE, default=0.0, doc="the share of rows to validate on")
    test_split: float = arg(SHARE, default=0.0, doc="the share of rows to test on")
    labels: str = arg(
        LABELS, default="auto", doc="the form of the targets; auto: as the loss wants"
    )
    seed: int = arg(INT, default=0, doc="what the split is drawn from")
    sample_weight: int | str | None = arg(
        optional(COLUMN), default=None, doc="the column of how much each sample counts"
    )
    text: int | str | None = arg(
        optional(COLUMN),
        default=None,
        doc="a column of text, which the net gets as the ids of its words; other columns are "
        "left out",
    )
    length: int | str | None = arg(
        optional(LENGTH),
        default=None,
        doc="how many words of a text, or steps of a sequence, where the net leaves it open; "
        "longest: as many as the longest of a batch has",
    )
    max_tokens: int | None = arg(
        optional(at_least(INT, FIRST_WORD + 1, f"an int of at least {FIRST_WORD + 1}")),
        default=None,
        doc="how many ids there are at most, padding and unknown among them; none: as many as "
        "the `Embedding` behind the input has rows",
    )
    sequence: int | str | None = arg(
        optional(COLUMN),
        default=None,
        doc="the column that says which sequence a row is a step of; the steps are in the order "
        "of the rows",
    )

    def validate(self) -> None:
        """Raises Refusal where the column of text or of sequences has another use."""
        if self.sequence is not None:
            self._validate_sequence()
        if self.text is None:
            only = ["max_tokens"] if self.max_tokens is not None else []
            if self.length is not None and self.sequence is None:
                only.insert(0, "length")
            if only:
                raise Refusal(
                    Code.BAD_VALUE,
                    f"`{only[0]}` is about text, and no column is read so",
                    argument=only[0],
                    help="name the column: `text=…`, or remove it"
                    if only[0] == "max_tokens"
                    else "name the column: `text=…`, or `sequence=…`, or remove it",
                )
            return
        for name in ("label", "sample_weight", "categorical", "drop"):
            other = getattr(self, name)
            if self.text in (other if isinstance(other, tuple) else (other,)):
                raise Refusal(
                    Code.BAD_VALUE,
                    f"the column {show(self.text)} is the text, and also `{name}`",
                    argument="text",
                    help="name another column, or remove it from one of them",
                )
        if self.categorical:
            raise Refusal(
                Code.BAD_VALUE,
                "`categorical` columns beside a text: the net gets the text alone",
                argument="categorical",
                help="remove `categorical`; other columns are left out",
            )

    def _validate_sequence(self) -> None:
        for name in ("label", "sample_weight", "text", "categorical", "drop"):
            other = getattr(self, name)
            if self.sequence in (other if isinstance(other, tuple) else (other,)):
                raise Refusal(
                    Code.BAD_VALUE,
                    f"the column {show(self.sequence)} says which sequence a row belongs to, and "
                    f"is also `{name}`",
                    argument="sequence",
                    help="name another column, or remove it from one of them",
                )
        if self.text is not None:
            raise Refusal(
                Code.BAD_VALUE,
                "`text` beside `sequence`: a text is a sequence of its own",
                argument="sequence",
                help="remove one of them",
            )


SOURCE_CLASSES: Mapping[str, type[DataSource]] = {
    "csv": csv,
    "image_folder": image_folder,
    "jsonl": jsonl,
    "npz": npz,
    "sequence_folder": sequence_folder,
}
"""The sources a recipe can call, by name."""
