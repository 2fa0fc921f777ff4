"""`netc train`: trains a net by a recipe of its file."""

from __future__ import annotations

import math
import os
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...compiler.check import Analysis
from ...compiler.expand.body import MAX_LAYERS
from ...compiler.recipe.objects.loads import is_published
from ...compiler.recipe.recipe import Recipe
from ...dsl.text.escape import terminal
from ..errors import UserError
from ..runs.rate_range import HIGH, LOW, STEPS
from .common import (
    data_option,
    embed_option,
    full_option,
    max_layers_option,
    parse_settings,
    recipe_set_option,
    show_findings,
)
from .say import say
from .tracking import tracking_options, tracking_words

if TYPE_CHECKING:
    from ..data.dataset import Dataset
    from ..train.outcome import Outcome


@click.command("train")
@click.argument("target", metavar="FILE[:RECIPE]")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder of the run; by default runs/RECIPE, numbered where that is taken.",
)
@click.option("--resume", is_flag=True, help="Go on with the run in DIR, or with the last one.")
@data_option
@click.option("--dry-run", is_flag=True, help="Show what would be done, and train nothing.")
@click.option("--tensorboard", is_flag=True, help="Write logs for TensorBoard into the folder.")
@click.option(
    "--workers",
    metavar="HOST:PORT,…",
    help="Train together with other machines: the addresses of all, the chief first.",
)
@click.option("--index", type=int, metavar="I", help="Which of the workers this is, from 0.")
@click.option(
    "--find-lr",
    "find_lr",
    is_flag=True,
    help="Try growing learning rates for some steps, draw the losses, and train nothing.",
)
@click.option("--lr-from", type=float, metavar="RATE", help=f"The first rate; by default {LOW:g}.")
@click.option("--lr-to", type=float, metavar="RATE", help=f"The last rate; by default {HIGH:g}.")
@click.option(
    "--lr-steps", type=click.IntRange(2, 100_000), help=f"Steps to it; by default {STEPS}."
)
@embed_option
@click.option("--no-cache", is_flag=True, help="Keep no features: run frozen layers in each epoch.")
@tracking_options
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@recipe_set_option
@max_layers_option
@full_option
def command(
    target: str,
    out: Path | None,
    resume: bool,
    data: Path | None,
    dry_run: bool,
    tensorboard: bool,
    workers: str | None,
    index: int | None,
    find_lr: bool,
    lr_from: float | None,
    lr_to: float | None,
    lr_steps: int | None,
    embed: bool,
    no_cache: bool,
    mlflow: str | None,
    wandb: bool,
    quiet: bool,
    settings: tuple[str, ...],
    max_layers: int = MAX_LAYERS,
) -> int:
    """Train a net by a recipe of its file, with Keras.

    The folder of the run gets its history, curves, weights, an ONNX and a Keras model and
    report.html. The first Ctrl-C ends the run in good order; --resume goes on with it.
    """
    others = {
        "--resume": resume,
        "--tensorboard": tensorboard,
        "--workers": workers,
        "--index": index is not None,
        "--embed-preprocessing": embed,
        "--no-cache": no_cache,
        "--mlflow": mlflow is not None,
        "--wandb": wandb,
    }
    ranges = {"--lr-from": lr_from, "--lr-to": lr_to, "--lr-steps": lr_steps}
    tried = _range(find_lr, ranges, [option for option, given in others.items() if given])
    times = {"start": time.time()}
    from ..data.load import load_data
    from .recipes import load_recipe

    recipe, analysis = load_recipe(
        target, parse_settings(settings), max_layers, resume=resume, resumed=out, quiet=quiet
    )
    times["recipe"] = time.time()
    if dry_run:
        return _dry_run(recipe, analysis, data, tried)
    if tried is not None:
        from .find_rate import find_rate_of

        return find_rate_of(recipe, data, out, tried, quiet)
    from ..runs.folder import RUNS, RunFolder, last_folder, new_folder
    from ..runs.history import INTERRUPTED
    from ..track.tracked import Trackers, tracked
    from ..train.cluster import read_cluster
    from ..train.folds import train_recipe
    from ..train.options import RunOptions
    from .progress import progress

    cluster = read_cluster(workers, index, os.environ)
    chief = cluster is None or cluster.chief
    trackers = Trackers(mlflow, wandb).opened() if chief else []
    # A folder that is named is looked at before the data are; one that is numbered is made after.
    folder = None
    if not chief:
        folder = RunFolder(RUNS)
    elif resume:
        folder = last_folder(recipe.name, out)
    elif out is not None:
        folder = new_folder(recipe.name, out)
    dataset = load_data(recipe, data)
    if chief and not quiet and not resume:
        _show_doubts(recipe, analysis, dataset)
    folder = folder or new_folder(recipe.name)
    times["data"] = time.time()
    again = ["netc", "train", target, *(("--data", str(data)) if data else ())]
    again += [word for setting in settings for word in ("--set", setting)]
    if max_layers != MAX_LAYERS:
        again += ["--max-layers", str(max_layers)]
    flags = ("--tensorboard", "--embed-preprocessing", "--no-cache")
    again += [flag for flag in flags if others[flag]]
    again += tracking_words(mlflow, wandb)
    if workers is not None:
        again += ["--workers", workers, "--index", str(index)]
    again += ["--resume", "--out", str(folder.path)]
    interrupted = f"interrupted; go on with: {shlex.join(again)}"
    given = ("netc", *_arguments())
    try:
        with (
            progress(sys.stderr, quiet) as shown,
            tracked(trackers, recipe, folder, shown, given) as watch,
        ):
            options = RunOptions(
                resume=resume,
                watch=watch,
                command=given,
                times=times,
                tensorboard=tensorboard,
                cluster=cluster,
                embed=embed,
                cache=not no_cache,
            )
            outcome = train_recipe(recipe, dataset, folder, options)
    except KeyboardInterrupt:
        say(interrupted if chief and folder.is_run else "interrupted", err=True)
        return 130
    if not chief:
        return 130 if outcome.ending == INTERRUPTED else 0
    return _ended(outcome, interrupted, quiet)


