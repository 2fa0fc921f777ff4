"""What `netc eval` measures, of a run or of the folds of one: the model, its part, the figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...dsl.text.escape import terminal
from ..errors import UserError
from .say import say

if TYPE_CHECKING:
    from ...compiler.recipe.recipe import Recipe
    from ..data.dataset import Dataset, Part
    from ..infer.session import Session
    from ..report.confusion import Confusion
    from ..report.judge import Judgement


def fitting_session(folder: Path, recipe: Recipe) -> Session:
    """The run's model. Raises UserError where the net of the file is another one by now."""
    from ..data.specs import input_specs
    from ..infer.session import Session
    from ..runs.files import BEST, ONNX
    from ..runs.folder import RunFolder
    from ..train.resumable import same_net
    from ..weights import WeightMismatch, load_weights

    facts = RunFolder(folder).facts if RunFolder(folder).is_run else {}
    trained = facts.get("net", recipe.net)
    if trained != recipe.net:
        raise UserError(f"{folder}: is a run of the net `{trained}`, not of `{recipe.net}`")
    changed = f"{recipe.file}: the net `{recipe.net}` is no longer the one that {folder} trained"
    session = Session(folder / ONNX)
    for mine, theirs in zip(input_specs(recipe.checked), session.inputs, strict=False):
        if (mine.name, mine.dtype, mine.shape) != (theirs.name, theirs.dtype, theirs.shape):
            raise UserError(
                f"{changed}: it takes `{mine.name}` {mine}, the run `{theirs.name}` {theirs}"
            )
    ours = [output.name for output in recipe.checked.graph.outputs]
    made = [spec.name for spec in session.outputs]
    if ours != made or len(session.inputs) != len(recipe.checked.graph.inputs):
        raise UserError(f"{changed}: it gives {', '.join(ours)}, the run {', '.join(made)}")
    if (folder / BEST).exists():
        try:
            load_weights(folder / BEST, recipe.checked)
        except WeightMismatch as mismatch:
            say("\n".join(map(terminal, mismatch.table_lines())), err=True)
            raise UserError(f"{changed}: its weights do not fit") from mismatch
    if not same_net(facts, recipe.trained):
        say(
            f"note: the net `{recipe.net}` has changed since the run; the model of the run is "
            "evaluated",
            err=True,
        )
    return session


def models_of(run: Path) -> list[Path]:
    """The folders of the models of a run: its own, or those of its folds. Raises UserError."""
    from ..runs.folder import RunFolder
    from ..runs.folds import fold_folder, folds_of

    count = folds_of(RunFolder(run))
    return [run] if count is None else [fold_folder(run, 1 + at).path for at in range(count)]


def chosen_parts(
    recipe: Recipe, models: Sequence[Path], dataset: Dataset, name: str | None
) -> list[Part]:
    """The part that each model is evaluated on: of a fold's, those of its fold.

    Raises UserError where the data have no such part, or no longer the folds of the run.
    """
    from ..data.folds import Folds
    from ..runs.folder import RunFolder
    from ..runs.folds import fold_of

    found: list[Part] = []
    for model in models:
        fold = fold_of(RunFolder(model))
        own = dataset
        if fold is not None:
            folds = Folds(recipe, dataset, fold.count)
            if folds.split != fold.split:
                raise UserError(
                    f"{model}: was trained in other folds than the recipe and its data now give; "
                    "put back the `data` and its seed"
                )
            own = folds.dataset(fold.number)
        found.append(chosen_part(recipe, own, name, quiet=bool(found)))
    return found


def chosen_part(recipe: Recipe, dataset: Dataset, name: str | None, *, quiet: bool) -> Part:
    """The part to evaluate on. Raises UserError where the data have no such part."""
    if name is not None:
        return dataset.part(name)
    chosen = dataset.test or dataset.validation
    if chosen is None:
        raise UserError(
            f"the data of `{recipe.name}` have neither a test nor a validation part; "
            "--part train evaluates on what it was trained on"
        )
    if chosen is not dataset.test and not quiet:
        say("note: the data have no test part; these are figures of the validation part", err=True)
    return chosen


def judged_on(folder: Path, part: Part, recipe: Recipe, classes: Sequence[str]) -> Judgement:
    """What the model of a run does on a part. Raises UserError."""
    from ..report.judge import judge
    from ..report.logits import session_with_logits
    from ..report.masked import mask_session
    from ..report.write import regularization
    from ..runs.files import ONNX

    session = session_with_logits(folder / ONNX, recipe)
    masks = mask_session(folder, recipe, session, part)
    return judge(session, recipe, part, classes, regularization(folder, recipe), masks)


def as_json(folder: Path, judged: Judgement, recipe: Recipe) -> dict[str, object]:
    """What was measured; a figure that is not finite is null."""
    return {
        "run": str(folder),
        "recipe": recipe.name,
        "net": recipe.net,
        "part": judged.part,
        "samples": judged.samples,
        "weighted": list(judged.weighed),
        "metrics": finite(judged.values),
        **classes_json(judged.confusion),
    }


def folds_json(
    folder: Path, recipe: Recipe, judged: Sequence[Judgement], folds: Sequence[dict[str, object]]
) -> dict[str, object]:
    """What was measured of a cross-validation: each fold, and all together."""
    from ..runs.folds import spreads

    found = spreads([one.values for one in judged])
    return {
        "run": str(folder),
        "recipe": recipe.name,
        "net": recipe.net,
        "part": judged[0].part,
        "samples": sum(one.samples for one in judged),
        "weighted": list(judged[0].weighed),
        "mean": finite({name: each.mean for name, each in found.items()}),
        "deviation": finite({name: each.deviation for name, each in found.items()}),
        "folds": list(folds),
        **classes_json(summed(judged)),
    }


def summed(judged: Sequence[Judgement]) -> Confusion | None:
    """The confusion matrices added up; None where there are no classes.

    On validation parts each training sample counts once, for the model that did not learn it.
    """
    from ..report.confusion import added

    found = [one.confusion for one in judged if one.confusion is not None]
    return added(found) if found and len(found) == len(judged) else None


def finite(values: Mapping[str, float]) -> dict[str, float | None]:
    """Figures for JSON, where one that is not finite is null."""
    return {name: value if math.isfinite(value) else None for name, value in values.items()}


def classes_json(made: Confusion | None) -> dict[str, object]:
    """The figures of each class and the confusion matrix; none and null where there are none."""
    return {
        "classes": [
            {
                "class": each.name,
                "precision": each.precision,
                "recall": each.recall,
                "f1": each.f1,
                "samples": each.support,
            }
            for each in (made.figures() if made is not None else ())
        ],
        "confusion": None if made is None else made.counts.tolist(),
    }


def class_lines(made: Confusion | None) -> list[str]:
    """Precision, recall and F1 of each class as a table, after an empty line."""
    if made is None:
        return []
    names = [terminal(name) for name in made.classes]
    rows = [
        (name, *(f"{v:.1%}" for v in (each.precision, each.recall, each.f1)), each.support)
        for name, each in zip(names, made.figures(), strict=True)
    ]
    width = max(len("class"), *map(len, names))
    head = f"  {'class':<{width}}  precision  recall      F1  samples"
    shown = [f"  {n:<{width}}  {p:>9}  {r:>6}  {f:>6}  {s:>7,}" for n, p, r, f, s in rows]
    return ["", head, *shown]
