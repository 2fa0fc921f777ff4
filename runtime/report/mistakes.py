"""The worst mistakes of a classifier: wrong answers it was surest of, as pictures or as a list."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...compiler.ops.base.backend import Array
from ...dsl.text.shorten import shortened
from ..data.dataset import Part
from ..data.decode import Pictures
from ..files.pictures import MODES
from .reading import Classified
from .style import GREEN, MIDDLE, ORANGE, drawing, new_figure, photograph_axes, save

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 24
COLUMNS = 6
LONGEST_NAME, LONGEST_CAPTION = 16, 28


@dataclass(frozen=True)
class Mistake:
    """A sample that was taken for another class, and how sure the net was of it."""

    index: int
    name: str
    truth: str
    predicted: str
    score: float
    """What the net gave the wrong class."""
    right: float
    """What it gave the right one."""


def worst_mistakes(made: Classified, names: Sequence[str], most: int = MOST) -> tuple[Mistake, ...]:
    """The wrong answers, the surest first; none where a sample has more than one answer."""
    if not made.single:
        return ()
    wrong = np.flatnonzero(made.truth != made.predicted)
    sure = made.scores[wrong, made.predicted[wrong]]
    found = []
    for index in wrong[np.argsort(-sure, kind="stable")[:most]]:
        truth, predicted = int(made.truth[index]), int(made.predicted[index])
        found.append(
            Mistake(
                int(index),
                names[int(index)],
                made.classes[truth],
                made.classes[predicted],
                float(made.scores[index, predicted]),
                float(made.scores[index, truth]),
            )
        )
    return tuple(found)


def picture_input(part: Part) -> str | None:
    """The first input that holds pictures; None where none does."""
    for name, column in part.inputs.items():
        if isinstance(column, Pictures) or is_picture(column.shape[1:]):
            return name
    return None


def draw_mistakes(mistakes: Sequence[Mistake], part: Part, path: Path) -> None:
    """Writes the mistakes as pictures with what they are and what they were taken for."""
    name = picture_input(part)
    if name is not None and mistakes:
        with drawing():
            save(mistakes_figure(mistakes, pictures(part, name, [m.index for m in mistakes])), path)


def mistakes_figure(mistakes: Sequence[Mistake], shown: Sequence[Array]) -> Figure:
    """The figure of `mistakes.png`; `shown` are the pictures, `[height, width(, channels)]`."""
    columns = min(COLUMNS, len(mistakes))
    rows = math.ceil(len(mistakes) / columns)
    figure = new_figure(max(4.0, 1.9 * columns), 2.35 * rows + 0.35, photographs=True)
    title = "Worst mistakes: what the net said, how sure it was, and what it is"
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold", color=MIDDLE)
    places = photograph_axes(figure, rows, columns, len(mistakes))
    for axes, mistake, picture in zip(places, mistakes, shown, strict=True):
        axes.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        axes.set_title(
            f"{shortened(mistake.predicted, LONGEST_NAME)} ({mistake.score:.0%})",
            fontsize=9,
            color=ORANGE,
            loc="left",
            pad=16,
        )
        axes.text(
            0,
            1.03,
            f"is {shortened(mistake.truth, LONGEST_NAME)}",
            transform=axes.transAxes,
            fontsize=9,
            color=GREEN,
            va="bottom",
        )
        axes.text(
            0,
            -0.04,
            caption(mistake.name),
            transform=axes.transAxes,
            fontsize=7,
            color=MIDDLE,
            va="top",
        )
    return figure


def pictures(part: Part, name: str, indices: Sequence[int]) -> list[Array]:
    """Some pictures of an input as 0..255, grey or with three or four channels last."""
    column = part.inputs[name]
    if isinstance(column, Pictures):
        from ..data.decode import decode

        return [upright(each) for each in decode(column, indices)]
    some = np.asarray(column[np.asarray(indices)])
    low, high = float(some.min(initial=0)), float(some.max(initial=0))
    scaled = some.astype(np.float64)
    if column.dtype != np.uint8 and not (low >= 0 and 1 < high <= 255):
        # Arrays of 0..1, or centred on 0: the range of these pictures becomes black to white.
        low = 0.0 if low >= 0 else low
        scaled = (scaled - low) * (255 / (high - low if high > low else 1))
    return [upright(each.clip(0, 255).astype(np.uint8)) for each in scaled]


def upright(picture: Array) -> Array:
    """A picture with its channels last; without that axis where it is grey."""
    if picture.ndim == 3 and picture.shape[2] not in MODES:
        picture = picture.transpose(1, 2, 0)
    return picture[..., 0] if picture.ndim == 3 and picture.shape[2] == 1 else picture


def is_picture(shape: tuple[int, ...]) -> bool:
    """Whether samples of a shape can be looked at: grey, or with one, three or four channels."""
    sides = [size for size in shape if size >= 8]
    return (len(shape) == 2 and len(sides) == 2) or (
        len(shape) == 3 and (shape[2] in MODES or shape[0] in MODES) and len(sides) >= 2
    )


def caption(name: str) -> str:
    """The end of a file's path with its folder, the class: each class may hold a `0001.jpg`."""
    end = "/".join(Path(name).parts[-2:])
    return shortened(end, LONGEST_CAPTION, "end")
