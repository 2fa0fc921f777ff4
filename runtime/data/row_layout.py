"""How the rows of a table become the values of an input; a model trained on tables keeps it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import prod
from typing import TypeAlias

import numpy as np

from ...compiler.ops.base.backend import Array
from ...dsl.text.escape import readable_json
from ..errors import UserError
from ..files.tensors import TensorSpec
from .text_layout import TextLayout, text_layout_of
from .text_table import Table, is_number, number

KEY = "netc.columns"
"""The key of a model's metadata that holds it, as JSON."""


@dataclass(frozen=True)
class Feature:
    """One column that the net gets: a number, or one value for each category."""

    name: str
    place: int
    categories: tuple[str, ...] | None = None

    @property
    def values(self) -> tuple[str, ...]:
        """What each value it becomes is called."""
        if self.categories is None:
            return (self.name,)
        return tuple(f"{self.name}={each}" for each in self.categories)


@dataclass(frozen=True)
class RowLayout:
    """The columns of a row in the order in which the net gets them."""

    features: tuple[Feature, ...]
    named: bool
    """Whether columns are found by name; else by their place."""
    sequence: Feature | None = None
    """The column that says which sequence a row is a step of; None: each row is a sample."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        own = () if self.sequence is None else (self.sequence.name,)
        return (*own, *(feature.name for feature in self.features))

    @property
    def names(self) -> tuple[str, ...]:
        """What each value of a sample is called."""
        return tuple(value for feature in self.features for value in feature.values)

    @property
    def width(self) -> int:
        """How many values a sample has."""
        return len(self.names)

    def found_in(self, table: Table) -> RowLayout:
        """The layout with the places of its columns in another table. Raises UserError."""
        own = self.sequence
        if not self.named or not table.named:
            for feature in (*self.features, *([] if own is None else [own])):
                table.place(feature.place)
            return self
        return RowLayout(
            tuple(Feature(f.name, table.place(f.name), f.categories) for f in self.features),
            True,
            None if own is None else Feature(own.name, table.place(own.name)),
        )

    def encode(self, table: Table, hint: str = "") -> Array:
        """The samples of a table, `[rows, values]` float32. Raises UserError."""
        numeric = [each.place for each in self.features if each.categories is None]
        numbers = table.values(numeric, hint).astype(np.float32)
        if len(numeric) == len(self.features):
            return numbers
        column = iter(range(len(numeric)))
        made = []
        for feature in self.features:
            if feature.categories is None:
                made.append(numbers[:, next(column), None])
            else:
                made.append(_which(table.text(feature.place), feature.categories))
        return np.concatenate(made, axis=1)

    @property
    def metadata(self) -> dict[str, str]:
        """What keeps it in a model."""
        found = asdict(self)
        if self.sequence is None:
            del found["sequence"]
        return {KEY: readable_json(found)}


def _which(cells: Sequence[str], known: Sequence[str]) -> Array:
    """1 for the category of each cell, `[cells, categories]`; `1` and `1.0` are the same number."""
    if all(map(is_number, known)):
        numbers = np.array([number(cell) if is_number(cell) else np.nan for cell in cells])
        same = numbers[:, None] == np.array([number(each) for each in known])[None]
    else:
        same = np.array(cells)[:, None] == np.array(known)[None]
    return np.asarray(same, np.float32)


Layout: TypeAlias = RowLayout | TextLayout
"""How rows become samples: their columns side by side, or the words of one."""


def values_taken(layout: Layout, spec: TensorSpec) -> int | None:
    """How many values of a sample, or of a step, an input takes; None where it leaves that open."""
    if isinstance(layout, RowLayout) and layout.sequence is not None:
        return prod(size or 0 for size in spec.shape[2:]) or None
    return spec.sample_size


def layout_metadata(layout: Layout | None) -> dict[str, str]:
    """The metadata that keep the layout in a model; none where there is none."""
    return {} if layout is None else layout.metadata


def layout_of(metadata: Mapping[str, str]) -> Layout | None:
    """The layout that a model keeps; None where it keeps none. Raises UserError."""
    text = metadata.get(KEY)
    if text is None:
        return text_layout_of(metadata)
    try:
        found = json.loads(text)
        features = tuple(_feature(each) for each in found["features"])
        named = found["named"]
        sequence = None if found.get("sequence") is None else _feature(found["sequence"])
        if not features or not isinstance(named, bool):
            raise ValueError(text)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise UserError(f"the model's metadata `{KEY}` do not say what its columns are") from error
    return RowLayout(features, named, sequence)


def _feature(found: Mapping[str, object]) -> Feature:
    name, place, categories = found["name"], found["place"], found["categories"]
    if not isinstance(name, str) or type(place) is not int:
        raise ValueError(name)
    if categories is None:
        return Feature(name, place)
    if not isinstance(categories, Sequence) or not all(isinstance(c, str) for c in categories):
        raise ValueError(categories)
    return Feature(name, place, tuple(map(str, categories)))
