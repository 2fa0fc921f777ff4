"""Optuna's samplers and pruners by their own names: `TPESampler(multivariate=true)`."""

from __future__ import annotations

import inspect
import warnings
from types import ModuleType
from typing import TYPE_CHECKING, cast

from ...dsl.diagnostics.diagnostic import DiagnosticError
from ...dsl.diagnostics.suggest import did_you_mean
from ...dsl.syntax import ast
from ...dsl.syntax.parse import parse
from ...dsl.text.source import Source
from ..api.literal import literal
from ..errors import UserError
from ..runs.sweeps import Parameter
from .optuna_module import import_optuna

if TYPE_CHECKING:
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler

TPE, GRID, NONE = "TPESampler", "GridSampler", "NopPruner"
"""What is meant where nothing is said: Optuna's default sampler, for few settings each of them
once, and no pruning."""
EXHAUSTIVE = (GRID, "BruteForceSampler")
"""Samplers that try each setting once."""
_ONE_SEED = ("GridSampler", "QMCSampler")
"""Samplers whose trials are one sequence: its seed is that of the sweep for all of them."""


def make_sampler(
    text: str, seed: int, number: int, parameters: tuple[Parameter, ...]
) -> BaseSampler:
    """The sampler for the trial of a number.

    Each trial has a seed of its own, of that of the sweep and its number, so that a sweep that was
    cut off draws what it would have drawn. Raises UserError for a name or an argument that Optuna
    does not have, and where a package that it needs is not installed.
    """
    kind = text.partition("(")[0].strip()
    given: dict[str, object] = {"seed": seed if kind in _ONE_SEED else seed + 1_000_003 * number}
    if kind == "GridSampler":
        given["search_space"] = {each.name: _grid(each) for each in parameters}
    return cast("BaseSampler", _made("--sampler", text, import_optuna().samplers, "Sampler", given))


def make_pruner(text: str) -> BasePruner:
    """A pruner. Raises UserError as `make_sampler` does."""
    return cast("BasePruner", _made("--pruner", text, import_optuna().pruners, "Pruner", {}))


def _grid(parameter: Parameter) -> list[object]:
    if parameter.choices:
        return list(parameter.choices)
    size = parameter.size
    if size is None:
        raise UserError(
            f"--sampler: GridSampler goes through a grid, and `{parameter.name}={parameter.text}` "
            "has none; give choices, or a step"
        )
    step = parameter.step or 1
    return [parameter.low + step * at for at in range(size)]


def _made(
    option: str, text: str, room: ModuleType, ending: str, given: dict[str, object]
) -> object:
    try:
        items = parse(Source(option, f"const value = {text}\n")).items
    except DiagnosticError:
        items = ()
    if len(items) != 1 or not isinstance(items[0], ast.Const):
        raise UserError(f"{option} takes a name of Optuna's, perhaps with arguments; got `{text}`")
    return _object(option, items[0].value, room, ending, given)


def _object(
    option: str, value: ast.Expr, room: ModuleType, ending: str, given: dict[str, object]
) -> object:
    """What a name or a call of one stands for."""
    call = value if isinstance(value, ast.Call) else None
    function = value if call is None else call.function
    known = [n for n in room.__all__ if n.endswith(ending) and not n.startswith("Base")]
    if not isinstance(function, ast.Name) or function.name not in known:
        said = value.span.text
        hint = did_you_mean(said.partition("(")[0], known) or f"there are {', '.join(known)}"
        raise UserError(f"{option}: Optuna has no {ending.lower()} `{said}`. {hint}")
    cls = getattr(room, function.name)
    takes = inspect.signature(cls).parameters
    words = {name: each for name, each in given.items() if name in takes}
    places: list[object] = []
    for arg in () if call is None else call.args:
        name = None if arg.name is None else arg.name.name
        if name is not None and name not in takes:
            hint = did_you_mean(name, list(takes))
            raise UserError(f"{option}: `{function.name}` has no argument `{name}`. {hint}".strip())
        if isinstance(arg.value, ast.Call) or arg.value.span.text in known:
            made = _object(option, arg.value, room, ending, {})
        else:
            made = literal(arg.value.span.text)
        if name is None:
            places.append(made)
        else:
            words[name] = made
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Of what is experimental in Optuna.
            return cls(*places, **words)
    except ImportError as error:
        needs = (error.name or str(error)).partition(".")[0]
        raise UserError(f"{option}: {function.name} needs the package {needs}") from error
    except (TypeError, ValueError) as error:
        raise UserError(f"{option}: {value.span.text}: {' '.join(str(error).split())}") from error
