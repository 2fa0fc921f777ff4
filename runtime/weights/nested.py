"""Weights whose names have parts (`query/kernel`), in files that tell layers apart by slashes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...compiler.ir.graph import Node
from .file import StoredLayer, StoredWeight


def joined(nodes: Mapping[str, Node], stored: Sequence[StoredLayer]) -> list[StoredLayer]:
    """The layers of a file, those put together that are the parts of one layer of the net.

    `look/query` and `look/key` become `look`, with the weights `query/kernel` and `key/kernel`,
    where some layer of the net has weights of just these names.
    """
    result = list(stored)
    for names in dict.fromkeys(
        frozenset(weight.name for weight in node.weights) for node in nodes.values()
    ):
        if any("/" in name for name in names):
            result = _join(names, result)
    return result


def _join(names: frozenset[str], stored: Sequence[StoredLayer]) -> list[StoredLayer]:
    found: dict[str, dict[str, tuple[int, StoredWeight]]] = {}
    for index, layer in enumerate(stored):
        for weight in layer.weights:
            full = f"{layer.key}/{weight.name}"
            for name in names:
                if full.endswith(f"/{name}"):
                    base = full.removesuffix(f"/{name}")
                    found.setdefault(base, {})[name] = (index, weight)
    result: dict[int, StoredLayer] = dict(enumerate(stored))
    for base, parts in found.items():
        places = [index for index, _ in parts.values()]
        whole = all(places.count(index) == len(stored[index].weights) for index in places)
        if parts.keys() != names or not whole or len(set(places)) == 1:
            continue
        if not result.keys() >= set(places):
            continue
        for index in set(places):
            del result[index]
        weights = [StoredWeight(name, weight.tensor) for name, (_, weight) in parts.items()]
        result[min(places)] = StoredLayer(base, "", tuple(weights), stored[min(places)].series)
    return [result[index] for index in sorted(result)]
