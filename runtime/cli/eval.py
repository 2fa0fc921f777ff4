"""`netc eval`: the loss and metrics of a trained run on its data, computed by onnxruntime."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...compiler.expand.body import MAX_LAYERS
from ...dsl.text.escape import terminal
from ..errors import UserError
from ..files.write import check_writable
from .common import data_option, format_option, max_layers_option, parse_settings, recipe_set_option
from .say import say, say_json

if TYPE_CHECKING:
    from ...compiler.recipe.recipe import Recipe
    from ..data.dataset import Dataset, Part
    from ..infer.session import Session
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
@click.option(
    "--confusion",
    type=click.Path(path_type=Path),
    metavar="FILE.png",
    help="Draw the confusion matrix of a classifier.",
)
@recipe_set_option
@max_layers_option
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
    if confusion is not None:
        if confusion.suffix != ".png":
            raise click.UsageError(f"a picture is written as .png, not as `{confusion.name}`")
        check_writable(confusion)
    from ..data.load import load_data
    from ..infer.preprocess import prepared_alike
    from .recipes import load_recipe

    recipe, _ = load_recipe(target, parse_settings(settings), max_layers)
    folder = find_run(recipe.name, run)
    session = _fitting(folder, recipe)
    dataset = load_data(recipe, data)
    if not prepared_alike(session, recipe):
        say(
            "note: the recipe prepares pictures in another way by now; they are prepared as the "
            "run did it",
            err=True,
        )
    judged = _judge(folder, recipe, dataset, _part(recipe, dataset, part))
    if confusion is not None:
        if judged.confusion is None:
            raise UserError(f"`{recipe.name}` teaches no classes, so there is nothing to confuse")
        from ..report.confusion import draw_confusion

        draw_confusion(judged.confusion, confusion, f"{recipe.name}, {judged.part} part")
    if form == "json":
        say_json(as_json(folder, recipe, judged))
    else:
        _text(folder, judged)
    return 0


def find_run(name: str, given: Path | None = None) -> Path:
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
    if not (folder / ONNX).exists():
        raise UserError(f"{folder}: holds no {ONNX}; a run writes it when it ends")
    return folder


def _fitting(folder: Path, recipe: Recipe) -> Session:
    """The run's model. Raises UserError where the net of the file is another one by now."""
    from ..data.specs import input_specs
    from ..infer.session import Session
    from ..runs.files import BEST, ONNX
    from ..runs.folder import RunFolder
    from ..train.resumable import same_net
    from ..weights import WeightMismatch, load_weights

    facts = RunFolder(folder).facts if RunFolder(folder).is_run else {}
    trained = facts.get("net", recipe.net)
    if trained != recipe.net:
        raise UserError(f"{folder}: is a run of the net `{trained}`, not of `{recipe.net}`")
    changed = f"{recipe.file}: the net `{recipe.net}` is no longer the one that {folder} trained"
    session = Session(folder / ONNX)
    for mine, theirs in zip(input_specs(recipe.checked), session.inputs, strict=False):
        if (mine.name, mine.dtype, mine.shape) != (theirs.name, theirs.dtype, theirs.shape):
            raise UserError(
                f"{changed}: it takes `{mine.name}` {mine}, the run `{theirs.name}` {theirs}"
            )
    ours = [output.name for output in recipe.checked.graph.outputs]
    made = [spec.name for spec in session.outputs]
    if ours != made or len(session.inputs) != len(recipe.checked.graph.inputs):
        raise UserError(f"{changed}: it gives {', '.join(ours)}, the run {', '.join(made)}")
    if (folder / BEST).exists():
        try:
            load_weights(folder / BEST, recipe.checked)
        except WeightMismatch as mismatch:
            say("\n".join(map(terminal, mismatch.table_lines())), err=True)
            raise UserError(f"{changed}: its weights do not fit") from mismatch
    if not same_net(facts, recipe.checked):
        say(
            f"note: the net `{recipe.net}` has changed since the run; the model of the run is "
            "evaluated",
            err=True,
        )
    return session


def _part(recipe: Recipe, dataset: Dataset, name: str | None) -> Part:
    """The part to evaluate on. Raises UserError where the data have no such part."""
    if name is not None:
        return dataset.part(name)
    chosen = dataset.test or dataset.validation
    if chosen is None:
        raise UserError(
            f"the data of `{recipe.name}` have neither a test nor a validation part; "
            "--part train evaluates on what it was trained on"
        )
    if chosen is not dataset.test:
        say("note: the data have no test part; these are figures of the validation part", err=True)
    return chosen


def _judge(folder: Path, recipe: Recipe, dataset: Dataset, part: Part) -> Judgement:
    from ..report.judge import judge
    from ..report.logits import session_with_logits
    from ..report.write import regularization
    from ..runs.files import ONNX

    session = session_with_logits(folder / ONNX, recipe)
    return judge(session, recipe, part, dataset.classes, regularization(folder, recipe))


def as_json(folder: Path, recipe: Recipe, judged: Judgement) -> dict[str, object]:
    """What was measured; a figure that is not finite is null."""
    made = judged.confusion
    return {
        "run": str(folder),
        "recipe": recipe.name,
        "net": recipe.net,
        "part": judged.part,
        "samples": judged.samples,
        "weighted": list(judged.weighed),
        "metrics": {k: v if math.isfinite(v) else None for k, v in judged.values.items()},
        "classes": [
            {
                "class": each.name,
                "precision": each.precision,
                "recall": each.recall,
                "f1": each.f1,
                "samples": each.support,
            }
            for each in (made.figures() if made is not None else ())
        ],
        "confusion": None if made is None else made.counts.tolist(),
    }


def _text(folder: Path, judged: Judgement) -> None:
    from ..report.scales import percent_or_number

    count = f"{judged.samples:,} sample{'s' * (judged.samples != 1)}"
    lines = [f"{folder}: {judged.part} part, {count}"]
    width = max(map(len, judged.values))
    for name, value in judged.values.items():
        lines.append(f"  {name:<{width}}  {percent_or_number(name, value)}")
    if judged.weighed:
        lines.append(f"  samples count by their weights in {', '.join(judged.weighed)}")
    if judged.confusion is not None:
        names = [terminal(name) for name in judged.confusion.classes]
        rows = [
            (name, *(f"{v:.1%}" for v in (each.precision, each.recall, each.f1)), each.support)
            for name, each in zip(names, judged.confusion.figures(), strict=True)
        ]
        width = max(len("class"), *map(len, names))
        lines.append("")
        lines.append(f"  {'class':<{width}}  precision  recall      F1  samples")
        lines += [f"  {n:<{width}}  {p:>9}  {r:>6}  {f:>6}  {s:>7,}" for n, p, r, f, s in rows]
    say("\n".join(lines))
