"""Whether the labels that the data bring fit the losses, and their number the outputs."""

from __future__ import annotations

from ....dsl.diagnostics.codes import Code
from ....dsl.diagnostics.diagnostic import Related
from ....dsl.text.source import Span
from ..objects.base import CLASSES, NONE, SIDES
from ..outputs import Ending, ending
from ..read.case import Aim, Case, PerOutput, PhaseCase
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
                span = case.given["data"].argument("classes")
                _count(case, len(names), aim, end, span, f"{len(names)} classes")
    for stage in case.stages:
        if stage.aims and stage.value("class_weight") is not None:
            _check_weights(case, stage)


def _check_weights(case: Case, stage: PhaseCase) -> None:
    """Reports class weights for outputs without classes, or of another number than these have."""
    given = stage.given["class_weight"]
    if isinstance(given.value, PerOutput):
        for aim in stage.aims:
            if aim.output.name in given.value.values:
                weights, expr = given.value.values[aim.output.name]
                _check_own(case, aim, weights, expr.span)
        return
    taught = [aim for aim in stage.aims if aim.loss.form in (*CLASSES, *SIDES)]
    if not taught:
        _no_classes(case, stage.aims[0], given.span)
    elif len({aim.source for aim in stage.aims} - {""}) > 1:
        case.findings.fault(
            Code.CLASS_WEIGHT,
            f"`class_weight` is for one output, and {len(stage.aims)} are trained",
            given.span,
            "for which output?",
            help=f"write `per_output({taught[0].output.name}={given.span.text})`",
        )
    else:
        for aim in taught:
            _check_own(case, aim, given.value, given.span)


def _check_own(case: Case, aim: Aim, weights: object, span: Span) -> None:
    if aim.loss.form not in (*CLASSES, *SIDES):
        _no_classes(case, aim, span)
    elif isinstance(weights, tuple):
        end = ending(case.checked.graph, aim.output)
        _count(case, len(weights), aim, end, span, f"{len(weights)} weights")


def _no_classes(case: Case, aim: Aim, span: Span) -> None:
    case.findings.fault(
        Code.CLASS_WEIGHT,
        f"`class_weight` weighs classes, and `{word(aim.loss_expr)}` has none",
        span,
        "no classes",
        related=(Related("the loss", aim.loss_expr.span),),
        help="remove it",
    )


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


def _count(case: Case, count: int, aim: Aim, end: Ending, span: Span, what: str) -> None:
    """Reports a number of classes that the units of an output cannot tell apart."""
    units = end.units
    targets = aim.loss.form
    if units is None or targets not in (*CLASSES, *SIDES) or (targets in SIDES and units > 1):
        return
    wanted = 2 if targets in SIDES else units
    if count == wanted or (targets in CLASSES and units == 1):
        return
    tells = "one unit, which tells 2 classes" if units == 1 else f"{units} units, one a class"
    case.findings.fault(
        Code.CLASS_COUNT,
        f"there are {what}, and `{end.name}` has {tells}",
        span,
        f"{count}",
        related=(Related(f"`{end.name}` is {end.type}", end.span),),
        help=f"give {wanted}, or the net {count} units" if targets in CLASSES else "give 2",
    )
