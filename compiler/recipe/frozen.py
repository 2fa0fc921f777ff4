"""Where the frozen part of a net ends: what makes the same of a sample as long as a phase trains.

What of it is at random in training, or moves with each batch, is named: features that are kept in
spite of it would be others than those that training sees (the trap of keras-team/keras#6386).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import PurePath

from ...dsl.record import record
from ...dsl.text.source import Span
from ..cost.totals import one_example, work, work_of
from ..ir.graph import CheckedGraph, Graph, Node, Output, Ref
from ..ops.base.op import Op
from ..shapes.dims import Sym
from .recipe import Phase, Recipe


@dataclass(frozen=True)
class Cut:
    """A net in two parts: what stays as it is while a phase trains, and what learns.

    `lower` gives tensors of the net by the names that they have as inputs of `upper`. Inputs of the
    net that `upper` reads itself are inputs of it under their own names.
    """

    lower: CheckedGraph
    upper: CheckedGraph

    @property
    def names(self) -> tuple[str, ...]:
        """What `lower` gives."""
        return tuple(output.name for output in self.lower.graph.outputs)

    @property
    def macs(self) -> int:
        """Multiply-accumulates that the lower part takes for a sample; 0 where nobody can say."""
        found = work(self.lower).macs
        return 0 if isinstance(found, Sym) else found


@record
class Unsafe:
    """Why nothing can be kept of what the frozen layers of a phase make."""

    why: str
    """Such as `Dropout (mine.net:7) draws anew in each step`."""
    way_out: str
    macs: int
    """Multiply-accumulates of the layers behind it that would not run again."""


def frozen_part(recipe: Recipe, phase: Phase) -> Cut | Unsafe | None:
    """The cut of the net for a phase, or what stands in its way; None where no layer is frozen.

    Augmentation is in the way unless the recipe says with `cache` how many passes are kept.
    """
    graph = recipe.trained.graph
    refs = {output.name: output.ref for output in graph.outputs}
    taught = [refs[head.output] for head in phase.heads]
    alive = graph.ancestors(ref.node for ref in taught)
    nodes = [node for node in graph if node.path in alive]
    fed: set[str] = set()
    for node in nodes:
        if node.op is None or any(ref.node in fed for ref in node.inputs):
            fed.add(node.path)
    one = one_example(recipe.trained)

    def macs(paths: Iterable[str]) -> int:
        found = (work_of(graph.node(p), graph.input_types(graph.node(p)), one).macs for p in paths)
        return sum(each for each in found if not isinstance(each, Sym))

    nearly = _held(nodes, phase, blocked=())
    blocks = [n for n in nodes if n.path in nearly & fed and _unsteady(n, phase) is not None]
    for node in blocks:
        behind = nearly & set(descendants(graph, node.path))
        if macs(behind):
            assert node.op is not None
            why, way_out = _unsteady(node, phase) or ("", "")
            named = f"`{node.path}` ({node.op.name}, {_place(node.span)})"
            return Unsafe(f"{named} {why}", way_out, macs(behind))
    held = _held(nodes, phase, blocked={node.path for node in blocks}) & fed
    saved = macs(held)
    if not saved or any(ref.node in held for ref in taught):
        return None
    mixing = next((type(made).__name__ for made in phase.augment if made.mixes), "")
    if phase.augment and (not phase.cache or mixing):
        return _augmented(phase, mixing, saved)
    heads = {head.output for head in phase.heads}
    return _cut(recipe.trained, held, nodes, heads)


def descendants(graph: Graph, path: str) -> Iterator[str]:
    """The paths of all that depends on a node."""
    seen, stack = {path}, [path]
    while stack:
        for following in graph.readers(stack.pop()):
            if following not in seen:
                seen.add(following)
                stack.append(following)
                yield following


def _held(nodes: Iterable[Node], phase: Phase, blocked: Container[str]) -> set[str]:
    """What stays as it is while a phase trains, as if nothing but `blocked` were unsteady."""
    held: set[str] = set()
    for node in nodes:
        if node.path not in blocked and all(ref.node in held for ref in node.inputs):
            steady = _unsteady(node, phase) is not None or not _learns(node, phase)
            if steady:
                held.add(node.path)
    return held


def _learns(node: Node, phase: Phase) -> bool:
    return node.layer not in phase.frozen and any(weight.trainable for weight in node.weights)


def _unsteady(node: Node, phase: Phase) -> tuple[str, str] | None:
    """What a layer does in training beyond what its gradients do, and the way out."""
    if node.op is None:
        return None
    for op in _ops(node.op):
        does = op.in_training()
        if does:
            return does, "put it behind the frozen layers, or leave it out"
        if op.moving and node.layer not in phase.frozen:
            what = "takes the statistics of each batch in training"
            return what, f'freeze it, too: freeze = […, "{node.layer}"]'
    return None


def _ops(op: Op) -> Iterator[Op]:
    """An operator and those that it holds."""
    yield op
    names: list[str] = [each.name for each in fields(op)] if is_dataclass(op) else []
    for inner in (getattr(op, name) for name in names):
        if isinstance(inner, Op):
            yield from _ops(inner)


def _augmented(phase: Phase, mixing: str, macs: int) -> Unsafe:
    if mixing:
        why = f"`{mixing}` mixes samples of a batch and their targets"
        return Unsafe(why, "leave it out", macs)
    names = ", ".join(type(made).__name__ for made in phase.augment)
    why = f"`augment` ({names}) changes the samples anew in each epoch"
    return Unsafe(why, "`cache = 4` keeps four augmented passes and goes round them", macs)


def _cut(checked: CheckedGraph, held: set[str], nodes: Sequence[Node], heads: set[str]) -> Cut:
    graph = checked.graph
    upper = Graph(graph.name)
    given: dict[Ref, Ref] = {}
    made: list[Output] = []
    for node in nodes:
        if node.path in held:
            continue
        refs = []
        for ref in node.inputs:
            if ref.node not in held:
                refs.append(ref)
                continue
            if ref not in given:
                source = graph.node(ref.node)
                name = _name(source, ref)
                type = source.outputs[ref.output]
                upper.add(
                    replace(
                        source,
                        path=name,
                        op=None,
                        inputs=(),
                        outputs=(type,),
                        weights=(),
                        layer=name,
                        folded=(),
                    )
                )
                upper.inputs.append(name)
                given[ref] = Ref(name)
                if source.op is not None:
                    made.append(Output(name, ref))
            refs.append(given[ref])
        upper.add(replace(node, inputs=tuple(refs)))
    upper.outputs = [output for output in graph.outputs if output.name in heads]
    upper = upper.subgraph(upper.ancestors(output.ref.node for output in upper.outputs))
    below = graph.ancestors(output.ref.node for output in made)
    inputs = [path for path in graph.inputs if path in below]
    lower = Graph(graph.name, graph.nodes, inputs, made).subgraph(below)
    return Cut(CheckedGraph(lower), CheckedGraph(upper))


def _name(source: Node, ref: Ref) -> str:
    return source.path if len(source.outputs) == 1 else f"{source.path}/result{ref.output}"


def _place(span: Span) -> str:
    return f"{PurePath(span.source.path).name}:{span.line}"
