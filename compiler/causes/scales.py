"""Maps that are enlarged too much, too little, or from the wrong size."""

from __future__ import annotations

from fractions import Fraction
from math import prod

from ...dsl.diagnostics.diagnostic import Fix, Related
from ...dsl.diagnostics.edits import together
from ..ops.base.op import Op
from ..ops.tensor.merge import Concatenate
from ..ops.tensor.reshape import Reshape
from ..shapes.dims import Shape
from ..shapes.types import TensorType, show_shape
from .places import Place, branches, fitting, places, promised_sizes
from .refused import Cause, Refused
from .whatif import line_behind
from .written import argument_of, shown, with_argument

_NAMES = {3: "1D", 4: "2D", 5: "3D"}
MOST = 64
"""By how much a map is enlarged at most that was not."""


def enlarged_otherwise(refused: Refused) -> Cause | None:
    """A layer enlarges one side by another factor than what makes it as large as the other."""
    if refused.promise is not None or len(refused.inputs) != 2:
        return None
    for index, nodes in enumerate(branches(refused)):
        mine, other = refused.inputs[index], refused.inputs[1 - index]
        ratio = _ratio(mine.type.shape, other.type.shape)
        if ratio is None:
            continue
        for place in places(refused, nodes):
            name = "size" if place.op.name.startswith("UpSampling") else "strides"
            factors = getattr(place.op, name, None)
            if name == "strides" and not place.op.name.endswith("Transpose"):
                continue
            if not isinstance(factors, tuple) or len(set(factors)) != 1:
                continue
            wanted = factors[0] * ratio
            if wanted.denominator != 1 or wanted < 2:
                continue
            factor = int(wanted)
            if not fitting(refused, place.otherwise(**{name: (factor,) * len(factors)})):
                continue
            skip = _of_promised_size(refused, index)
            if skip is not None:
                return skip
            fix = with_argument(place.expr, place.op, name, str(factor))
            return Cause(
                place.span,
                f"`{place.op.name}` makes one side of {refused.who} {_times(1 / ratio)} as large "
                "as the other",
                show_shape(mine.type.shape),
                f"write `{shown(place.expr, [fix])}`",
                fix,
                (Related(show_shape(other.type.shape), other.operand),),
            )
    return None


def _of_promised_size(refused: Refused, index: int) -> Cause | None:
    """Where one side has the size of the result: another tensor of that size for the other."""
    mine, other = refused.inputs[index], refused.inputs[1 - index]
    if mine.type.shape[1:-1] not in promised_sizes(refused):
        return None
    for name, value in refused.values.items():
        type = getattr(value, "type", None)
        if not isinstance(type, TensorType) or type.shape[1:-1] != mine.type.shape[1:-1]:
            continue
        types = [type if one is other else one.type for one in refused.given]
        if name == mine.operand.text or not refused.accepts(types) or len(type.shape) < 3:
            continue
        ref = getattr(value, "ref", None)
        if ref is None or ref == mine.ref or refused.graph.node(ref.node).op is None:
            continue
        return Cause(
            other.operand,
            f"{show_shape(other.type.shape)} meets {show_shape(mine.type.shape)}, and `{name}` is "
            f"{show_shape(type.shape)}",
            "the other size",
            f"write `{name}`",
            Fix(other.operand, name),
            (Related(show_shape(mine.type.shape), mine.operand),),
        )
    return None


