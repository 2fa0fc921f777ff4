"""Writes what a run folder shows: pictures, tables and `report.html`."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from pathlib import Path

from ...compiler.ir.graph import CheckedGraph
from ...compiler.recipe.logged import weighed_names
from ...compiler.recipe.recipe import Recipe
from ..data.dataset import Dataset
from ..errors import UserError
from ..files.write import write_text
from ..runs.facts import Facts
from ..runs.files import (
    BEST,
    CONFUSION,
    CONFUSION_TABLE,
    CURVES,
    MISTAKES,
    NORMS,
    ONNX,
    PREDICTED,
    REPORT,
)
from .advice import advice
from .judge import Judgement, judge
from .measures import penalty, untried_note
from .page import page

VALUES_UP_TO = 100_000_000
"""Output values that are held at once; of nets that give more, the first samples are judged."""
TRAIN_UP_TO = 5000
"""Without other parts the model is judged on the training part, where it is no larger."""


def write_report(run: Path, facts: Facts, dataset: Dataset | None = None) -> Judgement | None:
    """Writes the pictures and the page of a run into its folder, each file whole or not at all.

    Returns what the model does on the test part, or on what there is instead; None where it was
    not tried.

    The model and its weights are read from the folder; where the model or the data are missing,
    so are the parts that need them. What cannot be made is said on the page. Raises OSError or
    UserError where the folder takes no file.
    """
    notes = list(facts.notes)
    judged = None
    try:
        judged = _judged(run, facts.recipe, dataset, notes)
    except UserError as error:
        notes.append(f"The model was not tried on the data: {error}")
    notes += weighing(facts.recipe, dataset)
    if judged is not None and untried_note(facts.recipe):
        notes.append(untried_note(facts.recipe))
    lines: tuple[str, ...] = ()
    if facts.history.gradients is not None:
        lines = advice(facts.history.gradients, facts.recipe.trained, facts.recipe)
    try:
        _draw(run, facts, dataset, judged)
    except ImportError:
        notes.append("matplotlib is not installed, so there are no pictures.")
    made = page(run, replace(facts, notes=tuple(notes)), judged, lines)
    write_text(run / REPORT, made)
    return judged


def weighing(recipe: Recipe, dataset: Dataset | None) -> list[str]:
    """Which figures count samples by their weights, where they have some."""
    if dataset is None or all(part.weights is None for part in dataset.parts):
        return []
    names = dict.fromkeys(n for phase in recipe.phases for n in weighed_names(phase.heads))
    return [
        f"Samples have weights; {', '.join(names)} count each by its own. Other figures, confusion "
        "and mistakes count all samples alike."
    ]


def regularization(run: Path, recipe: Recipe) -> float:
    """What regularizers add to the loss, with the weights of a run. Raises UserError."""
    if not _regularized(recipe.checked):
        return 0.0
    from ..weights import load_weights

    return penalty(recipe, load_weights(run / BEST, recipe.checked))


def _regularized(checked: CheckedGraph) -> bool:
    return any(w.regularizer is not None for node in checked for w in node.weights)


def _judged(
    run: Path, recipe: Recipe, dataset: Dataset | None, notes: list[str]
) -> Judgement | None:
    if dataset is None or not (run / ONNX).exists():
        return None
    part = dataset.test or dataset.validation or dataset.train
    if part is dataset.train and len(part) > TRAIN_UP_TO:
        return None
    from .logits import session_with_logits
    from .masked import mask_session
    from .predict import first

    session = session_with_logits(run / ONNX, recipe)
    own = {output.name for output in recipe.checked.graph.outputs}
    made = [spec for spec in session.outputs if spec.name in own]
    each = sum(prod(size or 1 for size in spec.shape[1:]) for spec in made)
    count = max(1, VALUES_UP_TO // max(1, each))
    if len(part) > count:
        notes.append(f"Figures of the {part.name} part are of its first {count:,} samples.")
        part = first(part, count)
    masks = mask_session(run, recipe, session, part)
    return judge(session, recipe, part, dataset.classes, regularization(run, recipe), masks)


def _draw(run: Path, facts: Facts, dataset: Dataset | None, judged: Judgement | None) -> None:
    from .confusion import draw_confusion, write_confusion_csv
    from .curves import draw_curves
    from .gradients import draw_gradients
    from .mistakes import draw_mistakes
    from .predicted import draw_values

    draw_curves(facts.history, run / CURVES, facts.kept_restart)
    if facts.history.gradients is not None:
        draw_gradients(facts.history.gradients, run / NORMS)
    if judged is None or dataset is None:
        return
    if judged.confusion is not None:
        where = {"train": "training"}.get(judged.part, judged.part)
        write_confusion_csv(judged.confusion, run / CONFUSION_TABLE)
        draw_confusion(judged.confusion, run / CONFUSION, f"Confusion, {where} data")
    part = dataset.part(judged.part)
    draw_mistakes(judged.mistakes, part, run / MISTAKES)
    if judged.estimated is not None:
        draw_values(judged.estimated, run / PREDICTED)
