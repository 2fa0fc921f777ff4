"""A graph in float32 that grows node by node, and what its integers stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ....compiler.ops.base.backend import Array
from ...errors import UserError
from ..read import OnnxFile, shown

if TYPE_CHECKING:
    import onnx

CARRIED = frozenset(
    (
        "Identity",
        "Reshape",
        "Transpose",
        "Flatten",
        "Squeeze",
        "Unsqueeze",
        "Slice",
        "Split",
        "Gather",
        "Expand",
        "Tile",
        "Concat",
        "MaxPool",
        "Resize",
        "DepthToSpace",
        "SpaceToDepth",
    )
)
"""What moves numbers, or picks some: the same on integers as on what they stand for."""
POSITIVE = frozenset(("Relu", "Sigmoid", "Softmax", "Clip", "Softplus", "HardSigmoid"))
"""What gives nothing below 0; of Clip it is asked."""
ROUNDED = frozenset(("Floor", "Round", "Ceil"))
MIXED = 6.0
"""The limit of ReLU6, which quantizers drop, too."""


@dataclass
class FloatGraph:
    """The nodes in float32 so far."""

    file: OnnxFile
    arrays: dict[str, Array]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    real: dict[str, str] = field(default_factory=dict)
    """The tensors in float32 by those of integers that stand for them."""
    unit: set[str] = field(default_factory=set)
    """What is computed of scales that are 1 now: whole numbers there, and none here."""
    makers: dict[str, onnx.NodeProto] = field(default_factory=dict)
    count: int = 0

    def plain(self, node: onnx.NodeProto) -> None:
        """A node of no quantized operator, with what it reads in float32."""
        own = node.domain in ("", "ai.onnx")
        if own and node.op_type == "Constant":
            self._constant(node)
        inside = [name for name in node.input if name in self.real]
        if inside and (node.op_type not in CARRIED or not own):
            raise UserError(
                f"{self.file.path}: the {node.op_type} that makes `{shown(node)}` computes with "
                "quantized numbers; --dequantize does not know it"
            )
        rounds = node.op_type in ROUNDED or (node.op_type == "Cast" and own)
        if own and rounds and node.input[0] in self.unit:
            self.unit.update(node.output)
            self.add("Identity", [node.input[0]], node.output[0])
            return
        if any(name in self.unit for name in node.input):
            self.unit.update(node.output)
        copy = type(node)()
        copy.CopyFrom(node)
        copy.input[:] = [self.real.get(name, name) for name in node.input]
        if inside:
            for at, name in enumerate(node.output):
                copy.output[at] = self.real[name] = self.fresh(name) if name else ""
        self.nodes.append(copy)

    def _constant(self, node: onnx.NodeProto) -> None:
        from onnx import helper, numpy_helper

        for attribute in node.attribute:
            value = helper.get_attribute_value(attribute)
            if attribute.name == "value":
                self.arrays[node.output[0]] = numpy_helper.to_array(value)

    def fresh(self, name: str) -> str:
        """A name of a new tensor."""
        self.count += 1
        return f"{name}/float{self.count}"

    def add(
        self, op: str, inputs: Sequence[str], output: str, like: onnx.NodeProto | None = None,
        leave: Sequence[str] = (),
    ) -> str:  # fmt: skip
        """A node with the attributes of another; the name of what it makes."""
        from onnx import helper

        made = helper.make_node(op, inputs, [output], name=output)
        if like is not None:
            made.attribute.extend(a for a in like.attribute if a.name not in leave)
        self.nodes.append(made)
        self.makers[output] = made
        return output

    def known(self, node: onnx.NodeProto, place: int) -> Array:
        """An input that is numbers of the file. Raises UserError."""
        name = node.input[place]
        if name not in self.arrays:
            raise UserError(
                f"{self.file.path}: the {node.op_type} that makes `{shown(node)}` reads a scale "
                f"or zero point, `{name}`, that is computed"
            )
        return self.arrays[name]

    def optional(self, node: onnx.NodeProto, place: int) -> Array | None:
        """The same, None where it is left out."""
        given = place < len(node.input) and bool(node.input[place])
        return self.known(node, place) if given else None

    def constant(self, name: str, array: Array) -> str:
        """Numbers of the model."""
        made = self.fresh(name)
        self.arrays[made] = np.asarray(array)
        return made

    def floats(self, node: onnx.NodeProto, place: int, axis: int = 1, ndim: int = 0) -> str:
        """The real numbers of the integers at `place`, whose scale and zero point come next."""
        name = node.input[place]
        if name in self.real:
            return self.real[name]
        scale = self.known(node, place + 1)
        zero = self.optional(node, place + 2)
        if name in self.arrays:
            return self.constant(name, scaled(self.arrays[name], scale, zero, axis))
        # Integers from outside.
        number = self.add("Cast", [name], self.fresh(name), to_float())
        for op, values in (("Sub", zero), ("Mul", scale)):
            if values is not None:
                shaped = along(values.astype(np.float32), axis, ndim)
                number = self.add(op, [number, self.constant(name, shaped)], self.fresh(name))
        self.real[name] = number
        return number

    def give(self, node: onnx.NodeProto, value: str, scale: Array, zero: Array | None) -> None:
        """What a node gives as integers: the value, kept above 0 where the integers keep it so."""
        name = node.output[0]
        kind = np.dtype(np.uint8) if zero is None else zero.dtype
        starts = 0 if zero is None else zero.reshape(-1)
        if kind.kind in "iu" and np.all(starts == np.iinfo(kind).min) and not self.above(value):
            top = float(scale.reshape(-1)[0]) * float(np.iinfo(kind).max - np.iinfo(kind).min)
            if scale.size == 1 and abs(top - MIXED) < MIXED / 200:
                limits = [self.constant(name, np.array(each, np.float32)) for each in (0, MIXED)]
                value = self.add("Clip", [value, *limits], self.fresh(name))
            else:
                value = self.add("Relu", [value], self.fresh(name))
        self.real[name] = value

    def above(self, name: str) -> bool:
        """Whether nothing of a tensor is below 0, for all that its makers say."""
        node = self.makers.get(name)
        while node is not None and node.op_type in (*CARRIED, "AveragePool", "GlobalAveragePool"):
            node = self.makers.get(node.input[0])
        if node is None or node.op_type not in POSITIVE:
            return False
        low = self.arrays.get(node.input[1]) if len(node.input) > 1 else None
        least = [a.f for a in node.attribute if a.name == "min"]
        cut = least[:1] == [0.0] or (low is not None and bool(np.all(low >= 0)))
        return node.op_type != "Clip" or cut


def to_float() -> onnx.NodeProto:
    """A node with the attribute of a cast to float32."""
    from onnx import TensorProto, helper

    return helper.make_node("Cast", [], [], to=TensorProto.FLOAT)


def along(values: Array, axis: int, ndim: int) -> Array:
    """One number, or numbers along an axis, so that they broadcast beside `ndim` axes."""
    return values if values.size == 1 or not ndim else values.reshape(
        [-1 if at == axis % ndim else 1 for at in range(ndim)]
    )  # fmt: skip


def scaled(array: Array, scale: Array, zero: Array | None, axis: int) -> Array:
    """The real numbers of integers; scale and zero point of one number, or one along an axis."""
    made = array.astype(np.float32)
    if zero is not None:
        made = made - along(zero.astype(np.float32), axis, array.ndim)
    return np.asarray(made * along(scale.astype(np.float32), axis, array.ndim), np.float32)
