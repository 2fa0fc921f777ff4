"""What nets cost, against TensorFlow's profiler: multiply-accumulates of random layers."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from netc.compiler.dims import symbol
from netc.compiler.graph import CheckedGraph
from netc.compiler.lower.keras import lower_keras
from netc.compiler.ops.base import arguments
from netc.compiler.ops.table import OPS
from netc.compiler.report import report_net
from netc.compiler.types import TensorType

from .agreement import checked
from .arguments import Draw, Step, draw_arguments
from .typed import Typing

LAYERS = {
    2: ("Dense",),
    3: ("Dense", "Conv1D", "DepthwiseConv1D", "SeparableConv1D"),
    4: ("Dense", "Conv2D", "DepthwiseConv2D", "SeparableConv2D"),
}
COUNTED = ("Conv2D", "DepthwiseConv2dNative", "MatMul")
"""TensorFlow's operations that multiply and accumulate; Conv1D becomes Conv2D."""


@st.composite
def stacks(draw: Draw) -> str:
    """Convolutions and dense layers in a row, as a net."""
    rank = draw(st.sampled_from(list(LAYERS)))
    assert isinstance(rank, int)
    rest = draw(st.lists(st.integers(4, 8), min_size=rank - 1, max_size=rank - 1))
    assert isinstance(rest, list)
    given_type = type = TensorType("float32", (symbol("N"), *rest))
    typing, steps = Typing(draw, {"N": 1}), []
    for _ in range(3):
        name = draw(st.sampled_from(LAYERS[rank]))
        assert isinstance(name, str)
        # TensorFlow pads what it dilates to whole blocks, and counts the padding.
        args = {**draw_arguments(draw, OPS[name], [type]), "dilation_rate": 1}
        step = Step(name, {k: args[k] for k in args if k in arguments(OPS[name])})
        made = typing.result(step, [type])
        if made is not None:
            steps.append(step)
            type = made
    assume(steps)
    chain = " -> ".join(map(str, steps))
    return f"net Net(x: {given_type}) {{\n  return x -> {chain}\n}}\n"


def profiled_macs(graph: CheckedGraph) -> int:
    """The multiply-accumulates that TensorFlow counts for one example."""
    import tensorflow as tf
    from tensorflow.python.framework.ops import get_stats_for_node_def

    model = lower_keras(graph)
    (type,) = (graph.graph.node(path).outputs[0] for path in graph.graph.inputs)
    spec = tf.TensorSpec((1, *type.shape[1:]), type.dtype)
    traced = tf.function(lambda x: model(x, training=False)).get_concrete_function(spec).graph
    return sum(
        int(get_stats_for_node_def(traced, each.node_def, "flops").value) // 2
        for each in traced.get_operations()
        if each.type in COUNTED
    )


@pytest.mark.filterwarnings("ignore")
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(stacks())
def test_macs_are_those_that_tensorflow_counts(text: str) -> None:
    graph = checked(text)
    assert report_net(graph).macs == profiled_macs(graph)
