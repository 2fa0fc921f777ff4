"""Whether batch normalizations can learn their statistics, where a recipe alone says how long."""

from __future__ import annotations

from typing import cast

from ..momentum import slow_momentum
from ..read.case import Case
from .layers import shipped_files


def check_momentum(case: Case) -> None:
    """Reports a momentum too near 1 for a run of whole batches: a step an epoch.

    Of other runs the data say how many batches they have, so that `netc train` looks at those.
    """
    if "weights" in case.given or any(_open(stage.value("batch")) for stage in case.stages):
        return
    batches = [
        (cast("int", stage.value("epochs")), stage.frozen)
        for stage in case.stages
        if "epochs" not in stage.faulty and "batch" not in stage.faulty
    ]
    if len(batches) < len(case.stages):
        return
    shipped = shipped_files(case)
    case.findings.extend(
        slow_momentum(
            case.checked,
            batches,
            case.item.ident.span,
            lambda node: node.span.source.path in shipped,
        )
    )


def _open(batch: object) -> bool:
    """Whether a setting of `batch` leaves it to the data how many batches there are."""
    return batch is not None
