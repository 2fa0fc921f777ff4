"""Lays the phases of a recipe over its own settings: what each trains, and what it freezes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from ....dsl.diagnostics.codes import Code
from ....dsl.syntax import ast
from ....dsl.text.source import Span
from ...expand.body import Body
from ...expand.values import POISON
from ...ir.graph import CheckedGraph
from ..objects.base import Loss, Metric
from ..objects.sums import LossSum
from ..patterns import Matcher
from .case import Aim, Given, PerOutput, PhaseCase
from .evaluate import Reader
from .read import PhaseSettings, Settings
from .sources import with_sources


def inner_losses(checked: CheckedGraph, read: Settings) -> list[str]:
    """The paths of the tensors inside a net that a recipe, or a phase of it, has a loss for."""
    outputs = {output.name for output in checked.graph.outputs}
    found: dict[str, None] = {}
    for given in (read.given, *(phase.given for phase in read.phases)):
        loss = given.get("loss")
        if loss is not None and isinstance(loss.value, PerOutput):
            found |= dict.fromkeys(name for name in loss.value.values if name not in outputs)
    return list(found)


def make_phases(
    body: Body,
    item: ast.Train,
    checked: CheckedGraph,
    trained: CheckedGraph,
    read: Settings,
    find: Matcher,
) -> tuple[PhaseCase, ...]:
    """The phases in turn; one without a name where the recipe has no `phase` blocks.

    `trained` is the net with the inner tensors that have a loss. Raises TooMuch where the patterns
    of layers are too many.
    """
    phases = read.phases or (PhaseSettings("", item.ident.span, {}),)
    return tuple(_stage(body, checked, trained, phase, read, find) for phase in phases)


def _stage(
    body: Body,
    checked: CheckedGraph,
    trained: CheckedGraph,
    phase: PhaseSettings,
    read: Settings,
    find: Matcher,
) -> PhaseCase:
    given = {**read.given, **phase.given}
    aims = _aims(body, checked, trained, phase.span, given, read.meant)
    sound = sound_settings(given)
    frozen = _matched(sound, "freeze", find) - _matched(sound, "unfreeze", find)
    faulty = frozenset(given.keys() - sound.keys())
    return PhaseCase(phase.name, sound, aims, frozenset(frozen), faulty)


def sound_settings(given: Mapping[str, Given]) -> dict[str, Given]:
    """The settings that are without fault."""
    return {key: one for key, one in given.items() if one.value is not POISON}


def _matched(given: Mapping[str, Given], key: str, find: Matcher) -> set[str]:
    if key not in given:
        return set()
    patterns = cast("tuple[str, ...]", given[key].value)
    return {path for pattern in dict.fromkeys(patterns) for path in find(pattern)}


def _aims(
    body: Body,
    checked: CheckedGraph,
    trained: CheckedGraph,
    where: Span,
    given: Mapping[str, Given],
    meant: frozenset[str],
) -> tuple[Aim, ...]:
    loss = given.get("loss")
    if loss is None and "loss" in meant:
        return ()
    if loss is None:
        body.fault(
            Code.MISSING_SETTING,
            "the recipe has no `loss`",
            where,
            "trains for nothing",
            help="say what training makes smaller: `loss = categorical_crossentropy`",
        )
        return ()
    if loss.value is POISON:
        return ()
    found: list[Aim] = []
    own = {output.name for output in checked.graph.outputs}
    for output in trained.graph.outputs:
        # What is said of all outputs is not said of tensors inside the net.
        look = _for_output if output.name in own else _inside
        made = look(loss, output.name)
        if made is None:
            continue
        value, expr = made
        loss_of, factor, terms = _unfolded(body, cast("Loss", value), expr)
        metrics = look(given.get("metrics"), output.name)
        weighted = look(given.get("weighted_metrics"), output.name)
        weight = look(given.get("loss_weights"), output.name)
        classes = _inside(given.get("class_weight"), output.name)
        found.append(
            Aim(
                output,
                output.name if output.name in own else "",
                loss_of,
                terms[0][1] if len(terms) == 1 else expr,
                factor * (cast("float", weight[0]) if weight is not None else 1.0),
                cast("tuple[Metric, ...]", metrics[0]) if metrics is not None else (),
                metrics[1] if metrics is not None else None,
                cast("tuple[Metric, ...]", weighted[0]) if weighted is not None else (),
                weighted[1] if weighted is not None else None,
                cast("tuple[float, ...] | str | None", classes[0]) if classes is not None else None,
                terms if len(terms) > 1 else (),
            )
        )
    if not found:
        body.fault(
            Code.MISSING_SETTING,
            "the recipe has a loss for no output",
            loss.span,
            "names no output",
            help="give one output a loss: `loss = per_output("
            f"{checked.graph.outputs[0].name}=mse)`",
        )
    return with_sources(body, checked, given.get("targets"), found)


def _unfolded(
    body: Body, loss: Loss, expr: ast.Expr
) -> tuple[Loss, float, tuple[tuple[Loss, ast.Expr], ...]]:
    """A loss, what it is multiplied by, and its terms with their places where it is a sum.

    `0.4 * mse` is `mse` with a weight, not a sum.
    """
    if not isinstance(loss, LossSum):
        return loss, 1.0, ()
    exprs = Reader(body).written("loss", expr).exprs
    terms = tuple((term.loss, own) for term, own in zip(loss.added, exprs, strict=True))
    if len(terms) == 1:
        return loss.added[0].loss, loss.added[0].weight, terms
    return loss, 1.0, terms


def _inside(given: Given | None, name: str) -> tuple[object, ast.Expr] | None:
    """What `per_output` says of a name, and not of all outputs together."""
    if given is None or not isinstance(given.value, PerOutput):
        return None
    return given.value.values.get(name)


def _for_output(given: Given | None, output: str) -> tuple[object, ast.Expr] | None:
    """What a setting says for an output; None where it says nothing, or is at fault."""
    if given is None or given.value is POISON:
        return None
    if isinstance(given.value, PerOutput):
        return given.value.values.get(output)
    return given.value, given.setting.value
