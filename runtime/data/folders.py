"""Finds the pictures below a folder, and what lies among them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ...compiler.link.reach import inside, resolved
from ..errors import UserError, unreadable
from ..files.passed_over import passed_over
from ..files.pictures import ENDINGS
from .decode import raise_faults


def loose_pictures(folder: Path, roots: Sequence[Path]) -> tuple[Path, ...]:
    """All pictures below a folder, sorted by path; no link leads out of the roots.

    Raises UserError.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: is a file, not a folder of pictures")
    try:
        found, strangers = picture_files(folder)
    except OSError as error:
        raise unreadable(folder, error) from error
    raise_faults(faults_of(found, strangers, roots))
    if not found:
        raise UserError(f"{folder}: holds no pictures")
    return tuple(found)


def faults_of(
    found: Sequence[Path],
    strangers: Sequence[Path],
    roots: Sequence[Path],
    what: str = "a picture netc reads",
) -> list[str]:
    """What is wrong with what lies below a folder: links out of the roots, and other files."""
    return [
        f"{path}: is a link that leads out of the project"
        for path in (*found, *strangers)
        if path.is_symlink() and not inside(resolved(path), *roots)
    ] + [f"{path}: is not {what}" for path in strangers]


def picture_files(folder: Path) -> tuple[list[Path], list[Path]]:
    """The pictures at any depth below a class's folder, and the other files."""
    return files_below(folder, ENDINGS)


def files_below(folder: Path, endings: Sequence[str]) -> tuple[list[Path], list[Path]]:
    """The files with some endings at any depth below a folder, sorted by path, and the others."""
    names: list[tuple[str, ...]] = []
    for place, folders, files in os.walk(folder, onerror=_raise):
        folders[:] = [name for name in folders if not passed_over(name)]
        above = Path(place).relative_to(folder).parts
        names += [(*above, name) for name in files if not passed_over(name)]
    found = [folder.joinpath(*parts) for parts in sorted(names)]
    wanted = [path for path in found if path.suffix.lower() in endings]
    return wanted, [path for path in found if path.suffix.lower() not in endings]


def _raise(error: OSError) -> None:
    raise error
