"""Names in Keras models: those of layers, and those Keras gives to functions."""

from __future__ import annotations

import pytest
from netc.compiler.ir.graph import CheckedGraph, Graph, Node, Output, Ref
from netc.compiler.ir.infer import apply
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.ops.tensor.arithmetic import arithmetic
from netc.compiler.ops.tensor.merge import Add

from ..ops.graphs import typed
from ..ops.one_op import NOWHERE


@pytest.mark.parametrize("name", ["add", "add_1", "add_7"])
def test_a_function_does_not_take_the_name_of_a_layer(name: str) -> None:
    graph = Graph("Sums")
    graph.add(Node("x", None, (), (typed("N", 3),), (), "x", NOWHERE, None))
    graph.inputs.append("x")
    last = "x"
    for index in range(9):
        plus, path = arithmetic("+", None, None), f"sum{index}"
        apply(graph, plus, (Ref("x"), Ref(last)), path=path, layer=path, span=NOWHERE)
        last = path
    apply(graph, Add(), (Ref("x"), Ref(last)), path=name, layer=name, span=NOWHERE)
    graph.outputs.append(Output("y", Ref(name)))
    model = lower_keras(CheckedGraph(graph))
    assert name in [layer.name for layer in model.layers]
