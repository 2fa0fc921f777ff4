"""The recipe that a verb works on, without fault."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from ...compiler.check import Analysis
from ...compiler.expand.body import MAX_LAYERS
from ...compiler.expand.values import Value
from ...compiler.recipe.recipe import Recipe
from ..api.looked import run_settings
from ..api.recipes import check_recipe, recipe_name
from ..api.target import split_target
from ..runs.folder import last_folder
from .common import show_findings


def load_recipe(
    target: str,
    settings: Mapping[str, Value] | None = None,
    max_layers: int = MAX_LAYERS,
    *,
    resumed: Path | None = None,
    resume: bool = False,
    run: Path | None = None,
    quiet: bool = False,
) -> tuple[Recipe, Analysis]:
    """The one recipe that `FILE`, `FILE:RECIPE` or `FILE:NET` names, without fault.

    `settings` are those of `--set`: parameters and sizes of the net, and settings of the recipe
    (`epochs=2`), which then hold in every phase. With `resume` those that the run in the folder
    `resumed`, or else the last one, was given hold where no others are given, and so do those of
    `run`. Where there is an error, the findings are printed and click.exceptions.Exit(1) is
    raised; warnings alone go to standard error, but not of a `run` that has ended, nor where
    `quiet`. Raises UserError where the file does not hold the one recipe asked for, and
    SettingError for a setting that nothing has.
    """
    path, name = split_target(target)
    given = dict(settings or {})
    if resume and (own := recipe_name(path, name)) is not None:
        given = {**last_folder(own, resumed).settings, **given}
    if run is not None:
        given = {**run_settings(run), **given}
    recipe, analysis = check_recipe(path, name, given, max_layers)
    if recipe is None:
        show_findings(analysis)
        raise click.exceptions.Exit(1)
    if analysis.diagnostics and run is None and not quiet:
        show_findings(analysis, err=True)
    return recipe, analysis
