"""A space is checked before anything runs: its ends are settings that the recipe takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...compiler.check import Analysis
from ...compiler.expand.values import Value
from ...compiler.recipe.logged import better_side, has_validation, logged_names
from ...compiler.recipe.objects.callbacks import Best
from ...compiler.recipe.recipe import Recipe
from ...dsl.diagnostics.suggest import did_you_mean
from ..api.recipes import check_recipe
from ..errors import SettingError, UserError
from ..runs.sweeps import Parameter, as_text
from .space import Space


@dataclass(frozen=True)
class Refused:
    """An end that is no legal setting, and what the check finds of it."""

    setting: str
    """As `--set` would give it."""
    analysis: Analysis


@dataclass(frozen=True)
class Goal:
    """The figure that a sweep goes by."""

    metric: str
    larger: bool


def check_space(
    path: Path, name: str | None, space: Space, max_layers: int
) -> tuple[Recipe | None, Analysis, list[Refused], list[str]]:
    """The recipe with what is fixed, its findings, the ends that are refused, and doubts.

    Each end of a range, and each choice, is tried with all else as the file has it. A doubt says
    that the lowest, or the highest, are refused together: such trials fail. Raises UserError and
    SettingError as `check_recipe` does.
    """
    recipe, analysis = check_recipe(path, name, space.settings({}), max_layers)
    if recipe is None:
        return None, analysis, [], []
    refused = []
    for parameter in space.parameters:
        for value in parameter.ends:
            said = f"{parameter.name}={as_text(value)}"
            try:
                found, own = check_recipe(
                    path, name, space.settings({parameter.name: value}), max_layers
                )
            except SettingError as error:
                raise SettingError(f"{said}: {error}") from error
            if found is None:
                refused.append(Refused(said, own))
    doubts = (
        []
        if refused
        else list(filter(None, (_doubt(path, name, space, max_layers, at) for at in (0, -1))))
    )
    return recipe, analysis, refused, doubts


def _doubt(path: Path, name: str | None, space: Space, max_layers: int, at: int) -> str | None:
    """What is said of the first, or the last, of all ends together; None where they are legal."""
    if len(space.parameters) < 2:
        return None
    values = {each.name: each.ends[at] for each in space.parameters}
    why = fault_of(path, name, space.settings(values), max_layers)
    if why is None:
        return None
    said = ", ".join(f"{n}={as_text(value)}" for n, value in values.items())
    return f"together {said} cannot be trained, and a trial of such settings fails: {why}"


def fault_of(
    path: Path, name: str | None, settings: Mapping[str, Value], max_layers: int
) -> str | None:
    """Why a recipe cannot have some settings; None where it can."""
    try:
        recipe, analysis = check_recipe(path, name, settings, max_layers)
    except SettingError as error:
        return str(error)
    return None if recipe is not None else first_fault(analysis)


def first_fault(analysis: Analysis) -> str:
    """The first error of some findings, on one line."""
    found = next(one for one in analysis.diagnostics if one.severity == "error")
    return f"{found.span}: {found.message} [{found.code.id}]"


def goal(recipe: Recipe, metric: str | None) -> Goal:
    """What a sweep goes by: `metric`, or else what the recipe keeps its weights by.

    Raises UserError where no run of the recipe has that figure.
    """
    phase = recipe.phases[-1]
    validation = has_validation(recipe.data) or recipe.folds is not None
    known = logged_names(phase.heads, validation=validation)
    if metric is None:
        if isinstance(phase.keep, Best):
            metric = phase.keep.monitor
        else:
            metric = "val_loss" if validation else "loss"
    if metric.startswith("test_"):
        raise UserError(
            "--metric: the test part chooses nothing, or its figures would say too much; go by one "
            "of the validation part"
        )
    if metric not in known:
        hint = did_you_mean(metric, known) or f"figures are {', '.join(known)}"
        raise UserError(f"--metric: no run of `{recipe.name}` has a figure `{metric}`. {hint}")
    return Goal(metric, better_side(phase.heads, metric) == "max")


def ends_text(parameter: Parameter) -> str:
    """What is tried of a parameter, in words."""
    if parameter.choices:
        return ", ".join(map(as_text, parameter.choices))
    how = ", log" if parameter.log else ""
    how += f", in steps of {as_text(parameter.step)}" if parameter.step is not None else ""
    return f"{as_text(parameter.low)} to {as_text(parameter.high)}{how}"
