"""Lowers a checked graph to a Python file of plain Keras that builds the same model."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from ....dsl.text.escape import python_docstring, python_string
from ...ir.graph import CheckedGraph, Ref
from ...ir.paths import CHAIN
from ...ops.attention.score_attention import Scored
from ...ops.tensor.learned import Weight
from ...shapes.dims import Dim
from ..keras.lower import keras_name
from ..precision import FLOAT32, wide_dtype
from .body import Writer
from .functions import Function, Functions, functions
from .print import WIDTH, Group, Joined, Text, lines
from .tree import Body, bodies

OPERATION = '''
def operation(function, **arguments):
    """A function with its arguments, as an activation that Keras can save."""
    return function(keras.Input((2,) * 7), **arguments)._keras_history.operation
'''

NUMBERED = '''
def numbered(name, i):
    """The names of layers in a row: dense, dense_1, dense_2, …"""
    return f"{name}_{i}" if i else name
'''

LOAD = '''
def load_weights(model, path):
    """Sets every variable of the model from a .safetensors file, by path."""
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        keys = set(file.keys())
        for layer in model.layers:
            found = [v for v in layer.weights if "seed_generator" not in v.path]
            prefix = layer.name.replace(".", "/")
            names = [v.path.partition("/")[2] for v in found]
            if isinstance(layer, keras.Model):
                names = [v.path for v in found]
            if not keys.issuperset(f"{prefix}/{name}" for name in names):
                names = WEIGHTS.get(layer.name) or [v.name for v in found]
            for name, variable in zip(names, found, strict=True):
                variable.assign(file.get_tensor(f"{prefix}/{name}"))
            inner = getattr(layer, "layer", layer)
            if found and hasattr(inner, "finalize_state"):
                inner.finalize_state()
'''

TWO_WAYS = ("forward_layer/", "backward_layer/")
"""What weights begin with that Keras calls after the class of the layer they are in."""


def lower_keras_source(checked: CheckedGraph, written_in: str, precision: str = FLOAT32) -> str:
    """The text of a Python file with `build_model()` and `load_weights(model, path)`.

    Layers have the names that `lower_keras` gives them. `written_in` is the `.net` file that the
    docstring names. Raises Refusal where an operator has no Keras lowering.
    """
    root = bodies(checked, precision)
    found = functions(root)
    parts = [_function(function, found) for function in found.ordered]
    parts.append(_model(checked, root, found, precision))
    tables = "".join(_table(name, value) for value, name in found.tables.items())
    text = "\n\n".join(parts)
    helpers = [
        helper.strip("\n") + "\n"
        for name, helper in (("operation(", OPERATION), ("numbered(", NUMBERED))
        if name in text
    ]
    table = "\n".join(_weights(checked))
    code = "\n\n".join([*helpers, text, LOAD.strip("\n") + "\n"])
    used = [name for name in ("layers", "ops") if re.search(rf"\b{name}\.", text)]
    imports = "import keras\n"
    if used:
        imports += f"from keras import {', '.join(used)}\n"
    title = python_docstring(f"{checked.name} of {written_in}, as Keras layers.")
    return f'"""{title}"""\n\n{imports}\n{table}\n{tables}\n\n{code}'


def _function(function: Function, found: Functions) -> str:
    writer = Writer(function.body, function, found, [f.name for f in found.ordered])
    params: list[Text] = [*writer.name_inputs()]
    if function.takes_name:
        params.append("name")
    params += [param.name for param in function.params]
    head = lines(Group(f"def {function.name}", "(", params, ")"), "", suffix=":")
    body = writer.source()
    outputs = [writer.variables[ref] for ref in function.body.outputs]
    block = function.body.block
    doc = f'    """{"A chain of layers" if block == CHAIN else f"The block {block}"}."""'
    return "\n".join([*head, doc, *body, f"    return {', '.join(outputs)}"]) + "\n"


def _model(checked: CheckedGraph, root: Body, found: Functions, precision: str) -> str:
    graph = checked.graph
    writer = Writer(root, None, found, [f.name for f in found.ordered])
    made = ["def build_model():", f'    """The net {graph.name}, with fresh weights."""']
    inputs = []
    for path in graph.inputs:
        type = graph.node(path).outputs[0]
        name = writer.new(Ref(path), path)
        writer.taken.add(name)
        inputs.append(name)
        shape = [_size(dim) for dim in type.shape]
        items: list[Text] = []
        if shape and shape[0] == "None":
            items.append(Group("", "(", list(shape[1:]), ")"))
        else:
            items.append(Joined("batch_shape=", Group("", "(", list(shape), ")")))
        dtype = wide_dtype(type.dtype, precision)
        if dtype != "float32":
            items.append(Joined("dtype=", python_string(dtype)))
        items.append(Joined("name=", python_string(keras_name(path))))
        made += lines(Group("keras.Input", "(", items, ")"), "    ", f"{name} = ")
    # The variables of inputs stay: the model is made of them at the end.
    kept = tuple(Ref(path) for path in graph.inputs)
    results = [output.ref for output in graph.outputs]
    root.outputs = tuple(dict.fromkeys([*root.outputs, *kept, *results]))
    made += writer.source()
    outputs = [writer.variables[ref] for ref in results]
    ends = [
        names[0] if len(names) == 1 else Group("", "[", list(names), "]")
        for names in (inputs, outputs)
    ]
    items = [*ends, Joined("name=", python_string(keras_name(graph.name)))]
    made += lines(Group("keras.Model", "(", items, ")"), "    ", "return ")
    return "\n".join(made) + "\n"


def _weights(checked: CheckedGraph) -> Iterator[str]:
    """The table of the weights whose names in a file are not those of Keras's variables."""
    rows = [
        (keras_name(path), [weight.name for weight in node.weights])
        for path, node in checked.layers().items()
        if isinstance(node.op, Weight | Scored)
        or any(weight.name.startswith(TWO_WAYS) for weight in node.weights)
    ]
    if not rows:
        yield "WEIGHTS = {}"
        return
    yield "WEIGHTS = {"
    for path, names in rows:
        yield from lines(
            Group("", "[", [python_string(name) for name in names], "]"),
            "    ",
            f"{python_string(path)}: ",
            ",",
        )
    yield "}"


def _table(name: str, value: str) -> str:
    """A long list of numbers as a constant, as many to a line as fit."""
    rows = textwrap.wrap(value.strip("[]()"), WIDTH - 4)
    inner = "\n".join(f"    {row}" for row in rows)
    return f"\n# fmt: off\n{name} = [\n{inner},\n]\n# fmt: on\n"


def _size(dim: Dim) -> str:
    return str(dim) if isinstance(dim, int) else "None"
