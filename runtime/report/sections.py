"""The parts of `report.html` below its head, from the curves to the files at the end."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from ...compiler.cost.costs import LayerCosts, net_costs
from ..picture.notebook import notebook_picture
from ..runs.facts import Facts
from ..runs.files import (
    BEST,
    CONFUSION,
    CONFUSION_TABLE,
    FACTS,
    FINAL_STATE,
    GRADIENTS,
    HISTORY,
    KERAS,
    LOCK,
    MISTAKES,
    NORMS,
    OLDER_STATE,
    ONNX,
    PREDICTED,
    RECIPE,
    RECIPE_TEXT,
    REPORT,
    SOURCE,
    STATE,
)
from . import html
from .judge import Judgement
from .mistakes import is_picture
from .panels import panels, title
from .scales import number, percent_or_number
from .svg import chart, legend

FILES = {
    ONNX: "the model, for netc run and onnxruntime",
    KERAS: "the model, for Keras",
    BEST: "the weights that were kept, for netc compile --weights",
    HISTORY: "every epoch",
    GRADIENTS: "gradient norms",
    CONFUSION_TABLE: "the confusion matrix",
    RECIPE_TEXT: "the recipe with every default",
    RECIPE: "the same as JSON",
    FACTS: "versions, machine, seed, times",
}
"""What the files of a run folder are."""
HIDDEN = (OLDER_STATE, FINAL_STATE, LOCK, REPORT, STATE)
FOLD_FROM = 30
"""Tables of more rows are folded."""
ROWS_UP_TO = 2000
"""Layers that are listed."""


def curves(facts: Facts) -> str:
    """Loss, metrics and learning rate over the epochs."""
    made = panels(facts.history, facts.kept_restart)
    if not made:
        return html.tag("h2", "Curves") + html.tag("p", "No epoch was finished.", "quiet")
    charts = "".join(
        html.tag(
            "div",
            html.tag("h3", html.text(panel.title + (" (log scale)" if panel.log else "")))
            + chart(panel),
        )
        for panel in made
    )
    return (
        html.tag("h2", "Curves")
        + legend(made)
        + html.tag("div", charts, "charts three" if len(made) == 3 else "charts")
    )


def judgement(run: Path, judged: Judgement | None) -> str:
    """What the kept weights do on data: classes, mistakes, values."""
    if judged is None:
        return ""
    part = judged.part if judged.part != "train" else "training"
    shown = [html.tag("h2", html.text(f"On the {part} data ({judged.samples:,} samples)"))]
    if judged.part == "train":
        rows = [(title(k).lower(), percent_or_number(k, v)) for k, v in judged.values.items()]
        shown.append(html.pairs(rows))
    made = judged.confusion
    if made is not None:
        beside = html.picture(run / CONFUSION, "Confusion matrix")
        confused = made.confused()
        if len(made.classes) > 2 and confused:
            table = html.table(("is", "was taken for", "times"), confused, (2,))
            beside += html.tag("div", html.tag("h3", "Most often mixed up") + table)
        shown.append(html.tag("div", beside, "side"))
        called = made.counts.sum(axis=0)
        if len(made.classes) > 1 and (called > 0).sum() == 1:
            only = made.classes[int(called.argmax())]
            words = f"Every sample is taken for {only}: the net has learned to tell nothing apart."
            shown.append(html.tag("div", html.tag("p", html.text(words)), "note"))
        rows_of = [
            (f.name, f"{f.precision:.1%}", f"{f.recall:.1%}", f"{f.f1:.1%}", f"{f.support:,}")
            for f in made.figures()
        ]
        heads = ("class", "precision", "recall", "F1", "samples")
        table = html.table(heads, rows_of, (1, 2, 3, 4))
        shown.append(html.details("Each class", table, opened=len(rows_of) <= FOLD_FROM))
    if judged.mistakes:
        alt = "Wrong answers the net was surest of"
        picture = html.picture(run / MISTAKES, alt, photographs=True)
        listed = html.table(
            ("sample", "is", "was taken for", "with", "the right one got"),
            [(m.name, m.truth, m.predicted, f"{m.score:.1%}", f"{m.right:.1%}")
             for m in judged.mistakes],
            (3, 4),
        )  # fmt: skip
        shown.append(picture)
        shown.append(html.details("The worst mistakes as a list", listed, opened=not picture))
    if judged.estimated is not None:
        alike = is_picture(judged.estimated.truth.shape[1:])
        alt = "Predicted against true values"
        shown.append(html.picture(run / PREDICTED, alt, photographs=alike))
    return "".join(shown)


def gradients(run: Path, facts: Facts, lines: Sequence[str]) -> str:
    """The gradients' picture, and what to do about them."""
    picture = html.picture(run / NORMS, "Norm of each layer's gradient over the steps")
    if not picture and not lines:
        return ""
    shown = [html.tag("h2", "Gradients")]
    if lines:
        rest = "".join(f"<li>{html.spoken(line)}</li>" for line in lines[1:])
        made = f"<p><b>{html.spoken(lines[0])}</b></p>" + (f"<ul>{rest}</ul>" if rest else "")
        shown.append(html.tag("div", made, "note"))
    else:
        shown.append("<p>They neither vanish nor explode.</p>")
    return "".join((*shown, picture))


