"""`netc filters`: kernels and activation maps as pictures."""

from __future__ import annotations

from pathlib import Path

import click

from ...compiler.ops.base.declare import Refusal
from ..errors import cannot_lower
from .look import ModelOptions, look_into, model_options
from .pictures import check_picture, picture_option
from .say import say


@click.command("filters")
@click.argument("model", metavar="MODEL")
@click.argument("picture", metavar="[PICTURE]", required=False, type=click.Path(path_type=Path))
@picture_option(
    "Where the picture is written: the kernels, and below them the maps of PICTURE.",
    required=True,
)
@click.option(
    "--layer",
    metavar="LABEL",
    help="Whose kernels and maps; by default those of the first convolution.",
)
@click.option(
    "--most",
    type=click.IntRange(1, 1024),
    default=64,
    show_default=True,
    help="Kernels and maps that are drawn.",
)
@model_options
def command(
    model: str,
    picture: Path | None,
    out: Path,
    layer: str | None,
    most: int,
    options: ModelOptions,
) -> int:
    """Draw the kernels of a convolution of MODEL, and what it makes of PICTURE.

    MODEL is the folder of a run, or FILE[:NET] with --weights.
    """
    check_picture(out)
    looked = look_into(model, options)
    from ..report.filters import draw_filters, filters_of, title
    from ..report.seen import see

    inputs = None
    if picture is not None:
        inputs = see(looked.checked, looked.preprocessing, picture).inputs
    try:
        found = filters_of(looked.checked, looked.weights, inputs, layer)
    except Refusal as fault:
        raise cannot_lower(looked.checked.name, fault) from fault
    draw_filters(found, out, most)
    say(title(found, most))
    return 0
