"""Names of strangers are words of the language, too: what has them is called otherwise."""

from __future__ import annotations

from pathlib import Path

from netc.compiler.link.names import BUILT_IN
from netc.dsl.syntax.tokens import TABLES

from tests.runtime.importing.graphs import Graph


def test_each_word_can_be_an_input(tmp_path: Path) -> None:
    words = sorted((*TABLES.keywords, *BUILT_IN))
    graph = Graph(**{word: ["N", 1] for word in words})
    joined = graph.call("Concat", *words, axis=1)
    out = graph.call("MatMul", joined, graph.weight(len(words), 3))

    made = graph.imported(tmp_path, out)

    assert {"round", "for", "Dense", "L2", "onnx", "shape", "tanh"} < set(words)
    assert all(f"{word}_: float32[N, 1]" in made.text for word in words)
    assert made.proof.equal


def test_a_size_and_an_input_are_not_called_as_a_block(tmp_path: Path) -> None:
    graph = Graph(Hidden=["N", "FeedForward", 8])
    x = "Hidden"
    for _ in range(4):
        inner = graph.call("Relu", graph.call("MatMul", x, graph.weight(8, 16)))
        x = graph.call("Relu", graph.call("MatMul", inner, graph.weight(16, 8)))

    made = graph.imported(tmp_path, x)

    assert "float32[N, FeedForward, 8]" in made.text
    assert "block FeedForward2(" in made.text
    assert made.proof.equal


def test_names_that_become_the_same_get_numbers(tmp_path: Path) -> None:
    """Inputs, outputs and sizes alike: `name_2`, as tensors and blocks have it."""
    graph = Graph(**{"a.b": ["N", 3], "a-b": ["N", 3], "a b": ["N", 3], "far": 6 * [None]})
    total = graph.call("Sum", "a.b", "a-b", "a b")

    made = graph.imported(tmp_path, total, graph.call("Relu", "far"))

    assert all(f"  {name}: float32[N, 3],\n" in made.text for name in ("a_b", "a_b_2", "a_b_3"))
    assert "  far: float32[N, H, W, D, D_2, D_3],\n" in made.text
    assert made.proof.equal
