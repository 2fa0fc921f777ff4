"""Decodes pictures into arrays of 0..255, as a model's input declares them."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ...compiler.lower.dtypes import numpy_dtype
from ...compiler.ops.base.backend import Array
from ..errors import UserError, require_file
from .tensors import TensorSpec

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP")
ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp")

MAX_PIXELS = 100_000_000
"""Larger pictures are refused: a small file can claim any size."""

MODES = {1: "L", 3: "RGB", 4: "RGBA"}
"""Pillow's mode for each number of channels."""


@dataclass(frozen=True, slots=True)
class PictureLayout:
    """How an input holds pictures: its sizes (None: any) and where the channels are.

    `channels_axis` counts without the batch; None says that a picture has no channel axis.
    """

    height: int | None
    width: int | None
    channels: int
    channels_axis: int | None
    dtype: str
    batched: bool


def picture_layout(spec: TensorSpec) -> PictureLayout:
    """How pictures go into an input. Raises UserError where they cannot."""
    shape = spec.shape
    if spec.dtype in ("bool", "int8"):
        raise UserError(f"the input `{spec.name}` is {spec}: {spec.dtype} cannot hold 0..255")
    if spec.rank == 4 and (shape[3] in MODES or (shape[3] is None and shape[1] not in MODES)):
        return PictureLayout(shape[1], shape[2], shape[3] or 3, 2, spec.dtype, True)
    if spec.rank == 4 and shape[1] in MODES:
        return PictureLayout(shape[2], shape[3], shape[1] or 3, 0, spec.dtype, True)
    if spec.rank == 3 and shape[2] in MODES:
        return PictureLayout(shape[0], shape[1], shape[2] or 3, 2, spec.dtype, False)
    if spec.rank == 3:
        return PictureLayout(shape[1], shape[2], 1, None, spec.dtype, True)
    raise UserError(
        f"the input `{spec.name}` is {spec}, which takes no picture; give it an .npy file"
    )


def read_picture(path: Path, layout: PictureLayout) -> Array:
    """One picture without a batch axis, upright, resized bilinearly where the input has sizes.

    Values stay 0..255, in the input's dtype. Raises UserError.
    """
    require_file(path, "a picture")
    with _faults(path):
        with Image.open(path, formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise UserError(
                    f"{path}: claims {opened.width} x {opened.height} pixels, "
                    f"more than the {MAX_PIXELS:,} allowed"
                )
            picture = ImageOps.exif_transpose(_eight_bit(opened))
        picture = _convert(picture, MODES[layout.channels])
        size = (layout.width or picture.width, layout.height or picture.height)
        if size != picture.size:
            picture = picture.resize(size, Image.Resampling.BILINEAR)
    pixels = np.asarray(picture, dtype=np.uint8)
    if layout.channels_axis is not None:
        pixels = pixels.reshape(*pixels.shape[:2], layout.channels)
        if layout.channels_axis == 0:
            pixels = pixels.transpose(2, 0, 1)
    return np.ascontiguousarray(pixels, dtype=numpy_dtype(layout.dtype))


def _eight_bit(picture: Image.Image) -> Image.Image:
    """Pictures of 16 bits a value as 8 bits: 65535 becomes 255."""
    if not picture.mode.startswith("I"):
        picture.load()
        return picture
    values = np.asarray(picture).astype(np.int64).clip(0, 65535)
    made = Image.fromarray(((values + 128) // 257).astype(np.uint8))
    made.info = dict(picture.info)
    return made


def _convert(picture: Image.Image, mode: str) -> Image.Image:
    if picture.mode == "P":
        picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
    return picture if picture.mode == mode else picture.convert(mode)


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except UnidentifiedImageError as error:
        raise UserError(f"{path}: is not a picture netc reads ({', '.join(FORMATS)})") from error
    except Image.DecompressionBombError as error:
        raise UserError(f"{path}: claims more than the {MAX_PIXELS:,} pixels allowed") from error
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        IndexError,
        KeyError,
        TypeError,
        OverflowError,
        MemoryError,
        struct.error,
        zlib.error,
    ) as error:
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise UserError(f"{path}: is a cut-short or damaged picture ({reason})") from error
