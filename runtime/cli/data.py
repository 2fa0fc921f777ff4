"""`netc data`: what a recipe's data are, as a table and as a contact sheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...compiler.expand.body import MAX_LAYERS
from ...dsl.text.escape import terminal
from ..files.write import check_writable, replacing
from .common import data_option, full_option, max_layers_option, parse_settings, recipe_set_option
from .rich_table import say_rows
from .say import say

if TYPE_CHECKING:
    from ...compiler.recipe.recipe import Recipe
    from ..data.dataset import Dataset

PICTURES = (".png", ".jpg", ".jpeg", ".webp")
MOST = 60
"""Rows of a table that are shown."""


@click.command("data")
@click.argument("target", metavar="FILE[:RECIPE]")
@click.option(
    "-o",
    "--output",
    "out",
    type=click.Path(path_type=Path),
    help="Draw a contact sheet (.png, .jpg, .webp): originals above, augmented below.",
)
@data_option
@click.option(
    "--count",
    type=click.IntRange(1, 400),
    default=16,
    show_default=True,
    help="How many pictures the sheet shows.",
)
@click.option(
    "--part",
    type=click.Choice(["train", "validation", "test"]),
    default="train",
    show_default=True,
    help="The part that the sheet shows.",
)
@recipe_set_option
@max_layers_option
@full_option
def command(
    target: str,
    out: Path | None,
    data: Path | None,
    count: int,
    part: str,
    settings: tuple[str, ...],
    max_layers: int = MAX_LAYERS,
) -> int:
    """Read the data of a recipe, count them, and draw some of the pictures."""
    if out is not None:
        if out.suffix.lower() not in PICTURES:
            raise click.UsageError(f"a sheet is a {', '.join(PICTURES)}, not `{out.name}`")
        check_writable(out)
    from ..data.load import load_data
    from .recipes import load_recipe

    recipe, _ = load_recipe(target, parse_settings(settings), max_layers)
    dataset = load_data(recipe, data)
    show(recipe, dataset)
    if out is not None:
        _draw(recipe, dataset, part, count, out)
    return 0


def show(recipe: Recipe, dataset: Dataset) -> None:
    """Prints the parts with their classes, and the ranges of columns."""
    from ..data.summary import class_counts, ranges, text_line

    heads = [part.name for part in dataset.parts]
    samples = [f"{len(part):,}" for part in dataset.parts]
    counted = {output: class_counts(dataset, output) for output in dataset.train.targets}
    for output, counts in counted.items():
        title = recipe.name if len(counted) == 1 else f"{recipe.name}: {output}"
        rows = [(each.name, *(f"{count:,}" for count in each.counts)) for each in counts]
        if rows:
            _table(title, ("class", *heads), rows, ("samples", *samples))
    if not any(counted.values()):
        _table(recipe.name, ("", *heads), [("samples", *samples)], ())
    for part in dataset.parts[:1]:
        made = part.preprocessing
        if made is not None and not made.plain:
            say(f"{made.input}: {made.formula()}{made.resizing()}\n")
    text = text_line(dataset)
    if text:
        say(f"{terminal(text)}\n")
    found = [(e.name, f"{e.low:.4g}", f"{e.mean:.4g}", f"{e.high:.4g}") for e in ranges(dataset)]
    if found:
        _table("training part", ("column", "min", "mean", "max"), found, ())


def _table(
    title: str,
    headings: Sequence[str],
    rows: Sequence[tuple[str, ...]],
    total: tuple[str, ...],
) -> None:
    shown = [tuple(map(terminal, row)) for row in rows[:MOST]]
    if len(rows) > MOST:
        shown.append((f"… and {len(rows) - MOST} more", *("" for _ in headings[1:])))
    numbers = range(1, len(headings))
    say_rows(title, [*map(terminal, headings)], shown, right=numbers, total=total)


def _draw(recipe: Recipe, dataset: Dataset, name: str, count: int, out: Path) -> None:
    from ..data.sheet import draw_sheet, make_sheet

    part = dataset.part(name)
    phase = next((each for each in recipe.phases if each.augment), None)
    # Only the training part is ever augmented.
    sheet = make_sheet(recipe, dataset, part, phase if name == "train" else None, count)
    with replacing(out) as temporary:
        draw_sheet(sheet).convert("RGB").save(temporary)
    say(f"wrote {terminal(str(out))}", err=True)
