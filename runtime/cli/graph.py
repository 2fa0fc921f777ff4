"""`netc graph`: a picture of a net."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import click

from ...compiler.expand.values import Value
from ...compiler.outline.box import Box
from ...compiler.outline.outline import outline
from ..api.versions import compared as compared_sides
from ..api.versions import read_sides
from ..errors import UserError
from ..files.write import write_text
from ..picture.changes import Compared, compared
from ..picture.dot import dot
from ..picture.faces import Colour
from ..picture.folding import MOST, opened, shown
from ..picture.live import page
from ..picture.mermaid import mermaid
from ..picture.scene import Scene, scene
from ..picture.svg import svg
from .common import load_net, max_layers_option, parse_settings, set_option, show_findings
from .say import say

Draw = Callable[[Scene, Collection[Box], Colour], str]
MARKED = {".svg": svg, ".html": page}
"""What draws two versions."""
KINDS: dict[str, Draw] = {".svg": svg, ".html": page, ".dot": dot, ".mmd": mermaid}


@click.command("graph")
@click.argument("targets", nargs=-1, required=True, metavar="FILE[:NET] | OLD NEW")
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
    targets: tuple[str, ...],
    out: Path,
    colour: str,
    depth: int | None,
    everything: bool,
    settings: tuple[str, ...],
    max_layers: int,
) -> int:
    """Draw a net: its blocks, loops and layers, with the shapes between them.

    Two versions are drawn side by side, coloured by what `netc diff` finds between them.
    """
    suffix = out.suffix.lower()
    if suffix not in KINDS:
        raise UserError(f"`{out.name}` ends in none of {', '.join(KINDS)}")
    given = parse_settings(settings)
    wanted = _DEEPEST if everything else depth
    if len(targets) == 1:
        net, _ = load_net(targets[0], given, max_layers)
        assert net.graph is not None
        made, marks = scene(outline(net.graph)), None
        open = opened(made.root, wanted)
    elif len(targets) == 2:
        both = _compared(*targets, given, max_layers)
        made, marks = both.scene, both.marks
        open = both.opened() if wanted is None else opened(made.root, wanted + 1)
    else:
        raise click.UsageError(f"a net, or two versions of one, and not {len(targets)}")
    boxes = shown(made.root, open)
    if boxes > MOST:
        raise UserError(f"that is {boxes:,} boxes, past the {MOST:,} that are drawn: use --depth")
    if marks is None:
        text = KINDS[suffix](made, open, Colour(colour))
    elif suffix in MARKED:
        text = MARKED[suffix](made, open, Colour(colour), marks)
    else:
        raise UserError(f"two versions are drawn as {' or '.join(MARKED)}, not as {suffix}")
    write_text(out, text)
    say(f"wrote {out}: {boxes} boxes of {made.root.name}", err=True)
    return 0


def _compared(old: str, new: str, settings: Mapping[str, Value], max_layers: int) -> Compared:
    """The two versions of the one net that they name."""
    sides = read_sides(old, new, settings, max_layers)
    for side in sides:
        show_findings(side.analysis, err=not side.analysis.failed)
    if any(side.analysis.failed for side in sides):
        raise click.exceptions.Exit(1)
    diffs = [diff for diff in compared_sides(*sides) if diff.changes is not None]
    if len(diffs) != 1:
        names = ", ".join(f"`{diff.new}`" for diff in diffs) or "none"
        raise UserError(f"name the net that is to be drawn, FILE:NET; both have {names}")
    (diff,) = diffs
    assert diff.changes is not None
    graphs = [
        next(net.graph for net in side.nets() if net.name == name)
        for side, name in zip(sides, (diff.old, diff.new), strict=True)
    ]
    before, after = (outline(graph) for graph in graphs if graph is not None)
    return compared(before, after, diff.changes)


_DEEPEST = 1_000_000
