"""Reads folders of pictures: one folder for each class, or pictures with masks or by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ...compiler.ops.base.backend import Array
from ...compiler.recipe.objects.source_pictures import image_folder
from ...compiler.recipe.recipe import Recipe
from ..errors import UserError, unreadable
from ..files.passed_over import passed_over
from ..files.pictures import ENDINGS, PictureLayout, picture_layout
from ..files.reach import recipe_roots
from .dataset import Dataset, Part
from .decode import SHOWN, Pictures, check_pictures, raise_faults
from .fit import check_count
from .folders import faults_of, loose_pictures, picture_files
from .masks import mask_files, masks
from .parts import Shares, dataset, divided
from .specs import TargetSpec, input_specs, only_input, target_specs
from .targets import Copied, Targets
from .weighing import fit_weights, picture_weights


def load_image_folder(recipe: Recipe, source: image_folder, base: Path) -> Dataset:
    """The pictures of a folder, or of one folder for each part; their classes are its folders.

    Pictures are only opened, not decoded, but for those whose end looks cut short. Raises
    UserError, which names what is at fault.
    """
    layout = _layout(recipe, source)
    targets = target_specs(recipe)
    folders = {"train": source.path, "validation": source.validation, "test": source.test}
    shares = Shares(source.validation_split, source.test_split, source.seed)
    shares.check(source.path, folders)
    classes: tuple[str, ...] = source.classes
    parts: dict[str, Part] = {}
    table = None if source.sample_weight is None else base / source.sample_weight
    for name, folder in folders.items():
        if folder is None:
            continue
        roots = recipe_roots(recipe.file, base)
        if not source.by_class:
            files = loose_pictures(base / folder, roots)
            taught = _taught(recipe, source, name, files, layout, targets, base, roots)
            parts[name] = _part(recipe, name, files, layout, taught, table)
            continue
        found = _pictures(base / folder, roots)
        if name == "train":
            classes = tuple(found)
            for target in targets:
                check_count(source.path, classes, target)
        _check_classes(base / folder, found, classes, base / source.path)
        files = tuple(path for paths in found.values() for path in paths)
        labels = np.repeat(np.arange(len(found)), [len(paths) for paths in found.values()])
        taught = {target.name: _targets(labels, target) for target in targets}
        parts[name] = _part(recipe, name, files, layout, taught, table)
    check_pictures([path for part in parts.values() for path in _of(part)], layout)
    return dataset(divided(recipe, source.path, parts, shares, classes), classes)


def _of(part: Part) -> Sequence[Path]:
    return [
        path
        for column in part.inputs.values()
        if isinstance(column, Pictures)
        for path in column.files
    ]


def _layout(recipe: Recipe, source: image_folder) -> PictureLayout:
    """How pictures go into the net's one input. Raises UserError where they cannot."""
    spec = only_input(recipe, "image_folder")
    layout = picture_layout(spec, recipe.preprocessing)
    if not layout.batched:
        raise UserError(f"the input `{spec.name}` is {spec}: it takes no batch of pictures")
    given = source.image_size or (None, None)
    height, width = layout.height or given[0], layout.width or given[1]
    if height is None or width is None:
        raise UserError(
            f"the input `{spec.name}` is {spec}: it leaves the size of pictures open; "
            "give one, such as image_folder(…, image_size=(256, 256))"
        )
    if source.image_size is not None and source.image_size != (height, width):
        raise UserError(
            f"image_size={source.image_size} is not the size of the input `{spec.name}`, "
            f"which is {spec}"
        )
    return replace(layout, height=height, width=width)


def _pictures(folder: Path, roots: Sequence[Path]) -> dict[str, list[Path]]:
    """The pictures of each class, sorted by name; no link leads out of the roots.

    Raises UserError.
    """
    if not folder.exists():
        raise UserError(f"{folder}: there is no such folder")
    if not folder.is_dir():
        raise UserError(f"{folder}: is a file, not a folder of pictures")
    found: dict[str, list[Path]] = {}
    faults: list[str] = []
    try:
        kept = [path for path in folder.iterdir() if not passed_over(path.name)]
        for place in sorted((path for path in kept if path.is_dir()), key=lambda p: p.name):
            pictures, strangers = picture_files(place)
            faults += faults_of([place, *pictures], strangers, roots)
            if not pictures and not strangers:
                faults.append(f"{place}: is the folder of a class, but holds no pictures")
            found[place.name] = pictures
    except OSError as error:
        raise unreadable(folder, error) from error
    loose = [path.name for path in kept if path.suffix.lower() in ENDINGS and not path.is_dir()]
    if not found:
        has = f"{len(loose)} pictures, but " if loose else ""
        raise UserError(f"{folder}: holds {has}no folders; each class is a folder of its pictures")
    if loose:
        faults.append(f"{folder / min(loose)}: lies outside the folders of the classes")
    raise_faults(faults)
    return found


def _check_classes(
    folder: Path, found: dict[str, list[Path]], classes: Sequence[str], training: Path
) -> None:
    """Raises UserError where another part has other classes than the training part."""
    for have, want, other in ((found, classes, training), (classes, found, folder)):
        extra = [name for name in have if name not in want]
        if extra:
            more = ", …" if len(extra) > SHOWN else ""
            listed = ", ".join(f"`{name}`" for name in extra[:SHOWN]) + more
            holder = folder if have is found else training
            raise UserError(f"{holder}: has classes that {other} lacks: {listed}")


def _part(
    recipe: Recipe,
    name: str,
    files: tuple[Path, ...],
    layout: PictureLayout,
    targets: Mapping[str, Targets],
    table: Path | None,
) -> Part:
    (spec,) = input_specs(recipe.checked)
    weights = None
    if table is not None:
        paths = [str(path) for path in files]
        weights = fit_weights(str(table), picture_weights(table, files), paths)
    return Part(
        name,
        {spec.name: Pictures(files, layout)},
        targets,
        tuple(str(path) for path in files),
        {spec.name: spec.dtype},
        recipe.preprocessing,
        weights,
    )


def _taught(
    recipe: Recipe,
    source: image_folder,
    name: str,
    files: tuple[Path, ...],
    layout: PictureLayout,
    targets: Sequence[TargetSpec],
    base: Path,
    roots: tuple[Path, Path],
) -> dict[str, Targets]:
    """What pictures without classes teach each output. Raises UserError."""
    if source.y is not None:
        return {target.name: Copied(recipe.checked.graph.inputs[0]) for target in targets}
    places = {
        "train": (source.path, source.masks),
        "validation": (source.validation, source.validation_masks),
        "test": (source.test, source.test_masks),
    }
    pictures, folder = (base / path for path in places[name] if path is not None)
    found = mask_files(folder, pictures, files, roots)
    return {
        target.name: masks(found, files, layout, source.mask_values, target) for target in targets
    }


def _targets(labels: Array, target: TargetSpec) -> Array:
    """The class of each picture. Raises UserError where an output cannot learn it."""
    if len(target.shape) > 1:
        raise UserError(
            f"image_folder gives one class a picture, but the output `{target.name}` is "
            f"{target.spec}"
        )
    return labels.astype(np.int32)
