"""Windows that are larger than the map: where that became so small, and what keeps it larger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.diagnostics.edits import together
from ..ir.graph import Node
from ..ir.history import shrinking as shrinking_places
from ..ops.base.op import Op
from ..ops.base.windows import by
from ..shapes.types import show_shape
from .places import Place, fitting, places
from .refused import Cause, Refused
from .whatif import Change, left_out, line_behind, would_be
from .written import shown, with_argument

FEW = 2
"""No kernel is as small that does more than look at a single place."""


def window_too_large(refused: Refused) -> Cause | None:
    """A kernel or pool does not fit the map that layers without padding have made small."""
    op = refused.op
    if op is None or refused.code is not Code.EMPTY_DIM or len(refused.inputs) != 1:
        return None
    size = getattr(op, "kernel_size", None) or getattr(op, "pool_size", None)
    given = refused.inputs[0]
    sizes = given.type.shape[1:-1]
    if not isinstance(size, tuple) or not all(isinstance(one, int) for one in sizes):
        return None
    line = line_behind(refused.graph, given.ref)
    shrinking = [node for node in line if _shrinks(refused, node)]
    if not shrinking:
        return None
    place = _looped(refused, shrinking)
    if place is None and min(one for one in sizes if isinstance(one, int)) > FEW:
        # A smaller kernel is a way out, and the layer's own help says so.
        return None
    again = place is not None and bool(refused.written.around(refused.span))
    cures = [cure for cure in (_padded(refused, line), _fewer(refused, shrinking)) if cure]
    if not cures:
        return None
    # What helps this round of a loop need not help the next.
    fix = None if again else next((cure.fix for cure in cures if cure.fix is not None), None)
    left = by([one for one in sizes if isinstance(one, int)])
    window = "kernel" if hasattr(op, "kernel_size") else "window"
    here = f"the map is {left} here" if len(size) > 1 else f"{left} of the steps are left"
    message = (
        f"`{op.name}` has a {window} of {by(size)}, and {here}: "
        f"{show_shape(line[-1].outputs[0].shape)} has become {show_shape(given.type.shape)}"
    )
    if place is None:
        origins = tuple(shrinking_places(refused.graph, given.ref)[-2:])
        return Cause(
            refused.primary, message, "", ", or ".join(one.help for one in cures), fix, origins
        )
    return Cause(
        place.span,
        message,
        f"in a loop, down to {show_shape(given.type.shape)}",
        ", or ".join(one.help for one in cures),
        fix,
    )


@dataclass(frozen=True, slots=True)
class _Cure:
    help: str
    fix: Fix | None


def _padded(refused: Refused, line: Sequence[Node]) -> _Cure | None:
    """`padding=same` for the convolutions on the way and the layer itself."""
    valid = [
        place
        for place in places(refused, line)
        if getattr(place.op, "padding", None) == "valid"
        and hasattr(place.op, "kernel_size")
        and "Transpose" not in place.op.name
    ]
    changed: dict[str, Op] = {}
    for place in valid:
        changed |= place.otherwise(padding="same") or {}
    own = refused.written.layer(refused.span)
    op = refused.op
    pads = hasattr(op, "kernel_size") and getattr(op, "padding", None) == "valid"
    mine = []
    if own is not None and op is not None and pads and all(own is not one.expr for one in valid):
        mine = [with_argument(own, op, "padding", "same")]
    if not fitting(refused, changed):
        return _Cure(f"write `{shown(own, mine)}`", mine[0]) if mine and own is not None else None
    fixes = [with_argument(place.expr, place.op, "padding", "same") for place in valid]
    text = shown(valid[0].expr, fixes[:1])
    fixes += mine
    return _Cure(f"write `{text}`" + (" and so on" if len(fixes) > 1 else ""), together(fixes))


def _fewer(refused: Refused, shrinking: Sequence[Node]) -> _Cure | None:
    """Fewer pools or strides on the way, the last ones left out."""
    pools = [node for node in shrinking if node.op is not None and hasattr(node.op, "pool_size")]
    for count in range(1, len(pools) + 1):
        changes: dict[str, Change] = {node.path: left_out for node in pools[:count]}
        types = would_be(refused.graph, [one.ref for one in refused.given], changes)
        if types is not None and refused.accepts(types):
            number = ("one", "two", "three")[count - 1] if count < 4 else str(count)
            op = pools[0].op
            assert op is not None
            rounds = refused.written.around(pools[0].span)
            less = f"let the loop run {number} round{'s' * (count > 1)} fewer"
            return _Cure(less if rounds else f"take {number} `{op.name}` out", None)
    return None


def _looped(refused: Refused, shrinking: Sequence[Node]) -> Place | None:
    """The layer of a loop that shrinks the map, one that could be padded if there is one."""
    nodes = [node for node in shrinking if refused.written.around(node.span)]
    found = places(refused, nodes)
    return next((place for place in found if hasattr(place.op, "kernel_size")), None) or (
        found[0] if found else None
    )


def _shrinks(refused: Refused, node: Node) -> bool:
    if node.op is None or len(node.inputs) != 1:
        return False
    before, after = refused.graph.type(node.inputs[0]).shape, node.outputs[0].shape
    pairs = zip(before[1:-1], after[1:-1], strict=False)
    return len(before) == len(after) and any(
        isinstance(b, int) and isinstance(a, int) and a < b for b, a in pairs
    )
