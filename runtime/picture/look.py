"""The colours of pictures, in light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import log10
from typing import TypeAlias

from ...compiler.ops.table import FAMILIES
from ...compiler.outline.box import Box, Kind
from .faces import Colour

GROUPS: dict[str, tuple[str, str, str]] = {
    "convolution": ("#cfe3fb", "#1f6fc4", "#17395f"),
    "pooling": ("#cdeed8", "#1c8a4a", "#143f28"),
    "normalization": ("#fbe9bd", "#a87400", "#4a3a10"),
    "activation": ("#fbd3cc", "#c2452d", "#55231a"),
    "dense": ("#e2d6fb", "#6b46c1", "#352563"),
    "attention": ("#c9eef0", "#107f88", "#113f44"),
    "recurrent": ("#fbdcc0", "#b75d10", "#51300f"),
    "merge and reshape": ("#e6e9ee", "#5d6875", "#2c333c"),
}
"""Each group's fill in light, its edge, and its fill in dark."""
_FAMILY = {
    "conv": "convolution",
    "pool": "pooling",
    "norm": "normalization",
    "activation": "activation",
    "attention": "attention",
    "recurrent": "recurrent",
}
_DENSE = frozenset(("Dense", "EinsumDense", "Embedding", "ReversibleEmbedding", "Bilinear"))
_FAMILY_OF = {name: room.partition(".")[0] for room, names in FAMILIES.items() for name in names}

CHANGES: dict[str, tuple[str, str, str]] = {
    "added": ("#b7ecc4", "#1a7f37", "#12492a"),
    "removed": ("#fdc7c2", "#b42318", "#5c1f1a"),
    "changed": ("#fbe39a", "#946200", "#5a4410"),
    "moved": ("#cbe0fb", "#1f6fc4", "#17395f"),
    "renamed": ("#dfe3ff", "#5457c4", "#2b2e63"),
    "touched": ("#fff7dd", "#946200", "#2f2610"),
    "ambiguous": ("#f3d3f0", "#953f8f", "#512250"),
}
"""The colours of what `netc diff` found, like those of `GROUPS`."""

Marks: TypeAlias = "Mapping[Box, str]"
"""What happened to boxes, in the words of `CHANGES`."""

STEPS = 6
"""How many colours an amount has."""
_LIGHT = ("#eef3f8", "#cfe1f2", "#a3c8e6", "#6ba6d6", "#3f83bf", "#1f5f9e")
_DARK = ("#1b2430", "#1d3550", "#1f4a75", "#25639c", "#3380c2", "#5aa2e0")

CSS = """
svg.net { --back: #fff; --ink: #1f2328; --quiet: #57606a; --edge: #8c959f; --hull: #f6f8fa;
  --hull-edge: #c6cdd5; --wire: #6e7781; --skip: #bc4c00; --plain: #fff; --label: #ffffffd9;
  font-family: system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif;
  background: var(--back); }
svg.net text { fill: var(--ink); font-size: 11px; text-anchor: middle; }
svg.net .title { font-size: 13px; font-weight: 600; }
svg.net .head { font-size: 17px; font-weight: 600; }
svg.net .code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  font-size: 12px; }
svg.net .small, svg.net .shape { fill: var(--quiet); }
svg.net .left { text-anchor: start; }
svg.net rect { fill: var(--plain); stroke: var(--edge); }
svg.net .hull { fill: var(--hull); stroke: var(--hull-edge); }
svg.net .hull.loop, svg.net .hull.repeat { stroke-dasharray: 5 3; }
svg.net .count { fill: var(--ink); stroke: none; }
svg.net text.times { fill: var(--back); font-weight: 600; }
svg.net .behind { opacity: .75; }
svg.net .end rect { stroke: var(--ink); }
svg.net .wire { fill: none; stroke: var(--wire); stroke-width: 1.3; }
svg.net .skip { stroke: var(--skip); stroke-width: 1.9; }
svg.net .tip { fill: var(--wire); stroke: none; }
svg.net .tip.skip { fill: var(--skip); }
svg.net .halo { fill: var(--label); stroke: none; }
svg.net .shared rect { stroke-width: 2.4; stroke-dasharray: 2 2; }
"""
_DARK_CSS = """
svg.net { --back: #0d1117; --ink: #e6edf3; --quiet: #9aa4af; --edge: #6e7681; --hull: #141a21;
  --hull-edge: #39424d; --wire: #8b949e; --skip: #f0883e; --plain: #161b22; --label: #0d1117d9; }
"""


