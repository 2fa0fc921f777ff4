"""Whether the layers that `freeze`, `unfreeze` and `load` name are there, and something is left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from ....dsl.diagnostics.codes import Code
from ....dsl.diagnostics.suggest import correction, did_you_mean
from ....dsl.syntax import ast
from ....dsl.text.source import Span
from ...ops.base.kinds import Word, show
from ..objects.loads import load
from ..patterns import options
from ..read.case import Case, Given

SUGGESTED = 20
"""How many paths that are not there get a suggestion; one takes milliseconds."""
LONGEST_MEANT = 200
"""The longest pattern that gets one with `**`."""


def check_paths(case: Case) -> None:
    """Reports paths that mean no layer with weights, and what they come to."""
    named: dict[tuple[str, Span], None] = {}
    for given in _settings(case, "freeze", "unfreeze"):
        named |= dict.fromkeys(_patterns(given))
    for given in _settings(case, "weights"):
        named |= dict.fromkeys((one.into, span) for one, span in _loads(given) if one.into)
    missing = [(pattern, span) for pattern, span in named if not case.find(pattern)]
    for index, (pattern, span) in enumerate(missing):
        _missing(case, pattern, span, meant=index < SUGGESTED)
    if not missing:
        _check_frozen(case)
        _check_unfrozen(case)


def _settings(case: Case, *keys: str) -> list[Given]:
    """Each of the settings wherever it is written, once."""
    found = {
        id(stage.given[key]): stage.given[key]
        for stage in case.stages
        for key in keys
        if key in stage.given
    }
    return list(found.values())


def items(given: Given, count: int) -> Sequence[Span]:
    """Where each of `count` values of a list is written."""
    value = given.setting.value
    if isinstance(value, ast.ListExpr | ast.TupleExpr) and len(value.items) == count:
        return [item.span for item in value.items]
    return [given.span] * count


def _patterns(given: Given) -> list[tuple[str, Span]]:
    patterns = cast("tuple[str, ...]", given.value)
    return list(zip(patterns, items(given, len(patterns)), strict=True))


def _loads(given: Given) -> list[tuple[load, Span]]:
    loads = cast("tuple[load, ...]", given.value)
    return list(zip(loads, items(given, len(loads)), strict=True))


def _missing(case: Case, pattern: str, span: Span, *, meant: bool) -> None:
    """Reports a path that means no layer, or none with weights; `meant`: with a suggestion."""
    there = case.find(pattern, weights=False)
    deeper = _deeper(case, pattern) if meant and not there else ""
    known = [deeper] if deeper else options(case.checked) if meant else ()
    shown = show(Word(pattern))
    case.findings.fault(
        Code.UNKNOWN_PATH,
        f"`{shown}` has no weights in `{case.checked.name}`"
        if there
        else f"`{case.checked.name}` has no layer `{shown}`",
        span,
        "no weights" if there else "no such layer",
        help="name a layer or block with weights"
        if there
        else f'write `"{deeper}"`: `*` stays within one name, `**` is any number of them'
        if deeper
        else did_you_mean(pattern, known) or "`netc summary` lists the paths",
        fix=None if there else correction(span, pattern, known),
    )


def _deeper(case: Case, pattern: str) -> str:
    """The pattern with `**` in front of each part that has a `*`, where that means layers."""
    if "*" not in pattern or "**" in pattern or len(pattern) > LONGEST_MEANT:
        return ""
    parts = [f"**/{part}" if "*" in part else part for part in pattern.split("/")]
    deeper = "/".join(parts)
    return deeper if case.find(deeper) else ""


def _check_frozen(case: Case) -> None:
    trained = set(case.find.weighted)
    if not trained:
        case.findings.fault(
            Code.ALL_FROZEN,
            f"`{case.checked.name}` has no weights that training could change",
            case.item.net.span,
            "nothing to train",
        )
        return
    for stage in case.stages:
        if trained <= stage.frozen and "freeze" in stage.given:
            case.findings.fault(
                Code.ALL_FROZEN,
                f"every weight of `{case.checked.name}` is frozen"
                + (f" in phase `{stage.name}`" if stage.name else ""),
                stage.given["freeze"].span,
                "leaves nothing to train",
                help="freeze less, or `unfreeze` what is to be trained",
            )


def _check_unfrozen(case: Case) -> None:
    """Reports an `unfreeze` of layers that are frozen nowhere."""
    used: set[Span] = set()
    where: dict[Span, str] = {}
    for stage in case.stages:
        if "unfreeze" not in stage.given or "freeze" in stage.faulty:
            continue
        patterns = _patterns(stage.given["freeze"]) if "freeze" in stage.given else []
        frozen = {path for pattern, _ in patterns for path in case.find(pattern)}
        for pattern, span in _patterns(stage.given["unfreeze"]):
            where[span] = stage.name
            if not frozen.isdisjoint(case.find(pattern)):
                used.add(span)
    for span, name in where.items():
        if span not in used:
            case.findings.fault(
                Code.FREEZES_NOTHING,
                "nothing of this is frozen" + (f" in phase `{name}`" if name else ""),
                span,
                "not frozen",
                help="a phase has the `freeze` of its recipe or its own; remove the `unfreeze`"
                if name
                else "`unfreeze` leaves out what `freeze` names; remove it",
            )
