"""Layers that would make two sides fit if they had one more argument."""

from __future__ import annotations

from collections.abc import Sequence

from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.diagnostics.edits import together
from ..ops.base.op import Op
from ..shapes.types import show_shape
from .places import Place, branches, fitting, places, promised_sizes
from .refused import Cause, Refused
from .written import shown, with_argument


def valid_padding(refused: Refused) -> Cause | None:
    """A window without `padding=same` makes one side of a sum smaller than the other."""
    for nodes in branches(refused):
        shrinking = [place for place in places(refused, nodes) if _shrinks(place)]
        for place in shrinking:
            if fitting(refused, place.otherwise(padding="same")):
                return _padded(refused, [place])
        every: dict[str, Op] = {}
        for place in shrinking:
            every |= place.otherwise(padding="same") or {}
        if len(shrinking) > 1 and fitting(refused, every):
            return _padded(refused, shrinking)
    return None


def _shrinks(place: Place) -> bool:
    op = place.op
    if getattr(op, "padding", None) != "valid" or "Transpose" in op.name:
        return False
    size = getattr(op, "kernel_size", None) or getattr(op, "pool_size", None)
    if not isinstance(size, tuple) or max(size) < 2:
        return False
    return hasattr(op, "kernel_size") or size != (getattr(op, "strides", None) or size)


def _padded(refused: Refused, shrinking: Sequence[Place]) -> Cause:
    first = shrinking[0]
    said = _becomes(refused, first)
    fixes = [with_argument(place.expr, place.op, "padding", "same") for place in shrinking]
    texts = [f"`{shown(place.expr, [fix])}`" for place, fix in zip(shrinking, fixes, strict=True)]
    written = " and ".join(dict.fromkeys(texts)) if len(texts) < 4 else f"{texts[0]}, and so on"
    less = "makes one side of {} smaller" if refused.promise is None else "makes less than {} wants"
    return refused.changed_at(
        first.span,
        f"`{first.op.name}` without `padding=same` {less.format(refused.who)}",
        said,
        f"write {written}",
        together(fixes),
    )


def strides_forgotten(refused: Refused) -> Cause | None:
    """One side of a sum went through strides, and the layer on the other has none."""
    sides = branches(refused)
    promised = promised_sizes(refused)
    for index, nodes in enumerate(sides):
        if refused.inputs[index].type.shape[1:-1] in promised:
            continue
        strided = [
            place
            for other in sides[:index] + sides[index + 1 :]
            for place in places(refused, other)
            if max(_strides(place.op)) > 1
        ]
        for place in places(refused, nodes):
            op = place.op
            if not hasattr(op, "kernel_size") or max(_strides(op)) > 1 or place.given("strides"):
                continue
            for other in strided:
                cause = _strided(refused, place, other)
                if cause is not None:
                    return cause
    return None


def pool_strides(refused: Refused) -> Cause | None:
    """A pool beside layers that keep the size of the map: its strides are as large as it is."""
    for nodes in branches(refused):
        for place in places(refused, nodes):
            size = getattr(place.op, "pool_size", None)
            if not isinstance(size, tuple) or max(size) < 3 or place.given("strides"):
                continue
            ones = (1,) * len(size)
            if not fitting(refused, place.otherwise(strides=ones, padding="same")):
                continue
            fixes = [with_argument(place.expr, place.op, "strides", "1")]
            if getattr(place.op, "padding", "") != "same":
                given = place.given("padding")
                fixes += [Fix(given.value.span, "same")] if given is not None else []
                said = "strides=1" if given is not None else "strides=1, padding=same"
                fixes[0] = Fix(fixes[0].span, fixes[0].text.replace("strides=1", said))
            return Cause(
                place.span,
                f"`{place.op.name}` has strides as large as itself, and the other sides of "
                f"{refused.who} keep their size",
                _becomes(refused, place),
                f"write `{shown(place.expr, fixes)}`",
                together(fixes),
            )
    return None


def _strided(refused: Refused, place: Place, other: Place) -> Cause | None:
    """The strides of one side's layer given to that of the other, where both fit then."""
    strides = _strides(other.op)
    mine = len(_strides(place.op))
    if len(strides) != mine:
        return None
    if not fitting(refused, place.otherwise(strides=strides)):
        return None
    text = str(strides[0]) if len(set(strides)) == 1 else str(strides)
    given = other.given("strides")
    definition = refused.written.definition(place.span)
    if given is not None and definition is not None and given.span.within(definition.span):
        text = " ".join(given.value.span.text.split())
    fix = with_argument(place.expr, place.op, "strides", text)
    return Cause(
        place.span,
        f"`{place.op.name}` lacks the strides of the other side of {refused.who}",
        _becomes(refused, place),
        f"write `{shown(place.expr, [fix])}`, as `{other.op.name}` in line {other.span.line}",
        fix,
    )


def _strides(op: Op) -> tuple[int, ...]:
    found = getattr(op, "strides", None)
    return found if isinstance(found, tuple) and found else (1,)


def keepdims_missing(refused: Refused) -> Cause | None:
    """A pool or mean drops axes that the tensor it meets still has."""
    ranks = {one.type.rank for one in refused.inputs}
    if refused.promise is None and len(ranks) < 2:
        return None
    for nodes in branches(refused):
        for place in places(refused, nodes):
            if getattr(place.op, "keepdims", None) is not False:
                continue
            if not fitting(refused, place.otherwise(keepdims=True)):
                continue
            fix = with_argument(place.expr, place.op, "keepdims", "true")
            return Cause(
                place.span,
                f"`{place.op.name}` drops axes that {refused.who} needs",
                _becomes(refused, place),
                f"write `{shown(place.expr, [fix])}`: the axes stay, 1 long; "
                f"or put `-> {_reshape(refused)}` behind",
                fix,
            )
    return None


def _reshape(refused: Refused) -> str:
    """The layer that puts the axes of the shorter tensor in place."""
    short = min(refused.inputs, key=lambda one: one.type.rank).type.shape
    rank = max(one.type.rank for one in refused.inputs)
    rank = len(refused.promise.sizes) if refused.promise is not None else rank
    ones = ["1"] * (rank - len(short))
    return f"Reshape(({', '.join([*ones, *map(str, short[1:])])}))"


def _becomes(refused: Refused, place: Place) -> str:
    node = place.nodes[0]
    after = show_shape(node.outputs[0].shape)
    if not node.inputs:
        return f"makes {after}"
    return f"{show_shape(refused.graph.type(node.inputs[0]).shape)} becomes {after}"
