"""From an ONNX graph to steps: one rule a node, and `onnx.Op(…)` where none applies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...compiler.lower.onnx.operator_types import TYPES
from ...compiler.ops.table import ACTIVATION_LAYERS, CONSTANTS
from ...compiler.shapes.dims import Dim, symbol
from ...compiler.shapes.types import TensorType
from ..errors import UserError
from . import elements, products, shapes, windows
from .builder import Builder, Unfit
from .fold_constants import known_result
from .node import Node
from .read import OnnxFile
from .steps import Imported, Known, Step, Tensor, Value, View

if TYPE_CHECKING:
    import onnx

RULES: Mapping[str, Callable[[Node], list[Tensor]]] = {
    **dict.fromkeys(elements.UNARY, elements.unary),
    **dict.fromkeys(elements.SIGNS, elements.binary),
    **dict.fromkeys(elements.COMPARED, elements.compared),
    **dict.fromkeys(
        ("LeakyRelu", "Elu", "Celu", "Selu", "Gelu", "HardSigmoid"), elements.activation
    ),
    "Clip": elements.clip,
    "PRelu": elements.prelu,
    "Conv": windows.conv,
    "ConvTranspose": windows.conv_transpose,
    "MaxPool": windows.pool,
    "AveragePool": windows.pool,
    "GlobalAveragePool": windows.global_pool,
    "GlobalMaxPool": windows.global_pool,
    "BatchNormalization": windows.batch_norm,
    "LayerNormalization": windows.layer_norm,
    "RMSNormalization": windows.layer_norm,
    "Resize": windows.resize,
    "Upsample": windows.resize,
    "Gemm": products.gemm,
    "MatMul": products.matmul,
    "Gather": products.gather,
    "LSTM": products.recurrent,
    "GRU": products.recurrent,
    "Reshape": shapes.reshape,
    "Flatten": shapes.flatten,
    "Transpose": shapes.transpose,
    "Squeeze": shapes.squeeze,
    "Unsqueeze": shapes.unsqueeze,
    "Concat": shapes.concat,
    "Slice": shapes.slice_,
    "Split": shapes.split,
    "Expand": shapes.expand,
    **dict.fromkeys(shapes.REDUCED, shapes.reduce),
    "Softmax": shapes.softmax,
    "LogSoftmax": shapes.softmax,
    "Pad": shapes.pad,
    "Identity": shapes.same,
    "Dropout": shapes.same,
    "Cast": shapes.cast,
    "Range": shapes.places,
}

RESERVED = frozenset(
    (
        "if",
        "else",
        "for",
        "in",
        "return",
        "assert",
        "and",
        "or",
        "not",
        "as",
        "true",
        "false",
        "none",
        "net",
        "block",
        "const",
        "expect",
        "train",
        "from",
        "import",
        "layer",
        "weight",
        "repeat",
        "phase",
        "onnx",
        "enumerate",
        "range",
        "zip",
        "len",
        "min",
        "max",
        "sum",
    )
) | {*CONSTANTS, *ACTIVATION_LAYERS}
"""Words that a `.net` file needs for something else."""

FIRST = frozenset(
    (
        "Conv",
        "ConvTranspose",
        "MaxPool",
        "AveragePool",
        "GlobalAveragePool",
        "GlobalMaxPool",
        "BatchNormalization",
        "InstanceNormalization",
        "Resize",
        "Upsample",
        "LRN",
        "DepthToSpace",
        "SpaceToDepth",
    )
)
"""Operators whose channels are behind the batch."""


@dataclass
class _Converter:
    file: OnnxFile
    readers: Mapping[str, int]
    build: Builder = field(default_factory=Builder)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    places: dict[str, View] = field(default_factory=dict)

    def node(self, proto: onnx.NodeProto) -> None:
        from onnx import helper

        if proto.domain not in ("", "ai.onnx"):
            raise UserError(
                f"{self.file.path}: `{proto.op_type}` is of the domain {proto.domain}, "
                "which is not ONNX's own"
            )
        if any(a.type in (a.GRAPH, a.GRAPHS) for a in proto.attribute):
            raise UserError(f"{self.file.path}: has `{proto.op_type}`, which a net has not")
        self.build.origin = next(filter(None, proto.output), "")
        inputs = [self.tensors[name] if name else None for name in proto.input]
        attributes: dict[str, object] = {
            a.name: helper.get_attribute_value(a) for a in proto.attribute
        }
        if not self.build.origin:
            raise UserError(f"{self.file.path}: a {proto.op_type} makes nothing")
        try:
            known = known_result(proto.op_type, inputs, attributes, self.file.opset)
        except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError) as fault:
            raise self._malformed(proto) from fault
        if known is not None:
            self.tensors[proto.output[0]] = known
            return
        node = Node(
            proto.op_type,
            inputs,
            list(proto.input),
            list(proto.output),
            attributes,
            self.file.opset,
            self.build,
            self.readers,
        )
        before, raw = len(self.build.steps), len(self.build.raw)
        try:
            rule = RULES.get(proto.op_type)
            if rule is None:
                raise Unfit("no layer")
            results = rule(node)
        except Unfit:
            del self.build.steps[before:], self.build.raw[raw:]
            results = self._raw(node)
        except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError) as fault:
            raise self._malformed(proto) from fault
        for name, tensor in zip(proto.output, results, strict=False):
            if name:
                self.tensors[name] = tensor
                if isinstance(tensor, View):
                    self.places[name] = tensor
        for name in proto.output:
            if name and name not in self.tensors and self.readers.get(name):
                raise UserError(
                    f"{self.file.path}: netc does not have the output `{name}` of {proto.op_type}"
                )

    def _malformed(self, proto: onnx.NodeProto) -> UserError:
        return UserError(
            f"{self.file.path}: the {proto.op_type} that makes `{self.build.origin}` is not as "
            "ONNX has it"
        )

    def _raw(self, node: Node) -> list[Tensor]:
        attributes = {
            name: value.decode("utf-8", "replace") if isinstance(value, bytes) else value
            for name, value in node.attributes.items()
        }
        try:
            made = self.build.onnx(node.op, node.inputs, **attributes)
        except Unfit as fault:
            raise UserError(
                f"{self.file.path}: `{self.build.origin}` is made by {node.op}, which netc "
                f"cannot write: {fault}"
            ) from fault
        except UserError as fault:
            raise UserError(f"{self.file.path}: {fault}") from fault
        return [
            View(Value(made.step, index), tuple(range(type.rank)))
            for index, type in enumerate(made.step.types)
        ]


def convert(file: OnnxFile) -> tuple[Imported, list[str]]:
    """The model as steps, and the operators of ONNX that stayed. Raises UserError."""
    graph = file.model.graph
    readers = Counter(name for node in graph.node for name in node.input)
    readers.update(output.name for output in graph.output)
    converter = _Converter(file, readers)
    for name, array in file.arrays.items():
        converter.tensors[name] = Known(array, (name,))
    inputs: list[Step] = []
    taken: set[str] = set()
    last = _channels_first(file)
    for item in graph.input:
        if item.name not in file.arrays:
            step, view = _input(file, item, taken, item.name in last)
            inputs.append(step)
            converter.tensors[item.name] = view
            converter.places[item.name] = view
    if not inputs:
        raise UserError(f"{file.path}: has no inputs")
    for proto in graph.node:
        converter.node(proto)
    outputs: list[tuple[str, View]] = []
    for output in graph.output:
        tensor = converter.tensors[output.name]
        if not isinstance(tensor, View):
            raise UserError(f"{file.path}: the output `{output.name}` depends on no input")
        converter.build.origin = output.name
        view = _output(converter.build, tensor)
        converter.places[output.name] = view
        outputs.append((output.name, view))
    name = re.sub(r"\W", "", graph.name) or "Model"
    model = Imported(name, inputs, converter.build.steps, outputs, converter.places)
    return model, converter.build.raw


def _output(build: Builder, view: View) -> View:
    """An output as a net gives it: channels last where it is a picture, else as it was."""
    if view.merged or view.flat:
        view = build.plain(view)
    rank = view.rank
    if rank > 2 and view.axes == (0, rank - 1, *range(1, rank - 1)):
        return view
    value = build.arrange(view, range(rank))
    return View(value, tuple(range(rank)))


def _channels_first(file: OnnxFile) -> set[str]:
    """The inputs of rank 3 to 5 that something reads with channels behind the batch."""
    graph = file.model.graph
    source = {item.name: item.name for item in graph.input}
    found: set[str] = set()
    passing = {*elements.UNARY, *elements.SIGNS, "Pad", "Cast", "Identity", "Clip"}
    for node in graph.node:
        names = [source[name] for name in node.input[:2] if name in source]
        if node.op_type in FIRST and node.input and node.input[0] in source:
            found.add(source[node.input[0]])
        elif node.op_type in passing and len(names) == 1 and node.output:
            source[node.output[0]] = names[0]
    ranks = {item.name: len(item.type.tensor_type.shape.dim) for item in graph.input}
    return {name for name in found if 3 <= ranks.get(name, 0) <= 5}


def identifier(text: str, default: str) -> str:
    """A name of a `.net` file that is as much like a stranger's as can be."""
    name = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_")[:40] or default
    if name[0].isdigit():
        name = f"{default}_{name}"
    return f"{name}_" if name in RESERVED else name


