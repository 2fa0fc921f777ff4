"""Tells which layer of a PyTorch state dict goes to which layer of a net.

A state dict names modules as Python code does, so names rarely agree. A layer whose path is the
module's name, up to the separators (`block1/conv` and `block1.conv`), is matched by it. The
others are matched by class and shapes, in order. Where the net has its layers in another order than
the file, layers that look alike are matched as `torch_order.py` says, or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from ...compiler.ir.graph import CheckedGraph, Node
from ...compiler.ops.attention.attention import MultiHeadAttention
from .file import StoredLayer, WeightFile
from .fit import PYTORCH_NAMES, fault, fit, needs
from .match import Match, Misfit, Pair, describe
from .torch_file import FORMAT
from .torch_layout import as_keras
from .torch_order import Flow, flow_of, in_flow, says_shortcut
from .torch_state import is_of_torch, layers_of_state, with_attention

ORDER = "the net has its layers in another order; label the layers as the file names them"
COUNT = "their order does not say which; label the layers as the file names them"


def has_torch_names(file: WeightFile) -> bool:
    """Whether a file names its weights as PyTorch does, and none as Keras does."""
    names = {weight.name for layer in file.layers for weight in layer.weights}
    if file.format == FORMAT:
        return True
    theirs = any(name in PYTORCH_NAMES or is_of_torch(name) for name in names)
    return theirs and not names & {"kernel", "gamma", "embeddings"}


def match_torch(checked: CheckedGraph, file: WeightFile) -> Match:
    """Matches the layers of a net that have weights with the modules of a state dict.

    Without an order (safetensors are sorted) only names count, and shapes that are there once.
    """
    if file.format != FORMAT:
        named = {f"{a.name}.{w.name}".lstrip("."): w.tensor for a in file.layers for w in a.weights}
        file = replace(file, layers=layers_of_state(named))
    nodes = {path: node for path, node in checked.layers().items() if node.weights}
    if any(isinstance(node.op, MultiHeadAttention) for node in nodes.values()):
        file = replace(file, layers=with_attention(file.layers))
    state = _Matching(checked, nodes, file)
    state.by_name()
    ambiguous = state.by_shape()
    return state.result(ambiguous)


def _plain(name: str) -> str:
    return re.sub(r"[/._]+", "_", name).lower()


@dataclass
class _Matching:
    checked: CheckedGraph
    nodes: Mapping[str, Node]
    file: WeightFile
    taken: dict[str, int] = field(default_factory=dict)
    """Which of the file's layers a layer of the net gets."""
    named: set[str] = field(default_factory=set)
    wrong: dict[str, int] = field(default_factory=dict)

    def converted(self, path: str, index: int) -> StoredLayer | None:
        return as_keras(self.checked, self.nodes[path], self.file.layers[index])

    def fits(self, path: str, index: int) -> bool:
        layer = self.converted(path, index)
        return layer is not None and fit(self.nodes[path].weights, layer) is not None

    def by_name(self) -> None:
        places = {_plain(layer.name): index for index, layer in enumerate(self.file.layers)}
        for path in self.nodes:
            index = places.get(_plain(path))
            if index is None:
                continue
            if self.fits(path, index):
                self.taken[path] = index
                self.named.add(path)
            elif self.converted(path, index) is not None:
                self.wrong[path] = index

    def left(self) -> list[str]:
        return [path for path in self.nodes if path not in self.taken and path not in self.wrong]

    def unused(self) -> list[int]:
        used = {*self.taken.values(), *self.wrong.values()}
        return [index for index in range(len(self.file.layers)) if index not in used]

    def by_shape(self) -> dict[str, tuple[int, str]]:
        """Pairs what is left; what cannot be told apart, with how many it could be and why."""
        unused = self.unused()
        groups: dict[tuple[int, ...], list[str]] = {}
        for path in self.left():
            places = tuple(index for index in unused if self.fits(path, index))
            if places:
                groups.setdefault(places, []).append(path)
        ambiguous: dict[str, tuple[int, str]] = {}
        alike: dict[str, int] = {}
        groups_of = {path: found for found, paths in groups.items() for path in paths}
        for found, paths in groups.items():
            shared = any(set(found) & set(other) for other in groups if other != found)
            if len(found) == len(paths) == 1 and not shared:
                self.taken[paths[0]] = found[0]
            elif len(found) != len(paths) or shared or not self.file.ordered:
                ambiguous |= dict.fromkeys(paths, (len(found), COUNT))
            else:
                alike |= zip(paths, found, strict=True)
        self.taken |= alike
        if alike and (self._crosses() or self._misnamed()):
            could = {path: frozenset(groups_of.get(path, (at,))) for path, at in self.taken.items()}
            untangled = in_flow(self.flow, could, [layer.name for layer in self.file.layers])
            if untangled is not None:
                self.taken |= untangled
            elif self._crosses():
                for path in alike:
                    ambiguous[path] = len(groups_of[path]), ORDER
                    del self.taken[path]
        return ambiguous

    def _crosses(self) -> bool:
        places = [self.taken[path] for path in self.nodes if path in self.taken]
        return places != sorted(places)

    @cached_property
    def flow(self) -> Flow:
        return flow_of(self.checked)

    def _misnamed(self) -> bool:
        """Whether a module that is called a shortcut went to a layer that is none."""
        return any(
            says_shortcut(self.file.layers[index].name) and path not in self.flow.shortcuts
            for path, index in self.taken.items()
        )

    def result(self, ambiguous: Mapping[str, tuple[int, str]]) -> Match:
        pairs: list[Pair] = []
        missing: list[Misfit] = []
        wrong: list[Misfit] = []
        spare = [index for index in self.unused() if not self._wanted(index, ambiguous)]
        near = self._nearest([path for path in self.left() if path not in ambiguous], spare)
        for path, node in self.nodes.items():
            needed = needs(node.weights)
            if path in self.taken:
                stored = self.file.layers[self.taken[path]]
                layer = self.converted(path, self.taken[path])
                tensors = None if layer is None else fit(node.weights, layer)
                assert tensors is not None
                pairs.append(Pair(path, stored, tensors, path in self.named))
            elif path in ambiguous:
                count, why = ambiguous[path]
                has = f"{count} layer{'s' * (count != 1)} of this shape"
                missing.append(Misfit(path, needed, has, why))
            elif path in self.wrong or path in near:
                index = self.wrong.get(path, near.get(path, 0))
                layer = self.converted(path, index)
                assert layer is not None
                has = describe(self.file.layers[index])
                wrong.append(Misfit(path, needed, has, fault(node.weights, layer)))
            else:
                missing.append(Misfit(path, needed, "nothing", "no layer left that could be it"))
        shown = set(near.values())
        unused = tuple(self.file.layers[index] for index in self.unused() if index not in shown)
        return Match(tuple(pairs), tuple(missing), unused, tuple(wrong))

    def _wanted(self, index: int, ambiguous: Mapping[str, object]) -> bool:
        return any(self.fits(path, index) for path in ambiguous)

    def _nearest(self, paths: Sequence[str], spare: Sequence[int]) -> dict[str, int]:
        """For layers without a match, an unused one of the file that could be of their class."""
        found: dict[str, int] = {}
        rest = list(spare)
        for path in paths:
            index = next((i for i in rest if self.converted(path, i) is not None), None)
            if index is not None:
                found[path] = index
                rest.remove(index)
        return found
