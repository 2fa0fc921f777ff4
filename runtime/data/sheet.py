"""Draws a contact sheet: pictures as they are, and below each as training may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ...compiler.ops.base.backend import Array
from ...compiler.recipe.recipe import Phase, Recipe
from ..errors import UserError
from .arrays import input_arrays, target_array
from .dataset import Dataset, Part
from .encode import Encoder, encoders
from .specs import input_specs
from .targets import Masks, one_class_each

ACROSS = 8
"""Pictures in a row."""
SMALLEST, LARGEST = 112, 224
"""Pixels of the longer side of a picture on the sheet."""
GAP, LINE, FONT = 10, 16, 12
Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont
CLASS_COLORS = (
    (230, 60, 60),
    (60, 120, 230),
    (60, 190, 90),
    (245, 180, 40),
    (160, 80, 200),
    (40, 190, 200),
    (240, 110, 180),
    (140, 140, 60),
)
"""Those of the classes 1, 2, … of masks."""
PAPER, INK, FAINT = (255, 255, 255), (30, 30, 30), (110, 110, 110)


@dataclass(frozen=True)
class Sheet:
    """Pictures in columns: floats of `[samples, H, W, C]`, with what is written below each."""

    originals: Array
    labels: Sequence[str]
    augmented: Array | None
    augmented_labels: Sequence[str]


def choose(part: Part, target: Array | None, count: int, seed: int) -> list[int]:
    """Some samples, drawn from a seed: of each class in turn where there are classes."""
    rng = np.random.default_rng(seed % 2**32)
    order = rng.permutation(len(part))
    if target is not None:
        # The nth sample of each class comes before the next one of any.
        seen: dict[int, int] = {}
        turns = []
        for index in order:
            label = int(target[index])
            seen[label] = seen.get(label, 0) + 1
            turns.append((seen[label], label, int(index)))
        order = np.array([index for *_, index in sorted(turns)])
    return [int(index) for index in order[:count]]


def make_sheet(
    recipe: Recipe, dataset: Dataset, part: Part, phase: Phase | None, count: int
) -> Sheet:
    """The pictures of a sheet; `phase` is the one whose augmentation is shown, if any.

    Raises UserError where the net takes no pictures.
    """
    specs = [spec for spec in input_specs(recipe.checked) if spec.rank == 4]
    if len(specs) != 1 or specs[0].shape[3] not in (None, 1, 3, 4):
        raise UserError(
            f"a contact sheet shows pictures, `[N, H, W, C]`; `{recipe.net}` does not take one "
            "such input"
        )
    name = specs[0].name
    head = next((each for each, a in part.targets.items() if one_class_each(a)), None)
    labels = None if head is None else target_array(part, head)
    chosen = choose(part, labels, count, recipe.seed)
    # Resized and cut as the net gets them, but still 0 to 255, so that they can be looked at.
    inputs = input_arrays(replace(part, preprocessing=None), chosen)
    words = ["" if labels is None else _class(dataset, int(labels[i])) for i in chosen]
    originals = inputs[name].astype(np.float32)
    masked = next((each for each, a in part.targets.items() if isinstance(a, Masks)), None)
    if masked is not None:
        originals = overlaid(originals, target_array(part, masked, chosen))
    if phase is None:
        return Sheet(originals, words, None, ())
    from .augment import Augmenter

    made = encoders(recipe, phase.heads)
    targets = {each.name: each.encoded(target_array(part, each.source, chosen)) for each in made}
    x, y = Augmenter(recipe, phase)(inputs, targets)
    changed = np.asarray(x[name], np.float32)
    for each in made:
        if each.source == masked:
            changed = overlaid(changed, classes_of(np.asarray(y[each.name]), each))
            break
    mixed = words
    if head is not None and any(each.mixes for each in phase.augment):
        mixed = [_shares(dataset, row) for row in np.asarray(y[head])]
    return Sheet(originals, words, changed, mixed)


def overlaid(pictures: Array, classes: Array) -> Array:
    """Pictures of 0 to 255 with the classes of their pixels in colours; the class 0 has none."""
    colors = np.array(CLASS_COLORS, np.float32)[(classes - 1) % len(CLASS_COLORS)]
    found = np.repeat(pictures, 3, axis=-1) if pictures.shape[-1] == 1 else pictures[..., :3]
    return np.where(classes[..., None] > 0, 0.5 * found + 0.5 * colors, found)


def classes_of(targets: Array, encoder: Encoder) -> Array:
    """The class of each pixel, of targets as a loss wants them."""
    if encoder.units == 1:
        return (targets[..., 0] > (0 if encoder.kind == "signs" else 0.5)).astype(np.int32)
    return targets if targets.ndim < encoder.rank else targets.argmax(axis=-1)


def draw_sheet(sheet: Sheet) -> Image.Image:
    """The sheet as a picture."""
    height, width = sheet.originals.shape[1:3]
    longer = max(height, width)
    scale = max(1, round(SMALLEST / longer)) if longer < SMALLEST else min(1, LARGEST / longer)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    across = min(ACROSS, len(sheet.originals))
    rows = -(-len(sheet.originals) // ACROSS)
    strips = [(sheet.originals, sheet.labels)]
    if sheet.augmented is not None:
        strips.append((sheet.augmented, sheet.augmented_labels))
    step = (size[0] + GAP, size[1] + LINE + 4)
    block = step[1] * len(strips) + GAP
    image = Image.new("RGB", (GAP + across * step[0], GAP + rows * block), PAPER)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(FONT)
    low, high = _range(sheet.originals)
    for strip, (pictures, words) in enumerate(strips):
        for index, (pixels, word) in enumerate(zip(pictures, words, strict=True)):
            row, column = divmod(index, ACROSS)
            corner = (GAP + column * step[0], GAP + row * block + strip * step[1])
            image.paste(_picture(pixels, low, high, size), corner)
            pen.text(
                (corner[0], corner[1] + size[1] + 1),
                _cut(pen, font, word, size[0]),
                fill=FAINT if strip else INK,
                font=font,
            )
    return image


def _picture(pixels: Array, low: float, high: float, size: tuple[int, int]) -> Image.Image:
    scaled = (pixels - low) / (high - low) * 255
    whole = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
    made = Image.fromarray(whole[..., 0] if whole.shape[-1] == 1 else whole).convert("RGBA")
    paper = Image.new("RGBA", made.size, (*PAPER, 255))
    smooth = size[0] < made.width
    return Image.alpha_composite(paper, made).resize(
        size, Image.Resampling.BILINEAR if smooth else Image.Resampling.NEAREST
    )


def _range(pixels: Array) -> tuple[float, float]:
    """What black and white are: 0 to 255, 0 to 1, or as far as the values go."""
    low, high = float(pixels.min()), float(pixels.max())
    if low >= 0 and high <= 255:
        return 0.0, 1.0 if high <= 1 else 255.0
    return low, high


def _cut(pen: ImageDraw.ImageDraw, font: Font, word: str, width: int) -> str:
    """As much of a word as is no wider than its picture."""
    shown = word
    while shown and pen.textlength(shown + ("…" if shown != word else ""), font=font) > width:
        shown = shown[:-1]
    return shown if shown == word else shown + "…"


def _class(dataset: Dataset, index: int) -> str:
    return dataset.classes[index] if dataset.classes else str(index)


def _shares(dataset: Dataset, row: Array) -> str:
    """`70% cat 30% dog`."""
    if len(row) == 1:
        row = np.array([1 - row[0], row[0]])
    best = [int(index) for index in np.argsort(-row, kind="stable") if row[index] >= 0.005]
    return " ".join(f"{row[index]:.0%} {_class(dataset, index)}" for index in best)
