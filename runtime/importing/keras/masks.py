"""Masks in a description: Keras 3 writes down how it computes them, netc's layers know it.

Two ways are there to read it. Masks are implied: the functions that make them are left out, and
layers hand masks on as netc's do. Or they are spelled: each is computed as written, and given to
the layers that Keras gave it to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import replace

from ...weights.keras_model import Call, Layer, Model, refs

Place = tuple[str, int]
"""A call: the layer, and the number of the call."""


def makes_masks(model: Model) -> bool:
    """Whether some layer of a model makes a mask."""
    return any(
        layer.kind == "Masking"
        or layer.config.get("mask_zero") is True
        or (layer.model is not None and makes_masks(layer.model))
        for layer in model.layers
    )


def only_for_masks(model: Model) -> Set[Place]:
    """The calls of functions whose results are masks alone, or parts of them."""
    readers: dict[Place, set[Place | None]] = defaultdict(set)
    functions: set[Place] = set()
    for layer in model.layers:
        for number, call in enumerate(layer.calls):
            place = layer.name, layer.first + number
            if layer.function:
                functions.add(place)
            for name, given in [*enumerate(call.args), *call.kwargs.items()]:
                for ref in refs(given):
                    readers[ref.layer, ref.call].add(None if name == "mask" else place)
    for ref in model.outputs:
        readers[ref.layer, ref.call].add((ref.layer, -1))
    found = {place for place in functions if readers[place]}
    while True:
        left = {p for p in found if all(r is None or r in found for r in readers[p])}
        if left == found:
            return found
        found = left


def implied(call: Call, masks: Set[Place]) -> Call:
    """The call without a mask that is one of some."""
    given = list(refs(call.kwargs.get("mask")))
    if not given or not all((ref.layer, ref.call) in masks for ref in given):
        return call
    kwargs = {name: value for name, value in call.kwargs.items() if name != "mask"}
    return replace(call, kwargs=kwargs)


def unmasked(layer: Layer) -> Layer:
    """A table that makes no mask."""
    config: Mapping[str, object] = {k: v for k, v in layer.config.items() if k != "mask_zero"}
    return replace(layer, config=config)
