"""Whether a metric fits the output and the loss beside which it is measured."""

from __future__ import annotations

from ....dsl.diagnostics.codes import Code
from ....dsl.diagnostics.diagnostic import Fix, Related
from ....dsl.text.source import Span
from ...ops.base.kinds import Word, show
from ..objects.base import NONE, Metric
from ..outputs import Ending
from ..read.case import Aim, Case
from ..recipe import WEIGHTED
from .losses import SHOWN, aims, word

TOP_K = ("TopKCategoricalAccuracy", "SparseTopKCategoricalAccuracy")


def check_metrics(case: Case) -> None:
    """Reports metrics that mean nothing beside their loss, and two of one name."""
    for aim, end in aims(case):
        seen = {"loss": aim.loss_expr.span}
        for metric, expr, weighted in aim.measured:
            name = WEIGHTED * weighted + metric.logged
            span = aim.loss_expr.span if expr is None else expr.span
            if name in seen:
                case.findings.fault(
                    Code.EXTRA_ARGUMENT,
                    f"two figures are called `{show(Word(name))}`",
                    span,
                    "called the same",
                    related=(Related("the first one", seen[name]),),
                    help='remove one, or give it a name: `name="…"`',
                )
                continue
            seen[name] = span
            if weighted and not metric.weighable:
                case.findings.fault(
                    Code.METRIC_MISFIT,
                    f"Keras counts `{type(metric).__name__}` in whole numbers, which weights of "
                    "samples are not",
                    span,
                    "not weighted",
                    help="measure it in `metrics`",
                )
                continue
            _check(case, aim, end, metric, span)
    _check_weights(case)


def _check_weights(case: Case) -> None:
    """Reports weighted metrics where neither the data nor the recipe weigh samples."""
    if case.data is None or getattr(case.data, "sample_weight", None) is not None:
        return
    for stage in case.stages:
        given = stage.given.get("weighted_metrics")
        if given is not None and given.value and stage.value("class_weight") is None:
            case.findings.fault(
                Code.NO_WEIGHTS,
                "weighted metrics are plain ones here: no sample has a weight",
                given.span,
                "nothing to count by",
                help="name the weights in `data`, with `sample_weight=…`, or write `metrics`",
            )


def _check(case: Case, aim: Aim, end: Ending, metric: Metric, span: Span) -> None:
    targets = aim.loss.form
    name = type(metric).__name__
    loss = word(aim.loss_expr)

    def fault(message: str, help: str, fix: str = "") -> None:
        case.findings.fault(
            Code.METRIC_MISFIT,
            message,
            span,
            "this metric",
            related=(Related("the loss", aim.loss_expr.span),),
            help=help,
            fix=Fix(span, fix) if fix else None,
        )

    shown = f"`{span.text.partition('(')[0]}`"
    if targets == NONE:
        several = len(case.checked.graph.outputs) > 1
        fault(
            f"{shown} compares an output with targets, and `{loss}` has none",
            "remove it" + several * "; `per_output(…)` gives other outputs theirs",
        )
    elif targets not in metric.takes:
        wants = " or ".join(dict.fromkeys(SHOWN[kind] for kind in metric.takes))
        help = "`accuracy` follows the loss"
        if targets == "values":
            help = "for measurements there are `mae`, `RootMeanSquaredError` and `R2Score`"
        elif targets == "signs":
            help = "`hinge` measures -1 and 1"
        fault(f"{shown} is about {wants}, and `{loss}` is about {SHOWN[targets]}", help)
    elif name == "BinaryAccuracy" and targets == "one_hot" and (end.units or 3) > 2:
        fault(
            f"{shown} asks yes or no of each of the {end.units or 'many'} units, most of which "
            "are right by saying no",
            "`accuracy` counts the samples whose class is right",
            "accuracy",
        )
    elif (
        name in ("accuracy", "BinaryAccuracy")
        and targets == "binary"
        and bool(getattr(aim.loss, "from_logits", False))
        and getattr(metric, "threshold", 0.5) > 0
    ):
        fault(
            f"{shown} cuts at {getattr(metric, 'threshold', 0.5)}, and logits mean yes from 0 on",
            "write `BinaryAccuracy(threshold=0)`",
            "BinaryAccuracy(threshold=0)" if len(span.text) < 20 else "",
        )
    elif name in TOP_K and end.units is not None and getattr(metric, "k", 0) >= end.units:
        fault(
            f"{shown} is always 1: `{end.name}` has {end.units} classes, "
            f"and any of the {getattr(metric, 'k', 0)} highest counts",
            f"give a `k` below {end.units}",
        )
