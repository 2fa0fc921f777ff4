"""How a tensor came to its size: the layers on the way to it that made it smaller."""

from __future__ import annotations

from dataclasses import dataclass

from ..dsl.diagnostic import Related
from ..dsl.source import Span
from .dims import Shape
from .graph import Graph, Node, Ref
from .types import show_shape

MAX_NODES = 500
MAX_STEPS = 4


@dataclass(frozen=True)
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
    steps: list[_Step] = []
    node, shape = graph.node(ref.node), graph.type(ref).shape
    for _ in range(MAX_NODES):
        if node.op is None:
            break
        if not node.inputs:
            return []
        before = graph.type(node.inputs[0]).shape
        if _shrinks(before, shape):
            span = _in_net(node)
            if steps and steps[-1].span == span:
                steps[-1] = _Step(span, before, steps[-1].after)
            else:
                steps.append(_Step(span, before, shape))
        node, shape = graph.node(node.inputs[0].node), before
    else:
        return []
    most = sorted(steps, key=lambda step: step.factor, reverse=True)[:MAX_STEPS]
    found = [Related(f"the input is {show_shape(shape)}", node.span)]
    for step in reversed(steps):
        if step in most:
            text = f"{show_shape(step.before)} becomes {show_shape(step.after)}"
            found.append(Related(text, step.span))
    return found


def _shrinks(before: Shape, after: Shape) -> bool:
    return len(before) == len(after) and any(
        isinstance(b, int) and isinstance(a, int) and a < b
        for b, a in zip(before[1:-1], after[1:-1], strict=True)
    )


def _in_net(node: Node) -> Span:
    """The call in the net's own body that made a node."""
    return node.trace.frames()[-1].span if node.trace is not None else node.span
