"""`predicted.png` of a net that gives values: predicted against true; pictures side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...compiler.ops.base.backend import Array
from .mistakes import is_picture, upright
from .reading import Estimated
from .style import BLUE, INK, MIDDLE, ORANGE, drawing, new_figure, photograph_axes, save

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UNITS_UP_TO = 3
"""Outputs of more units are drawn as one cloud of all their values."""
PICTURES = 10
POINTS_UP_TO = 4000
"""Of more points an evenly spaced choice is drawn."""


def draw_values(made: Estimated, path: Path) -> None:
    """Writes the scatter of predicted against true values, and the histogram of the errors."""
    with drawing():
        save(values_figure(made), path)


def values_figure(made: Estimated) -> Figure:
    """The figure of `predicted.png`: two axes for each unit of the output, or pictures."""
    if is_picture(made.truth.shape[1:]):
        return _pictures(made)
    truth = made.truth.reshape(len(made.truth), -1)
    predicted = made.predicted.reshape(len(made.predicted), -1)
    units = truth.shape[1]
    if units > UNITS_UP_TO:
        truth, predicted = truth.reshape(-1, 1), predicted.reshape(-1, 1)
    rows = truth.shape[1]
    figure = new_figure(9.6, 3.9 * rows)
    for unit in range(rows):
        name = made.output if rows == 1 else f"{made.output}[{unit}]"
        left, right = (figure.add_subplot(rows, 2, 2 * unit + at) for at in (1, 2))
        y, p = _finite(truth[:, unit], predicted[:, unit])
        some = slice(None, None, max(1, len(y) // POINTS_UP_TO))
        left.scatter(y[some], p[some], s=12, color=BLUE, alpha=0.45, linewidth=0)
        if len(y):
            ends = [min(y.min(), p.min()), max(y.max(), p.max())]
            left.plot(ends, ends, color=INK, linewidth=1.1, linestyle="--", label="exact")
            left.legend(loc="best")
        left.set_title(f"{name}: predicted against true")
        left.set_xlabel("true")
        left.set_ylabel("predicted")
        errors = p - y
        right.hist(errors, bins=min(40, max(5, len(errors) // 8)), color=BLUE, alpha=0.85)
        right.axvline(0, color=INK, linewidth=1.1, linestyle="--")
        if len(errors):
            right.axvline(float(errors.mean()), color=ORANGE, linewidth=1.6, label="mean error")
            right.legend(loc="best")
        right.set_title("Errors (predicted - true)")
        right.set_xlabel("error")
        right.set_ylabel("samples")
    return figure


def _pictures(made: Estimated) -> Figure:
    """What the net should give, above, and what it gives, below."""
    count = min(PICTURES, len(made.truth))
    figure = new_figure(1.25 * count + 0.6, 3.1, photographs=True)
    title = f"{made.output}: true above, predicted below"
    figure.suptitle(title, x=0.01, ha="left", color=MIDDLE)
    low, high = float(made.truth.min()), float(made.truth.max())
    span = high - low if high > low else 1.0
    values = [*made.truth[:count], *made.predicted[:count]]
    for axes, picture in zip(photograph_axes(figure, 2, count, 2 * count), values, strict=True):
        shown = ((picture - low) / span).clip(0, 1)
        axes.imshow(upright(shown), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    return figure


def _finite(y: Array, p: Array) -> tuple[Array, Array]:
    fine = np.isfinite(y) & np.isfinite(p)
    return y[fine], p[fine]
