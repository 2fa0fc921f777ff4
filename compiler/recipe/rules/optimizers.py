"""Whether what an optimizer is told acts: gradients that are added up, running means."""

from __future__ import annotations

from ....dsl.diagnostics.codes import Code
from ....dsl.diagnostics.diagnostic import Related
from ..objects.optimizers_base import Tuned
from ..read.case import Case, Given, PhaseCase


def check_optimizers(case: Case) -> None:
    """Reports doubts about arguments of an optimizer that change nothing."""
    for stage in case.stages:
        given = stage.given.get("optimizer")
        if given is not None and isinstance(given.value, Tuned):
            _check_accumulation(case, stage, given, given.value)
            _check_average(case, given, given.value)


def _check_accumulation(case: Case, stage: PhaseCase, given: Given, optimizer: Tuned) -> None:
    batch = stage.given.get("batch")
    if optimizer.accumulates == 1 or batch is None or batch.value is not None:
        return
    case.findings.fault(
        Code.IDLE_ARGUMENT,
        "`batch = all` is one batch an epoch, so there are no others to add up",
        given.argument("gradient_accumulation_steps"),
        "adds up nothing",
        related=(Related("all samples", batch.span),),
        help="write a number for `batch`, or remove `gradient_accumulation_steps`",
    )


def _check_average(case: Case, given: Given, optimizer: Tuned) -> None:
    momentum = optimizer.ema_momentum
    span = given.argument("ema_momentum")
    if not optimizer.use_ema:
        if span != given.span:
            case.findings.fault(
                Code.IDLE_ARGUMENT,
                "`ema_momentum` has no effect without `use_ema`",
                span,
                "of no mean",
                help="add `use_ema=true`",
            )
    elif momentum in (0, 1):
        stays = "is always the weights themselves" if momentum == 0 else "never leaves the first"
        case.findings.fault(
            Code.IDLE_ARGUMENT,
            f"with `ema_momentum={momentum:g}` the running mean {stays}",
            span,
            "keeps no mean",
            help="give a number between 0 and 1, such as 0.99",
        )
