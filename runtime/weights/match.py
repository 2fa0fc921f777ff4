"""Decides which layer of a weights file belongs to which layer of a net.

Layers are matched by name first. A name that netc or Keras made up (`dense_1`) counts only
where the file has all the made-up names of that class, because Keras numbers the layers of a
whole process and not of one model. Layers left over are matched in order, by class and by the
shapes of all their weights, and only where there is one way to do it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...compiler.ir.graph import CheckedGraph, Node
from ...compiler.ir.paths import snake
from ...compiler.ops.base.backend import Tensor
from ...compiler.ops.table import ALIASES, OPS
from .file import StoredLayer, WeightFile, plain_kind
from .fit import fault, fit, needs
from .nested import joined

KINDS = frozenset(plain_kind(name) for name in (*OPS, *ALIASES))


KERAS_KINDS: Mapping[str, str] = {
    "classtoken": "embedding",
    "maxout": "dense",
    "positionembedding": "embedding",
}
"""The Keras class that holds the weights of a layer that Keras does not have."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A layer of the net, the layer of the file it gets, and its tensors by weight name."""

    layer: str
    stored: StoredLayer
    tensors: Mapping[str, Tensor]
    by_name: bool


@dataclass(frozen=True, slots=True)
class Misfit:
    """A layer of the net that gets nothing: what it needs, what the file has, and why not."""

    layer: str
    needs: str
    has: str
    why: str


@dataclass(frozen=True, slots=True)
class Match:
    """How a file fits a net. Nothing may be loaded unless `fits`."""

    pairs: tuple[Pair, ...]
    missing: tuple[Misfit, ...]
    unused: tuple[StoredLayer, ...]
    wrong_shape: tuple[Misfit, ...]

    @property
    def fits(self) -> bool:
        """Whether every layer of the net gets all its weights."""
        return not self.missing and not self.wrong_shape


def match_layers(checked: CheckedGraph, file: WeightFile) -> Match:
    """Matches the layers of a net that have weights with the layers of a file."""
    nodes = {p: n for p, n in checked.layers().items() if n.weights}
    state = _Matching(nodes, joined(nodes, file.layers))
    state.by_name()
    ambiguous = state.in_order() if file.ordered else state.alone()
    return state.result(ambiguous)


@dataclass
class _Matching:
    nodes: dict[str, Node]
    stored: list[StoredLayer]
    pairs: dict[str, Pair] = field(default_factory=dict)
    wrong: dict[str, StoredLayer] = field(default_factory=dict)

    def by_name(self) -> None:
        named = {layer.key: layer for layer in self.stored}
        made_up: dict[str, list[str]] = {}
        for path, node in self.nodes.items():
            found = named.get(path)
            if _is_made_up(path, node):
                made_up.setdefault(_kind(node), []).append(path)
            elif found is not None and _same_kind(node, found):
                self._pair(path, found)
        for paths in made_up.values():
            if all(path in named and self._fits(path, named[path]) for path in paths):
                for path in paths:
                    self._pair(path, named[path])

    def _pair(self, path: str, layer: StoredLayer, by_name: bool = True) -> None:
        tensors = fit(self.nodes[path].weights, layer)
        self.stored.remove(layer)
        if tensors is None:
            self.wrong[path] = layer
        else:
            self.pairs[path] = Pair(path, layer, tensors, by_name)

    def _left(self) -> list[str]:
        return [path for path in self.nodes if path not in self.pairs and path not in self.wrong]

    def _fits(self, path: str, layer: StoredLayer) -> bool:
        node = self.nodes[path]
        return _same_kind(node, layer) and fit(node.weights, layer) is not None

    def in_order(self) -> dict[str, int]:
        """Pairs what is left, each with the first that fits.

        Returns the layers that would have fitted more of the file's than the net has, with
        how many there were.
        """
        tried = self._left()
        for path in tried:
            found = next((layer for layer in self.stored if self._fits(path, layer)), None)
            if found is not None:
                self._pair(path, found, by_name=False)
        spare = {path: [s for s in self.stored if self._fits(path, s)] for path in tried}
        ambiguous = {path: len(more) for path, more in spare.items() if more}
        for path in ambiguous:
            self.stored.append(self.pairs.pop(path).stored)
        return {path: sum(self._fits(path, s) for s in self.stored) for path in ambiguous}

    def alone(self) -> dict[str, int]:
        """Pairs what is left where just one layer of the net fits just one of the file."""
        fits = {path: [s for s in self.stored if self._fits(path, s)] for path in self._left()}
        takers = {id(s): [p for p, found in fits.items() if s in found] for s in self.stored}
        ambiguous: dict[str, int] = {}
        for path, found in fits.items():
            if len(found) == 1 and len(takers[id(found[0])]) == 1:
                self._pair(path, found[0], by_name=False)
            elif found:
                ambiguous[path] = len(found)
        return ambiguous

    def result(self, ambiguous: Mapping[str, int]) -> Match:
        missing: list[Misfit] = []
        wrong: list[Misfit] = []
        near = self._nearest([path for path in self._left() if path not in ambiguous])
        for path, node in self.nodes.items():
            needed = needs(node.weights)
            if path in ambiguous:
                count = ambiguous[path]
                has = f"{count} layer{'s' * (count != 1)} of this shape"
                why = "their order does not say which; label the layers as the file names them"
                missing.append(Misfit(path, needed, has, why))
            elif path in self.wrong or path in near:
                layer = self.wrong.get(path) or near[path]
                wrong.append(Misfit(path, needed, describe(layer), fault(node.weights, layer)))
            elif path not in self.pairs:
                missing.append(Misfit(path, needed, "nothing", "no layer left that could be it"))
        shown = {id(layer) for layer in near.values()}
        unused = tuple(layer for layer in self.stored if id(layer) not in shown)
        pairs = tuple(self.pairs[path] for path in self.nodes if path in self.pairs)
        return Match(pairs, tuple(missing), unused, tuple(wrong))

    def _nearest(self, paths: Sequence[str]) -> dict[str, StoredLayer]:
        """For layers without a match, the unused one of the file that was likely meant."""
        found: dict[str, StoredLayer] = {}
        rest = list(self.stored)
        for alike in (_same_name, _same_class, _same_weights):
            for path in paths:
                layer = next((s for s in rest if alike(path, self.nodes[path], s)), None)
                if path not in found and layer is not None:
                    found[path] = layer
                    rest.remove(layer)
        return found


def describe(layer: StoredLayer) -> str:
    """`conv2d: kernel [3, 3, 3, 64], bias [64]`."""
    return f"{layer.name}: {', '.join(map(str, layer.weights))}"


def _kind(node: Node) -> str:
    assert node.op is not None
    return plain_kind(node.op.name)


def _same_kind(node: Node, layer: StoredLayer) -> bool:
    kind = _kind(node)
    return layer.kind in (kind, KERAS_KINDS.get(kind)) or layer.kind not in KINDS


def _is_made_up(path: str, node: Node) -> bool:
    assert node.op is not None
    return re.fullmatch(rf"{snake(node.op.name)}(_\d+)?", path.rpartition("/")[2]) is not None


def _same_name(path: str, node: Node, layer: StoredLayer) -> bool:
    return layer.key == path


def _same_class(path: str, node: Node, layer: StoredLayer) -> bool:
    return layer.kind == _kind(node)


def _same_weights(path: str, node: Node, layer: StoredLayer) -> bool:
    return not layer.kind and {w.name for w in layer.weights} == {w.name for w in node.weights}