def group(box: Box) -> str:
    """The group of a layer's box, or of many layers of one group; nothing for others."""
    if box.kind in (Kind.REPEAT, Kind.LOOP):
        groups = {group(child) for child in box.children}
        return groups.pop() if len(groups) == 1 else ""
    if box.kind is not Kind.LAYER:
        return ""
    if box.name in _DENSE:
        return "dense"
    return _FAMILY.get(_FAMILY_OF.get(box.name, ""), "merge and reshape")


def css(colour: Colour, marks: Marks | None = None) -> str:
    """The style of a picture, in light and dark."""
    light, dark = _fills(colour if marks is None else None)
    return (
        f"{CSS}{light}@media (prefers-color-scheme: dark) {{{_DARK_CSS}{dark}}}\nsvg.net.dark {{}}"
    )


def page_css(colour: Colour, marks: Marks | None) -> str:
    """The style of a page, which can be light or dark by choice."""
    light, dark = _fills(colour if marks is None else None)
    darkened = f"{_DARK_CSS}{dark}".replace("svg.net", ":root.dark svg.net")
    return f"{CSS}{light}{darkened}"


def fill_class(box: Box, colour: Colour, most: float) -> str:
    """The class that fills a box: its group, or how much it has of the most."""
    if colour is Colour.KIND:
        name = group(box)
        return f"g{list(GROUPS).index(name)}" if name else ""
    amount = colour.of(box)
    return f"s{step(amount, most)}" if isinstance(amount, int) else ""


def change_class(mark: str) -> str:
    """The class that fills a box of which something is to be said."""
    return f"d{list(CHANGES).index(mark)}" if mark in CHANGES else ""


def step(amount: int, most: float) -> int:
    """Which colour an amount has: each is for about a third of the next (half a decade)."""
    if amount <= 0 or most <= 0:
        return 0
    return max(0, min(STEPS - 1, round(STEPS - 1 + 2 * log10(amount / most))))


def most(boxes: Iterable[Box], colour: Colour) -> float:
    """The largest amount that a box of a picture has, where it is a number."""
    amounts = [colour.of(box) for box in boxes]
    return float(max((a for a in amounts if isinstance(a, int)), default=0))


def _fills(colour: Colour | None) -> tuple[str, str]:
    if colour is None or colour is Colour.KIND:
        table, letter = (CHANGES, "d") if colour is None else (GROUPS, "g")
        light = "".join(
            f"svg.net .{letter}{at} {{ fill: {fill}; stroke: {edge}; }}\n"
            for at, (fill, edge, _) in enumerate(table.values())
        )
        dark = "".join(
            f"svg.net .g{at} {{ fill: {fill}; }}\n"
            for at, (_, _, fill) in enumerate(GROUPS.values())
        )
        return light, dark
    white = "".join(f"svg.net .s{at}.s{at} ~ text:not(.left) {{ fill: #fff; }}\n" for at in (4, 5))
    light = "".join(f"svg.net .s{at} {{ fill: {fill}; }}\n" for at, fill in enumerate(_LIGHT))
    dark = "".join(f"svg.net .s{at} {{ fill: {fill}; }}\n" for at, fill in enumerate(_DARK))
    return light + white, dark + "svg.net .s4 ~ text:not(.left) { fill: #fff; }\n"
