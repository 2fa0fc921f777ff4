"""Checks single nets: each net with each of its settings is expanded once, whoever asks for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.findings import Findings
from ...dsl.syntax import ast
from ..ir.alive import reach
from ..ir.graph import CheckedGraph, Graph, Node
from ..ir.growing import GrowingGraph
from ..ir.parts import Part, Rounds
from ..link.module import Defined, Module
from ..link.project import Project
from .body import MAX_LAYERS, most_opened
from .expand import build_net
from .keys import Key, key_of
from .size_lines import on_sizes
from .values import Value
from .work import Meter

if TYPE_CHECKING:
    from ..legal.forms import Stands
    from ..legal.solve import Legal
    from .legal import NetLegality


class NetChecker:
    """Nets to checked graphs, or to findings that say why not.

    What it once found it remembers, so that contracts and recipes ask it again for nothing.
    """

    def __init__(
        self,
        project: Project,
        findings: Findings,
        max_layers: int = MAX_LAYERS,
        meter: Meter | None = None,
    ) -> None:
        self.project = project
        self.findings = findings
        self.max_layers = max_layers
        self.meter = meter if meter is not None else Meter()
        self._forms: dict[int, tuple[CheckedGraph, Mapping[str, Stands]]] = {}
        self._checked: dict[Key, tuple[Mapping[str, Value], CheckedGraph | None]] = {}

    def check(self, net: Defined, settings: Mapping[str, Value]) -> CheckedGraph | None:
        """The graph of a net with dead layers dropped; None where it is at fault.

        `settings` gives static parameters and named sizes their values.
        """
        key = _key(net, settings)
        if key is None:
            return self._check(net, settings)
        if key not in self._checked:
            # Whoever asks again after an exception is not to meet it again.
            self._checked[key] = (settings, None)
            self._checked[key] = (settings, self._check(net, settings))
        return self._checked[key][1]

    def adopt(self, net: Defined, checked: CheckedGraph) -> None:
        """Takes the graph of a net, with no settings, as one that was checked."""
        key = _key(net, {})
        if key is not None:
            self._checked[key] = ({}, checked)

    def forms_in(self, checked: CheckedGraph) -> Mapping[str, Stands]:
        """What stands in a checked graph for named sizes, as contracts say it."""
        return self._forms[id(checked)][1] if id(checked) in self._forms else {}

    def knows(self, net: Defined, settings: Mapping[str, Value]) -> bool:
        """Whether the net has been checked with these settings."""
        return _key(net, settings) in self._checked

    def _check(self, net: Defined, settings: Mapping[str, Value]) -> CheckedGraph | None:
        definition = net.definition
        if not any(isinstance(param.type, ast.TensorTypeExpr) for param in definition.params):
            self.findings.fault(
                Code.BAD_SIGNATURE,
                f"the net `{definition.name.name}` has no input",
                definition.name.span,
                "takes no tensor",
                help="give it one, such as `x: float32[N, 10]`",
            )
            return None
        said = _declared(self.project, net.module, definition.name.name)
        meant = {name: form for name, form in said.items() if name not in settings}
        grown, forms = self._build_declared(net, settings, meant)
        if grown is None:
            return None
        checked = self._alive(net, grown)
        if checked is not None and forms:
            self._forms[id(checked)] = (checked, forms)
        return checked

    def _build_declared(
        self, net: Defined, settings: Mapping[str, Value], forms: Mapping[str, Stands]
    ) -> tuple[GrowingGraph | None, Mapping[str, Stands]]:
        """The net's graph, and the forms that stand in it for named sizes.

        A net that is at fault for some sizes is none for those that a contract says are meant.
        """
        if not forms:
            return self._build(net, settings, self.findings), {}
        found = Findings()
        grown = self._build(net, settings, found)
        if any(one.severity == "error" for one in found.diagnostics):
            meant = Findings()
            of_forms = {**settings, **{name: form.dim(name) for name, form in forms.items()}}
            again = self._build(net, of_forms, meant)
            if again is not None and not any(d.severity == "error" for d in meant.diagnostics):
                self.findings.absorb(meant)
                return again, forms
        self.findings.absorb(found)
        return grown, {}

    def _build(
        self, net: Defined, settings: Mapping[str, Value], findings: Findings
    ) -> GrowingGraph | None:
        return build_net(
            self.project,
            net.module,
            net.definition,
            findings,
            settings,
            self.meter.layers(self.max_layers),
            self.meter,
            _Legality(self.project, net, settings, self.max_layers, self.meter),
        )

    def _alive(self, net: Defined, grown: GrowingGraph) -> CheckedGraph | None:
        found = reach(grown)
        if not found.alive and len(grown) > most_opened(self.max_layers):
            self._refuse(net, grown, found.vain)
            return None
        graph = grown if found.alive else grown.finished()
        made_from = found.inputs or [
            graph.ancestors([output.ref.node]) & set(graph.inputs) for output in graph.outputs
        ]
        if not self._used(net.definition, graph, made_from):
            return None
        if found.alive:
            return CheckedGraph(graph)
        alive = graph.ancestors(output.ref.node for output in graph.outputs)
        return CheckedGraph(graph.subgraph(alive | set(graph.inputs)), graph)

    def _used(
        self, net: ast.Definition, graph: Graph, made_from: Sequence[Collection[str]]
    ) -> bool:
        """Reports outputs that are made from no input, and inputs that nothing is made from.

        False for the first, as such a net is none.
        """
        for output, inputs in zip(graph.outputs, made_from, strict=True):
            if not inputs:
                self.findings.fault(
                    Code.CONSTANT_OUTPUT,
                    f"the output `{output.name}` depends on no input",
                    graph.node(output.ref.node).span,
                    "made from no input",
                )
        spans = {param.name.name: param.name.span for param in net.params}
        for path in graph.inputs:
            if not path.startswith("_") and not any(path in inputs for inputs in made_from):
                self.findings.fault(
                    Code.UNUSED_PARAMETER,
                    f"the input `{path}` reaches no output",
                    spans.get(path, graph.node(path).span),
                    "has no effect",
                )
        return all(made_from)

    def _refuse(self, net: Defined, graph: GrowingGraph, vain: Part | None) -> None:
        """Reports a net that is too large to be looked through for layers without use."""
        while isinstance(vain, Rounds):
            vain = vain.made[0]
        calls = None if vain is None else vain.trace
        outer = calls.frames()[-1].span if calls is not None else None
        layer = vain.span if isinstance(vain, Node) else None
        self.findings.fault(
            Code.EXPANSION_LIMIT,
            f"not all of this net's {len(graph):,} layers reach an output: "
            f"the limit of such a net is {most_opened(self.max_layers):,} layers",
            outer or layer or net.definition.name.span,
            "reaches no output" if vain is not None else "passed here",
            help="take out what nothing uses, or raise the limit with --max-layers",
        )


class _Legality:
    """What a net needs of its named sizes, worked out where a refusal asks for it."""

    def __init__(
        self,
        project: Project,
        net: Defined,
        settings: Mapping[str, Value],
        max_layers: int,
        meter: Meter,
    ) -> None:
        self._of = (project, net, settings, max_layers, meter)

    @cached_property
    def _made(self) -> NetLegality:
        from .legal import NetLegality  # 10 ms that only faults should cost

        return NetLegality(*self._of)

    @property
    def legal(self) -> Legal | None:
        return self._made.legal

    def sound(self, forms: Mapping[str, Stands]) -> bool:
        return self._made.sound(forms)


def _declared(project: Project, module: Module, name: str) -> Mapping[str, Stands]:
    """What the contracts of a net say of the sizes it takes."""
    lines = (
        line
        for item in module.file.items
        if isinstance(item, ast.Expect) and item.net.name == name
        for line in item.lines
    )
    if not any(map(on_sizes, lines)):
        return {}
    from .legal_lines import declared_forms

    return declared_forms(project, module, name)


def _key(net: Defined, settings: Mapping[str, Value]) -> Key | None:
    """What the graph depends on."""
    given = key_of(settings)
    return None if given is None else (id(net.definition), *given)
