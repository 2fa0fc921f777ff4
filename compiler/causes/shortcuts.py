"""Two ways that part and meet again with other sizes: a projection or a pad is missing."""

from __future__ import annotations

from ...dsl.diagnostics.diagnostic import Fix, Related
from ...dsl.text.source import Span
from ..legal.shown import source_text
from ..ops.tensor.merge import Concatenate
from ..shapes.dims import Dim, Shape
from ..shapes.types import TensorType, show_shape
from .places import Place, branches, places
from .refused import Cause, Given, Refused
from .whatif import behind

FARTHEST = 8
"""By how much sizes differ at most that were rounded down on the way."""


def unprojected(refused: Refused) -> Cause | None:
    """A sum of what came in and of what layers with other channels made of it."""
    if len(refused.given) != 2 or refused.op is None or isinstance(refused.op, Concatenate):
        return None
    for short, long in (refused.given, refused.given[::-1]):
        layer = _projection(refused, short.type.shape, long.type.shape)
        if layer is None or not _came_in(refused, short, long):
            continue
        text = f"({short.operand.text} -> {layer})"
        shape = show_shape(short.type.shape)
        return Cause(
            refused.primary,
            refused.message,
            show_shape(long.type.shape) if refused.primary == long.operand else "",
            f"write `{text}`: a projection of the shortcut, as wide as the other side",
            Fix(short.operand, text),
            (Related(f"the shortcut is {shape} still", short.operand),),
        )
    return None


def _came_in(refused: Refused, short: Given, long: Given) -> bool:
    """Whether one tensor is a parameter that the layers of the other started from."""
    if short.operand.text not in _parameters(refused):
        return False
    before = {node.path for node in behind(refused.graph, [long.ref])}
    return short.ref != long.ref and short.ref.node in before


def _projection(refused: Refused, short: Shape, long: Shape) -> str | None:
    """The layer of one place a place that makes one shape of another; None where none does."""
    names = {2: "Dense", 3: "Conv1D", 4: "Conv2D", 5: "Conv3D"}
    if len(short) != len(long) or len(long) not in names or short[-1] == long[-1]:
        return None
    steps = {_step(a, b) for a, b in zip(short[1:-1], long[1:-1], strict=True)} or {1}
    if len(steps) != 1 or short[0] != long[0]:
        return None
    (step,) = steps
    like = [TensorType(one.type.dtype, long) for one in refused.given]
    if not step or 1 in (short[-1], long[-1]) or not refused.accepts(like):
        return None
    width = _called(refused, long[-1])
    results = [result.type.dims[-1:] for result in refused.definition.results or ()]
    promised = {dim.span.text for dims in results for dim in dims}
    if promised and width not in promised:
        return None
    if len(long) == 2:
        return f"Dense({width})"
    return f"{names[len(long)]}({width}, 1{f', strides={step}' if step > 1 else ''})"


def _step(before: Dim, after: Dim) -> int:
    """The strides that make one size another; 0 where none do."""
    if before == after:
        return 1
    if not isinstance(before, int) or not isinstance(after, int) or not 0 < after < before:
        return 0
    step = round(before / after)
    return step if -(-before // step) == after else 0


def _parameters(refused: Refused) -> set[str]:
    return {param.name.name for param in refused.definition.params}


def _called(refused: Refused, size: Dim) -> str:
    """A size as the body calls it: by the one name that stands for it."""
    params = _parameters(refused)
    named = [n for n, value in refused.values.items() if n in params and value == size]
    return named[0] if len(named) == 1 else source_text(size)


def odd_halves(refused: Refused) -> Cause | None:
    """What was halved at an odd size and made twice as large again, beside what was not."""
    if refused.promise is not None:
        return _too_large(refused)
    if len(refused.given) != 2:
        return None
    for index, (small, large) in enumerate((refused.given, refused.given[::-1])):
        less = _less(small.type.shape, large.type.shape)
        if less is None or len(branches(refused)) != 2:
            continue
        grown = [one for one in places(refused, branches(refused)[index]) if _enlarges(one)]
        pads = ", ".join(f"(0, {cells})" for cells in less)
        layer = f"ZeroPadding{len(less)}D({f'({pads})' if len(less) > 1 else pads})"
        shape = (small.type.shape[0], *large.type.shape[1:-1], small.type.shape[-1])
        padded = TensorType(small.type.dtype, shape)
        order = [padded, large.type] if index == 0 else [large.type, padded]
        if not grown or not refused.accepts(order):
            continue
        text = f"({' '.join(small.operand.text.split())} -> {layer})"
        wanted = show_shape(large.type.shape)
        return Cause(
            small.operand,
            f"{show_shape(small.type.shape)} is not {wanted} again: halves of odd sizes are "
            "rounded down",
            "smaller than the other side",
            f"write `{text}`, or let sizes come in that can be halved as often",
            Fix(small.operand, text),
            (Related(f"{wanted} is given here", large.operand),),
        )
    return None


def _too_large(refused: Refused) -> Cause | None:
    """A result that is made of halves which were rounded up, larger than what was halved."""
    promise, given = refused.promise, refused.inputs[0]
    shape = given.type.shape
    if promise is None or not promise.is_result or len(promise.sizes) != len(shape):
        return None
    sizes = tuple(b if a is None else a for a, b in zip(promise.sizes, shape, strict=True))
    less = _less(sizes, shape)
    grown = [one for one in places(refused, branches(refused)[0]) if _enlarges(one)]
    if less is None or not grown or not refused.accepts([TensorType(given.type.dtype, sizes)]):
        return None
    crops = ", ".join(f"(0, {cells})" for cells in less)
    layer = f"Cropping{len(less)}D({f'({crops})' if len(less) > 1 else crops})"
    return Cause(
        grown[0].span,
        f"{refused.layer} makes {show_shape(shape)} of what was {show_shape(sizes)}: halves of "
        "odd sizes are rounded up",
        "made larger than it was",
        f"put `-> {layer}` behind it, or let sizes come in that can be halved as often",
        Fix(_end(given.operand), f" -> {layer}"),
    )


def _end(span: Span) -> Span:
    return Span(span.source, span.end, span.end)


def _less(small: Shape, large: Shape) -> list[int] | None:
    """How much smaller one shape is on each axis between the batch and the channels."""
    if len(small) != len(large) or not 3 <= len(small) <= 5:
        return None
    less = [
        b - a if isinstance(a, int) and isinstance(b, int) else 0 if a == b else -1
        for a, b in zip(small[1:-1], large[1:-1], strict=True)
    ]
    return less if any(less) and all(0 <= cells <= FARTHEST for cells in less) else None


def _enlarges(place: Place) -> bool:
    name = place.op.name
    return name.startswith("UpSampling") or (
        name.endswith("Transpose") and max(getattr(place.op, "strides", (1,))) > 1
    )
