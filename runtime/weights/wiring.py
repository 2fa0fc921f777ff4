"""What works on what: the graph of a net, and that of a file, in one form that can be compared.

A graph can be written in several ways. So activations are steps of their own whether they were an
argument or a layer, what changes nothing (`Dropout`) is left out, equal steps of equal inputs are
one, and sums of sums are one sum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...compiler.ir.graph import CheckedGraph
from ...compiler.ops.activation.activations import ACTIVATION_CLASSES, Activation
from ...compiler.ops.activation.rectifiers import Linear
from ...compiler.ops.attention.attending import Attending, sources
from ...compiler.ops.base.declare import arguments
from ...compiler.ops.base.op import Op
from ...compiler.ops.core.dropout import Dropout
from ...compiler.ops.core.masking import MaskMaker
from ...compiler.ops.core.noise import TrainingOnly
from ...compiler.ops.recurrent.stepping import Stepping
from ...compiler.ops.tensor.arithmetic import NAMES, Arithmetic
from ...compiler.ops.tensor.constants import Filled
from .names import plain_kind

INPUT = "input"
FILLED = "filled"
"""A constant that is one number everywhere: `zeros`, `ones`, `full`."""
ACTIVATIONS = frozenset(plain_kind(made.__name__) for made in ACTIVATION_CLASSES)
ASSOCIATIVE = frozenset(("add", "multiply", "maximum", "minimum"))
COMMUTING = ASSOCIATIVE | {"average"}
TRAINING = ("_initializer", "_regularizer", "_constraint")
"""How arguments end that only training asks for."""
UNTOLD = frozenset(
    (
        *("momentum", "seed", "dropout", "recurrent_dropout", "rate", "stateful"),
        *("initializer", "regularizer", "trainable"),
    )
)
"""Further arguments that change no output of a trained net."""
BLURRED = frozenset(("axis", "axes", "units", "filters", "sizes"))
"""Arguments that are written in several ways, or that the shapes of weights tell."""

Arguments = tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One use of a layer or operation.

    `inputs` are places among the steps, in order unless the step `commutes`. `arguments` are None
    where the file does not say them in words that netc has. `layer` is where the weights are, if
    it has any.
    """

    kind: str
    arguments: Arguments | None
    inputs: tuple[int, ...]
    layer: str = ""
    commutes: bool = False


@dataclass(frozen=True)
class Wiring:
    """The steps of a graph, each behind its inputs; `inputs` gives places by name."""

    steps: tuple[Step, ...]
    inputs: Mapping[str, int]
    outputs: tuple[tuple[str, int], ...]

    def layers(self) -> dict[str, list[int]]:
        """The places where each layer with weights is used."""
        found: dict[str, list[int]] = {}
        for place, step in enumerate(self.steps):
            if step.layer:
                found.setdefault(step.layer, []).append(place)
        return found


@dataclass
class WiringBuilder:
    """Puts steps together; `exact` keeps every argument that changes what a net computes."""

    exact: bool = False
    steps: list[Step] = field(default_factory=list)
    inputs: dict[str, int] = field(default_factory=dict)
    known: dict[Step, int] = field(default_factory=dict)

    def input(self, name: str) -> int:
        """A new input of the graph."""
        self.inputs[name] = len(self.steps)
        self.steps.append(Step(INPUT, (("name", name),), ()))
        return self.inputs[name]

    def op(self, op: Op, inputs: Sequence[int], layer: str = "") -> int:
        """A use of an operator, and of its activation behind it."""
        if isinstance(op, TrainingOnly | Dropout | Linear):
            return inputs[0]
        if isinstance(op, Attending):
            inputs = self.attended(op, inputs)
        apart = "activation" if not isinstance(op, Stepping) else ""
        fused = getattr(op, apart, None) if apart else None
        if isinstance(op, Filled):
            number = ("number", repr(op.number()))
            return self.step(FILLED, (*self.told(op), number), inputs, layer)
        kind = plain_kind(NAMES[op.op] if isinstance(op, Arithmetic) else op.name)
        told = self.told(op, without=apart)
        if isinstance(op, Arithmetic):
            told = tuple(
                (name, value)
                for name, value in told
                if name != "op" and getattr(op, name) is not None
            )
        place = self.step(kind, told, inputs, layer)
        return self.op(fused, (place,)) if isinstance(fused, Activation) else place

    def attended(self, op: Attending, inputs: Sequence[int]) -> Sequence[int]:
        """Query, value and key, all three whether a call gives them or not, and exact masks."""
        named = op.by_name(inputs)
        masks = [place for name, place in named.items() if name.endswith("_mask")]
        return [*sources(named), *(masks if self.exact else ())]

    def step(
        self, kind: str, arguments: Arguments | None, inputs: Sequence[int], layer: str = ""
    ) -> int:
        """A step, or the equal one that is there."""
        commutes = kind in COMMUTING and not layer
        if commutes and kind in ASSOCIATIVE:
            inputs = [
                part
                for place in inputs
                for part in (self.steps[place].inputs if self.steps[place].kind == kind else ())
                or (place,)
            ]
        if commutes:
            inputs = sorted(inputs)
        made = Step(kind, arguments, tuple(inputs), layer, commutes)
        if not layer and made in self.known:
            return self.known[made]
        self.known[made] = len(self.steps)
        self.steps.append(made)
        return len(self.steps) - 1

    def told(self, op: Op, without: str = "") -> Arguments:
        """The arguments of an operator that say what it computes."""
        found: list[tuple[str, object]] = []
        for name in arguments(type(op)):
            if name == without or name.endswith(TRAINING) or name in UNTOLD:
                continue
            if name in BLURRED and not self.exact:
                continue
            value: object = getattr(op, name)
            if name == "strides" and value is None:
                value = getattr(op, "pool_size", None)
            if isinstance(value, Linear):
                value = None
            found.append((name, self._plain(value)))
        return tuple(found)

    def _plain(self, value: object) -> object:
        return (value.name, self.told(value)) if isinstance(value, Op) else repr(value)

    def made(self, outputs: Sequence[tuple[str, int]]) -> Wiring:
        """The graph, without steps that no output needs."""
        wanted: set[int] = {place for _, place in outputs} | set(self.inputs.values())
        for place in range(len(self.steps) - 1, -1, -1):
            if place in wanted:
                wanted.update(self.steps[place].inputs)
        moved = {place: new for new, place in enumerate(sorted(wanted))}
        steps = tuple(
            replace(self.steps[place], inputs=tuple(moved[i] for i in self.steps[place].inputs))
            for place in moved
        )
        return Wiring(
            steps,
            {name: moved[place] for name, place in self.inputs.items()},
            tuple((name, moved[place]) for name, place in outputs),
        )


