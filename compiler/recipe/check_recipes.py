"""Checks `train` blocks: each becomes a Recipe, or findings that say why it does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Related
from ...dsl.diagnostics.findings import Findings
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..expand.body import Body, Stop, most_opened
from ..expand.dispatch import new_body
from ..expand.expand import static_values
from ..expand.nets import NetChecker
from ..expand.values import Value
from ..ir.graph import CheckedGraph
from ..link.module import Defined, Module
from ..link.project import Project
from .inner import with_inner
from .make import make_recipe
from .patterns import Matcher, TooMuch
from .read.case import Case
from .read.names import Names
from .read.phases import inner_losses, make_phases, sound_settings
from .read.read import read_block
from .recipe import Recipe
from .rules import RULES


def check_recipes(
    checker: NetChecker,
    module: Module,
    settings: Mapping[str, Value],
    *,
    net: str | None = None,
    recipe: str | None = None,
    overrides: Sequence[ast.Setting] = (),
) -> list[Recipe]:
    """The recipes of a module that are without fault; the faults of the others are reported.

    `settings` are those of the nets. `net` and `recipe` restrict to the recipes of one net or of
    one name; `overrides` are settings that stand in the place of a recipe's own.
    """
    found: list[Recipe] = []
    seen: dict[str, Span] = {}
    for item in module.file.items:
        if not isinstance(item, ast.Train):
            continue
        ident = item.ident
        if ident.name in seen:
            _twice(checker.findings, item, seen[ident.name])
            continue
        seen[ident.name] = ident.span
        entity = module.names.get(item.net.name)
        if not isinstance(entity, Defined) or entity.definition.kind != "net":
            continue
        if net not in (None, item.net.name) or recipe not in (None, ident.name):
            continue
        with suppress(Stop):
            checked = checker.check(entity, settings)
            own = Findings()
            body = new_body(checker.project, module, own, max_layers=checker.max_layers)
            body.env.update(static_values(checker.project, entity, settings))
            try:
                made = _check(checker.project, module, item, checked, body, overrides)
            finally:
                checker.findings.extend(own.diagnostics)
            if made is not None:
                found.append(made)
    return found


def _twice(findings: Findings, item: ast.Train, first: Span) -> None:
    ident = item.ident
    findings.fault(
        Code.DUPLICATE_NAME,
        f"there are two recipes `{ident.name}`",
        ident.span,
        "defined again here",
        related=(Related("first defined here", first),),
        help=f"give it a name of its own: `train Name for {item.net.name} {{ … }}`",
    )


def _check(
    project: Project,
    module: Module,
    item: ast.Train,
    checked: CheckedGraph | None,
    body: Body,
    overrides: Sequence[ast.Setting],
) -> Recipe | None:
    """One recipe; None where it, or its net, is at fault."""
    read = read_block(body, item, None if checked is None else Names(checked), overrides)
    if checked is None:
        return None
    most = most_opened(body.expansion.max_layers)
    if len(checked.folded) > most:
        body.fault(
            Code.EXPANSION_LIMIT,
            f"`{checked.name}` has {len(checked.folded):,} layers: "
            f"the limit of a net that is trained is {most:,} layers",
            item.ident.span,
            "this recipe",
            help="raise the limit with --max-layers",
        )
        return None
    trained = with_inner(checked, inner_losses(checked, read))
    find = Matcher(trained)
    try:
        stages = make_phases(body, item, checked, trained, read, find)
        given = sound_settings(read.given)
        case = Case(project, module, item, body, checked, trained, stages, given, find)
        for rule in RULES:
            rule(case)
    except TooMuch:
        body.fault(
            Code.EXPANSION_LIMIT,
            f"the recipe `{item.ident.name}` names too many patterns for a net of "
            f"{len(trained.graph):,} layers",
            item.ident.span,
            "this recipe",
            help="name blocks instead of layers",
        )
        return None
    if any(found.severity == "error" for found in body.expansion.findings.diagnostics):
        return None
    return make_recipe(case)
