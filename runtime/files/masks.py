"""Reads masks: pictures whose values are the classes of pixels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from ...compiler.ops.base.backend import Array
from ..errors import UserError, require_file
from .pictures import FORMATS, MAX_PIXELS, PictureLayout, reading_faults, sized

EXACT = tuple(name for name in FORMATS if name != "JPEG")
"""Formats that keep values as they are; WebP may, and then its values say so."""
PLAIN_MODES = ("1", "L", "P", "I", "I;16", "I;16B")
"""Pillow's modes of one number a pixel."""


def read_mask(path: Path, layout: PictureLayout) -> Array:
    """The numbers of a mask, `[height, width]` uint8, in the sizes of the pictures of a layout.

    A palette's numbers are its indices, whatever their colours. A resize takes the nearest pixel
    and goes as that of pictures goes; what pads is 0. Raises UserError.
    """
    require_file(path, "a mask")
    with reading_faults(path), Image.open(path, formats=FORMATS) as opened:
        if opened.format not in EXACT:
            raise UserError(
                f"{path}: is a {opened.format}, which does not keep values; masks are "
                f"{', '.join(EXACT[:-1])} or {EXACT[-1]}"
            )
        if opened.width * opened.height > MAX_PIXELS:
            raise UserError(
                f"{path}: claims {opened.width} x {opened.height} pixels, "
                f"more than the {MAX_PIXELS:,} allowed"
            )
        values = _numbers(path, opened)
        nearest = replace(layout.preprocessing, interpolation="nearest")
        made = sized(path, Image.fromarray(values), replace(layout, preprocessing=nearest))
    return np.asarray(made, np.uint8)


def _numbers(path: Path, mask: Image.Image) -> Array:
    """One number a pixel. Raises UserError where there are several, or larger ones than 255."""
    if mask.mode in PLAIN_MODES:
        values = np.asarray(mask)
    else:
        channels = np.asarray(mask.convert("RGB"))
        values = channels[..., 0]
        if (channels != values[..., None]).any():
            raise UserError(
                f"{path}: is in colours ({mask.mode}); a mask has one number a pixel: grey, or "
                "the indices of a palette"
            )
    if values.dtype != bool and int(values.max()) > 255:
        raise UserError(f"{path}: holds {int(values.max())}; the numbers of a mask go up to 255")
    return np.ascontiguousarray(values, np.uint8)
