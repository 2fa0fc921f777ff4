"""`netc sweep`: many trials of a recipe, over a space of settings."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...compiler.expand.body import MAX_LAYERS
from ...dsl.text.escape import terminal
from ..errors import UserError
from .common import data_option, full_option, max_layers_option, show_findings
from .say import say
from .tracking import tracking_options, tracking_words

if TYPE_CHECKING:
    from ..runs.folder import RunFolder
    from ..runs.sweeps import Sweep, Trial
    from ..sweep.plan import Plan

TRIALS, SEED = 20, 0


@click.command("sweep")
@click.argument("target", metavar="FILE[:RECIPE]")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUES",
    help="What is tried of a setting: a range LOW..HIGH, LOW..HIGH:log or LOW..HIGH:step=S, or "
    "choices A,B,C; one value stays. Names are those of netc train --set.",
)
@click.option(
    "--trials",
    type=click.IntRange(1, 100_000),
    metavar="N",
    help=f"Trials, those of before counted; by default {TRIALS}.",
)
@click.option(
    "--jobs", type=click.IntRange(1, 256), default=1, show_default=True, help="Trials at a time."
)
@click.option(
    "--metric",
    metavar="NAME",
    help="The figure that trials are compared by; by default what the recipe keeps weights by.",
)
@click.option("--sampler", metavar="NAME", help="A sampler of Optuna's; by default TPESampler.")
@click.option(
    "--pruner",
    metavar="NAME",
    help="A pruner of Optuna's, such as MedianPruner, ends trials early; by default none does.",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Who trains: processes of this machine, or Ray Tune.",
)
@click.option("--seed", type=int, help=f"What the sampler draws by; by default {SEED}.")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder of the sweep; by default runs/RECIPE-sweep, numbered where that is taken.",
)
@click.option("--resume", is_flag=True, help="Go on with the sweep in DIR, or with the last one.")
@data_option
@tracking_options
@click.option("--dry-run", is_flag=True, help="Check the space, show it, and train nothing.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@max_layers_option
@full_option
def command(
    target: str,
    settings: tuple[str, ...],
    trials: int | None,
    jobs: int,
    metric: str | None,
    sampler: str | None,
    pruner: str | None,
    engine: str,
    seed: int | None,
    out: Path | None,
    resume: bool,
    data: Path | None,
    mlflow: str | None,
    wandb: bool,
    dry_run: bool,
    quiet: bool,
    max_layers: int = MAX_LAYERS,
) -> int:
    """Train a recipe many times, with settings that Optuna chooses of a space.

    The space is checked before anything runs. Each trial is a run in the folder of the sweep, so
    that netc runs compares them; report.html has the picture. --resume goes on after Ctrl-C or a
    kill, and takes a larger --trials.
    """
    from ..api.recipes import recipe_name
    from ..api.target import split_target
    from ..parallel.ray_cluster import require_ray
    from ..sweep.plan import Kept, last_sweep, read_kept, sweep_folder

    path, name = split_target(target)
    kept = Kept((), {})
    folder: RunFolder | None = None
    if resume:
        own = recipe_name(path, name)
        if own is None:
            from .recipes import load_recipe

            load_recipe(target)
        folder = last_sweep(own or "", out)
        kept = read_kept(folder)
    elif out is not None:
        folder = sweep_folder("", out)
    kept_data = kept.text("data")
    plan = make_plan(
        path,
        name,
        settings or kept.settings,
        trials=trials or kept.number("trials") or TRIALS,
        metric=metric or kept.text("metric"),
        sampler=sampler or kept.text("sampler"),
        pruner=pruner or kept.text("pruner"),
        seed=seed if seed is not None else kept.number("seed") or SEED,
        data=data if data is not None or kept_data is None else Path(kept_data),
        max_layers=max_layers,
        mlflow=mlflow,
        wandb=wandb,
        quiet=quiet,
    )
    if engine == "ray":
        require_ray("tune")
    if dry_run:
        for line in _described(plan):
            say(terminal(line))
        return 0
    folder = folder or sweep_folder(plan.recipe.name, None)
    words = ["netc", "sweep", target, *(("--data", str(data)) if data else ())]
    words += ["--jobs", str(jobs)] if jobs > 1 else []
    words += [*tracking_words(mlflow, wandb), *(("--engine", "ray") if engine == "ray" else ())]
    again = shlex.join([*words, "--resume", "--out", str(folder.path)])
    return _run(plan, folder, jobs, engine, resume=resume, quiet=quiet, again=again)


def make_plan(
    path: Path,
    name: str | None,
    settings: Sequence[str],
    *,
    trials: int = TRIALS,
    metric: str | None = None,
    sampler: str | None = None,
    pruner: str | None = None,
    seed: int = SEED,
    data: Path | None = None,
    max_layers: int = MAX_LAYERS,
    mlflow: str | None = None,
    wandb: bool = False,
    quiet: bool = False,
) -> Plan:
    """A sweep that can begin. Prints findings and raises Exit(1) where it cannot."""
    from ..data.load import load_data
    from ..sweep.legal import check_space, goal
    from ..sweep.one import Task
    from ..sweep.plan import Plan
    from ..sweep.samplers import EXHAUSTIVE, GRID, NONE, TPE, make_pruner, make_sampler
    from ..sweep.space import read_space
    from ..track.tracked import Trackers

    space = read_space(settings)
    size, once = space.size, False
    if size is not None and size <= trials:
        once = sampler is None
        sampler = sampler or GRID
        trials = size if sampler.startswith(EXHAUSTIVE) else trials
    sampler, pruner = sampler or TPE, pruner or NONE
    make_sampler(sampler, seed, 0, space.parameters)
    make_pruner(pruner)
    recipe, analysis, refused, doubts = check_space(path, name, space, max_layers)
    if recipe is None:
        show_findings(analysis)
        raise click.exceptions.Exit(1)
    for one in refused:
        show_findings(one.analysis)
        say(terminal(f"error: --set {one.setting} is no legal setting"), err=True)
    if refused:
        raise click.exceptions.Exit(1)
    if not quiet:
        show_findings(analysis, err=True)
        once_each = f"there are {size} settings, and each is tried once ({GRID})"
        for note in (*([once_each] if once else ()), *doubts):
            say(terminal(f"note: {note}"), err=True)
    aim = goal(recipe, metric)
    load_data(recipe, data)
    trackers = Trackers(mlflow, wandb)
    trackers.opened()
    task = Task(path, recipe.name, data, max_layers, aim.metric, trackers)
    return Plan(recipe, space, aim, task, trials, sampler, pruner, seed, ("netc", *sys.argv[1:]))


def _described(plan: Plan) -> list[str]:
    """What a sweep would do."""
    from ..runs.sweeps import as_text
    from ..sweep.legal import ends_text

    side = "largest" if plan.goal.larger else "smallest"
    size = plan.space.size
    many = "" if size is None else f" of {size:,} settings"
    lines = [f"{plan.trials} trials{many}, for the {side} {plan.goal.metric}"]
    width = max(map(len, plan.space.order))
    known = {each.name: ends_text(each) for each in plan.space.parameters}
    for name in plan.space.order:
        text = known[name] if name in known else f"{as_text(plan.space.fixed[name])}, always"
        lines.append(f"  {name:<{width}}  {text}")
    return [*lines, f"sampler: {plan.sampler}", f"pruner: {plan.pruner}"]


def _run(
    plan: Plan,
    folder: RunFolder,
    jobs: int,
    engine: str,
    *,
    resume: bool,
    quiet: bool,
    again: str,
) -> int:
    from ..sweep import run
    from ..sweep.ray_engine import train_with_ray
    from ..sweep.run import SweepWatch, run_sweep
    from .sweep_lines import SweepLines

    watch = SweepWatch() if quiet else SweepLines(plan.goal.metric)
    try:
        by = train_with_ray if engine == "ray" else run.train_here
        made = run_sweep(plan, folder, jobs=jobs, resume=resume, watch=watch, engine=by)
    except KeyboardInterrupt:
        say(terminal(f"interrupted; go on with: {again}"), err=True)
        return 130
    best = made.best
    if best is None:
        raise UserError(
            f"{folder.path}: no trial came to its end; `netc runs {folder.path}` and "
            f"{folder / 'report.html'} say why"
        )
    if not quiet:
        for line in _told(made, best, plan, folder):
            say(terminal(line))
    return 0


def _told(made: Sweep, best: Trial, plan: Plan, folder: RunFolder) -> list[str]:
    """What a person wants to know of a sweep that ended."""
    from ..runs.sweeps import FAILED, PRUNED, trial_name
    from ..sweep.one import command_of

    count = len(made.complete)
    others = [(made.count(PRUNED), "pruned"), (made.count(FAILED), "failed")]
    more = "".join(f", {many} {word}" for many, word in others if many)
    lines = [f"{count} trial{'s' * (count != 1)} complete{more}"]
    lines.append(f"best: trial {best.number}, {made.metric} {best.value:.4g}")
    settings = plan.space.settings(best.values)
    lines.append(shlex.join(command_of(plan.task, settings, folder / trial_name(best.number))[:-2]))
    if made.importance:
        shares = ", ".join(f"{name} {share:.0%}" for name, share in made.importance.items())
        lines.append(f"importance: {shares}")
    return [*lines, f"runs: netc runs {folder.path}", f"report: {folder / 'report.html'}"]
