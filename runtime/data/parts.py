"""Puts arrays together into the parts of a dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...compiler.ir.preprocessing import Preprocessing
from ...compiler.ops.base.backend import Array
from ...compiler.ops.core.embedding import Embedding
from ...compiler.recipe.recipe import Recipe
from ..errors import UserError
from ..infer.preprocess import prepared, require_fitting
from .dataset import Column, Dataset, Numbered, Part
from .decode import Pictures
from .fit import fit_input, fit_target, require_below
from .fit_steps import Raw, fitted_steps, require_no_padding
from .specs import TargetSpec, input_specs, target_specs
from .splits import split
from .stored import Rows
from .targets import Copied, Targets, chosen, one_class_each
from .weighing import fit_weights, require_some

PARTS = ("train", "validation", "test")


def fitted(recipe: Recipe, name: str, raw: Raw) -> Part:
    """A part whose arrays fit the net. Raises UserError where they do not."""
    if not len(raw.names):
        raise UserError(f"{raw.who}: holds no samples")
    padded = None if raw.lengths is None else fitted_steps(recipe, raw)
    if padded is not None:
        raw = padded.raw
    specs = [spec for spec in input_specs(recipe.checked) if spec.name in raw.inputs]
    inputs: dict[str, Column] = {
        spec.name: fit_input(f"{raw.who}: `{spec.name}`", raw.inputs[spec.name], spec, raw.names)
        for spec in specs
    }
    for path, array in inputs.items():
        for reader in recipe.trained.graph.readers(path):
            op = recipe.trained.graph.node(reader).op
            if isinstance(op, Embedding) and isinstance(array, np.ndarray):
                require_below(f"{raw.who}: `{path}`", array, op.input_dim, raw.names)
    dtypes = {spec.name: spec.dtype for spec in specs}
    made = recipe.preprocessing
    if made is not None:
        _require_fitting(raw, made, inputs, dtypes)
    targets: dict[str, Targets] = {}
    for target in target_specs(recipe):
        array, source = raw.targets[target.name], raw.copies.get(target.name)
        if made is not None and made.changes_values and source == made.input:
            array = prepared(np.asarray(inputs[source]), made, dtypes[source])
        fit = fit_target(f"{raw.who}: `{target.name}`", array, target, raw.names)
        shape = None if source is None else np.shape(np.asarray(inputs[source]))
        alike = fit.dtype == np.float32 and fit.shape == shape
        targets[target.name] = Copied(source) if alike and source is not None else fit
    weights = raw.weights
    if weights is not None:
        weights = fit_weights(f"{raw.who}: the sample weights", weights, raw.names)
    part = Part(name, inputs, targets, raw.names, dtypes, made, weights)
    if padded is None:
        return part
    part = replace(part, lengths=raw.lengths, sequences=padded.sequences)
    require_no_padding(raw.who, part, recipe.checked)
    return part


def _require_fitting(
    raw: Raw, made: Preprocessing, inputs: Mapping[str, Column], dtypes: Mapping[str, str]
) -> None:
    """Raises UserError where arrays have other channels than `mean` and `std` are for."""
    column = inputs[made.input]
    try:
        require_fitting(made, np.shape(column), dtypes[made.input])
    except UserError as error:
        raise UserError(f"{raw.who}: {error}") from error


def take(part: Part, indices: Array, name: str) -> Part:
    """Some samples of a part as a part of its own."""

    def column(whole: Column) -> Column:
        if isinstance(whole, Pictures):
            return Pictures(tuple(whole.files[index] for index in indices), whole.layout)
        if isinstance(whole, Rows):
            return Rows(whole.pieces, whole.places[indices])
        return whole[indices]

    names: Sequence[str]
    if isinstance(part.names, Numbered):
        numbers = part.names.numbers
        names = Numbered(part.names.word, [numbers[index] for index in indices])
    else:
        names = [part.names[index] for index in indices]
    weights = part.weights
    return replace(
        part,
        name=name,
        inputs={key: column(whole) for key, whole in part.inputs.items()},
        targets={key: chosen(targets, indices) for key, targets in part.targets.items()},
        names=names,
        weights=None if weights is None else require_some(f"the {name} part", weights[indices]),
        lengths=None if part.lengths is None else part.lengths[indices],
    )


@dataclass(frozen=True)
class Shares:
    """What a source says of its parts: shares to split off, and the seed of the split."""

    validation: float
    test: float
    seed: int

    def check(self, who: str, given: Mapping[str, object]) -> None:
        """Raises UserError where a part is both given and split off."""
        for name, share in (("validation", self.validation), ("test", self.test)):
            if share and given.get(name) is not None:
                raise UserError(
                    f"{who}: has `{name}` and `{name}_split`; the {name} part is one or the other"
                )


def divided(
    recipe: Recipe, who: str, parts: Mapping[str, Part], shares: Shares, classes: Sequence[str]
) -> dict[str, Part]:
    """The parts, with those that a source splits off the training part.

    The split keeps the proportions of the classes where the first output has classes.
    """
    if not shares.validation and not shares.test:
        return dict(parts)
    whole = parts["train"]
    labels = class_labels(whole, target_specs(recipe))
    at = split(who, len(whole), labels, (shares.validation, shares.test), shares.seed, classes)
    found = dict(parts)
    for name, indices in zip(PARTS, (at.train, at.validation, at.test), strict=True):
        if len(indices):
            found[name] = take(whole, indices, name)
    return found


def class_labels(part: Part, targets: Sequence[TargetSpec]) -> Array | None:
    """The class of each sample, by the first output that has one; None where none has."""
    for target in targets:
        array = part.targets[target.name]
        if one_class_each(array):
            return array
    return None


def dataset(
    parts: Mapping[str, Part], classes: Sequence[str] = (), columns: Sequence[str] = ()
) -> Dataset:
    """A dataset of the parts by name."""
    return Dataset(
        parts["train"], parts.get("validation"), parts.get("test"), tuple(classes), tuple(columns)
    )
