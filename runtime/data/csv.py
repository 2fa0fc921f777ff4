"""Turns tables into training data: numbers, categories and labels by column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...compiler.ops.base.backend import Array
from ...compiler.recipe.objects.sources import csv
from ...compiler.recipe.prepared import most_tokens, text_length
from ...compiler.recipe.recipe import Recipe
from ..errors import UserError
from ..files.tensors import TensorSpec
from .dataset import Dataset, Part
from .fit import check_count, fit_target
from .fit_steps import Raw
from .labels import class_indices, class_words
from .parts import PARTS, Shares, dataset, fitted
from .row_layout import Feature, Layout, RowLayout, values_taken
from .row_samples import RowSamples, text_lengths
from .specs import TargetSpec, only_input, target_specs
from .splits import split
from .targets import one_class_each
from .text_layout import TextLayout, vocabulary
from .text_table import Table, is_number, other_separator, read_table

HINT = "; list the column in `categorical` or in `drop`"
"""What to do about a word in a column of numbers."""


def load_csv(recipe: Recipe, source: csv, base: Path, kept: Layout | None = None) -> Dataset:
    """The tables that a recipe names: a sample a row.

    Words in the label column become classes, sorted; those of a categorical column one value for
    each category, sorted, of which the one that a row has is 1; those of a column of text ids.
    Categories and ids are learned from the training rows, unless a model has `kept` them; a
    category that they lack is 0 everywhere. Raises UserError.
    """
    sequences = recipe.sequences
    mask = None if sequences is None else sequences.mask
    given, target = only_input(recipe, "csv", mask), _only_target(recipe)
    shares = Shares(source.validation_split, source.test_split, source.seed)
    tables = _tables(source, base, shares)
    whole = tables["train"]
    layout = _layout(whole, source)
    words = _words(whole, layout.label, target, source.classes)
    classes = words or source.classes
    if classes:
        check_count(str(whole.path), classes, target)
    by_step = sequences is not None and target.name in sequences.steps
    taught = _Taught(layout.label, words, by_step)
    samples = {name: RowSamples(table, layout.sequence) for name, table in tables.items()}
    if shares.validation or shares.test:
        divided = _divided(whole, samples["train"], taught, target, shares, classes)
        tables |= divided
        samples |= {name: RowSamples(part, layout.sequence) for name, part in divided.items()}
    row: Layout
    if kept is not None and isinstance(kept, TextLayout) == (layout.text is not None):
        row = kept.found_in(whole)
    elif layout.text is not None:
        row = _learn_words(tables["train"], layout.text, recipe, source)
    else:
        row = _learn(tables["train"], layout)
    _check_size(row, given, whole)
    parts: dict[str, Part] = {}
    for name, table in tables.items():
        own = samples[name]
        values = row.encode(table, HINT)
        lengths = own.lengths
        if isinstance(row, TextLayout):
            lengths = None if sequences is None else text_lengths(values)
        elif lengths is not None and given.rank == 2:
            values = values[:, 0]
        targets, weights = taught.targets(table, own), None
        if layout.weight is not None:
            weights = own.of_each(table.values([layout.weight])[:, 0], layout.weight)
        raw = Raw(
            str(table.path),
            {given.name: own.in_samples(values)},
            {target.name: targets},
            own.names,
            weights=weights,
            lengths=lengths,
        )
        parts[name] = fitted(recipe, name, raw)
    return replace(dataset(parts, classes, row.names), rows=row)


def _tables(source: csv, base: Path, shares: Shares) -> dict[str, Table]:
    """The tables of a source by the names of parts, all with the columns of the first."""
    files = {"train": source.path, "validation": source.validation, "test": source.test}
    shares.check(source.path, files)
    as_text = source.text is not None
    tables = {
        name: read_table(base / file, source.separator, source.header, as_text=as_text)
        for name, file in files.items()
        if file is not None
    }
    for table in tables.values():
        _check_columns(table, tables["train"])
    return tables


@dataclass(frozen=True)
class _Taught:
    """What rows teach: a column, the `words` of its classes, and whether each step is taught."""

    label: int
    words: tuple[str, ...]
    by_step: bool

    def targets(self, table: Table, samples: RowSamples) -> Array:
        """The targets of samples, each a row or several."""
        made = _labels(table, self.label, self.words)
        return samples.targets(made, self.label, by_step=self.by_step)


def _divided(
    whole: Table,
    samples: RowSamples,
    taught: _Taught,
    target: TargetSpec,
    shares: Shares,
    classes: tuple[str, ...],
) -> dict[str, Table]:
    """A table's rows by parts, with about as many of each class in all of them."""
    who, labels = str(whole.path), None
    targets = taught.targets(whole, samples)
    if not taught.by_step:
        fit = fit_target(who, targets, target, samples.names)
        labels = fit if one_class_each(fit) else None
    pair = (shares.validation, shares.test)
    at = split(who, len(samples.names), labels, pair, shares.seed, classes)
    chosen = zip(PARTS, (at.train, at.validation, at.test), strict=True)
    return {name: whole.take(samples.rows(rows)) for name, rows in chosen if len(rows)}


@dataclass(frozen=True)
class _Layout:
    """Where things are in a table."""

    label: int
    features: tuple[int, ...]
    categorical: frozenset[int]
    weight: int | None
    text: int | None
    sequence: int | None


