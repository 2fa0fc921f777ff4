"""Whether the labels that the data bring fit the losses, and their number the outputs."""

from __future__ import annotations

from ....dsl.diagnostics.codes import Code
from ....dsl.diagnostics.diagnostic import Related
from ..objects.base import CLASSES, NONE, SIDES
from ..outputs import Ending
from ..read.case import Aim, Case
from .losses import aims, word


def check_labels(case: Case) -> None:
    """Reports labels in a form that a loss does not take, and lists of classes that do not fit."""
    data = case.data
    for aim, end in aims(case):
        if data is not None and aim.loss.form != NONE:
            form = getattr(data, "labels", "auto")
            if form != "auto" and not _fits(form, aim, end):
                _form(case, form, aim, end)
                continue
            names = getattr(data, "classes", ())
            if names:
                _count(case, len(names), aim, end, "data", "classes")
    for stage in case.stages:
        weights = stage.value("class_weight")
        if weights is None or not stage.aims:
            continue
        given = stage.given["class_weight"]
        taught = [aim for aim in stage.aims if aim.loss.form in (*CLASSES, *SIDES)]
        if not taught:
            case.findings.fault(
                Code.CLASS_WEIGHT,
                f"`class_weight` weighs classes, and `{word(stage.aims[0].loss_expr)}` has none",
                given.span,
                "no classes",
                related=(Related("the loss", stage.aims[0].loss_expr.span),),
                help="remove it",
            )
        elif len(stage.aims) > 1:
            case.findings.fault(
                Code.CLASS_WEIGHT,
                f"`class_weight` is for one output, and {len(stage.aims)} are trained",
                given.span,
                "for which output?",
                help="use `loss_weights = per_output(…)` to weigh the outputs",
            )
        elif isinstance(weights, tuple):
            for aim, end in aims(case):
                if aim.output is taught[0].output:
                    _count(case, len(weights), aim, end, "class_weight", "")


def _fits(form: str, aim: Aim, end: Ending) -> bool:
    targets = aim.loss.form
    one = end.units in (1, None)
    if form == "int":
        return targets in ("classes", "values") or (targets in SIDES and one)
    if form == "categorical":
        return targets in ("one_hot", "values") or (targets in SIDES and end.units != 1)
    return targets == "values" or (targets in SIDES and one)


def _form(case: Case, form: str, aim: Aim, end: Ending) -> None:
    given = case.given["data"]
    loss = word(aim.loss_expr)
    wants = {
        "classes": "the index of a class",
        "one_hot": "one number a class",
        "binary": "0 or 1 for each unit",
        "signs": "-1 or 1 for each unit",
    }[aim.loss.form]
    brings = {
        "int": "are the index of a class",
        "categorical": "are one-hot",
        "binary": "are one 0 or 1",
    }[form]
    other = {"classes": "sparse_categorical_crossentropy", "one_hot": "categorical_crossentropy"}
    swap = other["classes"] if form == "int" else other["one_hot"]
    help = "leave `labels` out: they come as the loss wants them"
    if aim.loss.form in CLASSES and form != "binary":
        help += f"; or use `{swap}`"
    units = f" of {end.units} units" if aim.loss.form in SIDES and end.units else ""
    case.findings.fault(
        Code.LABELS_MISFIT,
        f"`{loss}`{units} takes {wants}, and `labels={form}` {brings}",
        given.argument("labels"),
        "labels of another form",
        related=(Related("the loss", aim.loss_expr.span),),
        help=help,
    )


def _count(case: Case, count: int, aim: Aim, end: Ending, key: str, argument: str) -> None:
    """Reports a number of classes that the units of an output cannot tell apart."""
    units = end.units
    targets = aim.loss.form
    if units is None or targets not in (*CLASSES, *SIDES) or (targets in SIDES and units > 1):
        return
    wanted = 2 if targets in SIDES else units
    if count == wanted or (targets in CLASSES and units == 1):
        return
    stages = [stage.given[key] for stage in case.stages if key in stage.given]
    given = case.given.get(key) or stages[0]
    tells = "one unit, which tells 2 classes" if units == 1 else f"{units} units, one a class"
    what = f"{count} classes" if argument else f"{count} weights"
    case.findings.fault(
        Code.CLASS_COUNT,
        f"there are {what}, and `{end.name}` has {tells}",
        given.argument(argument) if argument else given.span,
        f"{count}",
        related=(Related(f"`{end.name}` is {end.type}", end.span),),
        help=f"give {wanted}, or the net {count} units" if targets in CLASSES else "give 2",
    )
