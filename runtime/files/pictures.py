"""Decodes pictures into arrays of 0..255, of the sizes that a model's input declares."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ...compiler.ir.preprocessing import Preprocessing
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

PLAIN = Preprocessing("")
"""What is done where nothing is said: a bilinear resize."""


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
    preprocessing: Preprocessing = PLAIN
    """How pictures get to these sizes; what it says of values is not done by decoding."""


def picture_layout(spec: TensorSpec, made: Preprocessing | None = None) -> PictureLayout:
    """How pictures go into an input. Raises UserError where they cannot."""
    layout = _layout(spec)
    if made is None or made.input != spec.name or made.plain:
        return layout
    height, width = made.image_size or (None, None)
    return replace(
        layout,
        height=layout.height or height,
        width=layout.width or width,
        preprocessing=made,
    )


def _layout(spec: TensorSpec) -> PictureLayout:
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
    """One picture without a batch axis, upright, resized where the input has sizes.

    Values stay 0..255, red first, in the input's dtype. Raises UserError.
    """
    require_file(path, "a picture")
    return picture_of(path, path, layout)


def picture_of(source: Path | BinaryIO, path: Path, layout: PictureLayout) -> Array:
    """One picture of a file, or of its bytes, as `read_picture` has it; messages name `path`."""
    with reading_faults(path):
        with Image.open(source, formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise UserError(
                    f"{path}: claims {opened.width} x {opened.height} pixels, "
                    f"more than the {MAX_PIXELS:,} allowed"
                )
            picture = ImageOps.exif_transpose(_eight_bit(opened))
        picture = _convert(picture, MODES[layout.channels])
        picture = sized(path, picture, layout)
    pixels = np.asarray(picture, dtype=np.uint8)
    if layout.channels_axis is not None:
        pixels = pixels.reshape(*pixels.shape[:2], layout.channels)
        if layout.channels_axis == 0:
            pixels = pixels.transpose(2, 0, 1)
    return np.ascontiguousarray(pixels, dtype=numpy_dtype(layout.dtype))


def sized(path: Path, picture: Image.Image, layout: PictureLayout) -> Image.Image:
    """The picture in the sizes of the input, which are its own where that has none."""
    made = layout.preprocessing
    width, height = layout.width or picture.width, layout.height or picture.height
    filter = Image.Resampling[made.interpolation.upper()]
    if made.shorter_side is not None:
        # As torchvision's Resize and CenterCrop do, roundings included.
        shorter = min(picture.size)
        sides = [made.shorter_side * side // shorter for side in picture.size]
        picture = _resized(path, picture, (sides[0], sides[1]), filter)
        width, height = layout.width or sides[0], layout.height or sides[1]
        left, top = round((sides[0] - width) / 2), round((sides[1] - height) / 2)
        return picture.crop((left, top, left + width, top + height))
    if made.crop_to_aspect_ratio or made.pad_to_aspect_ratio:
        picture = _proportioned(path, picture, width / height, made.pad_to_aspect_ratio)
    return _resized(path, picture, (width, height), filter)


def _proportioned(path: Path, picture: Image.Image, ratio: float, pad: bool) -> Image.Image:
    """The middle of a picture, or the picture in the middle of black, as wide to high as asked.

    Keras's `smart_resize` and `Resizing(pad_to_aspect_ratio=True)` do so before they resize.
    """
    most = max if pad else min
    width = max(1, most(picture.width, int(picture.height * ratio)))
    height = max(1, most(picture.height, int(picture.width / ratio)))
    _require_size(path, (width, height))
    left, top = int((picture.width - width) / 2), int((picture.height - height) / 2)
    return picture.crop((left, top, left + width, top + height))


def _resized(
    path: Path, picture: Image.Image, size: tuple[int, int], filter: Image.Resampling
) -> Image.Image:
    _require_size(path, size)
    return picture if size == picture.size else picture.resize(size, filter)


def _require_size(path: Path, size: tuple[int, int]) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        raise UserError(
            f"{path}: would be resized to {size[0]} x {size[1]} pixels, "
            f"more than the {MAX_PIXELS:,} allowed"
        )


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
def reading_faults(path: Path) -> Iterator[None]:
    """Raises UserError for whatever Pillow says of a file that is no whole picture."""
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
