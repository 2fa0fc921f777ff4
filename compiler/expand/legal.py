"""For which numbers of its named sizes a net is legal: its conditions are collected and decided."""

from __future__ import annotations

from collections.abc import Mapping

from ...dsl.diagnostics.findings import Findings
from ...dsl.record import record
from ..ir.graph import Graph
from ..legal.boxes import Box
from ..legal.sets import EVERY, Undecided
from ..legal.solve import Legal, Open, solve
from ..link.project import Defined, Project
from ..shapes.assume import assuming
from ..shapes.dims import Dim, Sym, names, symbol
from .body import MAX_LAYERS
from .expand import build_net
from .values import Value

ROUNDS = 12
"""How often a net is expanded again for the sizes that what was found so far leaves."""


@record
class Form:
    """The numbers `period * n + offset` in the place of a name `n`."""

    period: int
    offset: int

    def dim(self, name: str) -> Dim:
        """The form as a size."""
        return self.period * symbol(name) + self.offset

    def of(self, inner: Form) -> Form:
        """The form whose `n` has a form itself."""
        return Form(self.period * inner.period, self.period * inner.offset + self.offset)


def legal_sizes(
    project: Project, net: Defined, settings: Mapping[str, Value], max_layers: int = MAX_LAYERS
) -> Legal | None:
    """Which numbers the named sizes of a net may take; None where it is at fault for others.

    A net without named sizes has no names. A rule that needs two sizes to be equal is taken to be
    kept where it can be. Where a fault is left, the net is expanded for the numbers that suit what
    was needed up to there, `L n + c` in the place of a name, as more is known of them.
    """
    forms: dict[str, Form] = {}
    for _ in range(ROUNDS):
        given = {**settings, **{name: form.dim(name) for name, form in forms.items()}}
        with assuming() as assumed:
            grown = build_net(project, net.module, net.definition, Findings(), given, max_layers)
        if grown is not None:
            return _as_written(solve(assumed, named_sizes(grown)), forms)
        narrower = forms_of(solve(assumed))
        if not narrower:
            return None
        for name, form in narrower.items():
            forms[name] = forms[name].of(form) if name in forms else form
    return None


def named_sizes(graph: Graph) -> frozenset[str]:
    """The names in the shapes of a net's inputs."""
    dims = [dim for path in graph.inputs for dim in graph.node(path).outputs[0].shape]
    return frozenset(name for dim in dims if isinstance(dim, Sym) for name in names(dim))


def forms_of(legal: Legal) -> dict[str, Form]:
    """The names whose numbers are all those of one form, but for the first of the form."""
    if len(legal.boxes) != 1:
        return {}
    found: dict[str, Form] = {}
    for name, numbers in legal.boxes[0].items():
        exact = numbers.canonical()
        if len(exact.residues) == 1 and not exact.runs and exact.firsts[0] > 1:
            found[name] = Form(exact.period, exact.firsts[0] - exact.period)
    return found


def _as_written(legal: Legal, forms: Mapping[str, Form]) -> Legal:
    """What is legal for names, from what is for the `n` of their forms."""
    if not forms:
        return legal
    equals = {
        name: dim
        for name, dim in legal.equals.items()
        if name not in forms and names(dim).isdisjoint(forms)
    }
    lost = [frozenset((name, *names(dim))) for name, dim in legal.equals.items()]
    lost = [held for held in lost if not held.isdisjoint(forms)]
    lost += [held.names for held in legal.undecided if not held.names.isdisjoint(forms)]
    kept = tuple(held for held in legal.undecided if held.names.isdisjoint(forms))
    boxes: list[Box] = []
    for box in legal.boxes:
        moved = dict(box)
        for name, form in forms.items():
            try:
                moved[name] = box.get(name, EVERY).image(form.period, form.offset)
            except Undecided:
                lost.append(frozenset((name,)))
        boxes.append(moved)
    others = tuple(Open(f"what {' and '.join(sorted(held))} must be", held) for held in lost)
    return Legal(legal.names, tuple(boxes), equals, (*kept, *others))
