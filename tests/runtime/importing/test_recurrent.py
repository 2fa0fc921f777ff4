"""Recurrent layers as exporters write them: directions, states, lengths, other functions."""

from __future__ import annotations

from pathlib import Path

import pytest
from netc.runtime.cli import execute

from .graphs import Graph, layers

GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}


def cell(
    graph: Graph, op: str, x: str, *states: str, ways: int = 1, count: int = 1, **more: object
) -> list[str]:
    """A recurrent node over `x` [T, N, 3] with 5 units."""
    gates = GATES[op]
    weights = [
        graph.weight(ways, gates * 5, 3),
        graph.weight(ways, gates * 5, 5),
        graph.weight(ways, 2 * gates * 5),
    ]
    direction = {"direction": "bidirectional"} if ways == 2 else {}
    return graph.calls(op, x, *weights, *states, count=count, hidden_size=5, **direction, **more)


def time_first(graph: Graph) -> str:
    """The input [N, T, 3] with time first."""
    return graph.call("Transpose", "x", perm=[1, 0, 2])


@pytest.mark.parametrize("op", GATES)
def test_both_directions_are_one_layer(op: str, tmp_path: Path) -> None:
    """PyTorch puts the directions side by side with a Transpose and a Reshape."""
    graph = Graph(x=["N", 7, 3])
    after = {"linear_before_reset": 1} if op == "GRU" else {}
    (y,) = cell(graph, op, time_first(graph), ways=2, **after)
    rows = graph.call("Transpose", y, perm=[0, 2, 1, 3])
    side = graph.call("Reshape", rows, graph.known([0, 0, -1]))
    made = graph.imported(tmp_path, graph.call("Transpose", side, perm=[1, 0, 2]))

    name = "SimpleRNN" if op == "RNN" else op
    assert made.proof.equal
    assert f"return x -> Bidirectional({name}(5, return_sequences=true))\n" in made.text


def test_last_states_of_both_directions_are_what_the_layer_gives(tmp_path: Path) -> None:
    graph = Graph(x=["N", "T", 3])
    _, last = cell(graph, "LSTM", time_first(graph), ways=2, count=2)
    parts = [graph.call("Gather", last, graph.known(place), axis=0) for place in (0, 1)]
    made = graph.imported(tmp_path, graph.call("Concat", *parts, axis=1))

    assert made.proof.equal
    assert "return x -> Bidirectional(LSTM(5))\n" in made.text


def test_initial_states_are_given_to_the_layer(tmp_path: Path) -> None:
    graph = Graph(x=["N", "T", 3], h=[1, "N", 5], c=[1, "N", 5])
    _, last = cell(graph, "LSTM", time_first(graph), "", "h", "c", count=2)
    made = graph.imported(tmp_path, graph.call("Squeeze", last, graph.known([0])))

    assert made.proof.equal
    assert layers(made) == {"LSTM": 1}


def test_states_of_both_directions_go_in_and_out(tmp_path: Path) -> None:
    graph = Graph(x=["N", "T", 3], h=[2, "N", 5], c=[2, "N", 5])
    _, h, c = cell(graph, "LSTM", time_first(graph), "", "h", "c", ways=2, count=3)
    made = graph.imported(tmp_path, h, c)

    assert made.proof.equal
    assert made.layers["Bidirectional"] == 1


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_lengths_are_a_mask(direction: str, tmp_path: Path) -> None:
    graph = Graph(x=["N", 6, 3], size=["N"])
    lengths = graph.call("Add", graph.call("Abs", "size"), graph.known(1.0))
    whole = graph.call("Cast", lengths, to=6)
    y, h = cell(graph, "LSTM", time_first(graph), whole, count=2, direction=direction)
    steps = graph.call("Transpose", graph.call("Squeeze", y, graph.known([1])), perm=[1, 0, 2])
    made = graph.imported(tmp_path, steps, h)

    assert made.proof.equal
    assert made.raw == {}
    assert made.layers["LSTM"] == 1