def _only_target(recipe: Recipe) -> TargetSpec:
    targets = target_specs(recipe)
    if len(targets) != 1:
        names = ", ".join(f"`{target.name}`" for target in targets)
        raise UserError(
            f"csv teaches one output, by its label column; `{recipe.name}` teaches "
            f"{len(targets)} ({names})"
        )
    return targets[0]


def _check_columns(table: Table, whole: Table) -> None:
    """Raises UserError where a part has other columns than the training part."""
    if table.columns == whole.columns:
        return
    if len(table.columns) != len(whole.columns):
        raise UserError(
            f"{table.path}: has {len(table.columns)} columns, but {whole.path} has "
            f"{len(whole.columns)}"
        )
    if table.named != whole.named:
        with_names, without = (table, whole) if table.named else (whole, table)
        raise UserError(
            f"{with_names.path}: names its columns, but {without.path} does not; say which with "
            "header=true or header=false"
        )
    at = next(i for i, name in enumerate(table.columns) if name != whole.columns[i])
    raise UserError(
        f"{table.path}: its column {at} is `{table.columns[at]}`, but that of {whole.path} is "
        f"`{whole.columns[at]}`"
    )


def _layout(table: Table, source: csv) -> _Layout:
    label = table.place(source.label)
    drop = {table.place(column) for column in source.drop}
    categorical = {table.place(column) for column in source.categorical}
    weight = None if source.sample_weight is None else table.place(source.sample_weight)
    if weight == label:
        raise UserError(
            f"{table.path}: the label column `{table.columns[label]}` is also `sample_weight`"
        )
    text = None if source.text is None else table.place(source.text)
    if text is not None:
        uses: dict[str, set[int | None]] = {
            "label": {label},
            "sample_weight": {weight},
            "drop": {*drop},
        }
        for argument, used in uses.items():
            if text in used:
                raise UserError(
                    f"{table.path}: the column of text `{table.columns[text]}` is also `{argument}`"
                )
    for columns, argument in ((drop, "drop"), (categorical, "categorical")):
        for column, what in ((label, "label column"), (weight, "column of sample weights")):
            if column in columns:
                raise UserError(
                    f"{table.path}: the {what} `{table.columns[column]}` is also in `{argument}`"
                )
    both = sorted(drop & categorical)
    if both:
        raise UserError(
            f"{table.path}: `{table.columns[both[0]]}` is in `drop` and in `categorical`"
        )
    sequence = None if source.sequence is None else table.place(source.sequence)
    taken: dict[int | None, str] = {label: "label", weight: "sample_weight"}
    for columns, argument in ((drop, "drop"), (categorical, "categorical")):
        taken.update((column, argument) for column in columns)
    if sequence is not None and sequence in taken:
        raise UserError(
            f"{table.path}: the column of sequences `{table.columns[sequence]}` is also "
            f"`{taken[sequence]}`"
        )
    left_out = {label, weight, sequence, *drop}
    features = tuple(c for c in range(len(table.columns)) if c not in left_out)
    if not features:
        other = other_separator(table.columns)
        raise UserError(f"{table.path}: has no column besides the label{other}")
    return _Layout(label, features, frozenset(categorical), weight, text, sequence)


def _words(table: Table, label: int, target: TargetSpec, given: Sequence[str]) -> tuple[str, ...]:
    """The classes where the label column holds words, in order; none where it holds numbers."""
    if table.numbers is not None:
        return ()
    cells = table.text(label)
    return () if all(map(is_number, cells)) else class_words(str(table.path), cells, target, given)


def _labels(table: Table, label: int, words: Sequence[str]) -> Array:
    """The label column: numbers, or the index of each word. Raises UserError."""
    if not words:
        return table.values([label])[:, 0]
    return class_indices(table.text(label), words, lambda row: table.where(row, label))


def _learn(table: Table, layout: _Layout) -> RowLayout:
    """The columns with the categories of the training rows, sorted: as numbers where all are."""
    found = []
    for column in layout.features:
        words: list[str] | None = None
        if column in layout.categorical:
            words = sorted(set(table.text(column)))
            words = sorted(words, key=float) if all(map(is_number, words)) else words
        categories = None if words is None else tuple(words)
        found.append(Feature(table.columns[column], column, categories))
    at = layout.sequence
    return RowLayout(
        tuple(found), table.named, None if at is None else Feature(table.columns[at], at)
    )


def _learn_words(table: Table, column: int, recipe: Recipe, source: csv) -> TextLayout:
    """The column of text with the vocabulary of the training rows."""
    graph = recipe.trained.graph
    length, most = text_length(source, graph), most_tokens(source, graph)
    assert most is not None
    tokens = vocabulary(table.text(column, stripped=False), most)
    return TextLayout(table.columns[column], column, table.named, length, tokens)


def _check_size(rows: Layout, given: TensorSpec, table: Table) -> None:
    """Raises UserError where rows have more or fewer values than the input takes."""
    wanted, have = values_taken(rows, given), rows.width
    what = "step" if isinstance(rows, RowLayout) and rows.sequence is not None else "row"
    if wanted is not None and have != wanted:
        spread = "".join(
            f", {len(each.categories)} of them categories of `{each.name}`"
            for each in (rows.features if isinstance(rows, RowLayout) else ())
            if each.categories is not None
        )
        raise UserError(
            f"{table.path}: a {what} gives {have} values{spread}, but the input `{given.name}` "
            f"{given} takes {wanted}"
        )