def _input(
    file: OnnxFile, item: onnx.ValueInfoProto, taken: set[str], first: bool
) -> tuple[Step, View]:
    """An input of the net and how ONNX sees it."""
    tensor = item.type.tensor_type
    dtype = TYPES.get(tensor.elem_type)
    if dtype is None or not tensor.HasField("shape"):
        raise UserError(f"{file.path}: the input `{item.name}` is no tensor of known rank")
    dims: list[Dim] = []
    defaults = ["N", "H", "W", "D"] if len(tensor.shape.dim) > 3 else ["N", "T", "S", "M"]
    for axis, dim in enumerate(tensor.shape.dim):
        if dim.HasField("dim_value") and dim.dim_value > 0:
            if dim.dim_value > 2**31 - 1:
                raise UserError(f"{file.path}: the input `{item.name}` has impossible sizes")
            dims.append(dim.dim_value)
            continue
        if axis == 0:
            dims.append(symbol("N"))
            continue
        said = dim.dim_param
        plain = bool(re.fullmatch(r"[A-Za-z_]\w*", said)) and not said.startswith("unk")
        spatial = axis - 1 if first and axis > 1 else axis
        name = identifier(said, "S") if plain else defaults[min(spatial, 3)]
        while not plain and any(str(known) == name for known in dims):
            name = f"{name}_{axis}"
        dims.append(symbol(name))
    rank = len(dims)
    axes = tuple(range(rank))
    if first:
        dims = [dims[0], *dims[2:], dims[1]]
        axes = (0, rank - 1, *range(1, rank - 1))
    name = identifier(item.name, "x")
    while name in taken:
        name = f"{name}_"
    taken.add(name)
    step = Step(
        "input", (), {"name": name, "of": item.name}, (TensorType(dtype, tuple(dims)),), item.name
    )
    return step, View(Value(step), axes)
