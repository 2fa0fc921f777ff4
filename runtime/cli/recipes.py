"""The recipe that a verb works on, without fault."""

from __future__ import annotations

from collections.abc import Mapping

import click

from ...compiler.check import Analysis
from ...compiler.expand.body import MAX_LAYERS
from ...compiler.expand.values import Value
from ...compiler.recipe.recipe import Recipe
from ..api.recipes import check_recipe
from ..api.target import split_target
from .common import show_findings


def load_recipe(
    target: str, settings: Mapping[str, Value] | None = None, max_layers: int = MAX_LAYERS
) -> tuple[Recipe, Analysis]:
    """The one recipe that `FILE`, `FILE:RECIPE` or `FILE:NET` names, without fault.

    `settings` are those of `--set`: parameters and sizes of the net, and settings of the recipe
    (`epochs=2`), which then hold in every phase. Where there is an error, the findings are printed
    and click.exceptions.Exit(1) is raised; warnings alone go to standard error. Raises UserError
    where the file does not hold the one recipe asked for, and SettingError for a setting that
    nothing has.
    """
    path, name = split_target(target)
    recipe, analysis = check_recipe(path, name, settings or {}, max_layers)
    if recipe is None:
        show_findings(analysis)
        raise click.exceptions.Exit(1)
    if analysis.diagnostics:
        show_findings(analysis, err=True)
    return recipe, analysis
