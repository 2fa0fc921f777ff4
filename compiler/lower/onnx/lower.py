"""Lowers a checked graph to ONNX."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

import onnx
from onnx import helper

from ....dsl.diagnostics.codes import Code
from ....dsl.text.escape import onnx_text
from ....dsl.version import __version__
from ...ir.graph import CheckedGraph, Graph, Node
from ...ops.base.backend import OnnxCall, OnnxValue
from ...ops.base.declare import Refusal
from ...shapes.types import TensorType
from ..precision import FLOAT32, FLOAT64, KEY, MIXED, WideWeights
from ..weights import WeightSource
from .builder import GraphBuilder, stored_type
from .declared import Initializer, as_array, value_info
from .mixed import Mixed
from .run_sizes import named_sizes
from .scan import LoopBuilder, names_read
from .widen import lower_call

OPSETS = range(17, 29)
"""The opsets `--opset` takes: from the first with LayerNormalization to onnx's newest."""
DEFAULT_OPSET = 23
"""The newest opset that onnxruntime 1.23 runs, the oldest release that netc works with."""
IR_VERSION = 10
"""The first IR version with metadata on nodes."""


@dataclass(frozen=True)
class LoweredOnnx:
    """An ONNX model whose initializers have not been read yet.

    `skeleton` is the model without initializers; `write.py` streams both into a file.
    """

    skeleton: onnx.ModelProto
    initializers: tuple[Initializer, ...]
    in_float32: tuple[str, ...] = ()
    """Operators of ONNX that another precision was asked for, which onnxruntime's CPU lacks."""

    def model(self) -> onnx.ModelProto:
        """The whole model in memory, for small nets and tests."""
        from onnx import numpy_helper

        model = onnx.ModelProto()
        model.CopyFrom(self.skeleton)
        for item in self.initializers:
            model.graph.initializer.append(
                numpy_helper.from_array(as_array(item.tensor), item.name)
            )
        return model


def lower_onnx(
    checked: CheckedGraph,
    weights: WeightSource,
    *,
    opset: int = DEFAULT_OPSET,
    metadata: Mapping[str, str] | None = None,
    precision: str = FLOAT32,
) -> LoweredOnnx:
    """The graph as an ONNX model; node names are layer paths, symbolic sizes are kept.

    `precision` is one of `PRECISIONS`, and kept in the metadata where it is not float32.

    The node that makes a layer's output has the layer's path as its name; others of the same
    layer lie below it. Raises Refusal for an opset outside `OPSETS`, and where an operator cannot
    be expressed in the opset.
    """
    if opset not in OPSETS:
        raise Refusal(
            Code.OPSET,
            f"netc writes ONNX opsets {OPSETS[0]} to {OPSETS[-1]}, not {opset}; "
            f"the default is {DEFAULT_OPSET}",
            argument="opset",
        )
    graph = checked.graph
    wide = FLOAT64 if precision == FLOAT64 else FLOAT32
    builder = LoopBuilder(opset, wide)
    if precision == FLOAT64:
        weights = WideWeights(weights)
    values: dict[tuple[str, int], OnnxValue] = {}
    inputs: list[OnnxValue] = []
    for path in graph.inputs:
        type = builder.stored(graph.node(path).outputs[0])
        value = OnnxValue(builder.fresh(path), type)
        values[path, 0] = value
        builder.dtypes[value.name] = value.type.dtype
        inputs.append(value)
    output_names = [builder.fresh(output.name) for output in graph.outputs]
    builder.sizes = named_sizes(inputs)
    for node in graph:
        if node.op is not None:
            _lower_node(builder, node, values, weights)
    builder.scope, builder.layer, builder.metadata = "", "", ()
    outputs: list[onnx.ValueInfoProto] = []
    for name, output in zip(output_names, graph.outputs, strict=True):
        value = builder.channels_last(values[output.ref.node, output.ref.output])
        builder.nodes_made.append(helper.make_node("Identity", [value.name], [name], name=name))
        outputs.append(value_info(name, builder.stored(graph.type(output.ref))))
    renamed = _name_after_layers(builder, graph, values)
    lowered: set[str] = set()
    lacking = builder.narrowed
    if precision in MIXED:
        mixed = _mix(builder, MIXED[precision], output_names, renamed)
        lowered, lacking = mixed.lowered, mixed.stored_only
    _drop_identities(builder.nodes_made, set(output_names), {value.name for value in inputs})
    path = graph.node(graph.inputs[0]).span.source.path
    said = onnx_text(f"The net {graph.name} of {path}")
    proto = helper.make_graph(
        builder.nodes_made,
        graph.name,
        [value_info(v.name, v.type) for v in inputs],
        outputs,
        doc_string=said,
        value_info=list(_inside(builder, renamed, graph, values, lowered, precision)),
    )
    model = helper.make_model(
        proto,
        producer_name="netc",
        producer_version=__version__,
        doc_string=f"{said}, checked and lowered by netc {__version__}",
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", opset)],
    )
    told = {} if precision == FLOAT32 else {KEY: precision}
    helper.set_model_props(model, {**(metadata or {}), **told})
    used = set(names_read(builder.nodes_made))
    kept = tuple(item for name, item in builder.initializers.items() if name in used)
    return LoweredOnnx(model, kept, tuple(sorted(lacking)))


