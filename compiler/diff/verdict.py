"""What of a checkpoint of the old net the new one can load, weight by weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ...dsl.record import record
from ..ir.graph import Node
from ..ops.base.op import Weight
from ..shapes.types import FLOATS, show_shape
from .layers import Layers
from .match import Matched
from .names import folded

WHOLE = "its layer is loaded whole"
"""How the reason begins for a weight that would load if another of its layer did."""

LOADS, RENAMED, DOUBTFUL, RETRAIN = "loads", "renamed", "doubtful", "retrain"
"""What becomes of a weight. A doubtful one loads where a person says which it is."""


@record
class WeightVerdict:
    """One weight of the new net: where it comes from, or why it must be trained anew."""

    layer: str
    name: str
    shape: tuple[int, ...]
    verdict: str
    source: str
    """The layer of the old net; nothing where there is none."""
    why: str
    options: tuple[str, ...] = ()
    """The layers of the old net that a doubtful one could be."""


@dataclass(frozen=True)
class Checkpoint:
    """The verdicts on all weights of the new net, and the old layers that none of them needs."""

    weights: tuple[WeightVerdict, ...]
    unused: tuple[str, ...]
    old: tuple[str, ...]
    """All layers of the old net with weights."""

    def having(self, verdict: str) -> list[WeightVerdict]:
        """The weights of one verdict."""
        return [each for each in self.weights if each.verdict == verdict]

    @cached_property
    def compatible(self) -> bool:
        """Whether every weight of the new net is in a checkpoint of the old one."""
        return all(each.verdict in (LOADS, RENAMED) for each in self.weights)

    @cached_property
    def layers(self) -> Mapping[str, str]:
        """For each layer of the new net whose weights load its source."""
        return {
            each.layer: each.source for each in self.weights if each.verdict in (LOADS, RENAMED)
        }

    @cached_property
    def renames(self) -> Mapping[str, str]:
        """Old paths and the new ones, of layers or whole blocks, as `--rename` takes them."""
        moved = {old: new for new, old in self.layers.items() if old != new}
        return folded(moved, self.old)

    @cached_property
    def all_names(self) -> Mapping[str, str]:
        """The same, with what keeps its path: nothing is left for a loader to find out."""
        return folded({old: new for new, old in self.layers.items()}, self.old)


def judge(old: Layers, new: Layers, matched: Matched) -> Checkpoint:
    """The verdict for each weight of the new net."""
    olds, news = _holders(old), _holders(new)
    back = {b: a for a, b in matched.pairs.items()}
    weights: list[WeightVerdict] = []
    taken: dict[str, str] = {}
    for path, places in news.items():
        node = new.layers[places[0]].node
        doubt = next((matched.doubts[at] for at in places if at in matched.doubts), ())
        uses = [old.layers[back[at]].node for at in places if at in back]
        found = [use for use in uses if use.weights] or uses
        fitting = [use for use in found if _fits(use, node)] or found[:1]
        source = fitting[0] if fitting else None
        # Uses of a layer that were of several ones before leave open whose weights it gets.
        several = dict.fromkeys(each.layer for each in fitting)
        if doubt or len(several) > 1:
            names = dict.fromkeys(old.layers[i].node.layer for i in doubt) or several
            weights += _all(node, DOUBTFUL, "", "", tuple(names))
        elif source is None or not source.weights:
            weights += _all(node, RETRAIN, "", "no counterpart")
        elif source.layer in taken:
            why = f"the weights of `{source.layer}` go to `{taken[source.layer]}`"
            weights += _all(node, RETRAIN, source.layer, why)
        else:
            if _fits(source, node):
                taken[source.layer] = path
            weights += _compared(source, node)
    wanted = {name for each in weights for name in (*each.options, each.source)}
    return Checkpoint(tuple(weights), tuple(p for p in olds if p not in wanted), tuple(olds))


def _holders(layers: Layers) -> dict[str, list[int]]:
    """The places of each layer that has weights, by where those are."""
    found: dict[str, list[int]] = {}
    for at, layer in enumerate(layers.layers):
        if layer.weighs:
            found.setdefault(layer.node.layer, []).append(at)
    return found


def _all(
    node: Node, verdict: str, source: str, why: str, options: tuple[str, ...] = ()
) -> list[WeightVerdict]:
    return [
        WeightVerdict(node.layer, weight.name, weight.shape, verdict, source, why, options)
        for weight in node.weights
    ]


def _fits(source: Node, node: Node) -> bool:
    """Whether a layer has the weights that another one needs, and no others."""
    return all(each.verdict in (LOADS, RENAMED) for each in _compared(source, node))


def _compared(source: Node, node: Node) -> list[WeightVerdict]:
    """The weights of a layer whose counterpart is known. A layer loads whole or not at all."""
    kinds = [each.op.name for each in (source, node) if each.op is not None]
    there = {weight.name: weight for weight in source.weights}
    faults = {weight.name: _fault(there.get(weight.name), weight) for weight in node.weights}
    extra = [name for name in there if name not in faults]
    if not any(faults.values()) and not extra:
        return _all(node, LOADS if source.layer == node.layer else RENAMED, source.layer, "")
    if kinds[0] != kinds[1]:
        return _all(node, RETRAIN, source.layer, f"{kinds[0]} -> {kinds[1]}")
    rest = f"{WHOLE}, and " + (
        f"{_listed(extra)} of OLD has no place"
        if extra and not any(faults.values())
        else f"{_listed([name for name, fault in faults.items() if fault])} cannot be"
    )
    return [
        WeightVerdict(
            node.layer,
            weight.name,
            weight.shape,
            RETRAIN,
            source.layer,
            faults[weight.name] or rest,
        )
        for weight in node.weights
    ]


def _fault(old: Weight | None, new: Weight) -> str:
    if old is None:
        return "no counterpart"
    if old.shape != new.shape:
        return f"shape {show_shape(old.shape)} -> {show_shape(new.shape)}"
    if (old.dtype in FLOATS) != (new.dtype in FLOATS):
        return f"dtype {old.dtype} -> {new.dtype}"
    return ""


def _listed(names: Sequence[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)
