"""`netc summary`: the layer table of a net."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from ...compiler.check import Analysis, Net
from ...compiler.cost.costs import net_costs
from ...compiler.cost.table import Table
from ...compiler.expand.values import Value
from ...compiler.recipe.learns import learning_lines
from ...compiler.shapes.dims import DimTooComplex
from ...dsl.diagnostics.suggest import did_you_mean
from ...dsl.text.escape import markdown
from ..api.labels import labels_json, labels_of, labels_table
from ..api.summary_json import as_json
from ..errors import UserError
from .common import full_option, load_net, max_layers_option, parse_settings, set_option
from .rich_table import say_rows
from .say import say, say_json

if TYPE_CHECKING:
    from ...compiler.recipe.recipe import Recipe


@click.command("summary")
@click.argument("target", metavar="FILE[:NET]")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "markdown", "json"]),
    default="table",
    help="How the table is written.",
)
@click.option("--batch", type=click.IntRange(1), help="Show shapes and costs for this batch size.")
@click.option("--labels", is_flag=True, help="List what can be tapped, and no costs.")
@click.option("--recipe", metavar="NAME", help="Count what this recipe trains and freezes.")
@set_option
@max_layers_option
@full_option
def command(
    target: str,
    form: str,
    batch: int | None,
    labels: bool,
    recipe: str | None,
    settings: tuple[str, ...],
    max_layers: int,
) -> int:
    """Print a net's layers: type, output shape, parameters, FLOPs, receptive field.

    Where the file has recipes for the net that freeze something, or train in phases, the last lines
    say how many parameters learn in each. FILE may be one of the zoo: zoo.vgg:VGG16.
    """
    given = parse_settings(settings)
    net, analysis = load_net(target, given, max_layers)
    assert net.graph is not None
    if labels:
        return _labels(net, given, max_layers, form)
    recipes = _recipes(analysis, net.name, recipe)
    try:
        report = net_costs(net.graph, batch)
    except DimTooComplex as error:
        raise UserError(f"the costs of `{net.name}` come to {error}") from None
    if form == "json":
        say_json(as_json(report, recipes))
        return 0
    table = report.table()
    learning = tuple(line for each in recipes for line in learning_lines(each))
    _show(replace(table, below=(*table.below, *learning)), form)
    return 0


def _recipes(analysis: Analysis, net: str, name: str | None) -> list[Recipe]:
    """The recipes of a net, or the one of that name. Raises UserError where there is none."""
    found = [recipe for recipe in analysis.recipes if recipe.net == net]
    if name is None:
        return found
    known = [recipe.name for recipe in found]
    if name not in known:
        hint = did_you_mean(name, known)
        raise UserError(f"`{net}` has no recipe `{name}`. {hint}".strip())
    return [recipe for recipe in found if recipe.name == name]


def _labels(net: Net, settings: Mapping[str, Value], max_layers: int, form: str) -> int:
    """Prints what can be tapped."""
    found = labels_of(net, settings, max_layers)
    if form == "json":
        say_json(labels_json(net.name, found))
    elif not found:
        say(f"{net.name} has no label to tap; a layer gets one by `as`: `-> Dense(64) as features`")
    else:
        _show(labels_table(net.name, found), form)
    return 0


def _show(table: Table, form: str) -> None:
    if form == "markdown":
        say(_markdown(table))
    elif sys.stdout.isatty():
        _on_terminal(table)
    else:
        say(table.text())


def _markdown(table: Table) -> str:
    rule = "|---|---|" + "--:|" * (len(table.headings) - 2)
    lines = [f"## {table.title}", "", f"| {' | '.join(table.headings)} |", rule]
    lines += [f"| {' | '.join(map(markdown, row))} |" for row in table.rows]
    lines += ["", *(f"- {name}: {markdown(value)}" for name, value in table.below[1:])]
    return "\n".join(lines)


def _on_terminal(table: Table) -> None:
    """The table as wide as the terminal, in its colours."""
    numbers = range(2, len(table.headings))
    say_rows(table.title, table.headings, table.rows, right=numbers)
    for name, value in table.below:
        say(f"{name}: {value}")
