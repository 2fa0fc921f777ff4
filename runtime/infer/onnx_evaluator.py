"""Runs an ONNX model with onnx's reference evaluator, as far as that knows its operators."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ...compiler.ops.base.backend import Array

if TYPE_CHECKING:
    import onnx

WRONG = {"LRN": "its LRN (onnx 1.23) sums only as many channels as the batch has examples"}
"""Operators that the evaluator is known to get wrong; they count as lacking."""


@dataclass(frozen=True)
class ReferenceRun:
    """The values that could be computed, by name, and why the others could not."""

    values: Mapping[str, Array]
    lacking: Mapping[str, str] = field(default_factory=dict)
    """For an operator that the evaluator does not run: its reason, in one line."""


def run_reference(model: onnx.ModelProto, inputs: Mapping[str, Array]) -> ReferenceRun:
    """Evaluates a model node by node.

    A node that the evaluator has no implementation for is left out, and so is what needs it.
    """
    from onnx import numpy_helper

    opset = model.opset_import[0].version
    values: dict[str, Array] = dict(inputs)
    for tensor in model.graph.initializer:
        values[tensor.name] = numpy_helper.to_array(tensor)
    last = {name: index for index, node in enumerate(model.graph.node) for name in node.input}
    wanted = {output.name for output in model.graph.output}
    lacking: dict[str, str] = {}
    for index, node in enumerate(model.graph.node):
        given = {name: values[name] for name in node.input if name in values}
        if len(given) == len({name for name in node.input if name}):
            try:
                if node.op_type in WRONG:
                    raise NotImplementedError(WRONG[node.op_type])
                made = _run_node(node, given, opset)
            except Exception as error:
                lacking.setdefault(node.op_type, " ".join(f"{error}".split())[:200])
            else:
                values.update(zip(node.output, map(np.asarray, made), strict=True))
        for name in node.input:
            if last[name] == index and name not in wanted:
                values.pop(name, None)
    return ReferenceRun({name: values[name] for name in wanted if name in values}, lacking)


def _run_node(node: onnx.NodeProto, given: Mapping[str, Array], opset: int) -> list[Array]:
    from onnx import helper
    from onnx.reference import ReferenceEvaluator

    inputs = [
        helper.make_tensor_value_info(
            name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape
        )
        for name, array in given.items()
    ]
    outputs = [helper.make_empty_tensor_value_info(name) for name in node.output if name]
    graph = helper.make_graph([node], node.name or "node", inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        names = [output.name for output in outputs]
        made = dict(zip(names, ReferenceEvaluator(model).run(None, dict(given)), strict=True))
    return [made.get(name, np.empty(0)) for name in node.output]
