"""Reads folders of sequences: an `.npy` file each, in folders of classes or named by a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...compiler.ops.base.backend import Array
from ...compiler.recipe.objects.source_sequences import sequence_folder
from ...compiler.recipe.recipe import Recipe
from ..errors import UserError, unreadable
from ..files.npz import read_npy
from ..files.passed_over import passed_over
from ..files.reach import recipe_roots, require_inside
from .dataset import Dataset
from .decode import raise_faults
from .folders import faults_of, files_below
from .listed import Label, Listed, Taking
from .parts import Shares
from .text_table import is_number, number, read_table

ENDING = ".npy"


def load_sequence_folder(recipe: Recipe, source: sequence_folder, base: Path) -> Dataset:
    """The sequences of a folder, or of one folder for each part.

    Raises UserError, which names the files that are at fault.
    """
    folders = {"train": source.path, "validation": source.validation, "test": source.test}
    shares = Shares(source.validation_split, source.test_split, source.seed)
    shares.check(source.path, folders)
    taking = Taking(recipe, source)
    roots = recipe_roots(recipe.file, base)
    given: dict[str, Listed] = {}
    for name, folder in folders.items():
        if folder is None:
            continue
        place = base / folder
        if not place.is_dir():
            raise UserError(f"{place}: is a file, not a folder of sequences")
        read = _by_class if source.table is None else _by_table
        given[name] = read(taking, source, place, roots)
    return taking.dataset(given)


def _by_class(
    taking: Taking, source: sequence_folder, folder: Path, roots: Sequence[Path]
) -> Listed:
    """The files in one folder for each class."""
    faults: list[str] = []
    files: list[Path] = []
    labels: list[str] = []
    try:
        kept = [path for path in folder.iterdir() if not passed_over(path.name)]
        for place in sorted((path for path in kept if path.is_dir()), key=lambda p: p.name):
            own, strangers = files_below(place, (ENDING,))
            faults += faults_of([place, *own], strangers, roots, "an .npy file")
            if not own and not strangers:
                faults.append(f"{place}: is the folder of a class, but holds no sequences")
            files += own
            labels += [place.name] * len(own)
    except OSError as error:
        raise unreadable(folder, error) from error
    loose = [path.name for path in kept if path.suffix.lower() == ENDING and not path.is_dir()]
    if not files and not faults:
        has = f"{len(loose)} .npy files, but " if loose else ""
        raise UserError(
            f"{folder}: holds {has}no folders; each class is a folder of its .npy files, or "
            '`table="labels.csv"` says what each file teaches'
        )
    if loose:
        faults.append(f"{folder / min(loose)}: lies outside the folders of the classes")
    raise_faults(faults)
    if not (taking.target.is_class or taking.target.is_side):
        raise UserError(
            f"{folder}: its folders are classes, and `{taking.target.name}` learns numbers; "
            '`table="labels.csv"` says those of each file'
        )
    names = [*map(str, files)]
    return Listed(str(folder), _read(taking, files), names, labels, lambda at: names[at])


def _by_table(
    taking: Taking, source: sequence_folder, folder: Path, roots: tuple[Path, Path]
) -> Listed:
    """The files that a table in the folder names."""
    assert source.table is not None
    place = folder / source.table
    require_inside(place, *roots)
    table = read_table(place, ",", None, as_text=True)
    if len(table.columns) < 2:
        raise UserError(f"{place}: has one column; the first names files, another what they teach")
    label = table.place(source.label)
    weight = None if source.sample_weight is None else table.place(source.sample_weight)
    if 0 in (label, weight) or label == weight:
        raise UserError(
            f"{place}: the first column names files, `label` and `sample_weight` are two others"
        )
    names = table.text(0)
    firsts: dict[str, int] = {}
    twice = next((at for at, each in enumerate(names) if firsts.setdefault(each, at) != at), None)
    if twice is not None:
        raise UserError(f"{table.where(twice, 0)}: `{names[twice]}` is there twice")
    files = [folder / each for each in names]
    faults = []
    for row, path in enumerate(files):
        require_inside(path, *roots)
        if path.suffix.lower() != ENDING:
            faults.append(f"{table.where(row, 0)}: `{names[row]}` is not called as an .npy file")
        elif not path.is_file():
            faults.append(f"{table.where(row, 0)}: there is no file {path}")
    raise_faults(faults)
    cells = table.text(label)
    labels: list[Label] = [*cells]
    if all(map(is_number, cells)):
        labels = [np.asarray(number(cell)) for cell in cells]
    return Listed(
        str(folder),
        _read(taking, files),
        [*map(str, files)],
        labels,
        lambda row: table.where(row, label),
        None if weight is None else table.values([weight])[:, 0],
    )


def _read(taking: Taking, files: Sequence[Path]) -> list[Array]:
    """The sequences of files. Raises UserError that names those at fault."""
    found: list[Array] = []
    faults: list[str] = []
    for path in files:
        try:
            found.append(taking.steps(str(path), read_npy(path)))
        except UserError as error:
            faults.append(str(error))
    raise_faults(faults)
    return found
