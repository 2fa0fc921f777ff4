"""Sees sequences that netc packs for ONNX's recurrent operators, and gives those the mask instead.

ONNX's operators know only where a sequence ends, so that a masked one is packed: its steps that
count are moved to the front, and the results are put back (`compiler/ops/recurrent`). A layer of a
net takes the mask itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .patterns import Pattern, copied
from .read import OnnxFile

if TYPE_CHECKING:
    import onnx

RECURRENT = ("RNN", "GRU", "LSTM")
LENGTHS, STATES = 4, 5
"""Inputs of a recurrent operator; a mask, which is bool, stands in the place of the lengths."""


def unpacked(file: OnnxFile) -> OnnxFile:
    """The model whose recurrent operators read masks where it packs sequences.

    Such a model is for netc's rules alone: no engine takes bools for lengths.
    """
    if not any(node.op_type == "GatherND" for node in file.model.graph.node):
        return file
    model = copied(file.model)
    packing = _Packing(file, model)
    found = [packing.unpack(node) for node in model.graph.node if node.op_type in RECURRENT]
    return replace(file, model=model) if any(found) else file


class _Packing(Pattern):
    """The nodes that pack sequences."""

    def unpack(self, node: onnx.NodeProto) -> bool:
        """Gives a recurrent node the mask in place of a packed sequence; whether it had one."""
        if len(node.input) <= LENGTHS or any(node.input[STATES:]):
            return False
        moved = self.back(node.input[0], "Transpose")
        taken = self.back(moved, "GatherND")
        mask = self.mask_of_order(self.input(taken, 1))
        counts = self.back(node.input[LENGTHS], "Cast", "Squeeze", "Max", "ReduceSum", "Cast")
        if moved is None or taken is None or not mask or self.input(counts, 0) != mask:
            return False
        both = any(a.name == "direction" and a.s == b"bidirectional" for a in node.attribute)
        moved.input[0] = taken.input[0]
        node.input[LENGTHS] = mask
        for where in self.nodes:
            kept = self.kept(where, mask, both)
            if kept:
                where.op_type = "Identity"
                where.ClearField("input")
                where.input.append(kept)
        return True

    def mask_of_order(self, index: str) -> str:
        """The mask whose steps an index takes first, in their order; nothing for another index."""
        keys = self.back(index, "Unsqueeze", "TopK", "Where")
        order = self.back(index, "Unsqueeze")
        if keys is None or order is None or order.input[0] != self.made[order.input[0]].output[1]:
            return ""
        mask, early, late = keys.input
        sooner = self.made.get(early)
        later = self.made.get(late)
        if later is not None and later.op_type != "Neg":
            return ""
        if sooner is not None and (sooner.op_type != "Add" or late not in sooner.input):
            return ""
        return str(mask)

    def kept(self, where: onnx.NodeProto, mask: str, both: bool) -> str:
        """What a `Where` chooses from that undoes the packing by a mask; nothing for another one.

        That is the state where steps count at all, or the results in the order of the packed
        steps. `both` says that the operator goes in two directions, whose layer gives zeros.
        """
        if where.op_type != "Where":
            return ""
        condition, first, second = where.input
        total = self.back(condition, "Equal", "ReduceSum", "Cast")
        if total is not None and total.input[0] == mask:
            return str(second)
        found = self.back(first, "GatherND")
        if found is None or not self.counted(self.input(found, 1), mask):
            return ""
        there = self.back(condition, "Unsqueeze")
        if there is None or (there.input[0] == mask) != both:
            return ""
        return str(found.input[0])

    def counted(self, index: str, mask: str) -> bool:
        """Whether an index says for each step which of the packed ones it is."""
        for ops in (
            ("Unsqueeze", "Max", "Sub", "CumSum", "Cast"),
            ("Unsqueeze", "Sub", "CumSum", "Cast"),
        ):
            ones = self.back(index, *ops)
            if ones is not None:
                return bool(ones.input[0] == mask)
        return False
