"""`find-lr.png`, its table, its data and its page: what a range test of learning rates saw."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..files.write import write_text
from ..runs.files import RATES, RATES_DATA, RATES_PAGE, RATES_TABLE
from ..runs.rate_test import DIVERGED, RateTest
from . import html
from .page import document
from .style import BLUE, GREEN, INK, PURPLE, drawing, log_scale_across, new_figure, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROOM = 0.08
"""Of the height that smoothed losses take, what is left free above and below them."""


def write_rate_test(folder: Path, name: str, test: RateTest) -> list[str]:
    """Writes the files of a test of the recipe `name` into a folder that is there.

    Each is whole or not there. Gives notes on what could not be made. Raises OSError.
    """
    write_text(folder / RATES_TABLE, _table(test))
    write_text(folder / RATES_DATA, json.dumps(rate_test_data(name, test), indent=2) + "\n")
    notes = []
    try:
        with drawing():
            save(rates_figure(test, name), folder / RATES)
    except ImportError:
        notes.append("matplotlib is not installed, so there is no picture")
    write_text(folder / RATES_PAGE, _page(folder, name, test))
    return notes


def rate_test_data(name: str, test: RateTest) -> dict[str, object]:
    """A test for JSON."""
    return {
        "recipe": name,
        "optimizer": test.optimizer,
        "suggestion": test.suggestion,
        "steepest": test.steepest,
        "tenth_of_lowest": test.tenth,
        "lowest": test.rates[test.lowest] if test.rates else None,
        "ending": test.ending,
        "from": test.low,
        "to": test.high,
        "steps": test.planned,
        "rates": list(test.rates),
        "losses": list(test.losses),
        "smoothed": test.smoothed.tolist() if test.rates else [],
    }


def rate_test_lines(test: RateTest) -> list[str]:
    """What a person wants to know of a test."""
    if test.suggestion is None or test.tenth is None:
        found = ["no suggestion: the loss falls at none of the rates by more than it jumps"]
    else:
        found = [
            f"learning rate: {test.suggestion:g}, where the loss falls fastest",
            f"a tenth of the rate of the lowest loss: {test.tenth:.2g}",
        ]
    if test.ending == DIVERGED:
        at = f" at {test.rates[-1]:.2g}" if test.rates else ""
        found.append(f"the loss diverged after {len(test.rates)} of {test.planned} steps{at}")
    return found


def _table(test: RateTest) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("step", "learning_rate", "loss", "smoothed"))
    smoothed = test.smoothed.tolist() if test.rates else []
    for step, row in enumerate(zip(test.rates, test.losses, smoothed, strict=True), 1):
        writer.writerow((step, *map(repr, row)))
    return text.getvalue()


def _page(folder: Path, name: str, test: RateTest) -> str:
    rows = [
        ("optimizer", test.optimizer),
        ("tried", f"{test.low:g} to {test.high:g} in {test.planned} steps"),
        ("steps made", len(test.rates)),
        ("ended", test.ending),
    ]
    lines = "".join(f"<p>{html.text(line)}</p>" for line in rate_test_lines(test))
    body = html.tag("h1", html.text(f"{name}: learning rates")) + html.tag("div", lines, "note")
    body += html.picture(folder / RATES, "Loss over the learning rate") + html.pairs(rows)
    return document(f"{name}: learning rates", body)


def rates_figure(test: RateTest, name: str) -> Figure:
    """The figure of `find-lr.png`: losses over rates, smoothed ones, and what they suggest."""
    figure = new_figure(9.2, 4.4)
    axes = figure.add_subplot(1, 1, 1)
    axes.set_title(f"{name}: loss over the learning rate")
    axes.set_xlabel("learning rate (log scale), growing from step to step")
    axes.set_ylabel("loss")
    axes.set_xlim(test.low, test.high)
    log_scale_across(axes)
    if test.rates:
        axes.plot(test.rates, test.losses, ".", color=BLUE, alpha=0.3, markersize=4, label="steps")
        axes.plot(test.rates, test.smoothed, color=BLUE, linewidth=2.2, label="smoothed")
        _fit(axes, test)
        _mark(axes, test)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=5)
    return figure


def _fit(axes: Axes, test: RateTest) -> None:
    """Leaves out of sight how far a diverging loss goes: up to where the test began counts."""
    low = float(test.smoothed.min())
    until = test.smoothed[: test.lowest + 1]
    high = max(float(until.max()), float(np.quantile(test.losses[: test.lowest + 1], 0.98)))
    high = high if high > low else low + (abs(low) or 1.0)
    room = ROOM * (high - low)
    axes.set_ylim(low - 2 * room, high + 2 * room)


def _mark(axes: Axes, test: RateTest) -> None:
    found = (
        (test.steepest, PURPLE, "--", "falls fastest"),
        (test.tenth, GREEN, ":", "tenth of the lowest"),
        (test.rates[test.lowest], INK, ":", "lowest"),
    )
    for rate, color, style, words in found:
        if rate is not None:
            axes.axvline(
                rate, color=color, linestyle=style, linewidth=1.5, label=f"{words}: {rate:.2g}"
            )
