"""Applies one operator to typed tensors: the one place where shape rules are asked."""

from __future__ import annotations

from math import prod

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.trace import Trace
from ...dsl.text.source import Span
from ..ops.base.kinds import LARGEST
from ..ops.base.op import Op, Refusal
from ..shapes.assume import is_assuming, refuted
from ..shapes.dims import MAX_DEPTH, MAX_SIZE, DimTooComplex, Sym
from ..shapes.types import FLOATS, TensorType
from .graph import Graph, Inferred, Node, Ref
from .masks import mask_behind, with_mask

MAX_WEIGHT = 2**40
"""The most elements a weight may have."""

LONG, MOST_SHARED = 1000, 4000
"""Layers of a net from which on it shares nothing with others, and what they share at most."""

_SHARED: dict[tuple[int, tuple[TensorType, ...]], tuple[Op, Inferred]] = {}
"""What operators, which are named by their identity, make of types in any net."""


def apply(
    graph: Graph,
    op: Op,
    inputs: tuple[Ref, ...],
    *,
    path: str,
    layer: str,
    span: Span,
    trace: Trace | None = None,
) -> Node:
    """Adds a node that applies `op` to some outputs of earlier nodes.

    Raises Refusal where the operator refuses them.
    """
    op, inputs = with_mask(graph, op, inputs)
    types = tuple([graph.type(ref) for ref in inputs])
    inferred = inferred_once(graph, op, types)
    node = Node(path, op, inputs, inferred.outputs, inferred.weights, layer, span, trace)
    graph.add(node)
    mask = mask_behind(graph, node)
    if isinstance(mask, tuple):
        maker, refs = mask
        below, under = f"{path}/mask", f"{layer}/mask"
        mask = Ref(apply(graph, maker, refs, path=below, layer=under, span=span, trace=trace).path)
    if mask is not None:
        for index in range(max(1, op.masked_outputs())):
            graph.masks[Ref(path, index)] = mask
    return node


def inferred_once(graph: Graph, op: Op, types: tuple[TensorType, ...]) -> Inferred:
    """What an operator makes of some input types. Raises Refusal where it refuses the inputs.

    Operators made from equal arguments are one object, so layers are inferred once: those of a net
    and, while that is small, those of the nets of this process.
    """
    key = (id(op), types)
    made = graph.inferred.get(key)
    if made is None:
        # What is assumed of sizes on the way is wanted, too.
        shared = len(graph) < LONG and not is_assuming()
        found = _SHARED.get(key) if shared else None
        if found is not None and found[0] is op:
            made = found[1]
        else:
            made = infer(op, types)
            if shared:
                if len(_SHARED) >= MOST_SHARED:
                    _SHARED.clear()
                # With the operator, so that its identity stays its own.
                _SHARED[key] = op, made
        graph.inferred[key] = made
    return made


def infer(op: Op, types: tuple[TensorType, ...]) -> Inferred:
    """The output types and weights of an operator. Raises Refusal where it refuses the inputs."""
    try:
        return _infer(op, types)
    except DimTooComplex as error:
        raise Refusal(
            Code.SHAPE,
            f"`{op.name}` would make {error}",
            inputs=range(len(types)),
            help="give the sizes it comes from numbers in the net's signature",
        ) from None


def _infer(op: Op, types: tuple[TensorType, ...]) -> Inferred:
    op.check_inputs(types)
    outputs = op.infer(*types)
    for output in outputs:
        _check_size(op, types, output)
    if is_assuming():
        for output in outputs:
            for dim in output.shape:
                refuted(">=", dim, 1)
    weights = op.weights(*types)
    for weight in weights:
        if prod(weight.shape) > MAX_WEIGHT:
            raise Refusal(
                Code.BAD_VALUE,
                f"the `{weight.name}` of this `{op.name}` would have {weight.size:.3g} elements; "
                f"the limit is {MAX_WEIGHT:.3g}",
                inputs=range(len(types)),
            )
    if weights and types and types[0].dtype in FLOATS and types[0].dtype != "float32":
        raise Refusal(
            Code.DTYPE,
            f"`{op.name}` has weights in float32, and gets {types[0].dtype}",
            inputs=[0],
            help="declare the net's input as float32",
        )
    return Inferred(op, outputs, weights)


def _check_size(op: Op, inputs: tuple[TensorType, ...], output: TensorType) -> None:
    for axis, dim in enumerate(output.shape):
        if isinstance(dim, Sym):
            # The room left is for what reports and lowerings compute with the sizes.
            if dim.size > MAX_SIZE // 4 or dim.depth > MAX_DEPTH // 2:
                raise DimTooComplex("a symbolic size that is too complex to compute with")
        elif not 1 <= dim <= LARGEST:
            size = str(dim) if dim < 1 else f"{dim:.3g}"
            raise Refusal(
                Code.EMPTY_DIM if dim < 1 else Code.BAD_VALUE,
                f"`{op.name}` would make axis {axis} of its output {size} long"
                + (f": {output}" if dim < 1 else f"; the limit is {LARGEST:,}"),
                inputs=range(len(inputs)),
            )
