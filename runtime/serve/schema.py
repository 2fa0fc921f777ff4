"""OpenAPI's description of a model's requests, from the signature of its net."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from ...compiler.recipe.objects.sources import FIRST_WORD
from ..errors import UserError
from ..files.pictures import picture_layout
from ..files.tensors import TensorSpec
from .requests import Reader

Schema: TypeAlias = "dict[str, object]"


def input_schema(spec: TensorSpec) -> Schema:
    """Nested lists of an input's shape; sizes without a number are open."""
    kind = "integer" if spec.dtype.startswith(("int", "uint")) else "number"
    made: Schema = {"type": "boolean" if spec.dtype == "bool" else kind}
    for size in reversed(spec.shape):
        made = {"type": "array", "items": made}
        if size is not None:
            made |= {"minItems": size, "maxItems": size}
    return made | {"description": str(spec)}


def text_schema() -> Schema:
    """A text, which is not empty."""
    return {"type": "string", "minLength": 1, "description": "a text"}


def takes_pictures(inputs: Sequence[TensorSpec]) -> bool:
    """Whether a model has one input, which pictures can feed."""
    if len(inputs) != 1:
        return False
    try:
        picture_layout(inputs[0])
    except UserError:
        return False
    return True


def request_schema(reader: Reader) -> Schema:
    """What a request may hold, by its content type."""
    inputs = {spec.name: input_schema(spec) for spec in reader.inputs}
    if reader.words is not None:
        name, text = reader.inputs[0].name, text_schema()
        ids = inputs[name] | {"description": f"the ids of their words, {reader.inputs[0]}"}
        inputs[name] = {"oneOf": [text, {"type": "array", "items": text, "minItems": 1}, ids]}
    whole: Schema = {"type": "object", "properties": inputs, "required": [*inputs]}
    body: Schema = {"type": "object", "properties": {"inputs": whole}, "required": ["inputs"]}
    content: dict[str, object] = {"application/json": {"schema": body}}
    if takes_pictures(reader.session.inputs):
        binary: Schema = {"type": "string", "format": "binary"}
        files: Schema = {"type": "array", "items": binary}
        content["image/*"] = {"schema": binary}
        content["multipart/form-data"] = {
            "schema": {"type": "object", "properties": {"file": files}, "required": ["file"]}
        }
    if reader.words is not None:
        content["text/plain"] = {"schema": text_schema()}
    return {"requestBody": {"required": True, "content": content}}


def described(reader: Reader) -> Mapping[str, object]:
    """What a model is: inputs, outputs, classes, and what is done to pictures."""
    made = reader.made
    return {
        "inputs": [_tensor(spec) for spec in reader.inputs],
        "outputs": [_tensor(spec) for spec in reader.session.outputs],
        "classes": list(reader.names) or None,
        "preprocessing": None if made is None or made.plain else made.formula() + made.resizing(),
        "pictures": takes_pictures(reader.session.inputs),
        "words": None if reader.words is None else len(reader.words.tokens) - FIRST_WORD,
    }


def _tensor(spec: TensorSpec) -> dict[str, object]:
    return {"name": spec.name, "dtype": spec.dtype, "shape": list(spec.shape)}
