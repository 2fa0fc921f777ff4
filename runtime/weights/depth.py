"""The order that Keras gives the layers of a functional model: by their depth.

The depth of a layer is how many steps there are behind it at most, so of two branches the deeper
layer comes first. What a net writes as an argument Keras may have as a layer, and the other way
round, so one layer counts as deeper only where it is with any activations and without them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from ...compiler.ir.graph import CheckedGraph, Node
from ...compiler.ops.core.masking import MaskMaker
from ...compiler.ops.table import FAMILIES
from ...compiler.ops.tensor.arithmetic import NAMES, Arithmetic
from .names import plain_kind
from .order import Flow
from .structure import KNOWN
from .wiring import ACTIVATIONS

INPUT, PASSING = "inputlayer", "activation"
TRAINING = frozenset(plain_kind(name) for name in ("Dropout", "Identity", *FAMILIES["core.noise"]))
LISTED = KNOWN | {INPUT}
"""The classes that default names can say."""
END = ""
"""Where all outputs meet."""


def by_depth(checked: CheckedGraph, flow: Flow, kinds: Sequence[str]) -> Flow | None:
    """The flow with what Keras's order says of layers that do not work on each other's results.

    `kinds` are the classes of all layers that are listed. Unless the net has as many of each, its
    depths are not the file's, and None is returned.
    """
    if not same_layers(checked, kinds):
        return None
    paths = _Paths(checked)
    before = dict(flow.before)
    for path, own in flow.before.items():
        deeper = {
            other
            for other in flow.before
            if other != path
            and other not in own
            and path not in flow.before[other]
            and paths.is_deeper(other, path)
        }
        before[path] = own | deeper
    return replace(flow, before=before)


def same_layers(checked: CheckedGraph, kinds: Sequence[str]) -> bool:
    """Whether a net has the layers that are listed, but for activations.

    Those with names that say no class may be any.
    """
    ours = Counter(kind_listed(node) for node in checked if not isinstance(node.op, MaskMaker))
    theirs = Counter(map(_listed, kinds))
    del ours[PASSING], theirs[PASSING]
    unnamed = sum(count for kind, count in theirs.items() if kind not in LISTED)
    lacking = sum(max(0, count - theirs[kind]) for kind, count in ours.items())
    more = any(count > ours[kind] for kind, count in theirs.items() if kind in LISTED)
    return not more and lacking <= unnamed


def kind_listed(node: Node) -> str:
    """The class of a layer as Keras lists it; one word for all that training or names change."""
    return _listed(class_of(node))


def class_of(node: Node) -> str:
    """The class of a layer as Keras lists it."""
    if node.op is None:
        return INPUT
    if isinstance(node.op, Arithmetic):
        return plain_kind(NAMES[node.op.op])
    return plain_kind(node.op.name)


def _listed(kind: str) -> str:
    if kind == "input":
        return INPUT
    return PASSING if kind in ACTIVATIONS or kind in TRAINING else kind


@dataclass(frozen=True)
class _Paths:
    """How far the layers of a net are from where their branches meet."""

    checked: CheckedGraph
    known: dict[tuple[str, str, Callable[[Node], int]], int] = field(default_factory=dict)
    """The longest ways that were asked for: start, end, and how steps are counted."""

    @cached_property
    def readers(self) -> Mapping[str, list[str]]:
        graph = self.checked.graph
        ends = {output.ref.node for output in graph.outputs}
        return {
            node.path: [*graph.readers(node.path), *([END] if node.path in ends else [])]
            for node in graph
        }

    @cached_property
    def order(self) -> Mapping[str, int]:
        return {node.path: place for place, node in enumerate(self.checked)} | {END: 10**9}

    @cached_property
    def meets(self) -> Mapping[str, str]:
        """For each node the first one that all that is made of it goes through."""
        found: dict[str, str] = {}
        for node in reversed(list(self.checked)):
            first, *others = self.readers[node.path] or [END]
            for other in others:
                first = self._meeting(found, first, other)
            found[node.path] = first
        return found

    @cached_property
    def uses(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for node in self.checked:
            found.setdefault(node.layer, []).append(node.path)
        return found

    def _meeting(self, meets: Mapping[str, str], first: str, second: str) -> str:
        while first != second:
            if self.order[first] < self.order[second]:
                first = meets[first]
            else:
                second = meets[second]
        return first

    def is_deeper(self, layer: str, other: str) -> bool:
        """Whether a layer is deeper than another one however activations are written."""
        if len(self.uses[layer]) > 1 or len(self.uses[other]) > 1:
            return False
        (a,), (b,) = self.uses[layer], self.uses[other]
        end = self._meeting(self.meets, a, b)
        fused = is_fused(self.checked.graph.node(b))
        return self._longest(a, end, _least) > self._longest(b, end, _most) + fused

    def _longest(self, start: str, end: str, count: Callable[[Node], int]) -> int:
        """The steps from a node to one that all its results go through, on the longest way."""
        key = start, end, count
        if key not in self.known:
            self.known[key] = self._counted(start, end, count)
        return self.known[key]

    def _counted(self, start: str, end: str, count: Callable[[Node], int]) -> int:
        inner = [start]
        seen = {start}
        for path in inner:
            for reader in self.readers[path]:
                if reader not in seen and reader != end:
                    seen.add(reader)
                    inner.append(reader)
        far: dict[str, int] = {end: 0}
        for path in sorted(inner, key=self.order.__getitem__, reverse=True):
            steps = [
                far[reader] + (0 if reader == end else count(self.checked.graph.node(reader)))
                for reader in self.readers[path]
            ]
            far[path] = max(steps, default=0)
        return far[start]


def is_fused(node: Node) -> bool:
    """Whether an activation is an argument of a layer."""
    return getattr(node.op, "activation", None) is not None


def is_passing(node: Node) -> bool:
    """Whether a layer is an activation or does nothing but in training."""
    return kind_listed(node) == PASSING


def _least(node: Node) -> int:
    return int(not is_passing(node))


def _most(node: Node) -> int:
    return 1 + is_fused(node)
