"""`curves.png`: losses, metrics and the learning rate over the epochs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..runs.history import History
from .panels import Line, Panel, panels
from .style import COLORS, FAINT, MARKS, QUIET, drawing, log_scale, new_figure, save, whole_numbers

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = {1: 1, 3: 3}
"""How many panels stand side by side, for a number of panels; two for any other."""
DOTS_UP_TO = 30
"""Lines of more epochs are drawn without a dot for each."""


def draw_curves(history: History, path: Path, kept: int = 1) -> None:
    """Writes the curves of a run as a picture; `kept` is the restart that was kept.

    Nothing is written for a run without a finished epoch.
    """
    if history.epochs:
        with drawing():
            save(curves_figure(history, kept), path)


def curves_figure(history: History, kept: int = 1) -> Figure:
    """The figure of `curves.png`: one axes a panel, its lines those of `panels`."""
    made = panels(history, kept)
    columns = COLUMNS.get(len(made), 2)
    rows = -(-len(made) // columns)
    figure = new_figure((4.4 if columns == 3 else 5.6) * columns, 3.1 * rows + 0.5)
    legend: dict[str, Artist] = {}
    for index, panel in enumerate(made):
        axes = figure.add_subplot(rows, columns, index + 1)
        legend.update(_draw(axes, panel))
    order = sorted(legend, key=lambda text: text == "other restarts")
    figure.legend(
        [legend[text] for text in order],
        order,
        loc="outside upper center",
        ncols=len(order),
    )
    return figure


def _draw(axes: Axes, panel: Panel) -> dict[str, Artist]:
    """Draws a panel and returns what a legend needs to show of it, by its text."""
    legend: dict[str, Artist] = {}
    for line in panel.lines:
        drawn = _curve(axes, line)
        if not line.kept:
            legend["other restarts"] = drawn
        elif line.role != "rate":
            legend[line.label] = drawn
    if panel.log:
        log_scale(axes)
    _bands(axes, panel)
    for mark in panel.marks:
        kept = mark.kind in ("kept", "best")
        legend[mark.text] = axes.axvline(
            mark.epoch,
            color=MARKS.get(mark.kind, QUIET),
            linestyle="--" if kept else ":",
            linewidth=1.4,
            zorder=1.5,
        )
    axes.set_title(
        panel.title + (" (log scale)" if panel.log else ""), pad=18 if panel.bands else 6
    )
    axes.set_xlabel("epoch")
    _widen(axes, panel)
    whole_numbers(axes)
    return legend


def _widen(axes: Axes, panel: Panel) -> None:
    """Gives the axis a width even where there is only one epoch."""
    epochs = [epoch for line in panel.lines for epoch in line.epochs]
    if epochs:
        margin = max(0.5, 0.02 * (max(epochs) - min(epochs)))
        axes.set_xlim(min(epochs) - margin, max(epochs) + margin)


def _curve(axes: Axes, line: Line) -> Artist:
    color = COLORS[line.role]
    few = len(line.epochs) <= DOTS_UP_TO and line.kept
    (drawn,) = axes.plot(
        line.epochs,
        line.values,
        color=color,
        label=line.label,
        linewidth=1.9 if line.kept else 0.9,
        alpha=1.0 if line.kept else 0.3,
        marker="o" if few or len(line.epochs) == 1 else "",
        markersize=3.2,
        zorder=3 if line.kept else 2,
    )
    return drawn


def _bands(axes: Axes, panel: Panel) -> None:
    for index, band in enumerate(panel.bands):
        if index % 2:
            axes.axvspan(
                band.first - 0.5, band.last + 0.5, color=FAINT, alpha=0.45, linewidth=0, zorder=0
            )
        axes.annotate(
            band.name,
            (max(band.first - 0.5, 0.6), 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(2, 3),
            textcoords="offset points",
            va="bottom",
            color=QUIET,
            fontsize=9,
            annotation_clip=False,
        )
