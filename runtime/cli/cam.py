"""`netc cam`: where in a picture a class is seen."""

from __future__ import annotations

from pathlib import Path

import click

from ...compiler.ops.base.declare import Refusal
from ...dsl.text.escape import terminal
from ..errors import cannot_lower
from .common import format_option
from .look import ModelOptions, look_into, model_options
from .pictures import check_picture, picture_option
from .say import say, say_json


@click.command("cam")
@click.argument("model", metavar="MODEL")
@click.argument("picture", metavar="PICTURE", type=click.Path(path_type=Path))
@picture_option(
    "Where the picture is written: the picture with the box, and the map over it.",
    required=True,
)
@click.option(
    "--method",
    type=click.Choice(["cam", "grad"]),
    help="cam: by the net's own global average pooling; grad: Grad-CAM, with Keras. By default "
    "cam where the net has that.",
)
@click.option(
    "--class",
    "wanted",
    metavar="NAME|N",
    help="The class by its name or number; by default the one of the highest score.",
)
@click.option(
    "--layer",
    metavar="LABEL",
    help="For Grad-CAM: whose maps; by default those of the last layer before a pooling.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.2,
    show_default=True,
    help="The share of the map's largest value from which on a place is in the box.",
)
@format_option
@model_options
def command(
    model: str,
    picture: Path,
    out: Path,
    method: str | None,
    wanted: str | None,
    layer: str | None,
    threshold: float,
    form: str,
    options: ModelOptions,
) -> int:
    """Draw where MODEL sees a class in PICTURE, and a box around it.

    MODEL is the folder of a run, or FILE[:NET] with --weights.
    """
    check_picture(out)
    looked = look_into(model, options)
    from ..report.heat import draw_heat, heat_of
    from ..report.seen import see

    seen = see(looked.checked, looked.preprocessing, picture)
    try:
        heat = heat_of(
            looked.checked,
            looked.weights,
            seen,
            looked.classes,
            wanted=wanted,
            method=method,
            layer=layer,
            threshold=threshold,
        )
    except Refusal as fault:
        raise cannot_lower(looked.checked.name, fault) from fault
    draw_heat(heat, seen, out)
    height, width = seen.pixels.shape[:2]
    if form == "json":
        say_json(
            {
                "file": str(picture),
                "class": heat.name or None,
                "index": heat.index,
                "score": heat.score,
                "probability": heat.sure,
                "method": heat.method,
                "layer": heat.layer,
                "size": [width, height],
                "box": heat.box,
                "map": heat.map.tolist(),
            }
        )
        return 0
    where = "nothing speaks for it"
    if heat.box is not None:
        left, top, right, bottom = heat.box
        where = f"box {left},{top} to {right},{bottom} of {width} x {height}"
    say(f"{terminal(str(picture))}: {heat.title}, {where} ({heat.method}, {terminal(heat.layer)})")
    return 0
