"""Runs a net in Keras, around the layers that Keras has not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...compiler.ir.graph import CheckedGraph, Graph, Output, Ref
from ...compiler.lower.weights import WeightSource
from ...compiler.ops.base.backend import Array
from ...compiler.ops.base.declare import Refusal
from ...compiler.ops.base.source import SourceOp
from ...compiler.shapes.types import TensorType


def run_keras(
    keras: Any,
    checked: CheckedGraph,
    source: WeightSource,
    inputs: Mapping[str, Array],
    ours: Sequence[Array],
) -> tuple[list[Array | None], Mapping[str, str]]:
    """The outputs as Keras makes them, and why some layers have none.

    Keras gets onnxruntime's values for what a layer without a Keras lowering makes.
    """
    from ...compiler.lower.keras.lower import lower_keras

    gaps: dict[str, str] = {}
    given = dict(inputs)
    cut = checked
    while True:
        try:
            model = lower_keras(cut, source, keras=keras)
            break
        except Refusal:
            gaps = _gaps(keras, checked)
            if cut is not checked or not gaps:
                raise
            cut = _without(checked, gaps)
            values = dict(zip((output.ref for output in checked.graph.outputs), ours, strict=True))
            for ref, array in values.items():
                if ref.node in gaps:
                    given[_input_name(ref)] = array
    arrays = [given[path] for path in cut.graph.inputs]
    made = model(arrays if len(arrays) > 1 else arrays[0], training=False)
    found: list[Array | None] = []
    listed = list(made) if isinstance(made, list | tuple) else [made]
    for output, value in zip(checked.graph.outputs, listed, strict=True):
        found.append(None if output.ref.node in gaps else _array(value))
    return found, gaps


def _array(value: Any) -> Array:
    """A tensor's numbers, bfloat16 among them, which TensorFlow gives to NumPy by itself alone."""
    found: Array = value.numpy() if hasattr(value, "numpy") else np.asarray(value)
    return found


def _gaps(keras: Any, checked: CheckedGraph) -> dict[str, str]:
    """The layers that Keras has not, each with the reason."""
    from ...compiler.lower.keras.anchor import InputAnchor

    def given(type: TensorType) -> Any:
        shape = tuple(d if isinstance(d, int) else None for d in type.shape)
        return keras.Input(batch_shape=shape, dtype=type.dtype)

    graph = checked.graph
    inputs = {path: graph.node(path).outputs[0] for path in graph.inputs}
    anchor = InputAnchor(keras, {path: (given(type), type) for path, type in inputs.items()})
    found: dict[str, str] = {}
    for node in checked:
        if node.op is None:
            continue
        types = graph.input_types(node)
        try:
            layer = node.op.keras_layer_for(keras, "layer", types)
            if isinstance(node.op, SourceOp):
                node.op.keras_source(keras, layer, anchor)
            else:
                node.op.keras_call(keras, layer, [given(type) for type in types])
        except Refusal as fault:
            found[node.path] = fault.message
    return found


def _without(checked: CheckedGraph, gaps: Mapping[str, str]) -> CheckedGraph:
    """The graph with every output of some layers as an input of the net."""
    old = checked.graph
    graph = Graph(old.name, inputs=list(old.inputs))

    def moved(ref: Ref) -> Ref:
        return Ref(_input_name(ref)) if ref.node in gaps else ref

    for node in old:
        if node.path not in gaps:
            graph.add(replace(node, inputs=tuple(map(moved, node.inputs))))
            continue
        for index, type in enumerate(node.outputs):
            path = _input_name(Ref(node.path, index))
            graph.add(replace(node, path=path, op=None, inputs=(), outputs=(type,), weights=()))
            graph.inputs.append(path)
    graph.outputs = [Output(output.name, moved(output.ref)) for output in old.outputs]
    return CheckedGraph(graph)


def _input_name(ref: Ref) -> str:
    return f"{ref.node}/given:{ref.output}"