def endings(facts: Facts) -> str:
    """How each restart and phase ended."""
    found = facts.history.endings
    restarts = {e.restart for e in found}
    phases = {e.phase for e in found}
    if len(restarts) < 2 and len(phases) < 2:
        return ""
    rows = []
    for e in found:
        kept = "kept" if e.restart == facts.kept_restart else ""
        start = [f"{e.restart}"] * (len(restarts) > 1) + [e.phase] * (len(phases) > 1)
        rows.append((*start, e.reason, e.epoch, e.kept, e.monitor, number(e.value), kept))
    heads = ["restart"] * (len(restarts) > 1) + ["phase"] * (len(phases) > 1)
    first = len(heads)
    words = " and ".join(f"{head}s" for head in heads)
    return html.tag("h2", title(words)) + html.table(
        (*heads, "ended", "after epoch", "best epoch", "by", "value", ""),
        rows,
        (first + 1, first + 2, first + 4),
    )


def recipe(run: Path, facts: Facts) -> str:
    """What was trained, and how: the `.net` source and the recipe with every default."""
    shown = [html.tag("h2", "Net and recipe")]
    for index, (name, text) in enumerate(_sources(run, facts)):
        shown.append(html.details(name, html.source(text), opened=index == 0))
    if facts.resolved:
        shown.append(html.details("The recipe with every default", html.source(facts.resolved)))
    picture = notebook_picture(facts.recipe.checked)
    if picture:
        shown.append(html.details("The net as a picture", html.tag("div", picture, "scroll")))
    made = net_costs(facts.recipe.checked)
    rows = [_layer(row) for row in made.layers[:ROWS_UP_TO]]
    table = html.table(("layer", "type", "output", "parameters"), rows, (3,))
    total = f"{made.params:,} parameters, {made.trainable_params:,} of them trainable"
    more = len(made.layers) - len(rows)
    if more > 0:
        table += html.tag("p", f"and {more:,} more", "quiet")
    shown.append(html.details(f"Layers: {total}", table, opened=len(rows) <= FOLD_FROM))
    return "".join(shown)


def _layer(row: LayerCosts) -> tuple[str, ...]:
    shapes = ", ".join(f"[{', '.join(map(str, type.shape))}]" for type in row.outputs)
    return row.path, row.op, shapes, "shared" if row.shared else f"{row.params:,}"


def _sources(run: Path, facts: Facts) -> list[tuple[str, str]]:
    """The files that the run keeps, and their texts: that of the recipe, then what it imports."""
    main = facts.recipe.file
    kept = run / SOURCE
    paths = sorted(kept.rglob("*.net"), key=lambda path: (path.name != main.name, path))
    found = []
    for path in paths or [main]:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            continue
        found.append((path.relative_to(kept).as_posix() if paths else main.name, text))
    return found or [(main.name, facts.recipe.text)]


def background(run: Path, facts: Facts) -> str:
    """How to repeat the run, what it ran on, and the files it left."""
    shown = [html.tag("h2", "The run")]
    if facts.command:
        shown.append("<p>To repeat it:</p>")
        shown.append(html.tag("pre", html.tag("code", html.text(shlex.join(facts.command)))))
    rows: list[tuple[str, object]] = [("seed", facts.recipe.seed)]
    rows += [(f"{part} samples", f"{count:,}") for part, count in facts.samples.items()]
    rows += list(facts.versions.items())
    rows += list(facts.machine.items())
    shown.append(html.pairs(rows))
    items = []
    for path in sorted(run.iterdir()) if run.is_dir() else ():
        if path.is_file() and not path.name.startswith(".") and path.name not in HIDDEN:
            what = FILES.get(path.name, "")
            items.append(f"<li>{html.link(path.name)}{': ' if what else ''}{html.text(what)}</li>")
    if items:
        shown.append(html.tag("h3", "Files"))
        shown.append(html.tag("ul", "".join(items), "files"))
    return "".join(shown)
