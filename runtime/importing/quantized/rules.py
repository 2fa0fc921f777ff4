"""What each quantized operator becomes in float32.

The operators are those of ONNX, and of `com.microsoft` what onnxruntime's quantizer writes:
https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from ...errors import UserError
from ..read import shown
from .graph import FloatGraph, scaled, to_float

if TYPE_CHECKING:
    import onnx


def _axis(node: onnx.NodeProto) -> int:
    return next((int(a.i) for a in node.attribute if a.name == "axis"), 1)


def _quantize(g: FloatGraph, node: onnx.NodeProto) -> None:
    """QuantizeLinear: what comes in."""
    if any(output.name == node.output[0] for output in g.file.model.graph.output):
        g.nodes.append(node)
        return
    g.give(node, node.input[0], g.known(node, 1), g.optional(node, 2))


def _dequantize(g: FloatGraph, node: onnx.NodeProto) -> None:
    """DequantizeLinear: the real numbers."""
    name = node.input[0]
    if name not in g.real and name not in g.arrays:
        number = g.add("Cast", [name], g.fresh(name), to_float())
        for op, place in (("Sub", 2), ("Mul", 1)):
            values = g.optional(node, place)
            if values is not None:
                if values.size > 1:
                    raise UserError(
                        f"{g.file.path}: the scales of `{shown(node)}` are of an input's axis"
                    )
                given = g.constant(name, values.astype(np.float32).reshape(()))
                number = g.add(op, [number, given], g.fresh(name))
        g.real[name] = number
    elif name not in g.real:
        made = scaled(g.arrays[name], g.known(node, 1), g.optional(node, 2), _axis(node))
        g.arrays[node.output[0]] = made
        return
    g.add("Identity", [g.real[name]], node.output[0])


def _dynamic(g: FloatGraph, node: onnx.NodeProto) -> None:
    """DynamicQuantizeLinear: what comes in, with the scale 1 and the zero point 0."""
    values = np.float32(1), np.uint8(0)
    g.real[node.output[0]] = node.input[0]
    for name, value in zip(node.output[1:], values, strict=False):
        if name:
            g.arrays[name] = np.asarray(value)
            g.unit.add(name)


def _integers(g: FloatGraph, node: onnx.NodeProto) -> None:
    """ConvInteger and MatMulInteger: the products of the real numbers, the scales still apart."""
    values = []
    conv = node.op_type == "ConvInteger"
    for place in (0, 1):
        name = node.input[place]
        zero = g.optional(node, place + 2)
        if name in g.real:
            values.append(g.real[name])
        elif name in g.arrays:
            axis = 0 if conv else -1
            made = scaled(g.arrays[name], np.ones((), np.float32), zero, axis)
            values.append(g.constant(name, made))
        else:
            raise UserError(f"{g.file.path}: `{name}` of `{shown(node)}` is of no known scale")
    g.add("Conv" if conv else "MatMul", values, node.output[0], node)
    g.unit.add(node.output[0])


def _conv(g: FloatGraph, node: onnx.NodeProto) -> None:
    """QLinearConv."""
    x, w = g.floats(node, 0), g.floats(node, 3, 0)
    inputs = [x, w]
    if len(node.input) > 8 and node.input[8]:
        scale = g.known(node, 1).astype(np.float32) * g.known(node, 4).astype(np.float32)
        inputs.append(g.constant("bias", scaled(g.known(node, 8), scale.reshape(-1), None, 0)))
    made = g.add("Conv", inputs, g.fresh(node.output[0]), node)
    g.give(node, made, g.known(node, 6), g.optional(node, 7))


def _matmul(g: FloatGraph, node: onnx.NodeProto) -> None:
    """QLinearMatMul."""
    made = g.add("MatMul", [g.floats(node, 0), g.floats(node, 3, -1)], g.fresh(node.output[0]))
    g.give(node, made, g.known(node, 6), g.optional(node, 7))


def _gemm(g: FloatGraph, node: onnx.NodeProto) -> None:
    """QGemm of onnxruntime."""
    turned = any(a.name == "transB" and a.i for a in node.attribute)
    inputs = [g.floats(node, 0), g.floats(node, 3, 0 if turned else 1)]
    bias = g.optional(node, 6)
    if bias is not None:
        scale = g.known(node, 1).astype(np.float32) * g.known(node, 4).astype(np.float32)
        inputs.append(g.constant("bias", scaled(bias, scale.reshape(-1), None, 0)))
    end = len(node.input) > 7 and bool(node.input[7])
    made = g.add("Gemm", inputs, g.fresh(node.output[0]) if end else node.output[0], node)
    if end:
        g.give(node, made, g.known(node, 7), g.optional(node, 8))


def _both(op: str) -> Callable[[FloatGraph, onnx.NodeProto], None]:
    """QLinearAdd and QLinearMul of onnxruntime."""

    def rule(g: FloatGraph, node: onnx.NodeProto) -> None:
        made = g.add(op, [g.floats(node, 0), g.floats(node, 3)], g.fresh(node.output[0]))
        g.give(node, made, g.known(node, 6), g.optional(node, 7))

    return rule


def _single(op: str) -> Callable[[FloatGraph, onnx.NodeProto], None]:
    """Operators of onnxruntime of one quantized tensor."""

    def rule(g: FloatGraph, node: onnx.NodeProto) -> None:
        if any(a.name == "channels_last" and a.i for a in node.attribute):
            raise UserError(f"{g.file.path}: `{shown(node)}` has its channels last")
        leave = ("channels_last", "opset")
        made = g.add(op, [g.floats(node, 0)], g.fresh(node.output[0]), node, leave)
        g.give(node, made, g.known(node, 3), g.optional(node, 4))

    return rule


def _concat(g: FloatGraph, node: onnx.NodeProto) -> None:
    """QLinearConcat of onnxruntime: scale and zero point, then three inputs a tensor."""
    values = [g.floats(node, place) for place in range(2, len(node.input), 3)]
    g.real[node.output[0]] = g.add("Concat", values, g.fresh(node.output[0]), node)


def _lstm(g: FloatGraph, node: onnx.NodeProto) -> None:
    """DynamicQuantizeLSTM of onnxruntime: kernels with a scale for each direction."""
    inputs = list(node.input[:8])
    for place, scale in ((1, 8), (2, 10)):
        kernel = g.known(node, place)
        made = scaled(kernel, g.known(node, scale), g.optional(node, scale + 1), 0)
        # Integers are stored turned: directions, what comes in, gates.
        inputs[place] = g.constant(node.input[place], made.transpose(0, 2, 1))
    from onnx import helper

    lstm = helper.make_node("LSTM", inputs, list(node.output), name=node.name)
    lstm.attribute.extend(a for a in node.attribute if a.name != "input_forget" or a.i)
    g.nodes.append(lstm)


def _dynamic_matmul(g: FloatGraph, node: onnx.NodeProto) -> None:
    """DynamicQuantizeMatMul and MatMulIntegerToFloat of onnxruntime."""
    dynamic = node.op_type == "DynamicQuantizeMatMul"
    a = node.input[0] if dynamic else g.real.get(node.input[0], "")
    if not a:
        raise UserError(f"{g.file.path}: `{node.input[0]}` of `{shown(node)}` is of no known scale")
    scale, zero = (2, 3) if dynamic else (3, 5)
    b = scaled(g.known(node, 1), g.known(node, scale), g.optional(node, zero), -1)
    bias = 4 if dynamic else 6
    out = node.output[0]
    more = len(node.input) > bias and bool(node.input[bias])
    made = g.add("MatMul", [a, g.constant(node.input[1], b)], g.fresh(out) if more else out)
    if more:
        g.add("Add", [made, node.input[bias]], out)


RULES: Mapping[str, Callable[[FloatGraph, onnx.NodeProto], None]] = {
    "QuantizeLinear": _quantize,
    "DequantizeLinear": _dequantize,
    "DynamicQuantizeLinear": _dynamic,
    "ConvInteger": _integers,
    "MatMulInteger": _integers,
    "QLinearConv": _conv,
    "QLinearMatMul": _matmul,
    "QGemm": _gemm,
    "QLinearAdd": _both("Add"),
    "QLinearMul": _both("Mul"),
    "QLinearSigmoid": _single("Sigmoid"),
    "QLinearLeakyRelu": _single("LeakyRelu"),
    "QLinearSoftmax": _single("Softmax"),
    "QLinearAveragePool": _single("AveragePool"),
    "QLinearGlobalAveragePool": _single("GlobalAveragePool"),
    "QLinearReduceMean": _single("ReduceMean"),
    "QLinearConcat": _concat,
    "DynamicQuantizeLSTM": _lstm,
    "DynamicQuantizeMatMul": _dynamic_matmul,
    "MatMulIntegerToFloat": _dynamic_matmul,
}
"""What each quantized operator becomes."""
