"""Equal block calls are run once: the graph is the one that running each of them makes."""

from __future__ import annotations

from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.compiler.expand import blocks
from netc.compiler.expand.statements import run_body
from netc.compiler.ir.graph import CheckedGraph

from tests.places import MODELS

PATH = Path("a.net").resolve()

PROGRAMS = {
    "two inputs, given twice and apart": """
        block Add(a: [N, C], b: [N, C]) { return a + b -> Dense(C) }
        net A(x: float32[N, 4], y: float32[N, 4]) {
          return ((x, y) -> Add) + ((x, x) -> Add) + ((y, x) -> Add) + ((y, y) -> Add)
        }""",
    "several results by name": """
        block Two(x: [N, C]) -> (a: [N, C], b: [N, C]) { return x -> ReLU, x -> Dense(C) }
        net A(x: float32[N, 4]) {
          u = x -> Two
          v = u.b -> Two
          return u.a + v.a + v.b
        }""",
    "labels inside labels": """
        block In(x: [N, C]) { return x -> Dense(C) as d -> ReLU }
        block Out(x: [N, C]) {
          y = x -> In
          z = y.d -> In
          return z -> Dense(C)
        }
        net A(x: float32[N, 4]) {
          u = x -> Out
          v = u -> Out
          return u.y.d + v.y.d + v.z + v.z.d
        }""",
    "an input that is handed through": """
        block Same(x: [N, C], on: bool) {
          if on { return x -> ReLU }
          return x
        }
        block Made(x: [N, C]) { return x -> Dense(C) as d -> ReLU }
        net A(x: float32[N, 4]) {
          plain = x -> Same(on=false)
          u = x -> Made -> Same(on=false)
          v = u -> Made -> Same(on=false)
          return plain + u.d + v.d
        }""",
    "labels of inputs, which are read": """
        block Made(x: [N, C], k: int) { return x -> Dense(C) as d -> ReLU * k }
        block Tap(x: [N, C]) { return x.d + x }
        net A(x: float32[N, 4]) {
          return (x -> Made(1) -> Tap) + (x -> Made(2) -> Tap)
        }""",
    "masks": """
        block Read(x: [N, T, C]) { return x -> LSTM(C, return_sequences=true) -> Dense(C) }
        net A(x: int32[N, T], y: float32[N, T, 4]) {
          e = x -> Embedding(9, 4, mask_zero=true)
          a = y -> Masking -> Read -> GRU(3)
          return (e -> Read -> Read -> LSTM(3)) + (y -> Read -> Read -> LSTM(3)) + a
        }""",
    "shared blocks": """
        block In(x: [N, C]) { return x -> Dense(C) -> Dense(C) }
        block Out(x: [N, C]) {
          layer one = In
          return x -> one -> one -> In
        }
        net A(x: float32[N, 4]) {
          layer s = Out
          return x -> s -> Out -> s -> Out
        }""",
    "layers as arguments": """
        block Take(x: [N, C], f: layer) { return x -> f -> Dense(C) }
        block Wide(x: [N, C], k: int) { return x -> Dense(k) }
        net A(x: float32[N, 4]) {
          layer s = Dense(4)
          return x -> Take(f=s) -> Take(f=s) -> Take(f=ReLU) -> Take(f=ReLU)
            -> Take(f=Wide(4)) -> Take(f=Wide(4)) -> Take(f=Wide(5)) -> Dense(4)
        }""",
    "chains": """
        block Take(x: [N, C], f: layer) { return x -> f -> Dense(C) }
        net A(x: float32[N, 4]) {
          unit = (Dense(4) as d -> ReLU)
          layer s = (Dense(4) * 2 -> ReLU)
          x -> unit as u -> unit * 3 as v -> s -> (unit -> unit) * 2 -> s
            -> Take(f=unit) -> Take(f=unit) -> Take(f=(Dense(4) -> ReLU)) -> Take(f=s) as w
          same = (Dense(4) * 0 -> Dense(4) * 0)
          return u.d + v.d + w + (u -> same).d
        }""",
    "tensors in lists": """
        block Join(x: [N, C], more: list) { return [x, more[0]] -> Concatenate -> Dense(C) }
        net A(x: float32[N, 4]) {
          a = x -> ReLU
          b = x -> Tanh
          return (x -> Join(more=[a])) + (x -> Join(more=[b])) + (x -> Join(more=[a]))
        }""",
    "values that Python takes to be equal": """
        block Scale(x: [N, C], k: float, on: list) { return x -> Rescaling(k) -> Dense(len(on)) }
        net A(x: float32[N, 4]) {
          return (x -> Scale(0.0, [1])) + (x -> Scale(-0.0, [1])) + (x -> Scale(1, [true]))
        }""",
}


