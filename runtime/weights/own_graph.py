"""Keeps the graph of a net in the weights that netc writes, so that they find it again."""

from __future__ import annotations

import json

from .wiring import COMMUTING, INPUT, Arguments, Step, Wiring

MOST_STEPS = 100_000
ODD = (KeyError, IndexError, TypeError, ValueError, RecursionError)


def graph_text(wiring: Wiring) -> str:
    """The graph as JSON."""
    steps = [
        [step.kind, step.arguments, step.inputs, *([step.layer] if step.layer else [])]
        for step in wiring.steps
    ]
    return json.dumps(
        {"steps": steps, "inputs": dict(wiring.inputs), "outputs": wiring.outputs},
        separators=(",", ":"),
        ensure_ascii=False,
    )


def read_graph(text: str) -> Wiring | None:
    """The graph of such a text; None where it is none."""
    try:
        found = json.loads(text)
        steps = tuple(_step(place, item) for place, item in enumerate(found["steps"]))
        inputs = {str(name): int(place) for name, place in found["inputs"].items()}
        outputs = tuple((str(name), int(place)) for name, place in found["outputs"])
    except ODD:
        return None
    ends = {*inputs.values(), *(place for _, place in outputs)}
    if len(steps) > MOST_STEPS or not all(0 <= place < len(steps) for place in ends):
        return None
    return Wiring(steps, inputs, outputs)


def _step(place: int, item: object) -> Step:
    if not isinstance(item, list):
        raise TypeError("not a step")
    kind, told, inputs, *layer = item
    if not isinstance(kind, str) or not all(0 <= int(source) < place for source in inputs):
        raise ValueError("not a step")
    name = str(layer[0]) if layer else ""
    if kind == INPUT and inputs:
        raise ValueError("not an input")
    return Step(
        kind,
        None if told is None else _arguments(told),
        tuple(int(source) for source in inputs),
        name,
        kind in COMMUTING and not name,
    )


def _arguments(value: object) -> Arguments:
    if not isinstance(value, list):
        raise TypeError("not arguments")
    return tuple((str(name), _value(inner)) for name, inner in value)


def _value(value: object) -> object:
    """An argument as it was: JSON has lists where a step has tuples."""
    return tuple(map(_value, value)) if isinstance(value, list) else value
