"""What nets cost, against TensorFlow's profiler: random windows and products, and fixed layers."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from netc.compiler.cost.costs import net_costs
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.ops.base.op import arguments
from netc.compiler.ops.table import OPS
from netc.compiler.shapes.dims import symbol
from netc.compiler.shapes.types import TensorType

from .agreement import checked
from .arguments import Draw, Step, draw_arguments
from .typed import Typing

LAYERS = {
    2: ("Dense",),
    3: ("Dense", "Conv1D", "DepthwiseConv1D", "SeparableConv1D", "MaxPooling1D"),
    4: ("Dense", "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "MaxPooling2D"),
    5: ("Dense", "Conv3D"),
}
PRODUCTS = ("BatchMatMulV2", "Conv2D", "Conv3D", "DepthwiseConv2dNative", "MatMul")
"""TensorFlow's operations that multiply and accumulate; Conv1D becomes Conv2D."""
WINDOWS = ("AvgPool", "MaxPool")
BIAS = "BiasAdd"
"""What TensorFlow counts of a layer with a kernel and netc, as papers do, does not."""


@st.composite
def stacks(draw: Draw) -> str:
    """Convolutions, dense layers and pools in a row, as a net."""
    rank = draw(st.sampled_from(list(LAYERS)))
    assert isinstance(rank, int)
    rest = draw(st.lists(st.integers(4, 8), min_size=rank - 1, max_size=rank - 1))
    assert isinstance(rest, list)
    given_type = type = TensorType("float32", (symbol("N"), *rest))
    typing, steps = Typing(draw, {"N": 1}), []
    for _ in range(3):
        name = draw(st.sampled_from(LAYERS[rank]))
        assert isinstance(name, str)
        # TensorFlow pads what it dilates to whole blocks, and counts the padding. What it convolves
        # in groups is a function of its own, which it does not look into.
        args = {**draw_arguments(draw, OPS[name], [type]), "dilation_rate": 1, "groups": 1}
        step = Step(name, {k: args[k] for k in args if k in arguments(OPS[name])})
        made = typing.result(step, [type])
        if made is not None:
            steps.append(step)
            type = made
    assume(steps)
    chain = " -> ".join(map(str, steps))
    return f"net Net(x: {given_type}) {{\n  return x -> {chain}\n}}\n"


def profiled(graph: CheckedGraph) -> Counter[str]:
    """The operations that TensorFlow counts for one example, by its operator."""
    import tensorflow as tf
    from tensorflow.python.framework.ops import get_stats_for_node_def
    from tensorflow.python.profiler.internal import flops_registry

    assert flops_registry, "importing it tells TensorFlow how to count"
    model = lower_keras(graph)
    (type,) = (graph.graph.node(path).outputs[0] for path in graph.graph.inputs)
    spec = tf.TensorSpec((1, *type.shape[1:]), type.dtype)
    traced = tf.function(lambda x: model(x, training=False)).get_concrete_function(spec).graph
    counts: Counter[str] = Counter()
    for each in traced.get_operations():
        try:
            counted = get_stats_for_node_def(traced, each.node_def, "flops").value
        except ValueError:
            assert each.type not in (*PRODUCTS, *WINDOWS), "only weights have no shape yet"
            continue
        counts[each.type] += int(counted or 0)
    return counts


@pytest.mark.filterwarnings("ignore")
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(stacks())
def test_windows_and_products_cost_what_tensorflow_counts(text: str) -> None:
    graph = checked(text)
    report, counts = net_costs(graph), profiled(graph)
    products = sum(counts[name] for name in PRODUCTS)
    assert report.macs == products // 2
    assert report.flops == products + sum(counts[name] for name in WINDOWS)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("shape", "steps"),
    [
        ("9, 8, 4", "x -> AveragePooling2D(3, strides=2, padding=same)"),
        ("9, 4", "x -> AveragePooling1D(3)"),
        ("9, 8, 4", "x -> GlobalAveragePooling2D"),
        ("9, 4", "x -> GlobalAveragePooling1D"),
        ("7, 6", "x + x"),
        ("7, 6", "(x, x, x) -> Add"),
        ("7, 6", "(x, x) -> Subtract"),
        ("7, 6", "(x, x) -> Multiply"),
        ("7, 6", "(x, x) -> Maximum"),
        ("7, 6", "(x, x) -> Minimum"),
        ("7, 6", "(x, x) -> Average"),
        ("7, 6", "(x, x) -> Dot(2)"),
        ("7, 6", "x -> Rescaling(0.5, offset=1)"),
        ("8", "x -> Dense(5, use_bias=false)"),
        ("9, 8, 4", "x -> Conv2D(5, 3) -> Flatten -> Dense(3)"),
        ("5, 6, 4, 3", "x -> Conv3D(4, 2)"),
    ],
)
def test_these_layers_cost_all_that_tensorflow_counts(shape: str, steps: str) -> None:
    graph = checked(f"net Net(x: float32[N, {shape}]) {{\n  return {steps}\n}}\n")
    counts = profiled(graph)
    assert net_costs(graph).flops == sum(counts.values()) - counts[BIAS]
