"""`netc summary`: the layer table of a net."""

from __future__ import annotations

import sys

import click

from ...compiler.cost.costs import net_costs
from ...compiler.cost.table import Table
from ...compiler.shapes.dims import DimTooComplex
from ...dsl.text.escape import markdown
from ..api.summary_json import as_json
from ..errors import UserError
from .common import full_option, load_net, max_layers_option, parse_settings, set_option
from .say import say, say_json, wants_color


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
@set_option
@max_layers_option
@full_option
def command(
    target: str, form: str, batch: int | None, settings: tuple[str, ...], max_layers: int
) -> int:
    """Print a net's layers: type, output shape, parameters, FLOPs, receptive field."""
    net, _ = load_net(target, parse_settings(settings), max_layers)
    assert net.graph is not None
    try:
        report = net_costs(net.graph, batch)
    except DimTooComplex as error:
        raise UserError(f"the costs of `{net.name}` come to {error}") from None
    if form == "json":
        say_json(as_json(report))
    elif form == "markdown":
        say(_markdown(report.table()))
    elif sys.stdout.isatty():
        _on_terminal(report.table())
    else:
        say(str(report))
    return 0


NARROWEST_PATH = 24


def _markdown(table: Table) -> str:
    lines = [f"## {table.title}", "", f"| {' | '.join(table.headings)} |", "|---|---|--:|--:|--:|"]
    lines += [f"| {' | '.join(map(markdown, row))} |" for row in table.rows]
    lines += ["", *(f"- {name}: {markdown(value)}" for name, value in table.below[1:])]
    return "\n".join(lines)


def _on_terminal(table: Table) -> None:
    """The table as wide as the terminal, in its colours."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table as RichTable

    widths = [max(map(len, column)) for column in zip(table.headings, *table.rows, strict=True)]
    shown = RichTable(title=table.title, box=SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for index, (heading, width) in enumerate(zip(table.headings, widths, strict=True)):
        # Where a terminal is too narrow, paths are broken; a number never is.
        path = index == 0
        shown.add_column(
            heading,
            justify="left" if index < 2 else "right",
            no_wrap=not path,
            min_width=min(width, NARROWEST_PATH) if path else width,
            overflow="fold",
        )
    for row in table.rows:
        shown.add_row(*row)
    color = wants_color(sys.stdout)
    console = Console(
        file=sys.stdout, color_system="auto" if color else None, highlight=False, markup=False
    )
    others = sum(widths[1:]) + 3 * len(widths) + 2
    console.width = max(console.width, min(widths[0], NARROWEST_PATH) + others)
    with console.capture() as captured:
        console.print(shown)
    say("\n".join(line.rstrip() for line in captured.get().splitlines()))
    for name, value in table.below:
        say(f"{name}: {value}")
