"""Puts a `Preprocessing` into a net: layers behind its input that change the values."""

from __future__ import annotations

from dataclasses import replace

from ..ir.graph import CheckedGraph, Graph, Node, Output, Ref
from ..ir.infer import apply
from ..ir.preprocessing import Numbers, Preprocessing
from ..ops.base.declare import construct
from ..ops.base.op import Op
from ..ops.core.preprocessing import Normalization, Rescaling
from ..ops.tensor.index_items import ELLIPSIS, span
from ..ops.tensor.indexing import Slice

PATH = "preprocessing"
"""The path of the layers, or the beginning of it."""


def with_preprocessing(checked: CheckedGraph, made: Preprocessing) -> CheckedGraph:
    """The net on values of 0 to 255: what `made` says of them is done by its first layers.

    Sizes stay the business of whoever decodes pictures. Raises Refusal where the input has other
    channels than `made` is for.
    """
    graph = checked.graph
    changed = Graph(graph.name, inputs=graph.inputs)
    path = PATH
    while any(each.path == path or each.path.startswith(f"{path}/") for each in graph):
        path += "_"
    moved: dict[Ref, Ref] = {}
    for node in graph:
        changed.add(replace(node, inputs=tuple(moved.get(ref, ref) for ref in node.inputs)))
        if node.path == made.input:
            moved[Ref(node.path)] = _behind(changed, node, made, path)
    changed.outputs = [Output(each.name, moved.get(each.ref, each.ref)) for each in graph.outputs]
    changed.blocks = {key: moved.get(ref, ref) for key, ref in graph.blocks.items()}
    return CheckedGraph(changed)


def _behind(graph: Graph, node: Node, made: Preprocessing, path: str) -> Ref:
    """Adds the layers behind an input; what they give."""
    ref = Ref(node.path)
    layers = _layers(made)
    for index, op in enumerate(layers):
        own = path if len(layers) == 1 else f"{path}/{('colors', 'values')[index]}"
        ref = Ref(apply(graph, op, (ref,), path=own, layer=own, span=node.span).path)
    return ref


def _layers(made: Preprocessing) -> list[Op]:
    found: list[Op] = []
    if made.color_order == "bgr":
        before = (ELLIPSIS,) if made.axis == -1 else (span(),)
        found.append(construct(Slice, {"items": (*before, span(step=-1))}))
    if made.axis == 1 and made.lengths():
        # (x * scale - mean) / std as (x - mean / scale) / (std / scale), along that axis.
        count = max(made.lengths())
        mean = [each / made.scale for each in _listed(made.mean, count)]
        variance = [(each / made.scale) ** 2 for each in _listed(made.std, count)]
        given: dict[str, object] = {"axis": 1, "mean": mean, "variance": variance}
        found.append(construct(Normalization, given))
    elif made.scale != 1 or made.mean != 0 or made.std != 1:
        count = max(made.lengths(), default=1)
        pairs = list(zip(_listed(made.mean, count), _listed(made.std, count), strict=True))
        scale = [made.scale / std for _, std in pairs]
        offset = [-mean / std for mean, std in pairs]
        one = made.lengths() == ()
        given = {"scale": scale[0] if one else scale, "offset": offset[0] if one else offset}
        found.append(construct(Rescaling, given))
    return found


def _listed(value: Numbers, count: int) -> tuple[float, ...]:
    numbers = value if isinstance(value, tuple) else (value,)
    return numbers * count if len(numbers) == 1 else numbers
