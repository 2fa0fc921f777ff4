"""What a worker of Ray's reports, and what it means."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ..runs.folder import RunFolder
from ..runs.history import PRUNED
from .one import Result

RESULT, EPOCH, VALUE = "netc_result", "netc_epoch", "netc_value"
"""The names of what is reported."""


def result_of(last: Mapping[str, object] | None, folder: RunFolder, given_up: bool) -> Result:
    """What came of a trial of Ray's: what its worker reported last, or how it was ended."""
    found = None if last is None else last.get(RESULT)
    if isinstance(found, str):
        return Result(**json.loads(found))
    if given_up and folder.is_run:
        folder.write_facts(folder.facts | {"ending": PRUNED})
        return Result(pruned=True)
    return Result(why="its worker ended; there may be too little memory")


def figure_of(result: Mapping[str, object]) -> tuple[int, float] | None:
    """The epoch and the figure that a worker reports; None for its result."""
    epoch, value = result.get(EPOCH), result.get(VALUE)
    if not isinstance(epoch, int) or not isinstance(value, float):
        return None
    return epoch, value
