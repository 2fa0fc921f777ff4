"""Curves as inline SVG: they follow the page's colours, and the values show under the pointer."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .html import text
from .panels import Line, Panel
from .scales import Scale, fitting, number, percent_or_number

WIDTH, HEIGHT = 480, 270
LEFT, RIGHT, TOP, BOTTOM = 58, 12, 22, 34
DOTS_UP_TO = 40
STOPS_UP_TO = 300
"""Epochs whose values can be pointed at; of more, every second, third, … one."""


def chart(panel: Panel) -> str:
    """A panel as an `<svg>`: bands, grid, faint lines, kept lines, marks, and what to point at."""
    epochs = sorted({epoch for line in panel.lines for epoch in line.epochs})
    across = Scale(epochs[0] - 0.5, epochs[-1] + 0.5, False)
    values = [value for line in panel.lines if line.kept for value in line.values]
    up = fitting(values, panel.log)
    parts = [
        _bands(panel, across),
        _grid(across, up, epochs),
        *(_line(line, across, up) for line in panel.lines if not line.kept),
        *(_line(line, across, up) for line in panel.lines if line.kept),
        _marks(panel, across),
        _stops(panel, across, epochs),
    ]
    label = f"{panel.title} over {len(epochs)} epochs"
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{text(label)}">'
        f"{''.join(parts)}</svg>"
    )


def _x(scale: Scale, value: float) -> float:
    return round(LEFT + scale.part(value) * (WIDTH - LEFT - RIGHT), 1)


def _y(scale: Scale, value: float) -> float:
    held = min(max(value, scale.low), scale.high)
    return round(HEIGHT - BOTTOM - scale.part(held) * (HEIGHT - TOP - BOTTOM), 1)


def _grid(across: Scale, up: Scale, epochs: Sequence[int]) -> str:
    made = []
    for value in up.ticks():
        y = _y(up, value)
        made.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
        made.append(f'<text class="end" x="{LEFT - 7}" y="{y + 4}">{text(_tick(value))}</text>')
    for value in across.ticks(8):
        if value == int(value) and epochs[0] <= value <= epochs[-1]:
            x = _x(across, value)
            made.append(f'<text class="mid" x="{x}" y="{HEIGHT - BOTTOM + 16}">{int(value)}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    made.append(f'<text class="mid" x="{middle}" y="{HEIGHT - 3}">epoch</text>')
    bottom = HEIGHT - BOTTOM
    made.append(f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{WIDTH - RIGHT}"/>')
    return "".join(made)


def _tick(value: float) -> str:
    return f"{value:.6g}"


def _line(line: Line, across: Scale, up: Scale) -> str:
    css = f"line {line.role}{'' if line.kept else ' faint'}"
    drawn = [
        (_x(across, epoch), _y(up, value))
        if math.isfinite(value) and not (up.log and value <= 0)
        else None
        for epoch, value in zip(line.epochs, line.values, strict=True)
    ]
    path, pen = [], "M"
    for point in drawn:
        if point is None:
            pen = "M"
            continue
        path.append(f"{pen}{point[0]} {point[1]}")
        pen = "L"
    made = f'<path class="{css}" d="{"".join(path)}"/>'
    if line.kept and len(line.epochs) <= DOTS_UP_TO:
        made += "".join(
            f'<circle class="{line.role}" cx="{p[0]}" cy="{p[1]}" r="2.4"/>' for p in drawn if p
        )
    return made


def _bands(panel: Panel, across: Scale) -> str:
    made = []
    for index, band in enumerate(panel.bands):
        left, right = _x(across, band.first - 0.5), _x(across, band.last + 0.5)
        if index % 2:
            made.append(
                f'<rect class="band" x="{left}" y="{TOP}" width="{right - left:.1f}" '
                f'height="{HEIGHT - TOP - BOTTOM}"/>'
            )
        made.append(f'<text x="{left + 2}" y="{TOP - 7}">{text(band.name)}</text>')
    return "".join(made)


def _marks(panel: Panel, across: Scale) -> str:
    made = []
    for mark in panel.marks:
        x = _x(across, mark.epoch)
        css = mark.kind if mark.kind in ("kept", "best") else "stopped"
        made.append(
            f'<line class="mark {css}" x1="{x}" x2="{x}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
        )
    return "".join(made)


def _stops(panel: Panel, across: Scale, epochs: Sequence[int]) -> str:
    """One unseen column an epoch, which tells its values to whoever points at it."""
    kept = [line for line in panel.lines if line.kept]
    at = {line.label: dict(zip(line.epochs, line.values, strict=True)) for line in kept}
    marks = {mark.epoch: mark.text for mark in panel.marks}
    every = -(-len(epochs) // STOPS_UP_TO)
    name = panel.title.lower().replace(" ", "_")
    made = []
    for epoch in epochs[::every]:
        said = [f"epoch {epoch}" + (f" · {marks[epoch]}" if epoch in marks else "")]
        for label, values in at.items():
            if epoch in values:
                shown = (
                    number(values[epoch])
                    if "rate" in label
                    else percent_or_number(name, values[epoch])
                )
                said.append(f"{label} {shown}")
        left, right = _x(across, epoch - every / 2), _x(across, epoch + every / 2)
        made.append(
            f'<rect class="stop" x="{left}" y="{TOP}" width="{max(right - left, 1):.1f}" '
            f'height="{HEIGHT - TOP - BOTTOM}"><title>{text(chr(10).join(said))}</title></rect>'
        )
    return "".join(made)


def legend(made: Sequence[Panel]) -> str:
    """What the lines and marks of some panels mean."""
    roles = {line.role for panel in made for line in panel.lines if line.kept}
    marks = dict.fromkeys((mark.kind, mark.text) for p in made for mark in p.marks)
    faint = any(not line.kept for panel in made for line in panel.lines)
    items = [("line train", "training")] * ("train" in roles)
    items += [("line validation", "validation")] * ("validation" in roles)
    items += [(f"mark {kind}", words) for kind, words in marks]
    items += [("line train faint", "other restarts")] * faint
    return (
        '<p class="legend">'
        + "".join(
            f'<span><svg viewBox="0 0 26 8" class="key"><path class="{css}" d="M1 4H25"/></svg>'
            f"{text(words)}</span>"
            for css, words in items
        )
        + "</p>"
    )
