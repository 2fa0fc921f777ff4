"""Reads `.npz` files as training data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...compiler.ops.base.backend import Array, Tensor
from ...compiler.recipe.objects.sources import npz
from ...compiler.recipe.recipe import Recipe
from ..errors import UserError, require_file
from ..files.npz import npz_tensors
from .dataset import Dataset, Numbered, Part
from .fit_steps import Raw
from .parts import Shares, dataset, divided, fitted
from .specs import input_specs, target_specs

ENDINGS = {
    "train": ("", "_train"),
    "validation": ("_validation", "_valid", "_val"),
    "test": ("_test",),
}
"""What follows an array's name in a file that holds several parts."""


def load_npz(recipe: Recipe, source: npz, base: Path) -> Dataset:
    """The arrays of the file, or files, that a recipe names. Raises UserError.

    One file may hold all parts, as Keras's `mnist.npz` does: `x_train`, `y_train`, `x_test`, ….
    """
    main = base / source.path
    files = {"train": source.path, "validation": source.validation, "test": source.test}
    given: dict[str, tuple[Path, Sequence[str]]] = {}
    whole = _tensors(main)
    for name, file in files.items():
        if name != "train" and file is not None:
            given[name] = (base / file, ("", *ENDINGS[name]))
        elif name == "train" or _has_part(recipe, source, whole, ENDINGS[name]):
            given[name] = (main, ENDINGS[name])
    shares = Shares(source.validation_split, source.test_split, source.seed)
    shares.check(source.path, given)
    parts: dict[str, Part] = {}
    for name, (path, endings) in given.items():
        tensors = whole if path == main else _tensors(path)
        parts[name] = _part(recipe, source, name, path, tensors, endings)
    return dataset(divided(recipe, source.path, parts, shares, source.classes), source.classes)


def _tensors(path: Path) -> dict[str, Tensor]:
    require_file(path, "an .npz file")
    return dict(npz_tensors(path))


def _part(
    recipe: Recipe,
    source: npz,
    name: str,
    path: Path,
    tensors: Mapping[str, Tensor],
    endings: Sequence[str],
) -> Part:
    def read(keys: Sequence[str], what: str) -> tuple[str, Array]:
        key = _find(tensors, keys, endings)
        if key is None:
            held = ", ".join(f"`{each}`" for each in tensors) or "nothing"
            raise UserError(
                f"{path}: lacks {what}, called {' or '.join(f'`{each}`' for each in keys)}; "
                f"it holds {held}"
            )
        return key, tensors[key].read()

    inputs, targets, copies, holder = {}, {}, {}, {}
    for each, keys in _input_keys(recipe, source).items():
        key, inputs[each] = read(keys, f"the input `{each}`")
        holder[key] = each
    for each, keys in _target_keys(recipe, source).items():
        key, targets[each] = read(keys, f"the targets of `{each}`")
        if key in holder:
            copies[each] = holder[key]
    weights = None
    if source.sample_weight is not None:
        _, weights = read((source.sample_weight,), f"the sample weights of the {name} part")
    lengths = None
    if source.lengths is not None:
        _, lengths = read((source.lengths,), f"the lengths of the {name} part")
    first = next(iter(inputs.values())) if lengths is None else lengths
    names = Numbered("sample", range(len(first) if first.ndim else 0))
    return fitted(recipe, name, Raw(f"{path}", inputs, targets, names, copies, weights, lengths))


def _input_keys(recipe: Recipe, source: npz) -> dict[str, tuple[str, ...]]:
    made = recipe.sequences
    mask = None if made is None else made.mask
    names = [spec.name for spec in input_specs(recipe.checked) if spec.name != mask]
    return {name: _keys(name, source.x, len(names)) for name in names}


def _target_keys(recipe: Recipe, source: npz) -> dict[str, tuple[str, ...]]:
    names = [target.name for target in target_specs(recipe)]
    return {name: _keys(name, source.y, len(names)) for name in names}


def _keys(name: str, short: str, count: int) -> tuple[str, ...]:
    return (name, short) if count == 1 and name != short else (name,)


def _find(tensors: Mapping[str, Tensor], keys: Sequence[str], endings: Sequence[str]) -> str | None:
    tried = (key + ending for ending in endings for key in keys)
    return next((key for key in tried if key in tensors), None)


def _has_part(
    recipe: Recipe, source: npz, tensors: Mapping[str, Tensor], endings: Sequence[str]
) -> bool:
    wanted = [*_input_keys(recipe, source).values(), *_target_keys(recipe, source).values()]
    return any(_find(tensors, keys, endings) is not None for keys in wanted)
