"""A picture as a net sees it: what goes in, and the same to be looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...compiler.ir.graph import CheckedGraph
from ...compiler.ir.preprocessing import Preprocessing
from ...compiler.ops.base.backend import Array
from ..data.specs import input_specs
from ..errors import UserError
from ..files.pictures import PictureLayout, picture_layout, read_picture
from ..files.tensors import TensorSpec
from ..infer.preprocess import prepared


@dataclass(frozen=True)
class Seen:
    """One picture."""

    inputs: Mapping[str, Array]
    """What the net takes, prepared as its recipe says, `[1, H, W, C]`."""
    pixels: Array
    """The same picture of the same size in 0..255, `[H, W, C]`."""


def see(checked: CheckedGraph, made: Preprocessing | None, path: Path) -> Seen:
    """Reads a picture for a net; where that leaves the size open, it is the picture's own.

    Raises UserError where the net takes no pictures, or the file is none.
    """
    spec, layout = picture_input(checked, made)
    pixels = read_picture(path, layout)
    arrays = prepared(pixels[None], made, spec.dtype)
    return Seen({spec.name: arrays}, np.clip(pixels, 0, 255).astype(np.uint8))


def picture_input(
    checked: CheckedGraph, made: Preprocessing | None
) -> tuple[TensorSpec, PictureLayout]:
    """The one input of a net, and how pictures go into it. Raises UserError where they cannot."""
    specs = input_specs(checked)
    if len(specs) != 1:
        listed = ", ".join(f"`{spec.name}` {spec}" for spec in specs)
        raise UserError(f"`{checked.name}` takes {len(specs)} inputs ({listed}), not one picture")
    layout = picture_layout(specs[0], made)
    if not layout.batched or layout.channels_axis != 2:
        raise UserError(
            f"`{checked.name}` takes `{specs[0].name}` {specs[0]}, no pictures `[N, H, W, C]`"
        )
    if specs[0].shape[0] not in (None, 1):
        raise UserError(
            f"`{checked.name}` takes {specs[0].shape[0]} pictures at a time; give it a named batch"
        )
    return specs[0], layout
