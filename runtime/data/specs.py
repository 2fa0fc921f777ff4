"""What a recipe's net takes and is taught: the inputs and targets that data must fit."""

from __future__ import annotations

from dataclasses import dataclass

from ...compiler.ir.graph import CheckedGraph
from ...compiler.recipe.objects.base import CLASSES, NONE, SIDES
from ...compiler.recipe.recipe import Recipe
from ...compiler.shapes.types import TensorType
from ..errors import UserError
from ..files.tensors import TensorSpec


@dataclass(frozen=True)
class TargetSpec:
    """An output that is taught, and how the losses of the recipe's phases want its targets."""

    spec: TensorSpec
    kinds: frozenset[str]
    ignored: frozenset[int] = frozenset()
    """Indices of classes that all of the losses leave out, `ignore_class`."""

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
        return not self.kinds.isdisjoint(CLASSES)

    @property
    def is_side(self) -> bool:
        """Whether a target is yes or no."""
        return not self.is_class and not self.kinds.isdisjoint(SIDES)


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


def only_input(recipe: Recipe, source: str, mask: str | None = None) -> TensorSpec:
    """The input of a net that has one, besides a `mask` that the pipeline makes.

    Raises UserError, which names the source, for others.
    """
    specs = [spec for spec in input_specs(recipe.checked) if spec.name != mask]
    if len(specs) != 1:
        names = ", ".join(f"`{spec.name}`" for spec in specs)
        raise UserError(
            f"{source} feeds a net with one input; `{recipe.net}` has {len(specs)} ({names})"
        )
    return specs[0]


def target_specs(recipe: Recipe) -> tuple[TargetSpec, ...]:
    """The outputs that any phase of a recipe teaches by targets, in the net's order."""
    graph = recipe.checked.graph
    kinds: dict[str, set[str]] = {}
    ignored: dict[str, frozenset[int]] = {}
    for phase in recipe.phases:
        for head in phase.heads:
            if head.targets != NONE:
                kinds.setdefault(head.source, set()).add(head.targets)
                for term in head.loss.terms:
                    index = getattr(term.loss, "ignore_class", None)
                    own = frozenset([] if index is None else [int(index)])
                    ignored[head.source] = ignored.get(head.source, own) & own
    return tuple(
        TargetSpec(
            tensor_spec(output.name, graph.type(output.ref)),
            frozenset(kinds[output.name]),
            ignored[output.name],
        )
        for output in graph.outputs
        if output.name in kinds
    )
