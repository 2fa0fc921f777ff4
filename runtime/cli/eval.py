"""`netc eval`: the loss and metrics of a trained run on its data, computed by onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...compiler.expand.body import MAX_LAYERS
from ..api.recipes import recipe_name
from ..api.target import split_target
from ..errors import UserError
from .common import (
    data_option,
    format_option,
    full_option,
    max_layers_option,
    parse_settings,
    recipe_set_option,
)
from .judged import (
    as_json,
    chosen_parts,
    class_lines,
    fitting_session,
    folds_json,
    judged_on,
    models_of,
    summed,
)
from .pictures import check_picture, picture_option
from .say import say, say_json

if TYPE_CHECKING:
    from ..report.judge import Judgement


@click.command("eval")
@click.argument("target", metavar="FILE[:RECIPE]")
@click.option(
    "--run",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The run's folder; by default the last of runs/RECIPE, runs/RECIPE-2, …",
)
@data_option
@click.option(
    "--part",
    type=click.Choice(["test", "validation", "train"]),
    help="The part of the data; by default test, or validation where there is no test part.",
)
@format_option
@picture_option("Draw the confusion matrix of a classifier.", named=("--confusion",))
@recipe_set_option
@max_layers_option
@full_option
def command(
    target: str,
    run: Path | None,
    data: Path | None,
    part: str | None,
    form: str,
    confusion: Path | None,
    settings: tuple[str, ...],
    max_layers: int = MAX_LAYERS,
) -> int:
    """Print the loss and metrics of a trained run on its test data."""
    check_picture(confusion)
    from ..data.load import load_data
    from ..data.row_layout import layout_of
    from ..infer.preprocess import prepared_alike
    from ..report.measures import untried_note
    from .recipes import load_recipe

    own = recipe_name(*split_target(target))
    # Of a file that cannot be read there is more to say than that it has no run.
    folder = None if own is None else find_run(own, run)
    recipe, _ = load_recipe(target, parse_settings(settings), max_layers, run=folder)
    folder = folder or find_run(recipe.name, run)
    models = models_of(folder)
    sessions = [fitting_session(model, recipe) for model in models]
    # The columns and words that the run learned, whatever the training rows hold by now.
    dataset = load_data(recipe, data, layout_of(sessions[0].metadata))
    if not all(prepared_alike(session, recipe) for session in sessions):
        say(
            "note: the recipe prepares pictures in another way by now; they are prepared as the "
            "run did it",
            err=True,
        )
    chosen = chosen_parts(recipe, models, dataset, part)
    judged = [
        judged_on(*each, recipe, dataset.classes) for each in zip(models, chosen, strict=True)
    ]
    matrix = summed(judged)
    note = untried_note(recipe)
    if note:
        say(f"note: {note[0].lower()}{note[1:].rstrip('.')}", err=True)
    if confusion is not None:
        if matrix is None:
            raise UserError(f"`{recipe.name}` teaches no classes, so there is nothing to confuse")
        from ..report.confusion import draw_confusion

        draw_confusion(matrix, confusion, f"{recipe.name}, {judged[0].part} part")
    whole = models == [folder]
    if form == "json":
        found = [as_json(*each, recipe) for each in zip(models, judged, strict=True)]
        say_json(found[0] if whole else folds_json(folder, recipe, judged, found))
    else:
        values = judged[0].values if whole else None
        _text(folder, judged, values)
    return 0


def find_run(name: str, given: Path | None) -> Path:
    """The folder of the run to look at: `given`, or the last of `runs/<name>`, `runs/<name>-2`, …

    Raises UserError where there is no run with a model.
    """
    from ..runs.files import ONNX
    from ..runs.folder import RUNS, RunFolder, numbered

    if given is not None:
        if not given.is_dir():
            raise UserError(f"{given}: there is no such run; it should be a folder")
        folder = given
    else:
        runs = [path for _, path in numbered(name) if RunFolder(path).is_run]
        if not runs:
            raise UserError(
                f"there is no run of `{name}` in {RUNS}/; train it with `netc train`, or name one "
                "with --run"
            )
        folder = runs[-1]
    for model in models_of(folder):
        if not (model / ONNX).exists():
            raise UserError(f"{model}: holds no {ONNX}; a run writes it when it ends")
    return folder


def _text(folder: Path, judged: Sequence[Judgement], values: Mapping[str, float] | None) -> None:
    """Prints the figures: those of a run, or the means of the folds of one."""
    from ..report.scales import percent_or_number
    from ..runs.folds import spreads

    total = sum(one.samples for one in judged)
    count = f"{total:,} sample{'s' * (total != 1)}"
    if values is not None:
        lines = [f"{folder}: {judged[0].part} part, {count}"]
        rows = {name: percent_or_number(name, value) for name, value in values.items()}
    else:
        lines = [
            f"{folder}: {judged[0].part} part of each of {len(judged)} folds, {count} in all; "
            "mean ± standard deviation"
        ]
        rows = {
            name: " ± ".join(percent_or_number(name, v) for v in (each.mean, each.deviation))
            for name, each in spreads([one.values for one in judged]).items()
        }
    width = max(map(len, rows))
    lines += [f"  {name:<{width}}  {text}" for name, text in rows.items()]
    if judged[0].weighed:
        lines.append(f"  samples count by their weights in {', '.join(judged[0].weighed)}")
    say("\n".join([*lines, *class_lines(summed(judged))]))
