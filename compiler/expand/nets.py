"""Checks single nets: each net with each of its settings is expanded once, whoever asks for it."""

from __future__ import annotations

from collections.abc import Mapping

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.findings import Findings
from ...dsl.syntax import ast
from ..ir.alive import all_alive
from ..ir.graph import CheckedGraph
from ..link.project import Defined, Project
from .body import MAX_LAYERS
from .expand import build_net
from .keys import Key, key_of
from .legal import NetLegality
from .values import Value
from .work import Meter


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
        grown = build_net(
            self.project,
            net.module,
            definition,
            self.findings,
            settings,
            self.meter.layers(self.max_layers),
            self.meter,
            NetLegality(self.project, net, settings, self.max_layers, self.meter),
        )
        if grown is None:
            return None
        if all_alive(grown):
            return CheckedGraph(grown)
        graph = grown.finished()
        alive = graph.ancestors(output.ref.node for output in graph.outputs)
        inputs = set(graph.inputs)
        faulty = False
        for output in graph.outputs:
            if not graph.ancestors([output.ref.node]) & inputs:
                faulty = True
                self.findings.fault(
                    Code.CONSTANT_OUTPUT,
                    f"the output `{output.name}` depends on no input",
                    graph.node(output.ref.node).span,
                    "made from no input",
                )
        spans = {param.name.name: param.name.span for param in definition.params}
        for path in graph.inputs:
            if path not in alive and not path.startswith("_"):
                self.findings.fault(
                    Code.UNUSED_PARAMETER,
                    f"the input `{path}` reaches no output",
                    spans.get(path, graph.node(path).span),
                    "has no effect",
                )
        return None if faulty else CheckedGraph(graph.subgraph(alive | inputs), graph)


def _key(net: Defined, settings: Mapping[str, Value]) -> Key | None:
    """What the graph depends on."""
    given = key_of(settings)
    return None if given is None else (id(net.definition), *given)
