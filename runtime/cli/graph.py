"""`netc graph`: a picture of a net."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import click

from ...compiler.outline.box import Box
from ..errors import UserError
from ..files.write import write_text
from ..picture.dot import dot
from ..picture.faces import Colour
from ..picture.folding import MOST, opened, shown
from ..picture.live import page
from ..picture.mermaid import mermaid
from ..picture.scene import Scene, scene
from ..picture.svg import svg
from .common import load_net, max_layers_option, parse_settings, set_option
from .say import say

Draw = Callable[[Scene, Collection[Box], Colour], str]
KINDS: dict[str, Draw] = {".svg": svg, ".html": page, ".dot": dot, ".mmd": mermaid}


@click.command("graph")
@click.argument("target", metavar="FILE[:NET]")
@click.option(
    "-o",
    "--output",
    "out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="OUT",
    help=f"The picture; its ending says the kind: {', '.join(KINDS)}.",
)
@click.option(
    "--colour",
    "--color",
    "colour",
    type=click.Choice([colour.value for colour in Colour]),
    default=Colour.KIND.value,
    show_default=True,
    help="What the colours say.",
)
@click.option(
    "--depth",
    type=click.IntRange(0),
    help="Open the boxes down to this depth; by default as many as one screen shows.",
)
@click.option("--all", "everything", is_flag=True, help="Open every box.")
@set_option
@max_layers_option
def command(
    target: str,
    out: Path,
    colour: str,
    depth: int | None,
    everything: bool,
    settings: tuple[str, ...],
    max_layers: int,
) -> int:
    """Draw a net: its blocks, loops and layers, with the shapes between them."""
    draw = KINDS.get(out.suffix.lower())
    if draw is None:
        raise UserError(f"`{out.name}` ends in none of {', '.join(KINDS)}")
    net, _ = load_net(target, parse_settings(settings), max_layers)
    assert net.graph is not None
    from ...compiler.outline.outline import outline

    made = scene(outline(net.graph))
    open = opened(made.root, _DEEPEST if everything else depth)
    boxes = shown(made.root, open)
    if boxes > MOST:
        raise UserError(f"that is {boxes:,} boxes, past the {MOST:,} that are drawn: use --depth")
    write_text(out, draw(made, open, Colour(colour)))
    say(f"wrote {out}: {boxes} boxes of {net.name}", err=True)
    return 0


_DEEPEST = 1_000_000
