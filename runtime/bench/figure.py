"""The picture of a bench: times of nets by engine and batch, with spread and share of peak."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...dsl.text.escape import terminal
from ...dsl.text.shorten import shortened
from ..errors import UserError, not_installed
from ..files.write import replacing
from ..report.style import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    QUIET,
    drawing,
    log_scale_across,
    new_figure,
    save,
)
from .machine import Circumstances
from .timing import Measured, Timing, milliseconds

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

COLORS = (BLUE, ORANGE, GREEN, PURPLE, "#B8860B", "#56B4E9")
BAR, GAP = 0.19, 0.16
"""Inches of a bar, and between nets."""
PALE = 0.45
"""How opaque a bar is that runs backward, too."""
LONGEST = 28
"""Letters of a net's name that are shown."""
ROOM = 4.5
"""How many times the longest bar the axis is long: what is said of a bar stands behind it."""


def require_matplotlib() -> None:
    """Raises UserError where matplotlib is not installed."""
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise UserError(not_installed("matplotlib", "train"))


def draw(every: Sequence[Measured], around: Circumstances, path: Path) -> None:
    """Writes the picture as PNG or SVG, by the path's ending."""
    from matplotlib import rc_context

    with drawing():
        figure = bench_figure(every, around)
        if path.suffix == ".png":
            save(figure, path)
            return
        # The same figures give the same file, and one that needs no font.
        plain = rc_context({"svg.hashsalt": "netc", "svg.fonttype": "path"})
        with plain, replacing(path) as temporary:
            figure.savefig(temporary, format="svg", metadata={"Date": None})


def bench_figure(every: Sequence[Measured], around: Circumstances) -> Figure:
    """A panel for each batch, in it a group of bars for each net, a bar for each contender."""
    batches = sorted({measured.case.batch for measured in every})
    nets = list(dict.fromkeys(measured.case.net for measured in every))
    engines = list(dict.fromkeys(t.engine for measured in every for t in measured.timings))
    names = list(dict.fromkeys(t.contender.name for m in every for t in m.timings))
    colors = {name: COLORS[at % len(COLORS)] for at, name in enumerate(names)}
    height = len(nets) * (len(engines) * BAR + GAP)
    figure = new_figure(5.2 * len(batches) + 0.8, height + 1.3 + 0.2 * len(around.lines()))
    for place, batch in enumerate(batches):
        axes = figure.add_subplot(1, len(batches), place + 1)
        _panel(axes, [m for m in every if m.case.batch == batch], nets, engines, colors)
        axes.set_title(f"batch {batch}")
        if place:
            axes.set_yticklabels([])
    handles = _handles(every, engines, colors)
    figure.legend(handles, list(map(terminal, engines)), loc="outside upper left", ncols=3)
    figure.supxlabel("\n".join(around.lines()), x=0.01, ha="left", fontsize=7, color=QUIET)
    return figure


def _panel(
    axes: Axes,
    every: Sequence[Measured],
    nets: Sequence[str],
    engines: Sequence[str],
    colors: dict[str, str],
) -> None:
    step = len(engines) * BAR + GAP
    for measured in every:
        for timing in measured.timings:
            y = nets.index(measured.case.net) * step + engines.index(timing.engine) * BAR
            _bar(axes, y, timing, colors[timing.contender.name])
    axes.set_ylim(step * len(nets) - GAP / 2, -GAP)
    axes.set_yticks(
        [at * step + (len(engines) - 1) * BAR / 2 for at in range(len(nets))],
        [shortened(terminal(net), LONGEST) for net in nets],
    )
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.grid(visible=False, axis="y")
    shown = [1000 * timing.spread[1] for measured in every for timing in measured.timings]
    least = [1000 * timing.spread[0] for measured in every for timing in measured.timings]
    if shown:
        axes.set_xlim(min(least) / 2, max(shown) * ROOM)
        log_scale_across(axes)
    axes.set_xlabel("milliseconds a batch (log scale), quartiles; share of the peak")


def _bar(axes: Axes, y: float, timing: Timing, color: str) -> None:
    low, high = timing.spread
    middle = timing.median
    axes.barh(
        y,
        1000 * middle,
        height=BAR * 0.86,
        color=color,
        alpha=PALE if timing.contender.train else 1.0,
        xerr=[[1000 * (middle - low)], [1000 * (high - middle)]],
        error_kw={"ecolor": INK, "elinewidth": 0.9, "capsize": 1.5},
    )
    share = "" if timing.share is None else f"  {timing.share:.0%}"
    text = f"{milliseconds(middle)}{share}"
    axes.annotate(
        text, (1000 * high, y), (4, 0), textcoords="offset points", va="center", fontsize=7,
        color=INK,
    )  # fmt: skip


def _handles(
    every: Sequence[Measured], engines: Sequence[str], colors: dict[str, str]
) -> list[Patch]:
    from matplotlib.patches import Patch

    kinds = {t.engine: t.contender for measured in every for t in measured.timings}
    return [
        Patch(color=colors[kinds[e].name], alpha=PALE if kinds[e].train else 1.0) for e in engines
    ]
