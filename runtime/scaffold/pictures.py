"""Looks at a folder of pictures: how many of which class, and whether they have colours."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError, unreadable
from ..files.passed_over import passed_over
from ..files.pictures import ENDINGS

MOST = 200_000
"""Files that are looked at: past that there are many pictures, however many."""
LOOKED_INTO = 20
"""Pictures whose kind of pixels is read."""
GRAY = ("1", "L", "LA", "I", "I;16", "F")
"""What Pillow calls pixels without colour."""
TRAIN, OTHERS = "train", {"validation": ("valid", "validation", "val"), "test": ("test",)}
"""How parts of a data set are usually called."""


@dataclass(frozen=True)
class Found:
    """What lies in a folder of pictures."""

    pictures: int
    """Those to train on; `MOST` where there are more."""
    classes: tuple[str, ...]
    gray: bool
    """Whether none of those that were looked into has colours."""
    train: str
    """The folder with the pictures to train on, from the one that was named; "." for itself."""
    parts: tuple[tuple[str, str], ...]
    """Folders for validation and test, where there are some."""

    @property
    def each(self) -> int:
        """Pictures a class, on average."""
        return self.pictures // max(1, len(self.classes))


def look_at(folder: Path) -> Found:
    """Counts the pictures in a folder of folders, one a class, or in its part `train`.

    No link is followed. Raises UserError where there is no such folder, or it holds no classes.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such folder")
    try:
        inner = _folders(folder)
        train = TRAIN if TRAIN in inner else "."
        classes = _folders(folder / train)
        counted = 0
        looked: list[Path] = []
        for name in classes:
            for path in _pictures(folder / train / name):
                counted += 1
                if len(looked) < LOOKED_INTO and (counted - 1) % 7 == 0:
                    looked.append(path)
                if counted >= MOST:
                    break
    except OSError as error:
        raise unreadable(folder, error) from error
    if not classes or not counted:
        raise UserError(
            f"{folder}: holds no pictures in folders; each class is a folder of its own"
        )
    parts = [
        (part, next(name for name in names if name in inner))
        for part, names in OTHERS.items()
        if train == TRAIN and any(name in inner for name in names)
    ]
    return Found(min(counted, MOST), tuple(classes), _gray(looked), train, tuple(parts))


def _folders(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        own = [e.name for e in entries if e.is_dir(follow_symlinks=False)]
    return sorted(name for name in own if not passed_over(name))


def _pictures(folder: Path) -> Iterator[Path]:
    """The pictures at any depth below a folder; links are left out."""
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if passed_over(entry.name):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(Path(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    path = Path(entry.path)
                    if path.suffix.lower() in ENDINGS:
                        yield path


def _gray(paths: list[Path]) -> bool:
    """Whether all of some pictures are without colour, by what their first bytes say."""
    from PIL import Image

    modes = []
    for path in paths:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with Image.open(path) as picture:
                    modes.append(picture.mode)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            continue
    return bool(modes) and all(mode in GRAY for mode in modes)