def net_wiring(checked: CheckedGraph, *, exact: bool = False) -> Wiring:
    """The graph of a net. Masks are left out, since Keras's files do not name them."""
    builder = WiringBuilder(exact)
    graph = checked.graph
    places: dict[str, int] = {}
    for node in graph:
        if node.op is None:
            places[node.path] = builder.input(node.path)
        elif not isinstance(node.op, MaskMaker):
            inputs = [
                _output(builder, places[ref.node], ref.output)
                for ref in node.inputs
                if ref.node in places
            ]
            places[node.path] = builder.op(node.op, inputs, node.layer if node.weights else "")
    return builder.made(
        [(o.name, _output(builder, places[o.ref.node], o.ref.output)) for o in graph.outputs]
    )


def _output(builder: WiringBuilder, place: int, output: int) -> int:
    return output_of(builder, place, output)


def output_of(builder: WiringBuilder, place: int, output: int) -> int:
    """One of several results of a step."""
    return place if not output else builder.step(f"output {output}", (), (place,))


def is_plain(step: Step) -> bool:
    """Whether a step takes one tensor and has no weights."""
    return not step.layer and step.kind != INPUT and len(step.inputs) == 1


def without_shaping(wiring: Wiring) -> Wiring:
    """Layers with weights, activations and merges, by class alone."""
    return contracted(
        wiring,
        lambda step: not is_plain(step) or step.kind in ACTIVATIONS or step.kind[:6] == "output",
    )


def without_activations(wiring: Wiring) -> Wiring:
    """Layers with weights, and what merges several tensors."""
    return contracted(wiring, lambda step: not is_plain(step))


def of_weights(wiring: Wiring) -> Wiring:
    """Layers with weights alone: on which others' results each works."""
    return contracted(wiring, lambda step: bool(step.layer) or step.kind == INPUT, loose=True)


def contracted(wiring: Wiring, keep: Callable[[Step], bool], loose: bool = False) -> Wiring:
    """The graph without the steps that are not kept; where `loose`, inputs have no order."""
    stands: list[tuple[int, ...]] = []
    builder = WiringBuilder()
    for place, step in enumerate(wiring.steps):
        inputs = [new for old in step.inputs for new in stands[old]]
        if loose:
            inputs = sorted(set(inputs))
        if not keep(step):
            stands.append(tuple(inputs))
            continue
        arguments = step.arguments if step.kind == INPUT else None
        made = Step(step.kind, arguments, tuple(inputs), step.layer, step.commutes or loose)
        if not step.layer and step.kind != INPUT and made in builder.known:
            stands.append((builder.known[made],))
            continue
        builder.known[made] = len(builder.steps)
        stands.append((len(builder.steps),))
        builder.steps.append(made)
        for name, at in wiring.inputs.items():
            if at == place:
                builder.inputs[name] = len(builder.steps) - 1
    outputs = [(name, new) for name, place in wiring.outputs for new in stands[place]]
    return builder.made(outputs)
