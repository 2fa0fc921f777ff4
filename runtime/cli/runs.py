"""`netc runs`: the runs of a folder side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...dsl.text.escape import terminal
from ..errors import UserError
from .pictures import check_picture, picture_option
from .say import say, say_commands, say_json

if TYPE_CHECKING:
    from ..report.compared import Compared
    from ..runs.listed import Listed


@click.command("runs")
@click.argument("folders", metavar="[DIR]…", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json", "html"]),
    default="table",
    help="How the table is written.",
)
@click.option(
    "--sort",
    metavar="NAME",
    help="Order by a column, a setting or a figure; by default as they were started.",
)
@click.option("--reverse", is_flag=True, help="The largest, or the last, first.")
@click.option(
    "--where",
    multiple=True,
    metavar="NAME=VALUE",
    help="Only runs of which this holds; also with !=, <, <=, > and >=.",
)
@picture_option("Draw the curves of these runs in one picture.")
def command(
    folders: tuple[Path, ...],
    form: str,
    sort: str | None,
    reverse: bool,
    where: tuple[str, ...],
    out: Path | None,
) -> int:
    """Compare runs: settings that differ, epochs, figures, parameters, time.

    DIR is runs/ where none is named.
    """
    check_picture(out)
    from ..report.compared import chosen_runs, compared
    from ..runs.folder import RUNS

    places = folders or (RUNS,)
    runs = chosen_runs(_read(places), where, sort, reverse=reverse)
    if not runs:
        raise UserError(f"there is no run of which {' and '.join(where)} holds")
    table = compared(runs, places[0] if len(places) == 1 else None)
    if out is not None:
        _draw(table, runs, out)
    _show(table, runs, places, form)
    return 0


def _read(places: Sequence[Path]) -> list[Listed]:
    """The runs of some folders; of what cannot be read there is a note. Raises UserError."""
    from ..report.compared import with_params
    from ..runs.listed import find_runs, read_run

    found: dict[Path, Listed] = {}
    for place in places:
        for path in find_runs(place):
            try:
                found[path] = with_params(read_run(path))
            except UserError as error:
                say(terminal(f"note: {error}"), err=True)
                continue
            for note in found[path].notes:
                say(terminal(f"note: {note}"), err=True)
    if not found:
        listed = ", ".join(map(str, places))
        raise UserError(f"{listed}: holds no run; `netc train` makes one")
    return list(found.values())


def _draw(table: Compared, runs: Sequence[Listed], out: Path) -> None:
    from ..report.run_curves import MOST_RUNS, draw_runs

    named = [
        (str(row["run"]), run) for row, run in zip(table.rows, runs, strict=True) if run.history
    ]
    if not named:
        raise UserError("none of these runs has an epoch that ended, so there are no curves")
    if len(named) > MOST_RUNS:
        say(f"note: the picture shows the first {MOST_RUNS} runs; choose with --where", err=True)
    draw_runs(named[:MOST_RUNS], out)


def _show(table: Compared, runs: Sequence[Listed], places: Sequence[Path], form: str) -> None:
    from ..report.runs_table import as_csv, as_html, as_json, as_text

    if form == "json":
        say_json(as_json(table, runs))
    elif form == "csv":
        say_commands(as_csv(table))
    elif form == "html":
        say_commands(as_html(table, f"Runs of {', '.join(map(str, places))}"))
    else:
        say(as_text(table))
