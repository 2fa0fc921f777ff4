"""Measures contenders on a net at a batch, each in a process of its own."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from ...compiler.ops.base.declare import Refusal
from ..errors import UserError, cannot_lower
from ..infer.verify import difference
from .case import Case, Contender, Job
from .lap import Outputs, Running
from .machine import Circumstances, machine, versions
from .models import Models
from .process import Apart
from .product import product_case, smallest_case
from .timing import Measured, Timing, operations
from .turns import Effort, Entrant, Turns

PEAK_ROUNDS, PEAK_SECONDS = 10, 1.0
"""How often, and how long, the matrix product is run; the fastest run counts."""

Start = Callable[[Job], Running]


class Interrupted(KeyboardInterrupt):
    """Ctrl-C came in the middle of a case; `measured` is what is known of it."""

    def __init__(self, measured: Measured) -> None:
        super().__init__()
        self.measured = measured


def measure(
    case: Case,
    contenders: Sequence[Contender],
    effort: Effort,
    *,
    threads: int = 0,
    peaks: Mapping[Contender, float] | None = None,
    start: Start | None = None,
) -> Measured:
    """Times contenders on a case: those that run forward by turns, then those that run both ways.

    The outputs of the first one are what others are compared with. What cannot be run is named in
    `missing`, and the others go on. `start` is `Apart` unless `Here` is
    given, which tells no memory. Raises
    Interrupted where Ctrl-C comes.
    """
    parts: list[Turns] = []
    with tempfile.TemporaryDirectory(prefix="netc-") as folder:
        models = Models(Path(folder), case)
        small = Models(Path(folder), smallest_case())
        for train in (False, True):
            parts.append(Turns())
            try:
                for each in (each for each in contenders if each.train == train):
                    begin = partial(_begin, each, models, small, threads, start or Apart)
                    parts[-1].enter(each, begin)
                parts[-1].run(effort)
                parts[-1].end()
            except KeyboardInterrupt as error:
                raise Interrupted(_measured(case, parts, peaks or {})) from error
            finally:
                parts[-1].stop()
    return _measured(case, parts, peaks or {})


def circumstances(
    contenders: Sequence[Contender],
    threads: int,
    effort: Effort,
    *,
    start: Start | None = None,
    product: Case | None = None,
) -> Circumstances:
    """The machine, and in each engine the fastest run of a large matrix product.

    An engine that cannot compute it has no peak.
    """
    case = product or product_case()
    forward = tuple(dict.fromkeys(each.forward for each in contenders))
    short = Effort(min(effort.rounds, PEAK_ROUNDS), PEAK_SECONDS)
    found = measure(case, forward, short, threads=threads, start=start)
    peaks = {
        timing.contender: timing.flops / min(timing.seconds)
        for timing in found.timings
        if timing.flops
    }
    return Circumstances(machine(), versions(), threads, peaks)


def _begin(
    contender: Contender, models: Models, small: Models, threads: int, start: Start
) -> Running:
    case = models.case
    try:
        before = Job(small.case, contender, small.path(contender), threads)
        return start(Job(case, contender, models.path(contender), threads, before))
    except Refusal as fault:
        raise cannot_lower(case.net, fault) from fault
    except OSError as error:
        raise UserError(f"a model cannot be written: {error.strerror or error}") from error


def _measured(case: Case, parts: Sequence[Turns], peaks: Mapping[Contender, float]) -> Measured:
    entrants = [each for part in parts for each in part.entrants if each.laps]
    first = next((each.running.ready.outputs for each in entrants), None)
    return Measured(
        case,
        tuple(_timing(case, each, first, peaks) for each in entrants),
        tuple(missing for part in parts for missing in part.missing),
    )


def _timing(
    case: Case, entrant: Entrant, first: Outputs | None, peaks: Mapping[Contender, float]
) -> Timing:
    return Timing(
        entrant.contender,
        tuple(lap.seconds for lap in entrant.laps),
        tuple(lap.seconds - lap.forward for lap in entrant.laps if lap.forward is not None),
        apart=_apart(entrant.running.ready.outputs, first),
        flops=operations(case, entrant.contender),
        peak=peaks.get(entrant.contender.forward),
        memory=entrant.memory,
        ran=entrant.running.ready.ran,
    )


def _apart(ours: Outputs | None, theirs: Outputs | None) -> float:
    if ours is None or theirs is None:
        return math.nan
    return max((difference(ours[name], theirs[name]).largest for name in theirs), default=0.0)
