"""Layers that make one of two sides wider or narrower than the other."""

from __future__ import annotations

import re

from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..link.names import type_names
from ..ops.tensor.merge import Concatenate
from ..shapes.dims import Dim
from ..shapes.types import show_shape
from .places import Place, branches, fitting, places
from .refused import Cause, Refused
from .widths import WORDS
from .written import shown, with_argument


def gate_width(refused: Refused) -> Cause | None:
    """A gate, 1 long where the maps are long, has another width than these."""
    return _of_side(refused, _gate(refused))


def side_width(refused: Refused) -> Cause | None:
    """The side with fewer layers of its own has another width than the other one."""
    if len(refused.given) != 2 or len(refused.inputs) != 2:
        return None
    own = [len(nodes) for nodes in branches(refused)]
    sides = [index for index, count in enumerate(own) if count]
    one_sided = len(sides) == 2 and own[0] != own[1]
    if not one_sided and refused.inputs[0].type.rank < 3:
        # Of vectors either may be meant as it is.
        return None
    return _of_side(refused, min(sides, key=lambda side: (own[side], -side)) if sides else None)


def _gate(refused: Refused) -> int | None:
    """The tensor that is 1 long on all axes between batch and channels, beside one that is not."""
    if len(refused.given) != 2 or len(refused.inputs) != 2:
        return None
    between = [one.type.shape[1:-1] for one in refused.inputs]
    thin = [bool(sizes) and all(size == 1 for size in sizes) for sizes in between]
    return thin.index(True) if thin.count(True) == 1 else None


def _of_side(refused: Refused, side: int | None) -> Cause | None:
    """The layer on one side that makes its width, with that of the other side."""
    if side is None or refused.op is None or isinstance(refused.op, Concatenate):
        return None
    other = refused.inputs[1 - side]
    wanted = other.type.shape[-1] if other.type.shape else None
    if not isinstance(wanted, int) or wanted < 2:
        return None
    sides = branches(refused)
    for place in places(refused, sides[side]):
        for name, what in WORDS.items():
            given = place.given(name)
            if given is None or not place.span.within(refused.definition.span):
                continue
            if not fitting(refused, place.otherwise(**{name: wanted})):
                continue
            text = _as_there(places(refused, sides[1 - side]), refused, wanted)
            return _cause(refused, place, given, name, what, text or called(refused, wanted))
    return None


def _cause(
    refused: Refused, place: Place, given: ast.Arg, name: str, what: str, text: str
) -> Cause:
    written, got = given.value.span.text, getattr(place.op, name)
    if _is_last_use(refused, given.value):
        return _projected(refused, place, what, text)
    said = f"`{written}`" if written == str(got) else f"`{written}` = {got}"
    fix = with_argument(place.expr, place.op, name, text)
    wanted = next(one for one in refused.inputs if one.type.shape[-1] != got)
    return Cause(
        given.value.span,
        f"`{place.op.name}` makes {said} {what}, and the other side of {refused.who} has "
        f"{wanted.type.shape[-1]}",
        said,
        f"write `{shown(place.expr, [fix])}`",
        fix,
    )


def _is_last_use(refused: Refused, value: ast.Expr) -> bool:
    """Whether a width is a parameter that nothing else reads, so that it is meant as it is."""
    block = refused.definition
    if not isinstance(value, ast.Name) or value.name not in {p.name.name for p in block.params}:
        return False
    code = re.sub(r"#.*", "", block.span.text)
    return len(re.findall(rf"\b{re.escape(value.name)}\b", code)) == 2


def _projected(refused: Refused, place: Place, what: str, width: str) -> Cause:
    """A layer behind, as wide as the other side, where the width of the last is meant."""
    rank = place.nodes[0].outputs[0].rank
    layer = f"Dense({width})" if what == "units" else f"Conv{rank - 2}D({width}, 1)"
    end = place.span.end
    return Cause(
        place.span,
        f"nothing makes the output of `{place.op.name}` as wide again as the other side of "
        f"{refused.who}",
        show_shape(place.nodes[0].outputs[0].shape),
        f"put `-> {layer}` behind it",
        Fix(Span(place.span.source, end, end), f" -> {layer}"),
    )


def _as_there(others: list[Place], refused: Refused, wanted: int) -> str:
    """The width as the layer that makes it on the other side says it, in the same body."""
    for place in others:
        for name in WORDS:
            given = place.given(name)
            same = given is not None and getattr(place.op, name) == wanted
            if given is not None and same and place.span.within(refused.definition.span):
                return " ".join(given.value.span.text.split())
    return ""


def called(refused: Refused, size: Dim) -> str:
    """A size by the one name of the signature that stands for it, or as a number."""
    names: set[str] = set()
    for param in refused.definition.params:
        if isinstance(param.type, ast.TensorTypeExpr):
            names |= type_names(param.type)
        else:
            names.add(param.name.name)
    named = [name for name in sorted(names) if refused.values.get(name) == size]
    return named[0] if len(named) == 1 else str(size)
