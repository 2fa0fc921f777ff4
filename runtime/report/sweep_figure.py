"""The picture of a sweep: its course, what mattered, and where good settings lie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...dsl.text.escape import terminal
from ...dsl.text.shorten import shortened
from ..runs.sweeps import COMPLETE, FAILED, PRUNED, Choice, Parameter, Sweep, Trial, as_text
from .scales import number
from .style import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    QUIET,
    log_scale,
    log_scale_across,
    new_figure,
    whole_numbers,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PALE = "#c9d1d9"
COLUMNS = 4
"""Slices side by side."""
LONGEST = 28
"""Letters of a choice or a name that are shown."""
LOG_FROM = 5
"""How many times the largest value is the smallest, from which on the axis is logarithmic."""
MARGIN = 0.08


def sweep_figure(sweep: Sweep) -> Figure:
    """Course and importance side by side, parallel coordinates, and a slice for each parameter."""
    count = len(sweep.parameters)
    rows = -(-count // COLUMNS)
    across = -(-count // rows)
    figure = new_figure(11.0, 6.6 + 2.6 * rows)
    grid = figure.add_gridspec(2 + rows, 2 * across, height_ratios=[1.0, 1.15, *[0.85] * rows])
    _course(figure.add_subplot(grid[0, :across]), sweep)
    _importance(figure.add_subplot(grid[0, across:]), sweep)
    _parallel(figure.add_subplot(grid[1, :]), sweep)
    for at, parameter in enumerate(sweep.parameters):
        row, place = divmod(at, across)
        cell = grid[2 + row, 2 * place : 2 * place + 2]
        _slice(figure.add_subplot(cell), sweep, parameter, first=place == 0)
    return figure


def _short(value: object, longest: int = LONGEST) -> str:
    """The end of a path, which says more than its beginning."""
    text = terminal(as_text(value))
    if len(text) <= longest:
        return text
    end = text
    while len(end) >= longest and "." in end:
        end = end.partition(".")[2]
    return shortened(f"…{end}", longest, "end")


def _log(sweep: Sweep) -> bool:
    values = [trial.value for trial in sweep.complete if trial.value is not None]
    return "loss" in sweep.metric and bool(values) and 0 < LOG_FROM * min(values) < max(values)


def _scale(sweep: Sweep) -> str:
    return " (log scale)" if _log(sweep) else ""


def _begin(value: Choice, longest: int = 16) -> str:
    """The beginning of a choice."""
    return shortened(terminal(as_text(value)), longest)


def _course(axes: Axes, sweep: Sweep) -> None:
    """The figure of each trial, and the best so far."""
    done = sweep.complete
    numbers = [trial.number for trial in done]
    values = [float(trial.value or 0.0) for trial in done]
    axes.plot(numbers, values, "o", color=BLUE, markersize=4.5, label="complete")
    better = max if sweep.larger else min
    so_far = [better(values[: at + 1]) for at in range(len(values))]
    axes.step(numbers, so_far, where="post", color=ORANGE, linewidth=1.8, label="best so far")
    best = sweep.best
    if best is not None:
        axes.plot(
            [best.number],
            [float(best.value or 0.0)],
            "o",
            color=PURPLE,
            markersize=6.5,
            label="best",
        )
    given_up = [trial for trial in sweep.trials if trial.state == PRUNED and trial.steps]
    if given_up:
        last = [trial.steps[max(trial.steps)] for trial in given_up]
        axes.plot(
            [t.number for t in given_up],
            last,
            "o",
            color=QUIET,
            markersize=4.5,
            markerfacecolor="none",
            label="pruned, at its last epoch",
        )
    if _log(sweep):
        log_scale(axes)
    failed = [trial.number for trial in sweep.trials if trial.state == FAILED]
    if failed:
        at = [axes.get_ylim()[0]] * len(failed)
        axes.plot(failed, at, "x", color=INK, markersize=5, clip_on=False, label="failed")
    axes.set_title(f"{terminal(sweep.metric)} of each trial{_scale(sweep)}")
    axes.set_xlabel("trial")
    whole_numbers(axes)
    axes.legend(loc="best", fontsize=8, frameon=True, edgecolor="none", framealpha=0.8)


def _importance(axes: Axes, sweep: Sweep) -> None:
    """The share of each parameter."""
    shares = sorted(sweep.importance.items(), key=lambda each: each[1])
    axes.set_axis_off()
    if not shares:
        axes.set_title("Importance: too few trials to tell")
        return
    axes.set_title("Importance: share in how much the figure differs")
    most = max(share for _, share in shares) or 1.0
    for at, (name, share) in enumerate(shares):
        axes.barh(at, share, height=0.42, color=GREEN)
        axes.text(0, at + 0.27, _short(name), color=INK, va="bottom")
        axes.text(share + 0.015 * most, at, f"{share:.0%}", color=INK, va="center")
    axes.set_xlim(0, 1.15 * most)
    axes.set_ylim(-0.4, max(len(shares), 3) - 0.3)


def _part(parameter: Parameter, value: Choice) -> float:
    """Where a value lies on the axis of its parameter, from 0 to 1."""
    if parameter.choices:
        count = len(parameter.choices)
        return (_place(parameter, value) + 0.5) / count
    low, high = parameter.low, parameter.high
    held = float(value) if isinstance(value, int | float) else low
    if parameter.log:
        return math.log(held / low) / math.log(high / low)
    return (held - low) / (high - low)


def _place(parameter: Parameter, value: Choice) -> int:
    same = [at for at, each in enumerate(parameter.choices) if each == value]
    return same[0] if same else 0


def _marks(parameter: Parameter) -> list[tuple[float, str]]:
    """Where values of a parameter are written beside its axis."""
    if parameter.choices:
        return [(_part(parameter, each), _begin(each)) for each in parameter.choices[:12]]
    return [(0.0, f"{parameter.low:g}"), (1.0, f"{parameter.high:g}")]


def _parallel(axes: Axes, sweep: Sweep) -> None:
    """A line for each trial through its settings to its figure; the best one stands out."""
    from matplotlib import colormaps
    from matplotlib.collections import LineCollection

    values = [float(trial.value or 0.0) for trial in sweep.complete]
    log = _log(sweep)
    low, high = (min(values), max(values)) if values else (0.0, 1.0)

    def level(value: float) -> float:
        if high == low:
            return 0.5
        if log:
            return math.log(value / low) / math.log(high / low)
        return (value - low) / (high - low)

    across = len(sweep.parameters)
    order = sorted(sweep.trials, key=lambda t: _worst_first(sweep, t))
    shades = colormaps["viridis"]
    for trial in order:
        if set(trial.values) != {each.name for each in sweep.parameters}:
            continue
        ups = [_part(each, trial.values[each.name]) for each in sweep.parameters]
        whole = trial.state == COMPLETE and trial.value is not None
        if whole:
            ups.append(level(float(trial.value or 0.0)))
        best = trial == sweep.best
        good = (ups[-1] if sweep.larger else 1 - ups[-1]) if whole else 0.0
        color = PURPLE if best else shades(0.92 - 0.85 * good) if whole else PALE
        line = LineCollection(
            [list(enumerate(ups))],
            colors=[color],
            linewidths=2.8 if best else 1.3,
            alpha=1.0 if best else 0.75,
            linestyles="-" if whole else ":",
        )
        axes.add_collection(line)
    for at, parameter in enumerate(sweep.parameters):
        _upright(axes, at, _marks(parameter))
    middle = math.sqrt(low * high) if log else (low + high) / 2
    held = (low, middle, high) if values and high > low else (low,)
    _upright(axes, across, [(level(value), number(value)) for value in held])
    longest = max(12, 110 // (across + 1))
    names = [
        _short(each.name, longest) + (" (log)" if each.log else "") for each in sweep.parameters
    ]
    axes.set_xticks(range(across + 1), [*names, terminal(sweep.metric)], color=INK)
    axes.tick_params(axis="x", length=0, pad=9)
    axes.set_xlim(-MARGIN, across + 0.35)
    axes.set_ylim(-MARGIN / 2, 1 + MARGIN / 2)
    axes.yaxis.set_visible(False)
    axes.grid(visible=False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.set_title("Settings of each trial, dark where the figure is good; the best one in purple")


def _worst_first(sweep: Sweep, trial: Trial) -> tuple[bool, float]:
    """Good trials are drawn over others."""
    if trial.value is None:
        return False, 0.0
    return True, trial.value if sweep.larger else -trial.value


def _upright(axes: Axes, at: int, marks: Sequence[tuple[float, str]]) -> None:
    axes.axvline(at, color=QUIET, linewidth=1.1, zorder=3)
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.8}
    for up, text in marks:
        axes.text(at + 0.02, up, text, color=INK, fontsize=8, va="center", zorder=4, bbox=box)


def _slice(axes: Axes, sweep: Sweep, parameter: Parameter, *, first: bool) -> None:
    """The figure over one parameter."""
    done = [trial for trial in sweep.complete if parameter.name in trial.values]
    values = [float(trial.value or 0.0) for trial in done]
    if parameter.choices:
        places = [float(_place(parameter, trial.values[parameter.name])) for trial in done]
        names = [_begin(each) for each in parameter.choices]
        axes.set_xticks(
            range(len(parameter.choices)),
            names,
            rotation=20 if sum(map(len, names)) > 24 else 0,
        )
        axes.set_xlim(-0.5, len(parameter.choices) - 0.5)
    else:
        held = (trial.values[parameter.name] for trial in done)
        places = [float(value) if isinstance(value, int | float) else 0.0 for value in held]
        if parameter.log:
            axes.set_xlim(parameter.low / 1.1, parameter.high * 1.1)
            log_scale_across(axes)
        elif parameter.whole:
            whole_numbers(axes)
    axes.plot(places, values, "o", color=BLUE, markersize=4, alpha=0.75)
    for place, trial in zip(places, done, strict=True):
        if trial == sweep.best:
            axes.plot([place], [float(trial.value or 0.0)], "o", color=PURPLE, markersize=6.5)
    if _log(sweep):
        log_scale(axes)
    log = " (log)" if parameter.log else ""
    axes.set_title(_short(parameter.name, 24 - len(log)) + log, fontsize=10)
    if first:
        axes.set_ylabel(terminal(sweep.metric))
