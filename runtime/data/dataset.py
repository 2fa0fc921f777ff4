"""Samples in memory, or pictures that wait to be decoded: what every data source gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, overload

from ...compiler.ir.preprocessing import Preprocessing
from ...compiler.ir.sequences import Sequences
from ...compiler.ops.base.backend import Array
from ..errors import UserError
from ..files.pictures import PLAIN
from .decode import Pictures
from .row_layout import Layout
from .stored import Rows
from .targets import Copied, Masks, Targets

Column: TypeAlias = "Array | Pictures | Rows"


@dataclass(frozen=True)
class Numbered(Sequence[str]):
    """Names made of a word and a number, such as `row 7`, without keeping them all."""

    word: str
    numbers: Sequence[int]

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Numbered: ...
    def __getitem__(self, index: int | slice) -> str | Numbered:
        if isinstance(index, slice):
            return Numbered(self.word, self.numbers[index])
        return f"{self.word} {self.numbers[index]}"


@dataclass(frozen=True)
class Part:
    """The samples of one part: `train`, `validation` or `test`.

    `inputs` are columns by the names of the net's inputs. `targets` are arrays by the names of
    its outputs: class indices (int32, of the output's shape without the last axis: `[samples]`)
    or values (float32, of the output's shape), or what gives such arrays when they are needed; how
    a loss wants them is the pipeline's business. `names` says what each sample is called: a file's
    path, a row's number.
    """

    name: str
    inputs: Mapping[str, Column]
    targets: Mapping[str, Targets]
    names: Sequence[str]
    dtypes: Mapping[str, str] = field(default_factory=dict)
    """What the net wants of an input whose array is kept in a narrower dtype: uint8 pictures of a
    float32 input take a quarter of the memory."""
    preprocessing: Preprocessing | None = None
    """What is done to the values of one input, batch by batch, on their way into the net."""
    weights: Array | None = None
    """How much each sample counts, `[samples]` float32; None: all alike."""
    lengths: Array | None = None
    """How many steps of each sample are real, `[samples]` int32, where they are of unequal lengths:
    inputs and targets of steps are padded behind them. None: all steps of all samples are."""
    sequences: Sequences | None = None
    """How the net gets such samples, batch by batch; None where `lengths` is."""
    masks: Mapping[str, Array] = field(default_factory=dict)
    """Which steps of an output count, `[samples, steps]` bool, for those where a model says so."""

    def __len__(self) -> int:
        return len(self.names)

    @property
    def with_steps(self) -> tuple[str, ...]:
        """The outputs whose targets have steps of unequal lengths."""
        return () if self.sequences is None else self.sequences.steps

    @property
    def copies(self) -> dict[str, str]:
        """The input that each output learns to give back, for those that do."""
        targets = self.targets.items()
        return {name: each.input for name, each in targets if isinstance(each, Copied)}


def prepared_as(part: Part, made: Preprocessing | None) -> Part:
    """The part with its pictures and values prepared in another way."""
    inputs = dict(part.inputs)
    for name, column in part.inputs.items():
        own = made if made is not None and made.input == name else PLAIN
        if isinstance(column, Pictures) and column.layout.preprocessing.geometry != own.geometry:
            inputs[name] = Pictures(column.files, replace(column.layout, preprocessing=own))
    targets = {
        name: replace(each, layout=replace(each.layout, preprocessing=made or PLAIN))
        if isinstance(each, Masks)
        else each
        for name, each in part.targets.items()
    }
    return replace(part, inputs=inputs, targets=targets, preprocessing=made)


@dataclass(frozen=True)
class Dataset:
    """All parts of a recipe's data, and the names of its classes where it has classes."""

    train: Part
    validation: Part | None
    test: Part | None
    classes: tuple[str, ...]
    columns: tuple[str, ...] = ()
    """What each value of a table's row is called, in the order the net gets them; a category is
    `column=category`."""
    rows: Layout | None = None
    """How a table's rows become samples."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts there are, in order."""
        return tuple(p for p in (self.train, self.validation, self.test) if p is not None)

    def part(self, name: str) -> Part:
        """The part of that name. Raises UserError where there is none."""
        found = {part.name: part for part in self.parts}
        if name not in found:
            raise UserError(f"the data have no {name} part, only {' and '.join(found)}")
        return found[name]


def prepare(dataset: Dataset) -> None:
    """Decodes all pictures that fit into memory, so that damaged ones are found before training.

    Raises UserError that names them.
    """
    for part in dataset.parts:
        for column in part.inputs.values():
            if isinstance(column, Pictures):
                _ = column.kept
        for targets in part.targets.values():
            if isinstance(targets, Masks):
                _ = targets.kept
