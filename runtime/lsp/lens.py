"""What stands above each net, and the shapes at the ends of lines."""

from __future__ import annotations

from lsprotocol.types import CodeLens, Command, InlayHint, Position

from ...compiler.cost.totals import parameters, work
from ...compiler.shapes.dims import Dim, DimTooComplex
from ..picture.faces import count_text
from .desk import View
from .facts import line_hints

SHOW_GRAPH = "netc.showGraph"


def lenses(view: View) -> list[CodeLens]:
    """Parameters and FLOPs of each net, and a command that shows its graph."""
    found: list[CodeLens] = []
    for net in view.analysis.nets if view.analysis else ():
        if net.graph is None:
            continue
        place = view.lines.range(net.definition.name.span)
        arguments = [view.path.as_uri(), net.name]
        try:
            flops = f" · {_amount(work(net.graph).flops)} FLOPs"
        except DimTooComplex:
            flops = ""
        title = f"{_amount(parameters(net.graph).total)} params{flops}"
        found.append(CodeLens(place, Command(title, SHOW_GRAPH, arguments=arguments)))
        found.append(CodeLens(place, Command("show graph", SHOW_GRAPH, arguments=arguments)))
    return found


def inlay_hints(view: View, text: str) -> list[InlayHint]:
    """The shapes of a check at the ends of the lines that still stand as they did then."""
    lines = text.split("\n")
    old = view.text.split("\n")
    hints: list[InlayHint] = []
    for number, shape in line_hints(view).items():
        if number < len(lines) and lines[number] == old[number]:
            end = len(lines[number].rstrip().encode("utf-16-le")) // 2
            hints.append(InlayHint(Position(number, end), shape, padding_left=True))
    return hints


def _amount(value: Dim) -> str:
    return count_text(value) if isinstance(value, int) else str(value)