def not_enlarged(refused: Refused) -> Cause | None:
    """One side is smaller than the other by a whole factor, the same along each axis."""
    if refused.promise is not None or len(refused.inputs) != 2:
        return None
    joins = isinstance(refused.op, Concatenate)
    made = [any(node.op is not None for node in nodes) for nodes in branches(refused)]
    if not (any(made) if joins else all(made)):
        return None
    for mine, other in (refused.inputs, refused.inputs[::-1]):
        ratio = _ratio(mine.type.shape, other.type.shape)
        rank = len(mine.type.shape)
        if ratio is None or ratio.denominator != 1 or not 1 < ratio <= MOST or rank not in _NAMES:
            continue
        if not joins and other.type.shape[1:-1] not in promised_sizes(refused):
            continue
        shape = (mine.type.shape[0], *other.type.shape[1:-1], mine.type.shape[-1])
        grown = TensorType(mine.type.dtype, shape)
        types = [grown if one is mine else one.type for one in refused.given]
        if not refused.accepts(types):
            continue
        text = " ".join(mine.operand.text.split())
        factor = int(ratio)
        written = f"({text} -> UpSampling{_NAMES[rank]}({factor}))"
        return Cause(
            mine.operand,
            f"one side of {refused.who} is a {_PARTS.get(factor, f'{factor}th')} of the other: "
            f"{show_shape(mine.type.shape)} beside {show_shape(other.type.shape)}",
            f"{factor} times smaller",
            f"write `{written}`, or a pool of {factor} on the other side",
            Fix(mine.operand, written),
            (Related(show_shape(other.type.shape), other.operand),),
        )
    return None


_PARTS = {2: "half", 4: "quarter"}


def _times(ratio: Fraction) -> str:
    if ratio.denominator == 1:
        return "twice" if ratio == 2 else f"{ratio} times"
    return "half" if ratio == Fraction(1, 2) else f"{ratio}"


def _ratio(small: Shape, large: Shape) -> Fraction | None:
    """What all axes between batch and channels have to be multiplied by; None if they differ."""
    if len(small) != len(large) or len(small) < 3:
        return None
    found = set()
    for a, b in zip(small[1:-1], large[1:-1], strict=True):
        if not isinstance(a, int) or not isinstance(b, int) or not a:
            return None
        found.add(Fraction(b, a))
    ratio = found.pop() if len(found) == 1 else None
    return None if ratio == 1 else ratio


def starts_small(refused: Refused) -> Cause | None:
    """A `Reshape` starts maps at a size that is not enlarged to what the signature promises."""
    promise = refused.promise
    if promise is None or not promise.is_result or len(refused.inputs) != 1:
        return None
    (given,) = refused.inputs
    sizes = [b if a is None else a for a, b in zip(promise.sizes, given.type.shape, strict=False)]
    ratio = _ratio(given.type.shape, tuple(sizes))
    if ratio is None:
        return None
    nodes = line_behind(refused.graph, given.ref)
    found = places(refused, nodes)
    for place in found:
        op = place.op
        target = op.target_shape if isinstance(op, Reshape) else ()
        known = [size for size in target if isinstance(size, int) and size > 0]
        if len(known) != len(target) or len(target) != len(given.type.shape) - 1:
            continue
        sides = [side * ratio for side in known[:-1]]
        if any(side.denominator != 1 for side in sides):
            return None
        made = (*map(int, sides), known[-1])
        return _started(refused, place, made, found[found.index(place) + 1 :])
    return None


def _started(
    refused: Refused, place: Place, made: tuple[int, ...], before: list[Place]
) -> Cause | None:
    """The size to start from, in the Reshape and in the layer that makes its elements."""
    promise, op = refused.promise, place.op
    if promise is None or not isinstance(op, Reshape):
        return None
    changed: dict[str, Op] = dict(place.otherwise(target_shape=made) or {})
    dense = next((one for one in before if one.given("units") is not None), None)
    wider = dense.otherwise(units=prod(made)) if dense is not None else None
    given = argument_of(place.expr, place.op, "target_shape")
    if not changed or not wider or dense is None or given is None:
        return None
    if not fitting(refused, changed | wider) or not place.span.within(refused.definition.span):
        return None
    shape = f"({', '.join(map(str, made))})"
    units = " * ".join(map(str, made))
    fixes = [
        with_argument(place.expr, place.op, "target_shape", shape),
        with_argument(dense.expr, dense.op, "units", units),
    ]
    start = " by ".join(map(str, op.target_shape[:-1]))
    return Cause(
        given.value.span,
        f"maps start {start} here and end as {show_shape(refused.inputs[0].type.shape)}, where "
        f"{refused.who} wants {promise.declared.span.text}",
        "the start",
        f"write `{shown(place.expr, fixes[:1])}`, and `{shown(dense.expr, fixes[1:])}` before it",
        together(fixes),
    )
