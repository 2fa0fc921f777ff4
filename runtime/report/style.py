"""How netc's pictures look: one set of colours and sizes, drawn by matplotlib without a screen."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from ..files.write import replacing

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#A6458A"
"""Okabe and Ito's colours, which people with any kind of colour vision tell apart; the purple is
darkened so that thin lines of it show on white."""
INK, QUIET, FAINT = "#1f2328", "#59636e", "#d8dde3"
MIDDLE = "#6e7681"
"""A grey that can be read on white and on black: for words beside photographs."""

COLORS = {"train": BLUE, "validation": ORANGE, "rate": GREEN}
"""The colour of a line by its role."""
MARKS = {"kept": PURPLE, "best": "#C9A0BC", "stopped": INK, "interrupted": INK, "not finite": INK}

DPI = 150

RC: dict[str, object] = {
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": "#8c959f",
    "axes.labelcolor": QUIET,
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "grid.color": "#e6e9ed",
    "grid.linewidth": 0.8,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "lines.solid_capstyle": "round",
    # Names of classes and files are anybody's: a dollar sign in one begins no formula.
    "text.parse_math": False,
}


@contextmanager
def drawing() -> Iterator[None]:
    """netc's look, for figures made and saved in the block; no warning for letters no font has."""
    import matplotlib

    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), matplotlib.rc_context(RC):  # type: ignore[arg-type]
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def new_figure(width: float, height: float, *, photographs: bool = False) -> Figure:
    """An empty figure of some inches that lays itself out and needs no screen.

    One of photographs has no background of its own: a page cannot turn its colours around, as it
    does those of a chart, to show it on black.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    engine = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08)
    figure = Figure(
        figsize=(width, height), layout=engine, facecolor="none" if photographs else "white"
    )
    FigureCanvasAgg(figure)
    return figure


class _Canvas(Protocol):
    """What matplotlib draws on in memory."""

    def draw(self) -> None: ...
    def buffer_rgba(self) -> Buffer: ...


def save(figure: Figure, path: Path, dpi: int = DPI) -> None:
    """Writes a PNG whole or not at all. Call it within `drawing()`."""
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    figure.set_dpi(dpi)
    # `savefig` draws all of it twice, the first time for the layout alone.
    canvas = cast("_Canvas", FigureCanvasAgg(figure))
    canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba()))
    with replacing(path) as temporary:
        picture.save(temporary, format="png", dpi=(dpi, dpi))


def photograph_axes(figure: Figure, rows: int, columns: int, count: int) -> list[Axes]:
    """The first axes of a grid, which show what is drawn and nothing around it.

    Ticks that are only switched off are laid out all the same, which takes most of the time of a
    figure of photographs.
    """
    found = [figure.add_subplot(rows, columns, place + 1) for place in range(count)]
    for axes in found:
        axes.set_axis_off()
        axes.xaxis.set_visible(False)
        axes.yaxis.set_visible(False)
    return found


def whole_numbers(axes: Axes) -> None:
    """Marks the horizontal axis at whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8, min_n_ticks=1))


def log_scale(axes: Axes) -> None:
    """A logarithmic vertical axis with plain numbers: 0.003, 1e-12."""
    axes.set_yscale("log")
    _plain_numbers(axes.yaxis, *axes.get_ylim())


def log_scale_across(axes: Axes) -> None:
    """A logarithmic horizontal axis with plain numbers."""
    axes.set_xscale("log")
    _plain_numbers(axes.xaxis, *axes.get_xlim())


def _plain_numbers(axis: Axis, low: float, high: float) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    decades = math.log10(high / low) if low > 0 else 0.0
    within = (1.0, 2.0, 5.0) if decades < 3 else (1.0,)
    axis.set_major_locator(LogLocator(subs=within, numticks=9))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())
