"""Elements of SVG. Every text goes through `markup`: names of layers and files are anybody's."""

from __future__ import annotations

from ...dsl.text.escape import markup


def number(value: float) -> str:
    """A number of pixels, in tenths."""
    return f"{value:.1f}".removesuffix(".0")


def text(css: str, x: float, y: float, content: str) -> str:
    """One line of text."""
    return f'<text class="{css}" x="{number(x)}" y="{number(y)}">{markup(content)}</text>'


def rect(css: str, x: float, y: float, width: float, height: float, radius: float) -> str:
    """A rectangle with round corners."""
    size = f'width="{number(width)}" height="{number(height)}" rx="{number(radius)}"'
    return f'<rect class="{css}" x="{number(x)}" y="{number(y)}" {size}/>'


def line(css: str, d: str) -> str:
    """A path; `d` is its course, of numbers and letters."""
    return f'<path class="{css}" d="{d}"/>'


def moved(x: float, y: float) -> str:
    """The attribute that puts a group at a place."""
    return f'transform="translate({number(x)} {number(y)})"'
