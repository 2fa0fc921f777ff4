"""Masks as targets: the file of each picture, and the class of each value."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ...compiler.ops.base.backend import Array
from ..files.masks import read_mask
from ..files.pictures import FORMATS, PictureLayout
from .decode import each, raise_faults
from .folders import loose_pictures
from .specs import TargetSpec
from .targets import NO_CLASS, Masks

ORIENTATION = 0x0112
"""The EXIF tag that says how a camera was held; from 5 on, it lay on its side."""


def mask_files(
    folder: Path, pictures: Path, files: Sequence[Path], roots: Sequence[Path]
) -> tuple[Path, ...]:
    """The mask of each picture: below `folder` under the same path, with any ending.

    Raises UserError for pictures that have none, or several, and for masks of no picture.
    """
    found: dict[str, list[Path]] = {}
    for path in loose_pictures(folder, roots):
        found.setdefault(_key(path, folder), []).append(path)
    keys = [_key(file, pictures) for file in files]
    faults = []
    for file, key in zip(files, keys, strict=True):
        if key not in found:
            faults.append(f"{file}: has no mask; it would be {folder / key}.png")
        elif len(found[key]) > 1:
            names = " and ".join(path.name for path in found[key])
            faults.append(f"{file}: has several masks in {folder}: {names}")
    known = set(keys)
    faults += [
        f"{path}: is the mask of no picture in {pictures}"
        for key, paths in found.items()
        for path in paths
        if key not in known
    ]
    raise_faults(faults)
    return tuple(found[key][0] for key in keys)


def _key(path: Path, folder: Path) -> str:
    return path.relative_to(folder).with_suffix("").as_posix()


def masks(
    files: tuple[Path, ...],
    pictures: Sequence[Path],
    layout: PictureLayout,
    values: Sequence[int],
    target: TargetSpec,
) -> Masks:
    """The masks of some pictures, opened but not decoded. Raises UserError that names faults."""

    def check(index: int) -> str | None:
        have, want = _size(files[index]), _size(pictures[index])
        if have is None or want is None or have == want:
            # What cannot be opened, decoding says in words.
            return None
        return (
            f"{files[index]}: is {have[0]} x {have[1]}, and {pictures[index]} {want[0]} x {want[1]}"
        )

    raise_faults(each(check, range(len(files))))
    classes, wanted = mask_classes(values, target)
    made = Masks(files, layout, classes, wanted)
    read_mask(files[0], layout)
    return made


def _size(path: Path) -> tuple[int, int] | None:
    """The width and height of an upright picture; None where it cannot be opened."""
    try:
        with Image.open(path, formats=FORMATS) as opened:
            width, height = opened.size
            turned = opened.getexif().get(ORIENTATION, 1) >= 5
            return (height, width) if turned else (width, height)
    except Exception:
        return None


def mask_classes(values: Sequence[int], target: TargetSpec) -> tuple[Array, str]:
    """The class of each value of a pixel, `[256]`, and what values may be, in words.

    Where the recipe lists none, a value is the class; for one unit 0 is no, and 1 and 255 are yes.
    An index that the loss leaves out stays.
    """
    table = np.full(256, NO_CLASS, np.int16)
    if values:
        table[list(values)] = range(len(values))
        wanted = f"those of `mask_values`: {', '.join(map(str, values))}"
    elif target.units == 1:
        table[[0, 1, 255]] = (0, 1, 1)
        wanted = "0, and 1 or 255"
    else:
        units = 256 if target.units is None else min(target.units, 256)
        table[:units] = range(units)
        wanted = f"0 to {units - 1}; others are said by `mask_values=[…]`"
    for index in target.ignored:
        if 0 <= index < 256 and table[index] == NO_CLASS:
            table[index] = index
            wanted = f"{index}, which does not count, and {wanted}"
    return table, wanted
