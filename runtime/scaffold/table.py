"""Looks at a table: which column is the label, which is text, what the others hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np

from ...compiler.ops.base.backend import Array
from ...compiler.ops.base.kinds import show
from ..data.splits import split
from ..data.text_layout import words
from ..data.text_table import Table, first_line, is_number, number, read_table, separator_of
from ..errors import UserError

LABELS = (
    "label",
    "labels",
    "class",
    "target",
    "y",
    "category",
    "sentiment",
    "stars",
    "rating",
    "score",
    "good",
    "spam",
    "species",
    "price",
    "outcome",
)
TEXTS = ("text", "review", "comment", "message", "sentence", "content", "body", "tweet", "title")
"""What such columns are often called, in English; a guess, which is said."""
FEW = 20
"""Whole numbers of a label that are classes, at most."""
MOST_CATEGORIES = 50
"""Words of a column that become one value each, at most."""
ODD = 0.1
"""The share of cells that may be no numbers in a column that was meant to hold numbers."""
SHARE = 0.2
"""The share of the rows to validate on."""
SEVERAL_WORDS = 2.0
"""Words of a cell, on average, from which on a column looks like text."""


@dataclass(frozen=True)
class Label:
    """The column of the label."""

    place: int
    classes: tuple[str, ...]
    """What it tells apart, as words or numbers from 0; none where it holds values."""
    named: bool
    """Whether the classes are words."""


class TableLook:
    """A table and what its columns look like. Raises UserError for what is no table."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.separator = separator_of(first_line(path), ())
        self.table = read_table(path, self.separator, None, as_text=True)
        self.cells = [
            [row[at].strip() for row in self.table.cells] for at in range(len(self.table.columns))
        ]
        self.kinds = [_kind(cells) for cells in self.cells]
        self.notes: list[str] = []

    def __len__(self) -> int:
        return len(self.table)

    def written(self, place: int) -> str:
        """A column as a recipe names it."""
        name = self.table.columns[place]
        plain = name.isprintable() and not {'"', "\\"} & set(name) and len(name) <= 60
        return show(name) if self.table.named and plain else str(place)

    def called(self, place: int) -> str:
        """A column in a sentence."""
        return f"`{self.table.columns[place]}`" if self.table.named else f"column {place}"

    def place(self, given: str) -> int:
        """The column that a command line names. Raises UserError where there is none."""
        if not (given in self.table.columns and self.table.named):
            try:
                return self.table.place(int(given))
            except ValueError:
                pass
        return self.table.place(given)

    def label(self, given: str | None, taken: int | None = None) -> Label:
        """The column that is told by the others: the one given, or a guess.

        `taken` is the text. Raises UserError where it cannot be learned from.
        """
        place = self._guessed(taken) if given is None else self.place(given)
        if place == taken:
            raise UserError(f"{self.path}: {self.called(place)} is the text and the label")
        cells = self.cells[place]
        if "" in cells:
            raise UserError(f"{self.table.where(cells.index(''), place)}: the label is empty")
        found = _classes(cells)
        if found is None:
            return Label(place, (), False)
        classes, named = found
        if len(classes) < 2:
            raise UserError(
                f"{self.path}: the label {self.called(place)} is {show(classes[0])} in all "
                f"{len(self):,} rows; a net learns to tell at least two classes apart"
                + ("" if given else "; --label says another column")
            )
        if named and len(classes) > len(self) // 2:
            raise UserError(
                f"{self.path}: {self.called(place)} has {len(classes):,} different words in "
                f"{len(self):,} rows, which are no classes; --label says another column"
            )
        return Label(place, classes, named)

    def _guessed(self, taken: int | None) -> int:
        others = [at for at in range(len(self.cells)) if at != taken]
        if not others:
            raise UserError(f"{self.path}: has one column; a label is another")
        if self.table.named:
            names = [self.table.columns[at].lower() for at in others]
            hinted = next((others[names.index(each)] for each in LABELS if each in names), None)
            if hinted is not None:
                return hinted
        likely = [at for at in others if self.kinds[at] != "text" and "" not in self.cells[at]]
        return (likely or others)[-1]

    def text(self, given: str | None) -> int:
        """The column of text: the one given, or that with the most words. Raises UserError."""
        if given is not None:
            place = self.place(given)
        else:
            counts = [_words(cells) for cells in self.cells]
            names = [name.lower() for name in self.table.columns]
            place = next((names.index(each) for each in TEXTS if each in names), None) or int(
                np.argmax(counts)
            )
            if counts[place] < SEVERAL_WORDS:
                raise UserError(
                    f"{self.path}: no column looks like text: none has {SEVERAL_WORDS:g} words a "
                    "cell; --text says which it is, and `netc new mlp` is for other tables"
                )
        cells = self.cells[place]
        if "" in cells:
            count = cells.count("")
            raise UserError(
                f"{self.table.where(cells.index(''), place)}: the text is empty"
                + (f", the first of {count:,}" if count > 1 else "")
            )
        return place

    def training(self, label: Label) -> Array | None:
        """The rows that a recipe trains on when it validates on its share; None: no share."""
        labels = None
        if label.classes:
            index = {word: at for at, word in enumerate(label.classes)}
            labels = np.array([index[_word(cell, label)] for cell in self.cells[label.place]])
        try:
            return split(str(self.path), len(self), labels, (SHARE, 0.0), 0, label.classes).train
        except UserError as error:
            reason = str(error).removeprefix(f"{self.path}: ")
            self.notes.append(f"no validation part: {reason}")
            return None

    def features(self, label: Label, rows: Array | None) -> Features:
        """What the columns besides the label become, learned from some rows. Raises UserError."""
        numbers, categorical, left = [], {}, []
        for at, cells in enumerate(self.cells):
            if at == label.place:
                continue
            own = cells if rows is None else [cells[row] for row in rows]
            known = set(own)
            if "" in cells:
                count = cells.count("")
                left.append((at, f"{count:,} empty cell{'s' * (count > 1)}"))
            elif odd := self._odd(at):
                left.append((at, odd))
            elif self.kinds[at] == "number":
                numbers.append(at)
            elif len(known) <= min(MOST_CATEGORIES, max(2, len(cells) // 2)):
                categorical[at] = len(known)
            else:
                left.append((at, f"{len(known):,} different words"))
        counting = [at for at in numbers if _counts(self.cells[at])]
        if len(numbers) > len(counting) or categorical:
            numbers = [at for at in numbers if at not in counting]
            left += [(at, "it counts the rows") for at in counting]
        if not numbers and not categorical:
            raise UserError(
                f"{self.path}: has no column of numbers or categories besides the label"
            )
        return Features(tuple(numbers), categorical, tuple(sorted(left)))

    def _odd(self, place: int) -> str:
        """What a column of numbers holds besides them, so that nothing can learn from it."""
        cells = self.cells[place]
        odd = [row for row, cell in enumerate(cells) if not _is_finite(cell)]
        if not odd or len(odd) > ODD * len(cells):
            return ""
        line = self.table.lines[odd[0]]
        others = f", the first of {len(odd):,}" if len(odd) > 1 else ""
        return f"line {line} has {show(cells[odd[0]])} among its numbers{others}"


@dataclass(frozen=True)
class Features:
    """What the columns of a table become."""

    numbers: tuple[int, ...]
    categorical: dict[int, int]
    """Columns of words, with how many each has."""
    left: tuple[tuple[int, str], ...]
    """Columns that are left out, and why."""

    @property
    def width(self) -> int:
        """How many values a row gives."""
        return len(self.numbers) + sum(self.categorical.values())


def counted(cells: Sequence[str]) -> str:
    """How often each class is there, the first ones: `no 600, yes 634`."""
    counts = sorted(Counter(cells).items())
    shown = [f"{word} {count:,}" for word, count in counts[:4]]
    return ", ".join(shown) + (", …" if len(counts) > len(shown) else "")


def lengths(table: Table, place: int) -> list[int]:
    """How many words each text of a column has."""
    return [len(words(text)) for text in table.text(place, stripped=False)]


def _word(cell: str, label: Label) -> str:
    return cell if label.named else str(int(float(cell)))


def _counts(cells: Sequence[str]) -> bool:
    """Whether a column numbers the rows."""
    values = np.array([float(cell) for cell in cells])
    return len(values) > 2 and bool((np.diff(values) == 1).all())


def _is_finite(cell: str) -> bool:
    return is_number(cell) and isfinite(number(cell))


def _kind(cells: Sequence[str]) -> str:
    filled = [cell for cell in cells if cell]
    if all(map(is_number, filled)):
        return "number"
    return "text" if _words(filled) >= SEVERAL_WORDS else "word"


def _words(cells: Sequence[str]) -> float:
    """The words of a cell that is not empty, on average."""
    counts = [len(cell.split()) for cell in cells if cell]
    return sum(counts) / max(1, len(counts))


def _classes(cells: Sequence[str]) -> tuple[tuple[str, ...], bool] | None:
    """The classes of a label, and whether they are words; None where it holds values."""
    known = set(cells)
    if not all(map(is_number, known)):
        return tuple(sorted(known)), True
    values = {float(each) for each in known}
    if len(values) == 1:
        return (next(iter(known)),), False
    whole = values == set(range(len(values)))
    return (tuple(map(str, range(len(values)))), False) if whole and len(values) <= FEW else None
