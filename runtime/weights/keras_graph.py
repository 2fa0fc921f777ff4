"""Reads the graph of a model from the configuration that Keras stores: what works on what.

A file is of strangers: what is odd or too large has no graph.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...compiler.ops.base.declare import Refusal, arguments, construct
from ...compiler.ops.base.op import Op
from ...compiler.ops.table import ALIASES, OPS
from ...compiler.ops.tensor.learned import Weight
from ..errors import UserError
from .keras_model import Call, Layer, Model, Ref, parse_model, refs
from .names import plain_kind
from .wiring import FILLED, TRAINING, Wiring, WiringBuilder, output_of

MOST_STEPS = 20_000
"""Steps of a graph; models in models can multiply them without end."""
ODD = (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError, UserError)
OTHER_WORDS: Mapping[str, str] = {
    "getitem": "slice",
    "matmul": "matmul",
    "truedivide": "divide",
    "addv2": "add",
    "mul": "multiply",
    "sub": "subtract",
    "concat": "concatenate",
}
"""What functions of Keras and TensorFlow are called here."""
MASKS = frozenset(("mask", "attention_mask", "query_mask", "value_mask", "key_mask", "training"))
"""Arguments of calls that say nothing of what works on what."""


def keras_graph(text: str | bytes, holds: Sequence[str]) -> Wiring | None:
    """The graph of a model's JSON configuration; None where it does not say one.

    `holds` are the layers whose weights the file has, those of nested models by `outer/inner`.
    """
    try:
        model = parse_model(json.loads(text))
        reader = _Reader(frozenset(holds))
        outputs = reader.model(model, "", None)
    except ODD:
        return None
    if outputs is None:
        return None
    names = [ref.layer for ref in model.outputs] or [""] * len(outputs)
    return reader.builder.made(list(zip(names, outputs, strict=True)))


@dataclass
class _Reader:
    holds: frozenset[str]
    builder: WiringBuilder = field(default_factory=WiringBuilder)
    unread: dict[int, list[str]] = field(default_factory=dict)
    """What is still done to a learned tensor, by its place, before it is what the net calls it."""

    def model(self, model: Model, prefix: str, given: Sequence[int] | None) -> list[int] | None:
        """The results of a model for some inputs, which are new ones where None are given."""
        if model.sequential:
            return self.sequence(model, prefix, given)
        made: dict[tuple[str, int], list[int]] = {}
        for index, ref in enumerate(model.inputs):
            place = self.builder.input(ref.layer) if given is None else given[index]
            made[ref.layer, ref.call] = [place]
        inputs = {ref.layer for ref in model.inputs}
        waiting = [
            (layer, layer.first + number, list(_read(call)))
            for layer in model.layers
            if layer.name not in inputs
            for number, call in enumerate(layer.calls)
        ]
        while waiting:
            left = []
            for layer, number, read in waiting:
                places = self.places(made, read)
                if places is None:
                    left.append((layer, number, read))
                    continue
                results = self.layer(layer, prefix, places)
                if results is None:
                    return None
                made[layer.name, number] = results
            if len(left) == len(waiting):
                return None
            waiting = left
        return self.places(made, model.outputs)

    def places(
        self, made: Mapping[tuple[str, int], list[int]], read: Sequence[Ref]
    ) -> list[int] | None:
        found: list[int] = []
        for ref in read:
            results = made.get((ref.layer, ref.call))
            if results is None:
                return None
            if ref.result < len(results):
                found.append(results[ref.result])
            else:
                found.append(output_of(self.builder, results[0], ref.result))
        return found

    def sequence(self, model: Model, prefix: str, given: Sequence[int] | None) -> list[int] | None:
        places = [self.builder.input("")] if given is None else list(given)
        for layer in model.layers:
            if layer.kind == "InputLayer":
                continue
            results = self.layer(layer, prefix, places)
            if results is None:
                return None
            places = results
        return places

    def layer(self, layer: Layer, prefix: str, places: Sequence[int]) -> list[int] | None:
        """The results of one layer, or of a model used as one."""
        if len(self.builder.steps) > MOST_STEPS:
            return None
        name = prefix + layer.name
        if layer.model is not None and name in self.holds:
            return [self.builder.step(_heads_kind(layer.model), None, places[:3], name)]
        if layer.model is not None:
            return self.model(layer.model, f"{name}/", places)
        weights = name if name in self.holds else ""
        kind = plain_kind(_word(layer.kind))
        learned = self.learned_tensor(kind, places, weights)
        if learned is not None:
            return [learned]
        if kind == "fulllike":
            # A constant whose sizes are counted from the inputs depends on none of their numbers.
            return [self.builder.step(FILLED, None, ())]
        if kind == "subtract" and len(places) == 2:
            taken = self.builder.steps[places[1]]
            if taken.kind == "negative" and len(taken.inputs) == 1:
                # So netc writes sums that Keras's `Add` would not broadcast.
                return [self.builder.step("add", (), [places[0], taken.inputs[0]])]
        op = _op(_word(layer.kind), layer.config)
        if op is not None:
            return [self.builder.op(op, places, weights)]
        kind = OTHER_WORDS.get(kind, kind)
        if kind in ("cast", "identity", "stopgradient") and places:
            return [places[0]]
        return [self.builder.step(kind, None, places, weights)]

    def learned_tensor(self, kind: str, places: Sequence[int], weights: str) -> int | None:
        """The place of a learned tensor that netc keeps as the slope of a `PReLU`."""
        if len(places) != 1:
            return None
        (place,) = places
        if weights and kind == "prelu" and self.builder.steps[place].kind == "broadcastto":
            made = self.builder.step(plain_kind(Weight.__name__), (), (), weights)
            self.unread[made] = ["subtract", "squeeze"]
            return made
        if self.unread.get(place, [])[:1] == [kind]:
            del self.unread[place][0]
            return place
        return None


def _read(call: Call) -> Iterator[Ref]:
    """The tensors that a call takes, without masks."""
    named = {name: given for name, given in call.kwargs.items() if name not in MASKS}
    return refs([*call.args, named])


def _heads_kind(model: Model) -> str:
    """The class of attention that a model stands for whose weights the file has as one layer."""
    counts = {
        layer.name: _list(layer.config["output_shape"])[1]
        for layer in model.layers
        if layer.name in ("query", "key")
    }
    return "multiheadattention" if counts["query"] == counts["key"] else "groupqueryattention"


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _word(kind: str) -> str:
    """The class of a layer, or the function that a layer of TensorFlow's stands for."""
    return kind.rpartition(".")[2] if kind.startswith("tf.") else kind


def _op(name: str, config: object) -> Op | None:
    """The operator with the arguments of the configuration; None where netc has not both."""
    cls = OPS.get(name) or ALIASES.get(name)
    if cls is None or not isinstance(config, dict):
        return None
    given: dict[str, object] = {}
    for argument in arguments(cls):
        if argument in config and not argument.endswith(TRAINING):
            value = config[argument]
            given[argument] = _value(value)
    try:
        return construct(cls, given)
    except (Refusal, *ODD):
        return None


def _value(value: object) -> object:
    """An argument as a `.net` file gives it: objects become operators, lists tuples."""
    if isinstance(value, dict) and "class_name" in value:
        inner = value.get("config")
        if value["class_name"] in ("function", "Function") and isinstance(inner, str):
            return inner
        made = _op(str(value["class_name"]), inner)
        return value if made is None else made
    return tuple(_value(item) for item in value) if isinstance(value, list) else value
