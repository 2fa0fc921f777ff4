"""Whether the figures that a recipe watches will exist."""

from __future__ import annotations

from ....dsl.diagnostics.codes import Code
from ....dsl.diagnostics.diagnostic import Fix
from ....dsl.diagnostics.edits import argument_added
from ....dsl.diagnostics.suggest import correction, did_you_mean
from ....dsl.text.source import Span
from ...ops.base.kinds import Word, show
from ..logged import better_side, has_validation, logged_names
from ..make import heads
from ..objects.callbacks import Best
from ..read.case import Case, PhaseCase

WATCHING = ("stop", "plateau", "keep")


def check_monitors(case: Case) -> None:
    """Reports a monitor that no epoch will have; a missing validation part once."""
    validation = has_validation(case.data) or case.value("folds") is not None
    blamed = False
    for stage in case.stages:
        if not stage.aims or "metrics" in stage.faulty:
            continue
        for key in WATCHING:
            if key in stage.given:
                blamed = _check(case, stage, key, validation=validation, blamed=blamed) or blamed


def _check(case: Case, stage: PhaseCase, key: str, *, validation: bool, blamed: bool) -> bool:
    """Whether the lack of a validation part was found."""
    given = stage.given[key]
    watcher = given.value
    if watcher is None or (key == "keep" and not isinstance(watcher, Best)):
        return False
    monitor = getattr(watcher, "monitor", None)
    if not isinstance(monitor, str):
        return False
    known = logged_names(heads(case, stage), validation=validation)
    if monitor in known:
        _check_mode(case, stage, key, monitor)
        return False
    span = given.argument("monitor")
    if not validation and monitor in logged_names(heads(case, stage), validation=True):
        if not blamed:
            own = monitor.removeprefix("val_")
            case.findings.fault(
                Code.UNKNOWN_MONITOR,
                f"`{monitor}` will not exist: the data have no part for validation",
                span,
                "watches it",
                help=f'give `data` a `validation_split=0.2`, or watch "{own}"',
                fix=_split(case),
            )
        return True
    case.findings.fault(
        Code.UNKNOWN_MONITOR,
        f"there will be no figure `{show(Word(monitor))}`",
        span,
        "watches it",
        help=did_you_mean(monitor, known) or f"figures are {', '.join(known)}",
        fix=correction(span, monitor, known),
    )
    return False


def _split(case: Case) -> Fix | None:
    """The edit that keeps a part of the data for validation."""
    given = case.given.get("data")
    return None if given is None else argument_added(given.span, "validation_split=0.2")


def _check_mode(case: Case, stage: PhaseCase, key: str, monitor: str) -> None:
    """Reports a mode that takes the worse values of a figure for the better ones."""
    given = stage.given[key]
    mode, better = getattr(given.value, "mode", "auto"), better_side(heads(case, stage), monitor)
    if mode in ("auto", better):
        return
    span = given.argument("mode")
    at = span.text.rfind(mode)
    word = Span(span.source, span.start + at, span.start + at + len(mode))
    side = "smaller" if better == "min" else "larger"
    case.findings.fault(
        Code.MONITOR_MODE,
        f"`{key}` takes worse values of `{monitor}` for better ones: {side} is better",
        span,
        f"the wrong way for `{monitor}`",
        help=f"write `mode={better}`, or leave it out",
        fix=Fix(word, better, unsafe=True) if at >= 0 else None,
    )