def test_a_reversed_sequence_is_turned_back(tmp_path: Path) -> None:
    graph = Graph(x=["N", "T", 3])
    made = graph.imported(
        tmp_path, *cell(graph, "GRU", time_first(graph), linear_before_reset=1, direction="reverse")
    )

    assert made.proof.equal
    assert "GRU(5, return_sequences=true, go_backwards=true)" in made.text


def test_functions_by_name(tmp_path: Path) -> None:
    graph = Graph(x=["N", "T", 3])
    _, last = cell(graph, "RNN", time_first(graph), count=2, activations=["Relu"])
    made = graph.imported(tmp_path, last)

    assert made.proof.equal
    assert "SimpleRNN(5, activation=relu)" in made.text


def test_what_no_layer_has_stays_of_onnx(tmp_path: Path) -> None:
    graph = Graph(x=["N", "T", 3])
    made = graph.imported(tmp_path, *cell(graph, "LSTM", time_first(graph), clip=0.5))

    assert made.proof.equal
    assert made.raw["LSTM"] == 1


def test_reshapes_of_the_batch_are_written_with_numbers(tmp_path: Path) -> None:
    graph = Graph(x=["N", 4, 6])
    rows = graph.call("Reshape", "x", graph.known([-1, 4]))
    made = graph.imported(tmp_path, graph.call("Relu", rows))

    assert made.proof.equal
    assert "onnx.Reshape(x, shape=[-1, 4]) -> ReLU" in made.text


MASKED = {
    "words whose zeros are padding": """
net Words(x: int32[N, T]) -> output: [N, 1] {
  return x
    -> Embedding(5, 8, mask_zero=true) -> Bidirectional(LSTM(6, return_sequences=true)) -> GRU(5)
    -> Dense(1)
}
""",
    "steps of zeros, every result, from the end": """
net Series(x: float32[N, 9, 4]) -> output: [N, 9, 3] {
  return x
    -> Masking(mask_value=0.5) -> GRU(3, return_sequences=true)
    -> LSTM(3, return_sequences=true, go_backwards=true)
}
""",
    "states of words": """
net States(x: int32[N, T]) -> output: [N, 2] {
  state, state_2, state_3 = x -> Embedding(5, 8, mask_zero=true) -> LSTM(2, return_state=true)
  return state_2 - state_3
}
""",
    "two readers of one table": """
net Readers(x: int32[N, T]) -> (a: [N, T, 4], b: [N, T, 6]) {
  words = x -> Embedding(5, 8, mask_zero=true)
  simple_rnn = words -> SimpleRNN(4, return_sequences=true)
  steps = words -> Bidirectional(LSTM(3, return_sequences=true))
  return simple_rnn, steps
}
""",
}  # fmt: skip


@pytest.mark.parametrize("name", MASKED)
def test_a_mask_that_netc_packs_is_a_mask_again(name: str, tmp_path: Path) -> None:
    """Steps that count are moved to the front for ONNX, and their results are put back."""
    source, model, again = (tmp_path / name for name in ("a.net", "a.onnx", "again.net"))
    source.write_text(MASKED[name])

    assert execute(["compile", str(source), "-o", str(model)]) == 0
    assert execute(["import", str(model), "-o", str(again)]) == 0
    assert again.read_text().partition("\n")[2].partition("\nexpect ")[0] == MASKED[name]


def test_a_table_that_more_reads_makes_no_mask(tmp_path: Path) -> None:
    """What else reads the words would get the mask as well."""
    source, model, again = (tmp_path / name for name in ("a.net", "a.onnx", "again.net"))
    source.write_text("""
net Both(x: int32[N, T]) -> (a: [N, 4], b: [N, 8]) {
  words = x -> Embedding(5, 8)
  seen = (x, tensor(0, dtype=int32)) -> Equal -> LogicalNot
  return (words, seen) -> GRU(4), words -> GlobalAveragePooling1D
}
""")

    assert execute(["compile", str(source), "-o", str(model)]) == 0
    assert execute(["import", str(model), "-o", str(again)]) == 0
    assert "mask_zero" not in again.read_text()
