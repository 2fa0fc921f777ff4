"""The curves of several runs in one picture: a panel a figure, a colour a run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...dsl.text.escape import terminal
from ...dsl.text.shorten import shortened
from ..runs.history import VALIDATION
from ..runs.listed import Listed
from .panels import LOG_FROM, measured, title
from .style import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    drawing,
    log_scale,
    new_figure,
    save,
    whole_numbers,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RUN_COLORS = (BLUE, ORANGE, GREEN, PURPLE, "#B8860B", "#56B4E9", INK)
DASHES = ("-", "--", "-.", ":")
"""Where runs are more than colours, a colour comes again with other dashes."""
MOST_RUNS = len(RUN_COLORS) * len(DASHES)
LONGEST_NAME = 40


def draw_runs(runs: Sequence[tuple[str, Listed]], path: Path) -> None:
    """Writes the curves of runs, each with the name it has in the legend, as a PNG."""
    with drawing():
        save(runs_figure(runs), path)


def runs_figure(runs: Sequence[tuple[str, Listed]]) -> Figure:
    """A panel for each figure that was measured: of the validation part, or else of training."""
    names = dict.fromkeys(name for _, run in runs for name in measured(run.history))
    columns = min(2, max(1, len(names)))
    rows = -(-len(names) // columns)
    figure = new_figure(5.6 * columns, 3.1 * rows + 0.25 * len(runs) + 0.3)
    for place, name in enumerate(names):
        axes = figure.add_subplot(rows, columns, place + 1)
        _panel(axes, name, [run for _, run in runs])
    handles, labels = figure.axes[0].get_legend_handles_labels() if figure.axes else ([], [])
    del labels
    shown = [shortened(terminal(name), LONGEST_NAME, "end") for name, _ in runs]
    figure.legend(handles, shown, loc="outside lower left", ncols=columns)
    return figure


def _panel(axes: Axes, name: str, runs: Sequence[Listed]) -> None:
    seen: list[float] = []
    for at, run in enumerate(runs):
        own = VALIDATION + name
        key = own if any(own in epoch.values for epoch in run.history) else name
        held = [(epoch.epoch, epoch.values[key]) for epoch in run.history if key in epoch.values]
        axes.plot(
            [epoch for epoch, _ in held],
            [value for _, value in held],
            color=RUN_COLORS[at % len(RUN_COLORS)],
            linestyle=DASHES[at // len(RUN_COLORS) % len(DASHES)],
            linewidth=1.6,
            marker="o" if len(held) <= 1 else "",
            markersize=3.2,
            label=str(at),
        )
        seen += [value for _, value in held if math.isfinite(value)]
    part = (
        "validation"
        if any(VALIDATION + name in e.values for r in runs for e in r.history)
        else "training"
    )
    log = "loss" in name and bool(seen) and min(seen) > 0 and max(seen) > LOG_FROM * min(seen)
    if log:
        log_scale(axes)
    axes.set_title(f"{title(name)}, {part}" + (" (log scale)" if log else ""))
    axes.set_xlabel("epoch")
    whole_numbers(axes)
