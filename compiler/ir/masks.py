"""Masks of sequences: which tensors carry one, who is given it, and what becomes of it.

A mask is a bool tensor `[batch, time]` beside a tensor, true at the steps that count. Embedding
and Masking make masks; layers pass them on, use them or drop them as Keras's layers do. It is an
input like any other of the nodes that use it.
"""

from __future__ import annotations

from ...dsl.diagnostics.codes import Code
from ..ops.base.op import Op, Refusal
from ..ops.core.masking import JoinedMask
from ..shapes.types import show_shape
from .graph import Graph, Node, Ref


def with_mask(graph: Graph, op: Op, inputs: tuple[Ref, ...]) -> tuple[Op, tuple[Ref, ...]]:
    """An operator and its inputs, with the masks that those carry where it uses them.

    Raises Refusal where an input carries a mask that the operator cannot use as Keras would.
    """
    if not graph.masks:
        return op, inputs
    carrying = [index for index, ref in enumerate(inputs) if ref in graph.masks]
    if not carrying:
        return op, inputs
    reason = op.refuses_mask()
    if reason:
        raise Refusal(
            Code.SHAPE,
            f"`{op.name}` gets a tensor that carries a mask, and {reason}",
            inputs=carrying[:1],
            help="leave `mask_zero` or `Masking` out before it",
        )
    if op.fills_masked:
        return _filling(graph, op, inputs)
    if not op.takes_mask or 0 not in carrying:
        return op, inputs
    if len(inputs) > 1 and graph.type(inputs[-1]).dtype == "bool":
        raise Refusal(
            Code.INPUT_COUNT,
            f"`{op.name}` is given a mask, and its first tensor carries one already",
            inputs=[len(inputs) - 1],
            help="leave one of the two out",
        )
    return op, (*inputs, graph.masks[inputs[0]])


def _filling(graph: Graph, op: Op, inputs: tuple[Ref, ...]) -> tuple[Op, tuple[Ref, ...]]:
    """A merge with the masks of its tensors behind them.

    Keras loses the mask of a tensor that gets more axes to fit the others.
    """
    rank = max(graph.type(ref).rank for ref in inputs)
    masked = tuple(
        index
        for index, ref in enumerate(inputs)
        if ref in graph.masks and graph.type(ref).rank == rank
    )
    masks = tuple(graph.masks[inputs[index]] for index in masked)
    for index, mask in zip(masked, masks, strict=True):
        shape, wanted = graph.type(mask).shape, graph.type(inputs[index]).shape[:-1]
        if shape != wanted:
            raise Refusal(
                Code.SHAPE,
                f"the mask of what `{op.name}` gets must be {show_shape(wanted)}, "
                f"got {show_shape(shape)}",
                inputs=[index],
                help="leave `mask_zero` or `Masking` out before it",
            )
    return (op.with_masks(masked), (*inputs, *masks)) if masked else (op, inputs)


def mask_behind(graph: Graph, node: Node) -> Ref | tuple[Op, tuple[Ref, ...]] | None:
    """The mask that the outputs of a node carry, or the operator and inputs that make it.

    Raises Refusal for masks that do not fit one another.
    """
    assert node.op is not None
    maker = node.op.mask_maker()
    if maker is not None:
        return maker, node.inputs
    if not node.op.masked_outputs():
        return None
    if node.op.takes_mask and graph.type(node.inputs[-1]).dtype == "bool":
        return node.inputs[-1]
    if not graph.masks:
        return None
    masks = [graph.masks.get(ref) for ref in node.op.unmasked(node.inputs)]
    if not node.op.joins_masks:
        return masks[0]
    return _joined(graph, node, masks)


def _joined(
    graph: Graph, node: Node, masks: list[Ref | None]
) -> Ref | tuple[Op, tuple[Ref, ...]] | None:
    assert node.op is not None
    found = tuple(dict.fromkeys(mask for mask in masks if mask is not None))
    # Where any step of any input counts, all steps of an input without a mask do.
    if not found or None in masks:
        return None
    shapes = [graph.type(mask).shape for mask in found]
    whole = node.outputs[0].shape
    if any(shape != whole[:-1] for shape in shapes):
        raise Refusal(
            Code.SHAPE,
            f"the masks of what `{node.op.name}` gets must be {show_shape(whole[:-1])}, "
            f"got {' and '.join(map(show_shape, shapes))}",
            inputs=range(len(masks)),
        )
    return found[0] if len(found) == 1 else (JoinedMask(), found)
