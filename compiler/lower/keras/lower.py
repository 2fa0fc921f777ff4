"""Lowers a checked graph to a functional `keras.Model` of stock layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, cast

from ....dsl.diagnostics.codes import Code
from ...ir.graph import CheckedGraph, Node
from ...ops.base.backend import KerasLayer, KerasModule
from ...ops.base.op import Op, Refusal
from ...ops.base.source import SourceOp
from ...shapes.dims import Dim
from ...shapes.types import FLOATS, TensorType
from ..precision import FLOAT32, policy_of, wide_dtype
from ..weights import WeightSource
from .anchor import InputAnchor


def lower_keras(
    checked: CheckedGraph,
    weights: WeightSource | None = None,
    *,
    keras: KerasModule | None = None,
    precision: str = FLOAT32,
    made: Mapping[str, KerasLayer] | None = None,
) -> Any:
    """The graph as a `keras.Model`; layers are named by path, `/` becoming `.`.

    With `weights` every variable is set; without, Keras's own initializers draw them. In mixed
    `precision` the layers with products have Keras's policy of that name. `made` are layers of
    another model by their Keras names, which this one then shares.
    Raises Refusal where an operator has no Keras lowering.
    """
    if keras is None:
        keras = cast("KerasModule", import_module("keras"))
    graph = checked.graph
    check_forms(checked)
    _reserve(keras, [keras_name(path) for path in graph.nodes])
    values: dict[tuple[str, int], Any] = {}
    layers: dict[str, KerasLayer | None] = {}
    inputs = []
    for path in graph.inputs:
        type = graph.node(path).outputs[0]
        tensor = keras.Input(
            batch_shape=tuple(map(_size, type.shape)),
            dtype=wide_dtype(type.dtype, precision),
            name=keras_name(path),
        )
        values[path, 0] = tensor
        inputs.append(tensor)
    anchor = InputAnchor(
        keras,
        {path: (values[path, 0], graph.node(path).outputs[0]) for path in graph.inputs},
        precision,
    )
    for node in graph:
        if node.op is None:
            continue
        tensors = [values[ref.node, ref.output] for ref in node.inputs]
        types = graph.input_types(node)
        policy = policy_of(node.op, types, node.outputs, precision)
        with _computing_in(keras, policy or layer_dtype(node.op, types)):
            try:
                if node.layer not in layers:
                    name = keras_name(node.layer)
                    shared = None if made is None else made.get(name)
                    layers[node.layer] = shared or node.op.keras_layer_for(keras, name, types)
                if isinstance(node.op, SourceOp):
                    found = node.op.keras_source(keras, layers[node.layer], anchor)
                else:
                    found = node.op.keras_call(keras, layers[node.layer], tensors)
            except Refusal as refusal:
                refusal.span = refusal.span or node.span
                raise
        for index, tensor in enumerate(found if isinstance(found, tuple | list) else [found]):
            dtype = wide_dtype(node.outputs[index].dtype, precision)
            # Keras calls what it merges of integers float32, which operators decide by.
            right = str(tensor.dtype) == dtype
            values[node.path, index] = tensor if right else keras.ops.cast(tensor, dtype)
    outputs = [values[o.ref.node, o.ref.output] for o in graph.outputs]
    model = keras.Model(
        inputs if len(inputs) > 1 else inputs[0],
        outputs if len(outputs) > 1 else outputs[0],
        name=keras_name(graph.name),
    )
    if weights is not None:
        for path, node in checked.layers().items():
            if node.weights:
                set_weights(layers[path], node, weights)
    return model


def check_forms(checked: CheckedGraph) -> None:
    """Raises Refusal where uses of one layer would be different layers of Keras."""
    forms: dict[str, str] = {}
    for node in checked.graph:
        if node.op is None:
            continue
        form = node.op.keras_form(checked.graph.input_types(node))
        if forms.setdefault(node.layer, form) != form:
            refusal = Refusal(
                Code.NO_KERAS,
                f"Keras has no single layer for all uses of `{node.layer}`, "
                "which differ in the tensors they give",
                help="give each use the same tensors, or make two layers",
            )
            refusal.span = node.span
            raise refusal


def layer_dtype(op: Op, inputs: Sequence[TensorType]) -> str:
    """The dtype that a layer of such tensors must be told; empty where Keras's own will do.

    A layer of Keras computes in float32 unless it is told otherwise, whatever it gets.
    """
    floats = [type.dtype for type in inputs if type.dtype in FLOATS]
    told = floats[0] if floats else "float32"
    return told if told != "float32" and told in op.keras_floats else ""


@contextmanager
def _computing_in(keras: KerasModule, dtype: str) -> Iterator[None]:
    if not dtype:
        yield
        return
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def set_weights(layer: Any, node: Node, weights: WeightSource) -> None:
    """Sets every variable of a Keras layer from the source, matched by name.

    Raises KeyError or ValueError where the layer and the operator disagree on what there is.
    """
    variables = layer_variables(layer, [weight.name for weight in node.weights])
    for weight in node.weights:
        variables.pop(weight.name).assign(weights.tensor(node.layer, weight).read())
    if variables:
        raise KeyError(f"{node.path}: Keras also has {sorted(variables)}")
    # A wrapper has the variables of the layer in it.
    inner = getattr(layer, "layer", layer)
    if hasattr(inner, "finalize_state"):
        # Normalization computes with copies of its variables.
        inner.finalize_state()


def layer_variables(layer: Any, names: Sequence[str]) -> dict[str, Any]:
    """The variables of a layer by the names that its operator gives them.

    A weight is called as in Keras: by its path inside the layer (`query/kernel`), which in a model
    is its whole path or that of a layer, or by its name alone; where none of them tells, by its
    place.
    """
    found = [v for v in layer.weights if "seed_generator" not in v.path]
    for naming in (_inside, _whole, _part, _own):
        named = {naming(v.path): v for v in found}
        if len(named) == len(found) and set(names) <= set(named):
            return named
    return dict(zip(names, found, strict=True))


def _inside(path: str) -> str:
    return path.partition("/")[2]


def _whole(path: str) -> str:
    return path


def _part(path: str) -> str:
    return path.rpartition("/")[0]


def _own(path: str) -> str:
    return path.rpartition("/")[2]


def _reserve(keras: KerasModule, names: Sequence[str]) -> None:
    """Keeps Keras from giving its functions, which it numbers, the names of layers."""
    for name in names:
        base, _, number = name.rpartition("_")
        numbered = bool(base) and number.isdecimal() and len(number) < 6
        prefix, last = (base, int(number)) if numbered else (name, 0)
        while keras.backend.get_uid(prefix) <= last:
            pass


def keras_name(path: str) -> str:
    """A layer path as a Keras name, which may not hold a slash."""
    return path.replace("/", ".")


def _size(dim: Dim) -> int | None:
    return dim if isinstance(dim, int) else None