def _mix(
    builder: LoopBuilder, low: str, outputs: Sequence[str], renamed: Mapping[str, str]
) -> Mixed:
    """Puts the products of the graph made into 16 bits."""
    nodes = builder.nodes_made
    bodies = [name for node in nodes for name in names_read([node]) if name not in node.input]
    dtypes = builder.dtypes | {
        new: builder.dtypes[old] for old, new in renamed.items() if old in builder.dtypes
    }
    keep = frozenset((*outputs, *bodies))
    mixed = Mixed(low, builder.opset, dtypes, builder.initializers, keep)
    builder.nodes_made = mixed.run(nodes)
    builder.initializers = mixed.kept()
    return mixed


def _lower_node(
    builder: LoopBuilder,
    node: Node,
    values: dict[tuple[str, int], OnnxValue],
    weights: WeightSource,
) -> None:
    assert node.op is not None
    builder.scope, builder.layer = node.path, node.layer
    builder.metadata = tuple(_metadata(node))
    tensors = {weight.name: weights.tensor(node.layer, weight) for weight in node.weights}
    for part in node.folded:
        for weight in part.weights:
            tensors[f"{part.layer}/{weight.name}"] = weights.tensor(part.layer, weight)
    inputs = tuple(values[ref.node, ref.output] for ref in node.inputs)
    types = tuple(map(builder.stored, node.outputs))
    call = OnnxCall(inputs, tensors, types)
    try:
        results = lower_call(builder, node.op, call)
    except Refusal as refusal:
        refusal.span = node.span
        raise
    for index, (value, type) in enumerate(zip(results, types, strict=True)):
        values[node.path, index] = OnnxValue(value.name, type, value.first)


def _metadata(node: Node) -> Iterator[tuple[str, str]]:
    yield "netc.source", onnx_text(str(node.span))
    if node.trace is not None:
        calls = [f"{frame.block}({frame.args})" for frame in node.trace.frames()]
        yield "netc.blocks", onnx_text(" < ".join(calls))
    if node.folded:
        folded = ", ".join(f"{part.path} ({part.span})" for part in node.folded)
        yield "netc.folded", onnx_text(folded)


def _name_after_layers(
    builder: GraphBuilder, graph: Graph, values: Mapping[tuple[str, int], OnnxValue]
) -> Mapping[str, str]:
    """Gives the node and tensor that are a layer's output the layer's path; the new names."""
    names: dict[str, str] = {}
    for node in graph:
        made = values[node.path, 0].name
        weight = made in builder.initializers
        if made.startswith(f"{node.path}/") and not weight and not builder.taken(node.path):
            names.setdefault(made, node.path)
    for proto in builder.nodes_made:
        proto.name = names.get(proto.name, proto.name)
        for ends in (proto.input, proto.output):
            for index, name in enumerate(ends):
                if name in names:
                    ends[index] = names[name]
    return names


def _inside(
    builder: GraphBuilder,
    renamed: Mapping[str, str],
    graph: Graph,
    values: Mapping[tuple[str, int], OnnxValue],
    lowered: Container[str],
    precision: str,
) -> Iterator[onnx.ValueInfoProto]:
    """The types of what layers give inside the model, so that no viewer must infer them."""
    made = {name for node in builder.nodes_made for name in node.output}
    ends = {output.name for output in graph.outputs}
    for value in values.values():
        name = renamed.get(value.name, value.name)
        if name in made and name not in ends:
            made.discard(name)
            type = stored_type(value)
            if name in lowered:
                type = TensorType(MIXED[precision], type.shape)
            yield value_info(name, type)


def _drop_identities(
    nodes: list[onnx.NodeProto], outputs: set[str], inputs: Sequence[str] | set[str]
) -> None:
    """Lets the node that makes a net's output write it directly, where nothing else reads it."""
    readers: dict[str, int] = {}
    makers: dict[str, onnx.NodeProto] = {}
    for node in nodes:
        for name in node.input:
            readers[name] = readers.get(name, 0) + 1
        for name in node.output:
            makers[name] = node
    for identity in [n for n in nodes if n.op_type == "Identity" and n.output[0] in outputs]:
        source, target = identity.input[0], identity.output[0]
        maker = makers.get(source)
        if maker is None or source in inputs or source in outputs or readers[source] > 1:
            continue
        maker.output[list(maker.output).index(source)] = target
        makers[target] = maker
        nodes.remove(identity)