def described(graph: CheckedGraph) -> list[str]:
    """All that a graph says: its layers in order, its outputs, and what its blocks gave."""
    found = [
        f"{node.path} {node.layer} {node.op} {node.inputs} {node.outputs} {node.span} "
        f"{node.trace.frames() if node.trace else ()} {node.weights}"
        for node in graph
    ]
    blocks_of = sorted(map(str, graph.graph.blocks.items()))
    return [*found, str(graph.graph.outputs), str(graph.graph.inputs), *blocks_of]


def both_ways(
    path: Path, monkeypatch: pytest.MonkeyPatch, overlay: dict[Path, str]
) -> list[list[CheckedGraph]]:
    """The nets of a file with calls repeated, and with each call run."""
    found = []
    for _ in range(2):
        analysis = check_files([path], overlay=overlay)
        assert not analysis.failed, [str(d) for d in analysis.diagnostics]
        found.append([net.graph for net in analysis.nets if net.graph is not None])
        monkeypatch.setattr(blocks, "call_key", lambda *_: None)
    return found


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ((replayed,), (run,)) = both_ways(PATH, monkeypatch, {PATH: text})
    assert described(replayed) == described(run)


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.net")), ids=lambda path: path.stem)
def test_a_shipped_model(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replayed, run = both_ways(path, monkeypatch, {})
    assert list(map(described, replayed)) == list(map(described, run))


def _runs(text: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many bodies a check runs."""
    count = 0

    def counted(*args: object) -> object:
        nonlocal count
        count += 1
        return run_body(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(blocks, "run_body", counted)
    check_files([PATH], overlay={PATH: text})
    return count


def test_a_fan_that_doubles_runs_each_block_once(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "block B0(x: [N, C]) { return x }\n" + "".join(
        f"block B{i}(x: [N, C]) {{ return (x -> B{i - 1}) + (x -> B{i - 1}) }}\n"
        for i in range(1, 60)
    )
    assert _runs(f"{text}net A(x: float32[N, 4]) {{ return x -> B59 }}\n", monkeypatch) == 60


def test_a_block_at_fault_is_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "block B(x: [N, C]) { return x -> Dense(0) }\n" + (
        "net A(x: float32[N, 4]) {\n  repeat 50 { y = x -> B }\n  return x\n}\n"
    )
    assert _runs(text, monkeypatch) == 1


def test_a_call_that_nests_too_deep_in_one_place_alone() -> None:
    chain = "".join(f"block B{i}(x: [N, C]) {{ return x -> B{i + 1} }}\n" for i in range(97))
    text = (
        f"{chain}block B97(x: [N, C]) {{ return x -> ReLU }}\n"
        "block E(x: [N, C]) { return x -> B0 }\n"
        "block F(x: [N, C]) { return x -> E }\n"
        "net A(x: float32[N, 4]) { return x -> B0 -> F }\n"
    )
    (found,) = check_files([PATH], overlay={PATH: text}).diagnostics
    assert found.code.id == "NET0256"


def test_a_block_inside_itself_by_an_argument() -> None:
    text = (
        "block B(x: [N, C], f: layer) { return x -> f }\n"
        "net A(x: float32[N, 4]) { return x -> B(f=ReLU) -> B(f=B(f=ReLU)) }\n"
    )
    (found,) = check_files([PATH], overlay={PATH: text}).diagnostics
    assert "call cycle: B -> B" in found.message
