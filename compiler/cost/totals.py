"""What a net comes to as a whole; what equals something made before is counted once and added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field

from ...dsl.record import record
from ..ir.graph import CheckedGraph, Graph, Node
from ..ir.growing import top
from ..ir.parts import CallCopy, MadeCall, Part, Rounds
from ..shapes.dims import Dim, NameAtom, Sym, dim_prod, substitute
from ..shapes.types import SIZES, TensorType


@record
class Parameters:
    """How many parameters a net has; a shared layer counts once."""

    total: int
    trainable: int
    bytes: int


@record
class Work:
    """What layers do with one example."""

    layers: int = 0
    flops: Dim = 0
    """Floating-point operations."""
    macs: Dim = 0
    """Products that are added up, as in a convolution."""
    elements: Dim = 0
    """Elements of all outputs."""
    bytes: Dim = 0
    """Their bytes."""

    def __add__(self, other: Work) -> Work:
        return Work(
            self.layers + other.layers,
            self.flops + other.flops,
            self.macs + other.macs,
            self.elements + other.elements,
            self.bytes + other.bytes,
        )

    def times(self, count: int) -> Work:
        """What as many of these do together."""
        return Work(
            self.layers * count,
            self.flops * count,
            self.macs * count,
            self.elements * count,
            self.bytes * count,
        )


def parameters(checked: CheckedGraph) -> Parameters:
    """Counts the parameters of a net."""
    return _Parameters().of(top(checked.folded), "", "")


def work(checked: CheckedGraph) -> Work:
    """Counts what the layers of a net do with one example."""
    return _Work(checked.folded, one_example(checked)).of(top(checked.folded))


def work_of(node: Node, types: Iterable[TensorType], one: Mapping[str, Dim]) -> Work:
    """What one layer does with inputs of some types, where `one` gives the batch size 1."""
    if node.op is None:
        return Work()
    inputs = tuple([substituted(type, one) for type in types])
    outputs = tuple([substituted(type, one) for type in node.outputs])
    elements: Dim = 0
    size: Dim = 0
    # A tensor of the net's own is among its weights, or no more than written there.
    for type in outputs if node.inputs else ():
        count = dim_prod(type.shape)
        elements, size = elements + count, size + count * SIZES[type.dtype]
    return Work(1, node.op.flops(inputs, outputs), node.op.macs(inputs, outputs), elements, size)


def one_example(checked: CheckedGraph) -> Mapping[str, Dim]:
    """The batch size as 1, where it is symbolic."""
    name = batch_name(checked)
    return {name: 1} if name else {}


def batch_name(checked: CheckedGraph) -> str | None:
    """The symbol that every input starts with, if there is one."""
    graph = checked.folded
    firsts = {graph.node(path).outputs[0].shape[:1] for path in graph.inputs}
    if len(firsts) != 1:
        return None
    (first,) = firsts
    if first and isinstance(first[0], Sym) and len(first[0].terms) == 1:
        mono, coefficient = first[0].terms[0]
        if coefficient == 1 and len(mono) == 1 and isinstance(mono[0][0], NameAtom):
            return mono[0][0].name
    return None


def substituted(type: TensorType, values: Mapping[str, Dim]) -> TensorType:
    """A type with some named sizes replaced."""
    if not values or all(isinstance(dim, int) for dim in type.shape):
        return type
    return TensorType(type.dtype, tuple(substitute(dim, values) for dim in type.shape))


@record(frozen=False)
class _Work:
    """Adds up what parts do."""

    graph: Graph
    one: Mapping[str, Dim]
    known: dict[int, Work] = field(default_factory=dict)

    def of(self, parts: Iterable[Part]) -> Work:
        total = Work()
        for part in parts:
            if isinstance(part, CallCopy):
                total = total + self._of_call(part.first)
            elif isinstance(part, Rounds):
                total = total + self.of(part.made).times(part.count)
            else:
                types = [self.graph.type(ref) for ref in part.inputs]
                total = total + work_of(part, types, self.one)
        return total

    def _of_call(self, made: MadeCall) -> Work:
        if id(made) not in self.known:
            self.known[id(made)] = self.of(made.parts)
        return self.known[id(made)]


@record(frozen=False)
class _Parameters:
    """Adds up the weights of parts.

    Only uses of a shared layer have weights of one path. So calls of which none is shared are
    counted once for all that equal them, and of the others each path is remembered.
    """

    known: dict[int, Parameters] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    """Layers that were counted."""
    used: set[tuple[int, str]] = field(default_factory=set)
    """Shared calls that were counted, and where they stand."""

    def of(self, parts: Iterable[Part], first: str, here: str) -> Parameters:
        """Those of parts whose paths begin with `first`, where they stand under `here`."""
        total = trainable = size = 0
        for part in parts:
            if isinstance(part, CallCopy | Rounds):
                found = (
                    self._of_rounds(part, first, here)
                    if isinstance(part, Rounds)
                    else self._of_use(part.first, here + part.spot.layer[len(first) :])
                    if part.spot.shared
                    else self._of_call(part.first)
                )
                total, trainable = total + found.total, trainable + found.trainable
                size += found.bytes
                continue
            layer = here + part.layer[len(first) :]
            if not part.weights or layer in self.seen:
                continue
            self.seen.add(layer)
            for weight in part.weights:
                total += weight.size
                trainable += weight.size if weight.trainable else 0
                size += weight.size * SIZES[weight.dtype]
        return Parameters(total, trainable, size)

    def _of_rounds(self, rounds: Rounds, first: str, here: str) -> Parameters:
        if rounds.shared:
            return self.of(rounds.parts(), first, here)
        # What all rounds share was counted in the round before them.
        found = self.of((part for part in rounds.round(1) if _moves(rounds, part)), first, here)
        count = rounds.count
        return Parameters(found.total * count, found.trainable * count, found.bytes * count)

    def _of_use(self, made: MadeCall, layer: str) -> Parameters:
        if (id(made), layer) in self.used:
            return Parameters(0, 0, 0)
        self.used.add((id(made), layer))
        return self.of(made.parts, made.spot.layer, layer)

    def _of_call(self, made: MadeCall) -> Parameters:
        if id(made) not in self.known:
            path = made.spot.layer
            self.known[id(made)] = self.of(made.parts, path, path)
        return self.known[id(made)]


def _moves(rounds: Rounds, part: Part) -> bool:
    """Whether each round has such a part with weights of its own."""
    if isinstance(part, Rounds):
        return True
    layer = part.spot.layer if isinstance(part, CallCopy) else part.layer
    return rounds.naming.layer(layer, 1) != layer
