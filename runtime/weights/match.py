"""Decides which layer of a weights file belongs to which layer of a net, by evidence alone.

In this order: what a person renamed, names, the graph that the file has, and the order in which it
lists layers, with the numbers and blocks in their names. Where two ways are left that would give
different outputs, neither is taken. `docs/weights.md` says it in full.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ...compiler.ir.graph import CheckedGraph, Node
from ...compiler.ops.base.backend import Tensor
from .candidates import (
    Candidates,
    KerasCandidates,
    TorchCandidates,
    has_torch_names,
    kind_of,
    modules_of,
    tensors_of,
)
from .file import StoredLayer, WeightFile
from .fit import fault, needs
from .matched import GRAPH, NAME, ORDER, Misfit, Pair
from .matched import Match as Match
from .names import below, is_made_up
from .nested import joined
from .order import flow_of
from .place import by_order
from .placed import Doubt, Listed
from .structure import LEVELS, Symmetry, by_structure
from .wiring import net_wiring

MOST_NAMES = 4


def match_file(checked: CheckedGraph, file: WeightFile, inside: bool = False) -> Match:
    """Matches the layers of a net that have weights with the layers of a file.

    `inside` says that the net is a part of what the file holds, and may begin and end anywhere.
    """
    return (match_torch if has_torch_names(file) else match_layers)(checked, file, inside)


def match_layers(checked: CheckedGraph, file: WeightFile, inside: bool = False) -> Match:
    """Matches a net with layers whose weights Keras named."""
    nodes = with_weights(checked)
    return _match(checked, file, inside, KerasCandidates(nodes, joined(nodes, file.layers)))


def match_torch(checked: CheckedGraph, file: WeightFile, inside: bool = False) -> Match:
    """Matches a net with the modules of a state dict."""
    nodes = with_weights(checked)
    layers = modules_of(nodes, file)
    return _match(checked, file, inside, TorchCandidates(checked, nodes, layers))


def with_weights(checked: CheckedGraph) -> Mapping[str, Node]:
    """The layers of a net that have weights, by path."""
    return {path: node for path, node in checked.layers().items() if node.weights}


def _match(checked: CheckedGraph, file: WeightFile, inside: bool, candidates: Candidates) -> Match:
    state = _Matching(checked, with_weights(checked), file, candidates, inside)
    state.by_name()
    state.by_graph()
    state.by_last_name()
    state.by_order()
    return state.result()


@dataclass
class _Matching:
    checked: CheckedGraph
    nodes: Mapping[str, Node]
    file: WeightFile
    candidates: Candidates
    inside: bool
    taken: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Which of the file's layers a layer of the net gets, and what told so."""
    wrong: dict[str, int] = field(default_factory=dict)
    doubts: dict[str, Doubt] = field(default_factory=dict)
    fitting: dict[tuple[str, int], Mapping[str, Tensor] | None] = field(default_factory=dict)

    @property
    def layers(self) -> Sequence[StoredLayer]:
        return self.candidates.layers

    @cached_property
    def symmetry(self) -> Symmetry:
        return Symmetry(self.checked)

    def tensors(self, path: str, place: int) -> Mapping[str, Tensor] | None:
        key = path, place
        if key not in self.fitting:
            self.fitting[key] = tensors_of(self.candidates, self.nodes[path], path, place)
        return self.fitting[key]

    def left(self) -> list[str]:
        return [
            path
            for path in self.nodes
            if path not in self.taken and path not in self.wrong and path not in self.doubts
        ]

    def unused(self) -> list[int]:
        used = {place for place, _ in self.taken.values()} | set(self.wrong.values())
        return [place for place in range(len(self.layers)) if place not in used]

    def could(self) -> dict[str, frozenset[int]]:
        """The places that fit, for each layer that is left."""
        unused = self.unused()
        return {
            path: frozenset(i for i in unused if self.tensors(path, i) is not None)
            for path in self.left()
        }

    def by_name(self) -> None:
        """What is called the same, except by names that netc or Keras made up."""
        places = {self.candidates.spelled(layer.name): i for i, layer in enumerate(self.layers)}
        for path, node in self.nodes.items():
            place = places.get(self.candidates.spelled(path))
            trusted = self.file.own and self.file.graph is None
            meant = path in self.file.renamed or trusted or not is_made_up(path, node)
            if place is None or not meant:
                continue
            if self.tensors(path, place) is not None:
                self.taken[path] = place, NAME
            elif self.candidates.converted(path, place) is not None and (
                path in self.file.renamed or not is_made_up(path, node)
            ):
                self.wrong[path] = place

    def by_last_name(self) -> None:
        """What is called the same inside something that the net has not."""
        left, unused = self.left(), self.unused()
        for path in left:
            if is_made_up(path, self.nodes[path]):
                continue
            found = [i for i in unused if below(path, self.layers[i].name)]
            if len(found) == 1 and self.tensors(path, found[0]) is not None:
                self.taken[path] = found[0], NAME

    def by_graph(self) -> None:
        """What is at the same place of the graph that the file holds."""
        names = {layer.name: place for place, layer in enumerate(self.layers)}
        if self.file.graph is None or self.wrong or len(names) < len(self.layers):
            return
        could = {
            path: frozenset(self.layers[place].name for place in places)
            for path, places in self.could().items()
        }
        could |= {
            path: frozenset((self.layers[place].name,)) for path, (place, _) in self.taken.items()
        }
        if not self.left():
            return
        net = net_wiring(self.checked)
        if self.file.own and all(path in names and path in could[path] for path in could):
            # netc gave the names, so they count where the graph does not speak against them.
            by_name = {path: frozenset((path,)) for path in could}
            if by_structure(net, self.file.graph, by_name, self.symmetry, True, LEVELS[:1]):
                self.taken |= {path: (names[path], NAME) for path in self.left()}
                return
        found = by_structure(net, self.file.graph, could, self.symmetry, self.inside)
        if found is None:
            return
        for path in self.left():
            if path in found.doubts:
                places = sorted(names[name] for name in found.doubts[path])
                self.doubts[path] = Doubt(tuple(places))
            else:
                same = self.layers[names[found.way[path]]].key == path
                self.taken[path] = names[found.way[path]], NAME if same else GRAPH

    def by_order(self) -> None:
        """What is left, by the order in which the file lists it."""
        could = {path: places for path, places in self.could().items() if places}
        if not could:
            return
        modules = isinstance(self.candidates, TorchCandidates)
        listed = Listed(
            self.layers, self.file.ordered, self.made_up(could), self.file.by_depth, modules
        )
        fixed = {path: place for path, (place, _) in self.taken.items()}
        found = by_order(self.checked, flow_of(self.checked), could, listed, self.symmetry, fixed)
        self.doubts |= found.doubts
        for path, place in found.places.items():
            same = self.layers[place].key == path
            self.taken[path] = place, NAME if same else ORDER

    def made_up(self, could: Mapping[str, frozenset[int]]) -> Mapping[str, int]:
        """The layers with made-up names that the file has too, of classes where it has all."""
        places = {layer.key: place for place, layer in enumerate(self.layers)}
        by_class: dict[str, list[str]] = {}
        for path in could:
            if is_made_up(path, self.nodes[path]):
                by_class.setdefault(kind_of(self.nodes[path]), []).append(path)
        return {
            path: places[path]
            for paths in by_class.values()
            if all(places.get(path) in could[path] for path in paths)
            for path in paths
        }

    def result(self) -> Match:
        pairs: list[Pair] = []
        missing: list[Misfit] = []
        wrong: list[Misfit] = []
        wanted = {place for doubt in self.doubts.values() for place in doubt.places}
        spare = [place for place in self.unused() if place not in wanted]
        near = self._nearest(self.left(), spare)
        for path, node in self.nodes.items():
            needed = needs(node.weights)
            if path in self.taken:
                place, told_by = self.taken[path]
                tensors = self.tensors(path, place)
                assert tensors is not None
                pairs.append(Pair(path, self.layers[place], tensors, told_by))
            elif path in self.doubts:
                missing.append(self._doubtful(path, needed, self.doubts[path]))
            elif path in self.wrong or path in near:
                place = self.wrong.get(path, near.get(path, 0))
                layer = self.candidates.converted(path, place) or self.layers[place]
                has = describe(self.layers[place])
                wrong.append(Misfit(path, needed, has, fault(node.weights, layer)))
            else:
                missing.append(Misfit(path, needed, "nothing", "no layer left that could be it"))
        shown = {*near.values(), *wanted}
        unused = tuple(self.layers[place] for place in self.unused() if place not in shown)
        return Match(tuple(pairs), tuple(missing), unused, tuple(wrong), frozenset(self.doubts))

    def _doubtful(self, path: str, needed: str, doubt: Doubt) -> Misfit:
        names = [self.layers[place].title for place in doubt.places]
        listed = ", ".join(names[:MOST_NAMES]) + ", …" * (len(names) > MOST_NAMES)
        count = f"{len(names)} layer{'s' * (len(names) != 1)} of this shape: {listed}"
        if doubt.likely is not None:
            why = f"`{self.layers[doubt.likely].title}`, unless they are in another order"
        else:
            why = (
                "in another order the outputs would differ; "
                f"say which it is, as in --rename {names[0]}={path}"
            )
        return Misfit(path, needed, count, why)

    def _nearest(self, paths: Sequence[str], spare: Sequence[int]) -> dict[str, int]:
        """For layers without a match, the unused one of the file that was likely meant."""
        found: dict[str, int] = {}
        rest = list(spare)
        for level in (3, 2, 1):
            for path in paths:
                alike = (i for i in rest if self.candidates.likeness(path, i) == level)
                place = None if path in found else next(alike, None)
                if place is not None:
                    found[path] = place
                    rest.remove(place)
        return found


def describe(layer: StoredLayer) -> str:
    """`conv2d: kernel [3, 3, 3, 64], bias [64]`."""
    listed = ", ".join(map(str, layer.weights))
    return f"{layer.name}: {listed}" if layer.name else listed
