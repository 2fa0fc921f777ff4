"""`gradients.png`: the norm of each layer's gradient over the steps, the first layers darkest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..runs.history import Gradients
from .style import QUIET, drawing, log_scale, new_figure, save, whole_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...compiler.ops.base.backend import Array

LINES_UP_TO = 24
"""Nets of more layers are drawn as a map: a row a layer, a column a step."""
SMOOTH_FROM = 60
"""Lines of so many points are smoothed, and drawn faintly as they are."""
COLUMNS_UP_TO = 400
"""Steps of a map; more are averaged (the mean of the logarithms)."""
LABELS_UP_TO = 40
"""Rows of a map that are named; of more, every second, third, … is."""


def draw_gradients(gradients: Gradients, path: Path) -> None:
    """Writes the picture of the gradients; nothing where no step was looked at."""
    if gradients.steps and gradients.layers:
        with drawing():
            save(gradients_figure(gradients), path)


def gradients_figure(gradients: Gradients) -> Figure:
    """The figure of `gradients.png`: a line a layer, or a map where there are many layers."""
    if len(gradients.layers) <= LINES_UP_TO:
        return _lines(gradients)
    return _map(gradients)


def positive(norms: Array) -> Array:
    """Norms for a log scale: zeros and what is not finite become NaN, which is not drawn."""
    values = np.asarray(norms, np.float64)
    return np.where(np.isfinite(values) & (values > 0), values, np.nan)


def _lines(gradients: Gradients) -> Figure:
    import matplotlib

    figure = new_figure(9.5, 3.6 + 0.09 * len(gradients.layers))
    axes = figure.add_subplot()
    norms = positive(gradients.norms)
    count = len(gradients.layers)
    # Viridis without its palest end, which is hard to see on white.
    colors = matplotlib.colormaps["viridis"](np.linspace(0, 0.88, count))
    calm = _smoothed(norms)
    for index, layer in enumerate(gradients.layers):
        color = tuple(colors[index])
        axes.plot(
            gradients.steps,
            calm[:, index],
            color=color,
            label=layer,
            linewidth=1.7,
            marker="o" if len(gradients.steps) == 1 else "",
        )
        if calm is not norms:
            axes.plot(gradients.steps, norms[:, index], color=color, linewidth=0.6, alpha=0.25)
    log_scale(axes)
    _not_finite(axes, gradients)
    axes.set_title("Norm of each layer's gradient (log scale)")
    axes.set_xlabel("step")
    whole_numbers(axes)
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(1.01, 1.02),
        fontsize=8.5,
        title="layers, first to last",
        title_fontsize=8.5,
        alignment="left",
    )
    return figure


def _smoothed(norms: Array) -> Array:
    """The geometric mean of each point and its neighbours, where there are many points."""
    reach = len(norms) // SMOOTH_FROM
    if reach == 0:
        return norms
    logs = np.log(norms)
    made = np.empty_like(norms)
    for at in range(len(norms)):
        window = logs[max(0, at - reach) : at + reach + 1]
        held = np.isfinite(window)
        sums = np.where(held, window, 0).sum(axis=0)
        made[at] = np.where(
            held[reach if at >= reach else at], sums / np.maximum(1, held.sum(axis=0)), np.nan
        )
    return np.exp(made)


def _map(gradients: Gradients) -> Figure:
    figure = new_figure(10.5, min(14.0, 3.0 + 0.16 * len(gradients.layers)))
    axes = figure.add_subplot()
    axes.grid(False)
    table, starts = _columns(np.log10(positive(gradients.norms)), gradients.steps)
    rows = len(gradients.layers)
    low, high = _range(table)
    shown = axes.imshow(
        table.T,
        aspect="auto",
        interpolation="nearest",
        cmap="viridis",
        vmin=low,
        vmax=high,
        extent=(starts[0] - 0.5, starts[-1] + 0.5, rows - 0.5, -0.5),
    )
    every = -(-rows // LABELS_UP_TO)
    axes.set_yticks(range(0, rows, every), gradients.layers[::every], fontsize=7.5)
    axes.set_title("Norm of each layer's gradient, the first layer on top")
    axes.set_xlabel("step")
    whole_numbers(axes)
    bar = figure.colorbar(shown, ax=axes, shrink=0.8, pad=0.02)
    ticks = np.unique(np.linspace(low, high, 6).round(1))
    bar.set_ticks(list(ticks), labels=[f"{10**tick:.2g}" for tick in ticks])
    bar.outline.set_visible(False)
    return figure


def _columns(table: Array, steps: tuple[int, ...]) -> tuple[Array, tuple[int, ...]]:
    """The table with at most `COLUMNS_UP_TO` points, and the first step of each."""
    if len(steps) <= COLUMNS_UP_TO:
        return table, steps
    groups = np.array_split(np.arange(len(steps)), COLUMNS_UP_TO)
    with np.errstate(invalid="ignore"):
        means = [
            np.where(
                np.isfinite(table[group]).any(axis=0),
                np.nansum(table[group], axis=0)
                / np.maximum(1, np.isfinite(table[group]).sum(axis=0)),
                np.nan,
            )
            for group in groups
        ]
    return np.stack(means), tuple(steps[int(group[0])] for group in groups)


def _range(table: Array) -> tuple[float, float]:
    held = table[np.isfinite(table)]
    if not held.size:
        return -1.0, 1.0
    low, high = float(held.min()), float(held.max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _not_finite(axes: Axes, gradients: Gradients) -> None:
    """Says where a norm first was infinite or no number."""
    bad = ~np.isfinite(np.asarray(gradients.norms, np.float64)).all(axis=1)
    if bad.any():
        step = gradients.steps[int(bad.argmax())]
        axes.axvline(step, color=QUIET, linestyle=":", linewidth=1.4)
        axes.annotate(
            " not finite",
            (step, 0.97),
            xycoords=("data", "axes fraction"),
            color=QUIET,
            fontsize=9,
            va="top",
        )
