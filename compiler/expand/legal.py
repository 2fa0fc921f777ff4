"""For which numbers of its named sizes a net is legal: its conditions are collected and decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ...dsl.diagnostics.findings import Findings
from ..ir.graph import Graph
from ..legal.boxes import Box
from ..legal.forms import Form, Stands, forms_of, of_names, size_of_names, without_floors
from ..legal.numbers import Work
from ..legal.sets import EVERY, Undecided
from ..legal.solve import Legal, Open, solve
from ..link.module import Defined
from ..link.project import Project
from ..shapes.assume import assuming
from ..shapes.dims import DimTooComplex, Sym, names
from .body import MAX_LAYERS
from .expand import build_net
from .values import Value
from .work import Meter

MOST_LAYERS = 20_000
"""Of a net with more layers, what is legal is not looked for to explain a fault."""
ROUNDS = 12
"""How often a net is expanded again for the sizes that what was found so far leaves."""


def legal_sizes(
    project: Project,
    net: Defined,
    settings: Mapping[str, Value],
    max_layers: int = MAX_LAYERS,
    meter: Meter | None = None,
) -> Legal | None:
    """Which numbers the named sizes of a net may take; None where it is at fault for others.

    A net without named sizes has no names. A rule that needs two sizes to be equal is taken to be
    kept where it can be. Where a fault is left, the net is expanded for the numbers that suit what
    was needed up to there, `L n + c` in the place of a name, as more is known of them.
    """
    forms: dict[str, Form] = {}
    work = Work()
    for _ in range(ROUNDS):
        try:
            with assuming() as assumed:
                grown = _built(project, net, Findings(), _given(settings, forms), max_layers, meter)
        except DimTooComplex:
            return None
        if grown is not None:
            legal = solve(assumed, named_sizes(grown), work)
            return without_floors(_as_written(legal, forms))
        narrower = forms_of(solve(assumed, (), work))
        if not narrower:
            return None
        for name, form in narrower.items():
            forms[name] = forms[name].of(form) if name in forms else form
    return None


@dataclass
class NetLegality:
    """What a net that is at fault would need of its named sizes, found when it is asked for."""

    project: Project
    net: Defined
    settings: Mapping[str, Value]
    max_layers: int
    meter: Meter

    @cached_property
    def legal(self) -> Legal | None:
        """As `legal_sizes`."""
        return legal_sizes(
            self.project, self.net, self.settings, min(self.max_layers, MOST_LAYERS), self.meter
        )

    def sound(self, forms: Mapping[str, Stands]) -> bool:
        """Whether the net is without fault for all numbers of some forms."""
        findings = Findings()
        given = _given(self.settings, forms)
        grown = _built(self.project, self.net, findings, given, self.max_layers, self.meter)
        return grown is not None and not findings.diagnostics


def _built(
    project: Project,
    net: Defined,
    findings: Findings,
    settings: Mapping[str, Value],
    max_layers: int,
    meter: Meter | None,
) -> Graph | None:
    allowed = max_layers if meter is None else meter.layers(max_layers)
    return build_net(project, net.module, net.definition, findings, settings, allowed, meter)


def _given(settings: Mapping[str, Value], forms: Mapping[str, Stands]) -> dict[str, Value]:
    return {**settings, **{name: form.dim(name) for name, form in forms.items()}}


def named_sizes(graph: Graph) -> frozenset[str]:
    """The names in the shapes of a net's inputs."""
    dims = [dim for path in graph.inputs for dim in graph.node(path).outputs[0].shape]
    return frozenset(name for dim in dims if isinstance(dim, Sym) for name in names(dim))


def _as_written(legal: Legal, forms: Mapping[str, Form]) -> Legal:
    """What is legal for names, from what is for the `n` of their forms."""
    if not forms:
        return legal
    equals = {
        name: size_of_names(forms[name].of_size(dim) if name in forms else dim, forms)
        for name, dim in legal.equals.items()
    }
    ties = tuple(tuple(of_names(one, forms) for one in clause) for clause in legal.ties)
    lost = [held.names for held in legal.undecided if not held.names.isdisjoint(forms)]
    kept = tuple(held for held in legal.undecided if held.names.isdisjoint(forms))
    boxes: list[Box] = []
    for box in legal.boxes:
        moved = dict(box)
        for name, form in forms.items():
            if name in equals:
                continue
            try:
                moved[name] = box.get(name, EVERY).image(form.period, form.offset)
            except Undecided:
                lost.append(frozenset((name,)))
        boxes.append(moved)
    others = tuple(Open(f"what {' and '.join(sorted(held))} must be", held) for held in lost)
    return Legal(legal.names, tuple(boxes), equals, (*kept, *others), ties)
