"""What a recipe's net takes and is taught: the inputs and targets that data must fit."""

from __future__ import annotations

from dataclasses import dataclass

from ...compiler.graph import CheckedGraph
from ...compiler.recipe.recipe import Recipe
from ...compiler.types import TensorType
from ..tensors import TensorSpec

CLASSES = frozenset(("classes", "one_hot"))
"""The kinds of targets (`Loss.targets`) that say one class of several."""
SIDES = frozenset(("binary", "signs"))
"""The kinds of targets that say yes or no for each unit."""


@dataclass(frozen=True)
class TargetSpec:
    """An output that is taught, and how the losses of the recipe's phases want its targets."""

    spec: TensorSpec
    kinds: frozenset[str]

    @property
    def name(self) -> str:
        """The output's name."""
        return self.spec.name

    @property
    def shape(self) -> tuple[int | None, ...]:
        """The output's shape without the batch."""
        return self.spec.shape[1:]

    @property
    def units(self) -> int | None:
        """How long its last axis is; 1 where it has none, None where that is not fixed."""
        return self.shape[-1] if self.shape else 1

    @property
    def is_class(self) -> bool:
        """Whether a target is one class of several."""
        return bool(self.kinds & CLASSES)

    @property
    def is_side(self) -> bool:
        """Whether a target is yes or no."""
        return not self.is_class and bool(self.kinds & SIDES)


def tensor_spec(name: str, type: TensorType) -> TensorSpec:
    """A type of the compiler as the runtime sees it: sizes without a number are open."""
    return TensorSpec(
        name,
        type.dtype,
        tuple(dim if isinstance(dim, int) else None for dim in type.shape),
        tuple("" if isinstance(dim, int) else str(dim) for dim in type.shape),
    )


def input_specs(checked: CheckedGraph) -> tuple[TensorSpec, ...]:
    """The inputs of a net, in order."""
    graph = checked.graph
    return tuple(tensor_spec(path, graph.node(path).outputs[0]) for path in graph.inputs)


def target_specs(recipe: Recipe) -> tuple[TargetSpec, ...]:
    """The outputs that any phase of a recipe teaches, in the net's order."""
    graph = recipe.checked.graph
    kinds: dict[str, set[str]] = {}
    for phase in recipe.phases:
        for head in phase.heads:
            kinds.setdefault(head.output, set()).add(head.targets)
    return tuple(
        TargetSpec(tensor_spec(output.name, graph.type(output.ref)), frozenset(kinds[output.name]))
        for output in graph.outputs
        if output.name in kinds
    )
