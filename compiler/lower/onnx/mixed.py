"""Mixed precision: the products of a float32 graph in 16 bits, and what is between two of them.

Matrix products and convolutions are computed in 16 bits, and their weights stored so, as are the
tables of embeddings. What only moves numbers or picks among them stays in 16 bits between
products, and so do biases and scales that are added and multiplied there. All else is float32:
inputs, outputs, sums, means, softmax, normalizations, other activations. Where onnxruntime's CPU
has no product of a dtype, weights are stored in 16 bits and computed with in float32.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import helper

from ....dsl.diagnostics.codes import Code
from ...ops.base.backend import Array, Tensor
from ...ops.base.declare import Refusal
from ..dtypes import numpy_dtype
from .declared import ONNX_DTYPES, Initializer
from .kernels import runs
from .scan import names_read

PRODUCTS = frozenset(("MatMul", "Gemm", "Conv", "ConvTranspose"))
MOVING = frozenset(
    (
        *("Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "Expand", "Slice", "Gather"),
        *("Concat", "Split", "Tile", "Identity", "Relu", "MaxPool", "GlobalMaxPool"),
    )
)
"""What gives no number that it did not get, or 0."""
SCALING = frozenset(("Add", "Mul", "Sub"))
"""What is computed in 16 bits where one of two numbers is a weight or a constant."""


@dataclass
class Mixed:
    """Rewrites the nodes of a graph; `dtypes` are those of its values."""

    low: str
    opset: int
    dtypes: Mapping[str, str]
    initializers: Mapping[str, Initializer]
    keep: frozenset[str]
    """Values that stay float32 whatever makes them: the graph's outputs, and what bodies read."""
    lowered: set[str] = field(default_factory=set)
    """Values that nodes make in 16 bits, under their names."""
    made: list[onnx.NodeProto] = field(default_factory=list)
    casts: dict[tuple[str, str], str] = field(default_factory=dict)
    stored: dict[str, Initializer] = field(default_factory=dict)
    stored_only: set[str] = field(default_factory=set)
    """Products that onnxruntime's CPU has not in the low dtype."""
    wide: set[str] = field(default_factory=set)
    """Initializers that some node reads in float32."""

    def run(self, nodes: Sequence[onnx.NodeProto]) -> list[onnx.NodeProto]:
        """The nodes of the same outputs."""
        for node in nodes:
            if self._is_low(node):
                self._low(node)
            elif node.op_type in PRODUCTS and not self._computes(node):
                self._stored_low(node)
            else:
                self._in_float32(node)
        return self.made

    def _floats(self, node: onnx.NodeProto) -> list[str]:
        return [name for name in node.input if name and self.dtypes.get(name) == "float32"]

    def _computes(self, node: onnx.NodeProto) -> bool:
        """Whether onnxruntime runs the node on the low dtype."""
        given = [self._as_low(self.dtypes.get(name)) if name else None for name in node.input]
        made = [self._as_low(self.dtypes.get(name)) if name else None for name in node.output]
        return runs(node.op_type, self.opset, tuple(given), tuple(made))

    def _as_low(self, dtype: str | None) -> str | None:
        return self.low if dtype == "float32" else dtype

    def _is_low(self, node: onnx.NodeProto) -> bool:
        floats = self._floats(node)
        if node.domain or not floats or self.keep.intersection(node.output):
            return False
        if not self._computes(node):
            return False
        if node.op_type in PRODUCTS:
            return True
        if node.op_type == "Gather" and floats[0] in self.initializers:
            return True
        found = [name in self.lowered for name in floats]
        fixed = [name in self.initializers and self._fits(name) for name in floats]
        if node.op_type in MOVING:
            data = [name for name in floats if name not in self.initializers]
            return (
                bool(data)
                and all(low or own for low, own in zip(found, fixed, strict=True))
                and any(found)
            )
        if node.op_type in SCALING:
            return sorted(zip(found, fixed, strict=True)) == [(False, True), (True, False)]
        return False

    def _fits(self, name: str) -> bool:
        """Whether a constant may be rounded to 16 bits; weights are looked at when written."""
        tensor = self.initializers[name].tensor
        if not name.rpartition("/")[2].startswith("const"):
            return True
        array = np.abs(np.asarray(tensor.read(), np.float32))
        small = float(np.finfo(np.float16).tiny)
        return bool(((array == 0) | ((array >= small) & (array <= 65504))).all())

    def _low(self, node: onnx.NodeProto) -> None:
        made = onnx.NodeProto()
        made.CopyFrom(node)
        for index, name in enumerate(node.input):
            if name and self.dtypes.get(name) == "float32":
                made.input[index] = self._name_low(name)
        self.lowered.update(n for n in node.output if self.dtypes.get(n) == "float32")
        self.made.append(made)

    def _stored_low(self, node: onnx.NodeProto) -> None:
        """A product in float32 whose weights are stored in 16 bits."""
        self.stored_only.add(node.op_type)
        made = onnx.NodeProto()
        made.CopyFrom(node)
        for index, name in enumerate(node.input):
            if name in self.initializers and self.dtypes.get(name) == "float32":
                made.input[index] = self._cast(self._name_low(name), "float32", name)
            elif name:
                made.input[index] = self._name_wide(name)
        self.made.append(made)

    def _in_float32(self, node: onnx.NodeProto) -> None:
        made = onnx.NodeProto()
        made.CopyFrom(node)
        for index, name in enumerate(node.input):
            if name:
                made.input[index] = self._name_wide(name)
        self.wide.update(name for name in names_read([node]) if name in self.initializers)
        self.made.append(made)

    def _name_low(self, name: str) -> str:
        if name in self.lowered:
            return name
        if name not in self.initializers:
            return self._cast(name, self.low, name)
        low = f"{name}:{self.low}"
        if low not in self.stored:
            tensor = self.initializers[name].tensor
            self.stored[low] = Initializer(low, _rounded(tensor, self.low, name))
        return low

    def _name_wide(self, name: str) -> str:
        return self._cast(name, "float32", name) if name in self.lowered else name

    def _cast(self, source: str, dtype: str, name: str) -> str:
        key = (source, dtype)
        if key not in self.casts:
            self.casts[key] = target = f"{name}:{dtype}"
            to = ONNX_DTYPES[dtype]
            self.made.append(helper.make_node("Cast", [source], [target], name=target, to=to))
        return self.casts[key]

    def kept(self) -> dict[str, Initializer]:
        """The initializers of the graph; those read in 16 bits alone keep their names."""
        found = dict(self.initializers)
        for low, item in self.stored.items():
            name = low.removesuffix(f":{self.low}")
            if name in self.wide:
                found[low] = item
                continue
            found[name] = Initializer(name, item.tensor)
            for node in self.made:
                for index, read in enumerate(node.input):
                    if read == low:
                        node.input[index] = name
        return found


def _rounded(tensor: Tensor, dtype: str, name: str) -> Tensor:
    """The weight in 16 bits. Its `read` raises Refusal where a number is too large for them."""

    def rounded(array: Array) -> Array:
        with np.errstate(over="ignore"):
            made = array.astype(numpy_dtype(dtype))
        if np.isinf(made.astype(np.float32)).any() and not np.isinf(array).any():
            raise Refusal(
                Code.BAD_VALUE,
                f"`{name}` holds {np.abs(array).max():.3g}, and float16 ends at 65504",
                help="--precision mixed_bfloat16 holds numbers as large as float32 does",
            )
        return made

    elements = tensor.elements
    return Tensor(
        tensor.shape,
        dtype,
        lambda: rounded(tensor.read()),
        None if elements is None else lambda: rounded(elements()),
    )
