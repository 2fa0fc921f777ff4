"""Loads the data of a recipe: from where its `data` says, or from arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np

from ...compiler.ops.base.backend import Array
from ...compiler.recipe.objects.source_pictures import image_folder
from ...compiler.recipe.objects.source_sequences import jsonl, sequence_folder
from ...compiler.recipe.objects.sources import csv, npz
from ...compiler.recipe.recipe import Recipe
from ..errors import UserError, unreadable
from ..files.reach import recipe_roots, require_inside
from .dataset import Dataset, Numbered
from .fit import check_count
from .fit_steps import Raw
from .gather import Batches, Gathered, gathered
from .parts import dataset, fitted
from .row_layout import Layout
from .specs import input_specs, target_specs
from .targets import one_class_each
from .unequal import Arrays, Unequal

Data: TypeAlias = "tuple[Arrays, Arrays] | Batches"
"""Inputs and targets, or what gives batches of them."""


class MissingDataError(UserError):
    """The data of a recipe are not where it looks for them."""


def load_data(recipe: Recipe, base: Path | None = None, kept: Layout | None = None) -> Dataset:
    """The data that a recipe names; paths are relative to `base`, else to the `.net` file's folder.

    A table's categories and words are learned from its training rows, unless a model has `kept`
    what it learned.

    Raises MissingDataError where there are none, UserError where they are damaged or do not fit
    the net.
    """
    dataset = _loaded(recipe, base, kept)
    _require_classes(recipe, dataset)
    return dataset


def _loaded(recipe: Recipe, base: Path | None, kept: Layout | None) -> Dataset:
    folder = recipe.file.parent if base is None else base
    source = recipe.data
    if isinstance(source, image_folder | npz | csv | sequence_folder | jsonl):
        kind = "folder" if isinstance(source, image_folder | sequence_folder) else "file"
        for path in (source.path, source.validation, source.test):
            if path is not None:
                _require(recipe, folder, path, kind)
    if isinstance(source, image_folder):
        for path in (source.masks, source.validation_masks, source.test_masks):
            if path is not None:
                _require(recipe, folder, path, "folder")
        if source.sample_weight is not None:
            _require(recipe, folder, source.sample_weight, "file")
        from .image_folder import load_image_folder

        return load_image_folder(recipe, source, folder)
    if isinstance(source, npz):
        from .npz import load_npz

        return load_npz(recipe, source, folder)
    if isinstance(source, csv):
        from .csv import load_csv

        return load_csv(recipe, source, folder, kept)
    if isinstance(source, sequence_folder):
        from .sequence_folder import load_sequence_folder

        return load_sequence_folder(recipe, source, folder)
    if isinstance(source, jsonl):
        from .jsonl import load_jsonl

        return load_jsonl(recipe, source, folder)
    raise MissingDataError(
        f"the recipe `{recipe.name}` has no `data`; write one, or give arrays from Python"
    )


def _require_classes(recipe: Recipe, dataset: Dataset) -> None:
    """Raises UserError where all training samples are of one class."""
    train = dataset.train
    for name, targets in train.targets.items():
        if one_class_each(targets) and len(train) > 1 and (targets == targets[0]).all():
            only = dataset.classes[targets[0]] if dataset.classes else targets[0]
            raise UserError(
                f"{recipe.data_place}: all {len(train):,} training samples of `{name}` are of the "
                f"class {only}; a net learns to tell at least two apart"
            )


def _require(recipe: Recipe, folder: Path, name: str, kind: str) -> None:
    """Raises MissingDataError where nothing has that path, UserError where it leaves the roots."""
    path = folder / name
    roots = recipe_roots(recipe.file, folder)
    require_inside(path, *roots, way_out="; --data DIR says where data elsewhere are")
    try:
        if not path.exists():
            raise MissingDataError(
                f"{recipe.data_place}: {path}: there is no such {kind}; "
                "--data DIR says where the paths of `data` begin"
            )
    except OSError as error:
        raise unreadable(path, error) from error


def from_arrays(
    recipe: Recipe,
    train: Data,
    validation: Data | None = None,
    test: Data | None = None,
    classes: Sequence[str] = (),
    sample_weight: Arrays | None = None,
) -> Dataset:
    """Arrays as a dataset: `(x, y)` for each part. Raises UserError where they do not fit the net.

    A part may also be a `tf.data.Dataset`, a `keras.utils.PyDataset` or a function without
    arguments that gives batches `(x, y)`: these are gathered into arrays, once.

    `x` is the array of the only input, or arrays by the names of inputs; `y` likewise for the
    outputs that are taught, `{}` where none needs targets. A list of arrays `[steps, …]`, one a
    sample, is sequences of unequal lengths for a net that takes `[N, T, …]`.

    Targets are class indices, one-hot rows or values. `sample_weight` says how much each training
    sample counts, or, by the names of parts (`train`, `validation`, `test`), each sample of them.
    Inputs are like those that the recipe's `data` would bring: its `scale`, `mean` and `std` are
    applied to them.
    """
    given = {"train": train, "validation": validation, "test": test}
    specs = input_specs(recipe.checked)
    inputs = [spec.name for spec in specs]
    targets = target_specs(recipe)
    weights = _weights(sample_weight, [name for name, pair in given.items() if pair is not None])
    parts = {}
    for name, pair in given.items():
        if pair is None:
            continue
        found = gathered(name, pair, specs) or _pair(name, pair)
        if found.weights is not None:
            if name in weights:
                raise UserError(f"the {name} data bring weights, and sample_weight gives others")
            weights[name] = found.weights
        own = Unequal(f"the {name} inputs", recipe, found.x)
        x = _by_name(f"the {name} inputs", own.x, [each for each in inputs if each != own.mask])
        y = _targets(
            f"the {name} targets", own.targets(found.y), [target.name for target in targets]
        )
        first = next(iter(x.values())) if own.lengths is None else own.lengths
        count = len(first) if first.ndim else 0
        copies = {key: own for key, array in y.items() for own in x if x[own] is array}
        names = Numbered("sample", range(count))
        raw = Raw(f"the {name} arrays", x, y, names, copies, weights.get(name), own.lengths)
        parts[name] = fitted(recipe, name, raw)
    for target in targets if classes else ():
        check_count("the dataset", classes, target)
    return dataset(parts, classes)


def _weights(given: Arrays | None, parts: Sequence[str]) -> dict[str, Array]:
    """The sample weights of each part that has some."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        return {"train": np.asarray(given)}
    for name in given:
        if name not in parts:
            raise UserError(f"sample_weight is for `{name}`, but the parts are {', '.join(parts)}")
    return {name: np.asarray(each) for name, each in given.items()}


