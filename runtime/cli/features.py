"""`netc features`: pictures as points, by what a layer makes of them."""

from __future__ import annotations

from pathlib import Path

import click

from ...compiler.ops.base.declare import Refusal
from ..errors import cannot_lower
from .look import ModelOptions, look_into, model_options
from .pictures import check_picture, picture_option
from .say import say


@click.command("features")
@click.argument("model", metavar="MODEL")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@picture_option("Where the picture is written: the map.", required=True)
@click.option(
    "--layer",
    metavar="LABEL",
    help="Whose output the features are; by default what the last Dense is applied to.",
)
@click.option(
    "--method",
    type=click.Choice(["pca", "tsne"]),
    default="pca",
    show_default=True,
    help="pca: the two principal components; tsne: t-SNE, with scikit-learn.",
)
@click.option("--thumbnails", is_flag=True, help="Draw the pictures in the place of points.")
@click.option(
    "--most",
    type=click.IntRange(3, 100_000),
    default=2000,
    show_default=True,
    help="Pictures on the map; of more, so many are drawn by the seed.",
)
@model_options
def command(
    model: str,
    folder: Path,
    out: Path,
    layer: str | None,
    method: str,
    thumbnails: bool,
    most: int,
    options: ModelOptions,
) -> int:
    """Draw the pictures in DIR as points: those that MODEL finds alike lie together.

    DIR holds pictures, or a folder of them for each class. MODEL is the folder of a run, or
    FILE[:NET] with --weights.
    """
    check_picture(out)
    from ..report.features import draw_features, feature_map, gallery, title

    shown = gallery(folder, most, options.seed)
    looked = look_into(model, options)
    try:
        found = feature_map(
            looked.checked,
            looked.weights,
            looked.preprocessing,
            shown.files,
            layer=layer,
            method=method,
            seed=options.seed,
        )
    except Refusal as fault:
        raise cannot_lower(looked.checked.name, fault) from fault
    draw_features(found, shown, out, thumbnails=thumbnails)
    say(f"{len(shown.files)} pictures at {title(found)}")
    return 0
