"""Quantized ONNX graphs in float32: integers with a scale become the numbers that they stand for.

A quantized tensor is replaced by what was quantized, without the rounding. A kernel of integers is
multiplied by its scale once. What a range keeps at 0 or above stays so, since quantizers drop the
ReLU there. Where the scale is computed as the model runs, it is 1 and its zero point 0: the
products with it then are what they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...errors import UserError
from ..read import OnnxFile, shown
from .graph import FloatGraph
from .rules import RULES

if TYPE_CHECKING:
    import onnx

DOMAINS = ("", "ai.onnx", "com.microsoft")


def quantized_operators(file: OnnxFile) -> Sequence[str]:
    """The kinds of quantized operators of a model, in order."""
    return list(
        dict.fromkeys(
            node.op_type
            for node in file.model.graph.node
            if node.op_type in RULES and node.domain in DOMAINS
        )
    )


def dequantized(file: OnnxFile) -> OnnxFile:
    """The model in float32. Raises UserError for what is quantized in another way."""
    import onnx

    made = _without_data(file.model)
    work = FloatGraph(file, dict(file.arrays))
    for node in file.model.graph.node:
        rule = RULES.get(node.op_type) if node.domain in DOMAINS else None
        work.makers.update(dict.fromkeys(node.output, node))
        try:
            if rule is None:
                work.plain(node)
            else:
                rule(work, node)
        except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError) as fault:
            raise UserError(
                f"{file.path}: the {node.op_type} that makes `{shown(node)}` is not as ONNX has it"
            ) from fault
    ends = {output.name for output in file.model.graph.output}
    for name in sorted(ends & work.real.keys()):
        work.add("Identity", [work.real[name]], name)
    made.graph.node.extend(work.nodes)
    read = {name for node in work.nodes for name in node.input} | ends
    arrays = {name: array for name, array in work.arrays.items() if name in read}
    for output in made.graph.output:
        if output.name in work.real:
            output.type.tensor_type.elem_type = onnx.TensorProto.FLOAT
    return OnnxFile(file.path, made, file.opset, arrays)


def _without_data(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model without its initializers and nodes, so that no weights are copied."""
    import onnx

    kept = onnx.ModelProto()
    kept.ir_version = model.ir_version
    kept.opset_import.extend(o for o in model.opset_import)
    kept.graph.name = model.graph.name
    kept.graph.input.extend(model.graph.input)
    kept.graph.output.extend(model.graph.output)
    return kept
