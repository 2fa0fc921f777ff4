"""The inputs of models of Keras: their names, sizes and dtypes, and the names of outputs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ....compiler.shapes.dims import Dim, symbol
from ....compiler.shapes.types import DTYPES, TensorType
from ...errors import UserError
from ...weights.keras_model import Model, refs
from ..names import fresh, identifier, net_name
from ..steps import Step, Value

LETTERS = {2: "NT", 3: "NTC", 4: "NHWC", 5: "NDHWC"}
LARGEST = 2**31 - 1


def block_inputs(model: Model, tensors: Sequence[Value], blocks: Iterable[str]) -> list[Step]:
    """The inputs of a block, which are called as in the model where that gave them names.

    They are not called as the `blocks` that there are, which this one may use.
    """
    taken = set(blocks)
    steps: list[Step] = []
    names = [ref.layer for ref in model.inputs] or ["x"]
    for name, value in zip(names, tensors, strict=True):
        made_up = re.fullmatch(r"(input|input_layer|keras_tensor)(_?\d+\w*)?", name)
        word = fresh("x" if made_up else identifier(name, "x"), taken)
        taken.add(word)
        steps.append(Step("input", (), {"name": word, "of": name}, (value.type,), name))
    return steps


def sequence_input(model: Model) -> Step:
    """The input of a Sequential, whose size is in one of three places."""
    first = model.layers[0] if model.layers else None
    if first is None:
        raise UserError("has no layers")
    config = dict(first.config)
    shape = config.get("batch_shape") or config.get("batch_input_shape") or model.built
    while not isinstance(shape, list) and first.model is not None:
        inner = first.model
        if not inner.sequential:
            layer = next(each for each in inner.layers if each.name == inner.inputs[0].layer)
            config, shape = dict(layer.config), layer.config.get("batch_shape")
            shape = shape or layer.config.get("batch_input_shape")
            break
        first = inner.layers[0]
        shape = first.config.get("batch_shape") or first.config.get("batch_input_shape")
    if not isinstance(shape, list):
        raise UserError("does not say how large its input is; build it and save it again")
    config["batch_shape"] = shape
    name = first.name if first.kind == "InputLayer" else "x"
    layers = [each for each in model.layers if each.kind != "InputLayer"]
    places = bool(layers) and layers[0].kind == "Embedding"
    return input_of(name, config, places, set())


def reads_places(model: Model, name: str) -> bool:
    """Whether all that read an input are tables that it has places of."""
    readers = [
        layer
        for layer in model.layers
        for call in layer.calls
        if any(ref.layer == name for ref in refs([*call.args, *call.kwargs.values()]))
    ]
    kinds = {layer.kind for layer in readers}
    return "Embedding" in kinds and kinds <= {"Embedding", "NotEqual"}


def input_of(name: str, config: Mapping[str, object], places: bool, taken: set[str]) -> Step:
    """An input: its name, its sizes with letters for those that are open, its dtype."""
    shape = config.get("batch_shape") or config.get("batch_input_shape")
    dtype = config.get("dtype") or "float32"
    if not isinstance(shape, list) or config.get("sparse") or config.get("ragged"):
        raise UserError(f"the input `{name}` is sparse, ragged or of no size")
    if not isinstance(dtype, str):
        dtype = "float32"
    if dtype not in DTYPES:
        raise UserError(f"the input `{name}` holds {dtype}, which netc does not have")
    if places and dtype.startswith("float"):
        dtype = "int32"
    letters = LETTERS.get(len(shape), "NABCDEFGH")
    dims: list[Dim] = []
    for axis, size in enumerate(shape):
        if size is None:
            dims.append(symbol(letters[min(axis, len(letters) - 1)]))
        elif isinstance(size, int) and 0 < size <= LARGEST:
            dims.append(size)
        else:
            raise UserError(f"the input `{name}` has impossible sizes")
    if not dims or len(dims) > len(letters):
        raise UserError(f"the input `{name}` has {len(dims)} axes")
    word = fresh(identifier(re.sub(r"^input(_layer)?(_\d+)?$", "x", name), "x"), taken)
    taken.add(word)
    return Step("input", (), {"name": word, "of": name}, (TensorType(dtype, tuple(dims)),), name)


def output_names(model: Model, count: int) -> list[str]:
    """What the outputs of a model are called: as the layers that make them."""
    if model.sequential:
        return [model.layers[-1].name]
    return [ref.layer for ref in model.outputs][:count]


def camel(name: str) -> str:
    """A model's name as a net is called."""
    words = re.split(r"[^A-Za-z0-9]+", name)
    return net_name("".join(word[:1].upper() + word[1:] for word in words))
