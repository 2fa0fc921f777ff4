"""Whether what happens over a run makes sense: patience, schedules, restarts, precision."""

from __future__ import annotations

from typing import cast

from ....dsl.diagnostics.codes import Code
from ....dsl.diagnostics.diagnostic import Related
from ..objects.base import Schedule
from ..objects.callbacks import EarlyStopping, ReduceLROnPlateau
from ..objects.loads import load
from ..objects.schedules import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    PolynomialDecay,
    Warmup,
)
from ..read.case import Case, Given, PhaseCase


def check_run(case: Case) -> None:
    """Reports settings that contradict one another, and doubts about those that do nothing."""
    for stage in case.stages:
        _check_plateau(case, stage)
        _check_patience(case, stage)
        _check_schedule(case, stage)
    _check_restarts(case)
    _check_precision(case)


def _check_plateau(case: Case, stage: PhaseCase) -> None:
    plateau = stage.value("plateau")
    if not isinstance(plateau, ReduceLROnPlateau):
        return
    given = stage.given["plateau"]
    if plateau.factor >= 1:
        case.findings.fault(
            Code.BAD_VALUE,
            f"`factor` of `ReduceLROnPlateau` makes the learning rate smaller; {plateau.factor:g} "
            "does not",
            given.argument("factor"),
            "not below 1",
            help="give a number below 1, such as 0.1",
        )
    optimizer = stage.given.get("optimizer")
    if optimizer is None:
        return
    schedule = getattr(optimizer.value, "learning_rate", None)
    if isinstance(schedule, Schedule):
        case.findings.fault(
            Code.PLATEAU_SCHEDULE,
            f"`plateau` sets the learning rate, and so does `{type(schedule).__name__}`",
            given.span,
            "sets it too",
            related=(Related("the schedule", optimizer.span),),
            help="give the optimizer a number, or remove `plateau`",
        )


def _check_patience(case: Case, stage: PhaseCase) -> None:
    if "epochs" in stage.faulty:
        return
    epochs = cast("int", stage.value("epochs"))
    for key in ("stop", "plateau"):
        watcher = stage.value(key)
        if not isinstance(watcher, EarlyStopping | ReduceLROnPlateau):
            continue
        first = watcher.start_from_epoch if isinstance(watcher, EarlyStopping) else 0
        if watcher.patience + first < epochs:
            continue
        given = stage.given[key]
        many = "is 1 epoch" if epochs == 1 else f"are {epochs} epochs"
        ends = stage.given.get("epochs")
        case.findings.fault(
            Code.PATIENCE,
            f"`{key}` waits for {watcher.patience + first} epochs, and there {many}",
            given.argument("patience"),
            "never happens",
            related=(Related("the last epoch", ends.span),) if ends is not None else (),
            help=f"make `patience` smaller, or remove `{key}`",
        )


def _check_schedule(case: Case, stage: PhaseCase) -> None:
    given = stage.given.get("optimizer")
    if given is None:
        return
    rate = getattr(given.value, "learning_rate", None)
    if isinstance(rate, float) and rate == 0:
        _doubt(case, given, "learning_rate", "a learning rate of 0 changes no weight")
        return
    if isinstance(rate, Warmup):
        rate = rate.schedule
    if isinstance(rate, ExponentialDecay) and rate.decay_rate >= 1:
        grows = "grows" if rate.decay_rate > 1 else "stays as it is"
        _doubt(
            case,
            given,
            "decay_rate",
            f"with `decay_rate={rate.decay_rate:g}` the learning rate {grows}",
            "give a number below 1, such as 0.96",
        )
    elif isinstance(rate, InverseTimeDecay) and rate.decay_rate == 0:
        _doubt(case, given, "decay_rate", "with `decay_rate=0` the learning rate stays as it is")
    elif isinstance(rate, CosineDecay | CosineDecayRestarts) and rate.alpha == 1:
        _doubt(case, given, "alpha", "with `alpha=1` the learning rate stays as it is")
    elif isinstance(rate, PolynomialDecay) and rate.end_learning_rate >= rate.initial_learning_rate:
        _doubt(
            case,
            given,
            "end_learning_rate",
            f"the learning rate ends at {rate.end_learning_rate:g}, not below where it begins",
            "give `end_learning_rate` a smaller number",
        )


def _doubt(case: Case, given: Given, argument: str, message: str, help: str = "") -> None:
    case.findings.fault(
        Code.SCHEDULE_DOUBT, message, given.argument(argument), "does not fall", help=help
    )


def _check_restarts(case: Case) -> None:
    restarts = case.given.get("restarts")
    weights = case.given.get("weights")
    if restarts is None or weights is None or cast("int", restarts.value) < 2:
        return
    paths = case.find.weighted
    loaded: set[str] = set()
    for one in cast("tuple[load, ...]", weights.value):
        loaded |= set(case.find(one.into) if one.into else paths)
    if loaded >= set(paths):
        case.findings.fault(
            Code.SAME_RESTARTS,
            "every restart begins with the same weights: all of them are loaded",
            restarts.span,
            "nothing left to draw",
            related=(Related("loaded here", weights.span),),
            help="remove `restarts`, or load into a part of the net",
        )


def _check_precision(case: Case) -> None:
    precision = case.given.get("precision")
    mixed = case.given.get("mixed_precision")
    if precision is not None and mixed is not None:
        case.findings.fault(
            Code.EXTRA_ARGUMENT,
            "`precision` and `mixed_precision` say the same thing",
            mixed.setting.key.span,
            "given again",
            related=(Related("given here", precision.setting.key.span),),
            help="remove one of them",
        )
    elif precision is not None and precision.value == "mixed_float16":
        case.findings.fault(
            Code.FLOAT16_ON_CPU,
            "`mixed_float16` is for GPUs: on a CPU it is slow, and small gradients become 0",
            precision.span,
            "slow on a CPU",
            help="write `mixed_bfloat16`, which needs no loss scaling",
        )
