"""A net is checked and counted without opening block calls that equal another."""

from __future__ import annotations

from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.compiler.cost.totals import parameters, work
from netc.compiler.ir.alive import reach
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.ir.growing import GrowingGraph

from tests.compiler.expand.test_replay import PATH, PROGRAMS
from tests.places import MODELS

MILLION = (
    "block B0(x: [N, C]) { return x -> Dense(C) * 10 }\n"
    + "".join(f"block B{i}(x: [N, C]) {{ return x -> B{i - 1} * 10 }}\n" for i in range(1, 5))
    + """net A(x: float32[N, 4]) -> y: [N, 4] { return x -> B4 * 9 as last }
expect A {
  params == 900_000 * 20
  trainable_params == params
  layers == 900_000
  flops == 900_000 * 32
  macs == 900_000 * 16
  activations == 900_000 * 4
  memory(batch=2) == 4 * (params + 2 * activations)
  shape(y) == [N, 4]
  shape("last_8/b3_9/b2_9/b1_9/b0_9/dense_9") == [N, 4]
}
"""
)

DEAD = {
    "a call whose result is dropped": """
        block B(x: [N, C]) { return x -> Dense(C) }
        net A(x: float32[N, 4]) {
          x -> B as unused
          return x -> B
        }""",
    "a layer inside every call": """
        block B(x: [N, C]) {
          x -> Dense(9) as aside
          return x -> Dense(C)
        }
        net A(x: float32[N, 4]) { return x -> B * 3 }""",
    "one of two results in the second call alone": """
        block Two(x: [N, C]) -> (a: [N, C], b: [N, C]) { return x -> ReLU, x -> Dense(C) }
        net A(x: float32[N, 4]) {
          u = x -> Two
          v = u.a + u.b -> Two
          return v.a
        }""",
    "a mask that nothing reads": """
        block E(x: [N, T]) { return x -> Embedding(9, 4, mask_zero=true) -> Flatten }
        net A(x: int32[N, 3]) { return (x -> E) + (x -> E) }""",
}


def _nets(text: str) -> list[CheckedGraph]:
    analysis = check_files([PATH], overlay={PATH: text})
    assert not analysis.failed, [str(d) for d in analysis.diagnostics]
    return [net.graph for net in analysis.nets if net.graph is not None]


def _counts_agree(net: CheckedGraph) -> None:
    """Counting call by call gives what counting layer by layer gives."""
    opened = CheckedGraph(net.graph)
    assert parameters(net) == parameters(opened)
    assert work(net) == work(opened)
    alive = net.graph.ancestors(output.ref.node for output in net.graph.outputs)
    assert alive | set(net.graph.inputs) == {node.path for node in net.graph}


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program(text: str) -> None:
    (net,) = _nets(text)
    _counts_agree(net)


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.net")), ids=lambda path: path.stem)
def test_a_shipped_model(path: Path) -> None:
    for net in check_files([path]).nets:
        assert net.graph is not None
        _counts_agree(net.graph)


@pytest.mark.parametrize("text", DEAD.values(), ids=DEAD)
def test_dead_layers_are_found_in_calls(text: str) -> None:
    (net,) = _nets(text)
    assert not isinstance(net.folded, GrowingGraph), "what is dead must be dropped"
    _counts_agree(net)


def test_nearly_a_million_layers_are_never_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(graph: GrowingGraph) -> None:
        raise AssertionError(f"{graph.name} is opened")

    monkeypatch.setattr(GrowingGraph, "_finish", opened)
    (net,) = _nets(MILLION)
    assert isinstance(net.folded, GrowingGraph)
    assert reach(net.folded).alive