def _ended(outcome: Outcome, interrupted: str, quiet: bool) -> int:
    """Says what came of a run; the exit status. Raises UserError where it diverged."""
    from ..runs.history import COMPLETE, INTERRUPTED, NOT_FINITE

    unequal = outcome.ending in COMPLETE and not outcome.good
    if not quiet or unequal:
        for line in outcome.lines():
            say(terminal(line), err=quiet)
    if outcome.ending == INTERRUPTED:
        say(interrupted, err=True)
        return 130
    if outcome.ending == NOT_FINITE:
        raise UserError(f"training stopped: {outcome.notes[-1]}")
    return 0 if outcome.good else 1


def _range(
    asked: bool, given: Mapping[str, float | None], others: Sequence[str]
) -> tuple[float, float, int] | None:
    """The range of a test of learning rates, where one is asked for. Raises UsageError."""
    if not asked:
        for option, value in given.items():
            if value is not None:
                raise click.UsageError(f"{option} is an option of --find-lr")
        return None
    if others:
        raise click.UsageError(f"--find-lr trains nothing, so there is no use of {others[0]}")
    low, high, steps = (
        default if value is None else value
        for value, default in zip(given.values(), (LOW, HIGH, STEPS), strict=True)
    )
    if not 0 < low < high < math.inf:
        raise click.UsageError(f"from {low:g} to {high:g} is no range of learning rates")
    return low, high, int(steps)


def _show_doubts(recipe: Recipe, analysis: Analysis, dataset: Dataset) -> None:
    """Prints what the data make doubtful and the check, which has none, could not say."""
    from ..train.doubts import doubts

    known = {(one.code, one.span) for one in analysis.diagnostics}
    found = [one for one in doubts(recipe, dataset) if (one.code, one.span) not in known]
    show_findings(replace(analysis, diagnostics=found), err=True)


def _dry_run(
    recipe: Recipe,
    analysis: Analysis,
    data: Path | None,
    tried: tuple[float, float, int] | None,
) -> int:
    """Prints the resolved recipe, and its plan as far as data are there.

    Raises UserError where they are there and at fault.
    """
    from ...compiler.recipe.show import show_recipe
    from ..data.load import MissingDataError, load_data
    from ..train.plan import plan_lines

    say(show_recipe(recipe))
    dataset = None
    try:
        dataset = load_data(recipe, data)
    except MissingDataError as error:
        say(f"note: no data: {error}", err=True)
    else:
        _show_doubts(recipe, analysis, dataset)
    for line in (*plan_lines(recipe, dataset), *_loading(recipe)):
        say(terminal(line))
    if tried is not None:
        low, high, steps = tried
        say(f"learning rates: {steps} steps from {low:g} to {high:g}, with nothing kept of them")
    return 0


def _loading(recipe: Recipe) -> list[str]:
    """Which tensors of weight files load where, as far as the files are there.

    Raises UserError where one is there and does not fit.
    """
    from ..train.initial import loaded_layers, weights_file

    missing = []
    for one in recipe.loads:
        why = f"{one.file} is not there"
        try:
            if weights_file(recipe, one.file).exists():
                continue
        except UserError as error:
            if not is_published(one.file):
                raise
            why = str(error)
        missing.append(why)
    for why in missing:
        say(f"note: no weights: {terminal(why)}", err=True)
    return [] if missing else loaded_layers(recipe).lines()


def _arguments() -> list[str]:
    """The command line as it was given, where netc is what was started."""
    return sys.argv[1:]
