"""What `netc diff --format json` gives; `docs/diff.schema.json` says what each field means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...compiler.diff.changes import Change, Difference
from ...compiler.diff.diff import NetDiff
from ...compiler.diff.limits import Limit
from ...compiler.diff.measures import Measure
from ...compiler.diff.verdict import Checkpoint
from ...compiler.shapes.dims import Dim
from ...dsl.diagnostics.diagnostic import Diagnostic
from ...dsl.diagnostics.render.json import diagnostic_json

VERSION = 1
"""Goes up when a field changes its meaning or goes away."""


def as_json(
    old: str,
    new: str,
    diffs: Sequence[NetDiff],
    failed: Iterable[tuple[Limit, str, str]],
    findings: Iterable[Diagnostic],
) -> dict[str, object]:
    """The comparison of two files; `findings` are what is wrong with either."""
    return {
        "version": VERSION,
        "old": old,
        "new": new,
        "diagnostics": [diagnostic_json(each) for each in findings],
        "nets": [net_json(diff) for diff in diffs],
        "failed": [{"condition": limit.text, "net": net, "why": why} for limit, net, why in failed],
    }


def net_json(diff: NetDiff) -> dict[str, object]:
    """What changed in one net, and what of an old checkpoint loads."""
    found: dict[str, object] = {
        "old": diff.old or None,
        "new": diff.new or None,
        "same": diff.same,
        "only_names": diff.only_names,
        "measures": {each.name: _measure(each) for each in diff.measures},
        "sizes": {"old": diff.sizes[0] or None, "new": diff.sizes[1] or None},
        "contracts": [{"old": c.old or None, "new": c.new or None} for c in diff.contracts],
    }
    if diff.changes is not None and diff.checkpoint is not None:
        found |= {
            "signature": [_change(change) for change in diff.changes.signature],
            "layers": [_change(change) for change in diff.changes.layers],
            "shapes": [
                {"path": each.path, "old": each.old, "new": each.new}
                for each in diff.changes.shapes
            ],
            "checkpoint": _checkpoint(diff.checkpoint),
        }
    return found


def _measure(measure: Measure) -> dict[str, object]:
    return {
        "old": _dim(measure.old),
        "new": _dim(measure.new),
        "change": _dim(measure.change),
        "share": measure.share,
    }


def _dim(dim: Dim | None) -> int | str | None:
    return dim if dim is None or isinstance(dim, int) else str(dim)


def _change(change: Change) -> dict[str, object]:
    return {
        "kinds": list(change.kinds),
        "old": change.old or None,
        "new": change.new or None,
        "op": change.op,
        "differences": [_difference(each) for each in change.differences],
    }


def _difference(each: Difference) -> dict[str, object]:
    return {"name": each.name, "old": each.old or None, "new": each.new or None}


def _checkpoint(checkpoint: Checkpoint) -> dict[str, object]:
    return {
        "compatible": checkpoint.compatible,
        "renames": dict(checkpoint.renames),
        "unused": list(checkpoint.unused),
        "weights": [
            {
                "layer": each.layer,
                "name": each.name,
                "shape": list(each.shape),
                "verdict": each.verdict,
                "source": each.source or None,
                "why": each.why or None,
                "options": list(each.options),
            }
            for each in checkpoint.weights
        ],
    }
