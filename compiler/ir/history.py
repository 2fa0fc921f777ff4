"""How a tensor came to its size: the layers on the way to it that made it smaller."""

from __future__ import annotations

from collections.abc import Sequence

from ...dsl.diagnostics.diagnostic import Related
from ...dsl.record import record
from ...dsl.text.source import Span
from ..shapes.dims import Shape
from ..shapes.types import show_shape
from .graph import Graph, Node, Ref

MAX_NODES = 500
MAX_STEPS = 4
MAX_PLACES = 10


@record
class _Step:
    """A call of the net's body that makes a tensor smaller."""

    span: Span
    before: Shape
    after: Shape

    @property
    def factor(self) -> float:
        result = 1.0
        for before, after in zip(self.before, self.after, strict=True):
            if isinstance(before, int) and isinstance(after, int):
                result *= before / after
        return result


def shrinking(graph: Graph, ref: Ref) -> list[Related]:
    """The input of the net that a tensor comes from, and what shrank it most on the way."""
    steps, first = _steps(graph, ref)
    if first is None:
        return []
    most = sorted(steps, key=lambda step: step.factor, reverse=True)[:MAX_STEPS]
    shape = first.outputs[0].shape
    found = [Related(f"the input is {show_shape(shape)}", first.span, step=True)]
    return found + [_said(step) for step in reversed(steps) if step in most]


def differing(shapes: Sequence[Shape]) -> list[int]:
    """The axes, counted from the end, in which shapes of any ranks differ; all of one shape's."""
    rank = min(map(len, shapes), default=0)
    axes = range(-rank, 0)
    if len(shapes) < 2:
        return list(axes)
    return [axis for axis in axes if len({shape[axis] for shape in shapes}) > 1]


def setting(graph: Graph, ref: Ref, axes: Sequence[int], depth: int) -> list[Related]:
    """The layers that gave a tensor the sizes of some axes, nearest first.

    Each is told by its own place and by the call it was made by in the body `depth` calls deep.
    """
    found: dict[Span, Related] = {}
    seen: set[str] = set()
    nodes = [graph.node(ref.node)]
    for node in nodes:
        if len(found) >= MAX_PLACES or len(seen) >= MAX_NODES:
            break
        shape = node.outputs[ref.output if node.path == ref.node else 0].shape
        if node.op is None:
            said = f"the input is {show_shape(shape)}"
            found.setdefault(node.span, Related(said, node.span, step=True))
        for source in node.inputs:
            before = graph.type(source).shape
            if len(before) != len(shape) or any(before[axis] != shape[axis] for axis in axes):
                said = f"{show_shape(before)} becomes {show_shape(shape)}"
                for span in (node.span, _called_at(node, depth)):
                    found.setdefault(span, Related(said, span, step=True))
            # Past a change of rank the axes mean something else.
            if len(before) == len(shape) and source.node not in seen:
                seen.add(source.node)
                nodes.append(graph.node(source.node))
    return list(found.values())


def _steps(graph: Graph, ref: Ref) -> tuple[list[_Step], Node | None]:
    """The calls of the net that shrink a tensor, last first, and the input at their end."""
    steps: list[_Step] = []
    node, shape = graph.node(ref.node), graph.type(ref).shape
    for _ in range(MAX_NODES):
        if node.op is None:
            return steps, node
        if not node.inputs:
            break
        before = graph.type(node.inputs[0]).shape
        if _shrinks(before, shape):
            span = _called_at(node, 0)
            if steps and steps[-1].span == span:
                steps[-1] = _Step(span, before, steps[-1].after)
            else:
                steps.append(_Step(span, before, shape))
        node, shape = graph.node(node.inputs[0].node), before
    return steps, None


def _said(step: _Step) -> Related:
    said = f"{show_shape(step.before)} becomes {show_shape(step.after)}"
    return Related(said, step.span, step=True)


def _shrinks(before: Shape, after: Shape) -> bool:
    return len(before) == len(after) and any(
        isinstance(b, int) and isinstance(a, int) and a < b
        for b, a in zip(before[1:-1], after[1:-1], strict=True)
    )


def _called_at(node: Node, depth: int) -> Span:
    """The call that made a node, in the body that is `depth` calls deep."""
    frames = node.trace.frames() if node.trace is not None else ()
    return frames[-1 - depth].span if len(frames) > depth else node.span