def _pair(name: str, given: object) -> Gathered:
    """The inputs and targets of a pair. Raises UserError for what is none."""
    if isinstance(given, tuple | list):
        if len(given) == 2:
            return Gathered(*given)
        raise UserError(f"the {name} data are {len(given)} values, not a pair (inputs, targets)")
    is_array = isinstance(given, Mapping | str) or hasattr(given, "shape")
    way_out = (
        "; batches `(x, y)` become one where a function without arguments makes them: "
        "`data=make_batches`"
    )
    kind = type(given).__name__
    raise UserError(
        f"the {name} data are of type {kind}, not a pair (inputs, targets)"
        + (way_out if isinstance(given, Iterable) and not is_array else "")
    )


def _targets(what: str, given: Arrays, names: Sequence[str]) -> dict[str, Array]:
    if not names and not (isinstance(given, Mapping) and not given):
        raise UserError(f"{what} are for nothing: no loss of the recipe takes some; give {{}}")
    return _by_name(what, given, names)


def _by_name(what: str, given: Arrays, names: Sequence[str]) -> dict[str, Array]:
    listed = ", ".join(f"`{name}`" for name in names)
    if not isinstance(given, Mapping):
        if len(names) != 1:
            raise UserError(f"{what} are one array, but the net has {listed}; give a dict")
        return {names[0]: np.asarray(given)}
    if set(given) != set(names):
        have = ", ".join(f"`{name}`" for name in given) or "nothing"
        raise UserError(f"{what} are called {have}, but the net has {listed}")
    return {name: np.asarray(given[name]) for name in names}
