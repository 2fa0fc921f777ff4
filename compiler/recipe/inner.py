"""Inner tensors of a net that a recipe trains or needs: layers and blocks, and masks of outputs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..ir.graph import CheckedGraph, Graph, Output, Ref


def whole_graph(checked: CheckedGraph) -> Graph:
    """The graph with the layers, too, that reach no output."""
    return checked.graph if checked.whole is None else checked.whole


def path_of(name: str) -> str:
    """The path of a layer as graphs have it: `a.b` is `a/b`."""
    return name.strip("/").replace(".", "/")


def inner_tensor(graph: Graph, path: str) -> Ref | None:
    """What a layer, or a use of a block, makes; None where that is no one tensor."""
    if path in graph.blocks:
        return graph.blocks[path]
    if path not in graph:
        return None
    node = graph.node(path)
    return Ref(path) if node.op is not None and len(node.outputs) == 1 else None


def inner_paths(checked: CheckedGraph) -> Sequence[str]:
    """The paths of all inner tensors, those of fewer parts first."""
    graph = whole_graph(checked)
    found = dict.fromkeys([*graph.blocks, *(node.path for node in graph if node.op is not None)])
    return sorted(found, key=lambda path: path.count("/"))


def with_inner(checked: CheckedGraph, paths: Iterable[str]) -> CheckedGraph:
    """The net with some inner tensors as further outputs, called by their paths.

    Layers that only they need are part of it; a layer that nothing needs is not.
    """
    graph = whole_graph(checked)
    found = [(path, inner_tensor(graph, path)) for path in dict.fromkeys(paths)]
    more = [Output(path, ref) for path, ref in found if ref is not None]
    return _giving(graph, [*checked.graph.outputs, *more]) if more else checked


def masks_of(checked: CheckedGraph) -> CheckedGraph | None:
    """A net that gives the masks of a net's outputs, called as those; None where none has one.

    A mask is bool, with the first axes of its output: true at the steps that count.
    """
    graph = whole_graph(checked)
    found = [
        Output(output.name, graph.masks[output.ref])
        for output in checked.graph.outputs
        if output.ref in graph.masks
    ]
    return _giving(graph, found) if found else None


def _giving(graph: Graph, outputs: list[Output]) -> CheckedGraph:
    """The part of a graph that some outputs need, and all its inputs."""
    alive = graph.ancestors(output.ref.node for output in outputs) | set(graph.inputs)
    made = Graph(graph.name, inputs=graph.inputs, outputs=outputs)
    made.blocks = {path: ref for path, ref in graph.blocks.items() if ref.node in alive}
    for node in graph:
        if node.path in alive:
            made.add(node)
    return CheckedGraph(made)
