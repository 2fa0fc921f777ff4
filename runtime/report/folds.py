"""`report.html` of a cross-validation: the means, and what each fold came to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..files.write import write_text
from ..runs.facts import Facts
from ..runs.files import FOLDS_TABLE, REPORT
from ..runs.folds import FoldResult, Spread, spreads
from ..runs.history import VALIDATION
from . import html, sections
from .page import document
from .panels import title
from .scales import duration, number, percent_or_number


def write_folds_report(run: Path, facts: Facts, count: int, results: Sequence[FoldResult]) -> None:
    """Writes the page, whole or not at all; the pages of the folds are linked. Raises OSError."""
    body = "".join(
        (
            _headline(facts, count, results),
            _table(run, results),
            sections.recipe(run, facts),
            sections.background(run, facts),
        )
    )
    write_text(run / REPORT, document(f"{facts.recipe.name}: cross-validation report", body))


def _headline(facts: Facts, count: int, results: Sequence[FoldResult]) -> str:
    recipe = facts.recipe
    name = recipe.name if recipe.name == recipe.net else f"{recipe.name} for {recipe.net}"
    done = sum(one.complete for one in results)
    said = f"Cross-validation in {count} folds"
    said += "" if done == count else f", of which {done} are complete"
    said += f", {duration(facts.seconds)}" if facts.seconds else ""
    shown = [html.tag("h1", html.text(name)), html.tag("p", html.text(f"{said}."), "quiet")]
    found = spreads([one.values for one in results])
    # What the folds did not train on says most.
    names = sorted(found, key=lambda name: (not name.startswith(VALIDATION), "loss" in name))
    tiles = "".join(_tile(name, found[name]) for name in names)
    shown.append(html.tag("div", tiles, "tiles"))
    kept = (
        "Each fold keeps its own model, trained on the samples of the others. The figures are of "
        "these models, mean and standard deviation over the folds. For one model of all samples, "
        "train with `--set folds=none`."
    )
    shown.append(f"<p>{html.spoken(kept)}</p>")
    if facts.notes:
        made = "".join(f"<p>{html.spoken(note)}</p>" for note in facts.notes)
        shown.append(html.tag("div", made, "note"))
    return "".join(shown)


def _tile(name: str, figure: Spread) -> str:
    own = name.removeprefix(VALIDATION)
    part = "validation" if own != name else "training"
    value = percent_or_number(own, figure.mean)
    spread = f"± {percent_or_number(own, figure.deviation)}"
    words = f"{part} {title(own).lower()}"
    shown = "".join(
        (f"<b>{html.text(value)}</b>", html.tag("span", html.text(words)),
         html.tag("span", html.text(spread)))
    )  # fmt: skip
    return html.tag("div", shown, "tile")


def _table(run: Path, results: Sequence[FoldResult]) -> str:
    found = spreads([one.values for one in results])
    restarts = {one.restart for one in results} != {1}
    heads = ["fold", "ended", *(["restart"] if restarts else []), "kept epoch", *found]
    rows: list[list[object]] = []
    for one in results:
        start = [one.fold, one.ending, *([one.restart] if restarts else []), one.epoch]
        rows.append([*start, *(number(one.values[name]) for name in found)])
    blank = [""] * (2 + restarts)
    for word, get in (("mean", "mean"), ("deviation", "deviation")):
        rows.append([word, *blank, *(number(getattr(each, get)) for each in found.values())])
    table = html.table(heads, rows, tuple(range(2, len(heads))))
    links = "".join(
        f"<li>{html.link(f'{one.folder.name}/{REPORT}')}</li>"
        for one in results
        if (run / one.folder.name / REPORT).exists()
    )
    pages = html.tag("h3", "The report of each fold") + html.tag("ul", links, "files")
    note = html.tag("p", html.text(f"The same, in full, is in {FOLDS_TABLE}."), "quiet")
    return html.tag("h2", "Folds") + table + note + (pages if links else "")
