"""Reads the graph of a model from the configuration that Keras stores: what works on what.

Both ways to write it are read: lists of names and numbers (Keras 1 and 2) and arguments that name
tensors (Keras 3). A file is of strangers: what is odd or too large has no graph.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...compiler.ops.base.declare import Refusal, arguments, construct
from ...compiler.ops.base.op import Op
from ...compiler.ops.table import ALIASES, OPS
from ...compiler.ops.tensor.learned import Weight
from .names import plain_kind
from .wiring import FILLED, TRAINING, Wiring, WiringBuilder, output_of

MOST_STEPS = 20_000
"""Steps of a graph; models in models can multiply them without end."""
ODD = (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError)
OTHER_WORDS: Mapping[str, str] = {
    "getitem": "slice",
    "slicingoplambda": "slice",
    "matmul": "matmul",
    "truedivide": "divide",
    "addv2": "add",
    "mul": "multiply",
    "sub": "subtract",
    "concat": "concatenate",
}
"""What functions of Keras and TensorFlow are called here."""
NO_TENSOR = "_CONSTANT_VALUE"
MASKS = ("mask", "attention_mask", "query_mask", "value_mask", "key_mask", "training")

Ref = tuple[str, int, int]
"""A tensor: the layer that made it, in which of its calls, and which of its results."""


def keras_graph(text: str | bytes, holds: Sequence[str]) -> Wiring | None:
    """The graph of a model's JSON configuration; None where it does not say one.

    `holds` are the layers whose weights the file has, those of nested models by `outer/inner`.
    """
    try:
        model = json.loads(text)
        reader = _Reader(frozenset(holds))
        outputs = reader.model(model, "", None)
        if outputs is None:
            return None
        config = _part(model, "config")
        ends = config.get("output_layers") if isinstance(config, dict) else None
        names = [ref[0] for ref in _refs(ends)]
        if len(names) != len(outputs):
            names = [""] * len(outputs)
        return reader.builder.made(list(zip(names, outputs, strict=True)))
    except ODD:
        return None


@dataclass
class _Reader:
    holds: frozenset[str]
    builder: WiringBuilder = field(default_factory=WiringBuilder)
    unread: dict[int, list[str]] = field(default_factory=dict)
    """What is still done to a learned tensor, by its place, before it is what the net calls it."""

    def model(self, model: object, prefix: str, given: Sequence[int] | None) -> list[int] | None:
        """The results of a model for some inputs, which are new ones where None are given."""
        config = _part(model, "config")
        if not isinstance(config, dict):
            return self.sequence(_list(config), prefix, given)
        listed = _list(config["layers"])
        if not any(isinstance(item, dict) and "inbound_nodes" in item for item in listed):
            return self.sequence(listed, prefix, given)
        calls = _Calls.of(listed)
        made: dict[tuple[str, int], list[int]] = {}
        ends = _refs(config["input_layers"])
        for index, (name, _, _) in enumerate(ends):
            made[name, 0] = [self.builder.input(name) if given is None else given[index]]
        waiting = [call for call in calls.all() if call[0] not in {name for name, _, _ in ends}]
        while waiting:
            left = []
            for name, number, refs in waiting:
                places = self.places(made, refs)
                if places is None:
                    left.append((name, number, refs))
                    continue
                results = self.layer(calls.items[name], prefix, places)
                if results is None:
                    return None
                made[name, number] = results
            if len(left) == len(waiting):
                return None
            waiting = left
        return self.places(made, _refs(config["output_layers"]))

    def places(
        self, made: Mapping[tuple[str, int], list[int]], refs: Sequence[Ref]
    ) -> list[int] | None:
        found: list[int] = []
        for name, call, result in refs:
            results = made.get((name, call))
            if results is None:
                return None
            if result < len(results) and len(results) > 1:
                found.append(results[result])
            else:
                found.append(output_of(self.builder, results[0], result))
        return found

    def sequence(
        self, listed: Sequence[object], prefix: str, given: Sequence[int] | None
    ) -> list[int] | None:
        places = [self.builder.input("")] if given is None else list(given)
        for item in listed:
            if _part(item, "class_name") == "InputLayer":
                continue
            results = self.layer(item, prefix, places)
            if results is None:
                return None
            places = results
        return places

    def layer(self, item: object, prefix: str, places: Sequence[int]) -> list[int] | None:
        """The results of one layer, or of a model used as one."""
        if len(self.builder.steps) > MOST_STEPS:
            return None
        name = prefix + str(_part(_part(item, "config"), "name"))
        if has_layers(item) and name in self.holds:
            return [self.builder.step(_heads_kind(item), None, places[:3], name)]
        if has_layers(item):
            return self.model(item, f"{name}/", places)
        weights = name if name in self.holds else ""
        learned = self.learned_tensor(item, places, weights)
        if learned is not None:
            return [learned]
        if plain_kind(_word(item)) == "fulllike":
            # A constant whose sizes are counted from the inputs depends on none of their numbers.
            return [self.builder.step(FILLED, None, ())]
        if plain_kind(_word(item)) == "subtract" and len(places) == 2:
            taken = self.builder.steps[places[1]]
            if taken.kind == "negative" and len(taken.inputs) == 1:
                # So netc writes sums that Keras's `Add` would not broadcast.
                return [self.builder.step("add", (), [places[0], taken.inputs[0]])]
        op = _op(item)
        if op is not None:
            return [self.builder.op(op, places, weights)]
        kind = plain_kind(_word(item))
        kind = OTHER_WORDS.get(kind, kind)
        if kind in ("cast", "identity", "stopgradient") and places:
            return [places[0]]
        return [self.builder.step(kind, None, places, weights)]

    def learned_tensor(self, item: object, places: Sequence[int], weights: str) -> int | None:
        """The place of a learned tensor that netc keeps as the slope of a `PReLU`."""
        kind = plain_kind(_word(item))
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


@dataclass(frozen=True)
class _Calls:
    """The layers of a model by name, and what each of their calls takes."""

    items: Mapping[str, object]
    refs: Mapping[str, Sequence[Sequence[Ref]]]
    first: Mapping[str, int]

    @classmethod
    def of(cls, listed: Sequence[object]) -> _Calls:
        items: dict[str, object] = {}
        refs: dict[str, list[list[Ref]]] = {}
        for item in listed:
            name = str(_part(item, "name") or _part(_part(item, "config"), "name"))
            items[name] = item
            nodes = _part(item, "inbound_nodes")
            refs[name] = [_refs(node) for node in nodes] if isinstance(nodes, list) else []
        used = {ref[:2] for calls in refs.values() for call in calls for ref in call}
        # The first call of a model used as a layer is the one that made it, and is left out.
        first = {
            name: int((name, len(calls)) in used and has_layers(items[name]))
            for name, calls in refs.items()
        }
        return cls(items, refs, first)

    def all(self) -> list[tuple[str, int, Sequence[Ref]]]:
        """Every call: the layer, the number of the call, what it takes."""
        return [
            (name, self.first[name] + index, refs)
            for name, calls in self.refs.items()
            for index, refs in enumerate(calls)
        ]


def _heads_kind(item: object) -> str:
    """The class of attention that a model stands for whose weights the file has as one layer."""
    config = _part(item, "config")
    layers = _list(_part(config, "layers"))
    counts = {
        str(_part(inner, "name")): _list(_part(_part(inner, "config"), "output_shape"))[1]
        for inner in layers
        if _part(inner, "name") in ("query", "key")
    }
    return "multiheadattention" if counts["query"] == counts["key"] else "groupqueryattention"


def has_layers(item: object) -> bool:
    """Whether a layer is a model."""
    config = _part(item, "config")
    listed = config.get("layers") if isinstance(config, dict) else config
    return isinstance(listed, list)


def _part(item: object, name: str) -> object:
    if not isinstance(item, dict):
        raise TypeError(name)
    return item.get(name)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _refs(value: object) -> list[Ref]:
    """The tensors that a part of a configuration names, in order."""
    return list(_walk(value))


def _walk(value: object) -> Iterator[Ref]:
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            name, call, result = value["config"]["keras_history"][:3]
            yield str(name), int(call), int(result)
            return
        for name, inner in value.items():
            if name not in MASKS:
                yield from _walk(inner)
    elif isinstance(value, list):
        if len(value) >= 3 and isinstance(value[0], str):
            if isinstance(value[1], int) and isinstance(value[2], int) and value[0] != NO_TENSOR:
                yield value[0], value[1], value[2]
            for inner in value[3:]:
                yield from _walk(inner)
            return
        for inner in value:
            yield from _walk(inner)


def _word(item: object) -> str:
    """The class of a layer, or the function that a layer of TensorFlow's stands for."""
    kind = str(_part(item, "class_name"))
    config = _part(item, "config")
    function = config.get("function") if isinstance(config, dict) else None
    if kind == "TFOpLambda" and isinstance(function, str):
        return function.rpartition(".")[2]
    return kind


def _op(item: object) -> Op | None:
    """The operator with the arguments of the configuration; None where netc has not both."""
    name, config = _word(item), _part(item, "config")
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
        made = _op(value)
        return value if made is None else made
    return tuple(_value(item) for item in value) if isinstance(value, list) else value
