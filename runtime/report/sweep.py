"""The report of a sweep: its picture, its table, and a page that needs nothing but itself."""

from __future__ import annotations

import csv
import io
import shlex
from pathlib import Path
from urllib.parse import quote

from ...compiler.ops.base.kinds import show
from ...dsl.text.escape import csv_cell
from ..files.write import replacing, write_text
from ..runs.files import (
    REPORT,
    SWEEP_PNG,
    SWEEP_SVG,
    TRIALS,
)
from ..runs.sweeps import (
    COMPLETE,
    FAILED,
    PRUNED,
    Sweep,
    Trial,
    as_text,
    trial_name,
)
from . import html
from .page import document
from .scales import duration, percent_or_number
from .style import drawing, save


def write_sweep_report(folder: Path, sweep: Sweep) -> list[str]:
    """Writes the picture and the page of a sweep into its folder, each file whole or not at all.

    Gives notes on what could not be made. Raises UserError where the folder takes no file.
    """
    notes = []
    try:
        _draw(folder, sweep)
    except ImportError:
        notes.append("matplotlib is not installed, so there is no picture")
    write_text(folder / REPORT, sweep_page(folder, sweep))
    return notes


def _draw(folder: Path, sweep: Sweep) -> None:
    from matplotlib import rc_context

    from .sweep_figure import sweep_figure

    with drawing():
        figure = sweep_figure(sweep)
        save(figure, folder / SWEEP_PNG)
        # The same sweep gives the same file, and one that needs no font.
        plain = rc_context({"svg.hashsalt": "netc", "svg.fonttype": "path"})
        with plain, replacing(folder / SWEEP_SVG) as temporary:
            figure.savefig(temporary, format="svg", metadata={"Date": None})


def write_trials(folder: Path, sweep: Sweep) -> None:
    """Writes `trials.csv`: a row a trial, numbers in full. Raises UserError."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [each.name for each in sweep.parameters]
    writer.writerow(["trial", "state", *map(csv_cell, (*names, sweep.metric)), "seconds", "why"])
    for trial in sweep.trials:
        held = [trial.values.get(name) for name in names]
        shown = [csv_cell(v) if isinstance(v, str) else "" if v is None else show(v) for v in held]
        value = "" if trial.value is None else repr(trial.value)
        seconds = "" if trial.seconds is None else f"{trial.seconds:.3f}"
        writer.writerow([trial.number, trial.state, *shown, value, seconds, csv_cell(trial.why)])
    write_text(folder / TRIALS, text.getvalue())


def sweep_page(folder: Path, sweep: Sweep) -> str:
    """The whole page; the picture is the one that is in the folder."""
    title = f"{sweep.name}: {len(sweep.trials)} trials"
    body = html.tag("h1", html.text(title)) + _tiles(sweep) + _best(sweep)
    body += html.tag("h2", "What was tried")
    body += html.picture(folder / SWEEP_PNG, "Course, importance and settings of the trials")
    body += html.tag("h2", "Trials") + _table(sweep)
    body += html.tag("h2", "The sweep") + html.pairs(_facts(sweep))
    return document(title, body)


def _tiles(sweep: Sweep) -> str:
    tiles = [(str(sweep.count(COMPLETE)), "trials complete")]
    tiles += [
        (str(sweep.count(state)), word)
        for state, word in ((PRUNED, "given up by the pruner"), (FAILED, "failed"))
        if sweep.count(state)
    ]
    if sweep.best is not None:
        tiles.insert(
            0, (_figure(sweep, sweep.best), f"{sweep.metric} of trial {sweep.best.number}")
        )
    made = "".join(
        f'<div class="tile"><b>{html.text(value)}</b><span>{html.text(words)}</span></div>'
        for value, words in tiles
    )
    return f'<div class="tiles">{made}</div>'


def _figure(sweep: Sweep, trial: Trial) -> str:
    return "" if trial.value is None else percent_or_number(sweep.metric, trial.value)


def _best(sweep: Sweep) -> str:
    if sweep.best is None:
        return html.tag("p", "No trial came to its end.")
    held = {**sweep.fixed, **sweep.best.values}
    given = [f"{n}={as_text(v)}" for n, v in held.items()]
    words = [word for each in given for word in ("--set", each)]
    return html.tag("p", "The best settings, for <code>netc train</code>:") + html.tag(
        "pre", html.text(shlex.join(words))
    )


def _table(sweep: Sweep) -> str:
    names = [each.name for each in sweep.parameters]
    heads = ["trial", "state", *names, sweep.metric, "time"]
    numbers = {2 + at for at, each in enumerate(sweep.parameters) if not each.choices}
    numbers |= {len(heads) - 2, len(heads) - 1}

    def cell(kind: str, at: int, content: str) -> str:
        return html.tag(kind, content, "n" if at in numbers else "")

    rows = [html.tag("tr", "".join(cell("th", at, html.text(h)) for at, h in enumerate(heads)))]
    for trial in sorted(sweep.trials, key=lambda each: _order(sweep, each)):
        place = trial_name(trial.number)
        number = f'<a href="./{quote(place)}/{REPORT}">{trial.number}</a>'
        values = [html.text(_value(trial.values.get(name))) for name in names]
        state = trial.state + (f": {trial.why}" if trial.why else "")
        time = "" if trial.seconds is None else duration(trial.seconds)
        row = [number, html.text(state), *values, html.text(_figure(sweep, trial)), html.text(time)]
        rows.append(html.tag("tr", "".join(cell("td", at, each) for at, each in enumerate(row))))
    made = f"<table><thead>{rows[0]}</thead><tbody>{''.join(rows[1:])}</tbody></table>"
    return html.tag("div", made, "scroll")


def _order(sweep: Sweep, trial: Trial) -> tuple[bool, float, int]:
    """The best first, and those without a figure last."""
    if trial.value is None:
        return True, 0.0, trial.number
    return False, -trial.value if sweep.larger else trial.value, trial.number


def _value(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    return as_text(value)


def _facts(sweep: Sweep) -> list[tuple[str, object]]:
    tried = [(each.name, each.text) for each in sweep.parameters]
    fixed = [(name, f"{_value(value)}, always") for name, value in sweep.fixed.items()]
    side = "the largest" if sweep.larger else "the smallest"
    return [
        *tried,
        *fixed,
        ("goes by", f"{side} {sweep.metric} of the weights that a run kept"),
        ("sampler", sweep.sampler),
        ("pruner", sweep.pruner),
        ("trials", f"{len(sweep.trials)} of {sweep.planned}"),
        *sweep.facts.items(),
    ]
