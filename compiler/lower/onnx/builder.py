"""Builds an ONNX graph: names, layouts, constants, and weights that are read only when written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self, cast

import numpy as np
import onnx
from onnx import helper

from ...ops.base.backend import Attribute, OnnxGraph, OnnxValue, Tensor
from ...shapes.dims import Dim, Shape
from ...shapes.types import TensorType
from ..dtypes import numpy_dtype
from .declared import ONNX_DTYPES, Initializer
from .float64 import composed
from .kernels import NoKernel, runs
from .run_sizes import Read, SizedGraph, computed_size


@dataclass
class GraphBuilder:
    """Collects nodes and initializers: the `OnnxGraph` protocol of the operators, but for loops.

    `scope` is the path of the layer being lowered: its nodes and weights are named below it.
    `metadata` is put on every node made (source line, block chain).
    """

    opset: int
    float32: str = "float32"
    """The dtype that stands for float32 in the model."""
    scope: str = ""
    layer: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    nodes_made: list[onnx.NodeProto] = field(default_factory=list)
    initializers: dict[str, Initializer] = field(default_factory=dict)
    sizes: Mapping[str, Read] = field(default_factory=dict)
    """Where each named size is read."""
    dtypes: dict[str, str] = field(default_factory=dict)
    """The dtype of each value that nodes make, and of inputs and initializers."""
    narrowed: set[str] = field(default_factory=set)
    """Operators that are computed in float32 though the model is in a wider dtype."""
    _names: set[str] = field(default_factory=set)
    _constants: dict[tuple[str, tuple[int, ...], bytes], OnnxValue] = field(default_factory=dict)
    _layouts: dict[tuple[str, bool], OnnxValue] = field(default_factory=dict)
    _sizes_made: dict[Dim, OnnxValue] = field(default_factory=dict)

    def fresh(self, name: str) -> str:
        """A value or node name not taken yet."""
        result, count = name, 1
        while result in self._names:
            result, count = f"{name}_{count}", count + 1
        self._names.add(result)
        return result

    def apart(self) -> Self:
        """An empty graph of the same opset, to try an operator on."""
        return type(self)(self.opset, self.float32, sizes=self.sizes)

    def stored(self, type: TensorType) -> TensorType:
        """The type that a value of some type has in the model."""
        return TensorType(self.float32, type.shape) if type.dtype == "float32" else type

    def taken(self, name: str) -> bool:
        """Whether a value or node has this name."""
        return name in self._names

    def node(
        self,
        op_type: str,
        *inputs: OnnxValue | None,
        type: TensorType | None = None,
        first: bool | None = None,
        **attributes: Attribute,
    ) -> OnnxValue:
        """Adds a node with one output, like its first input in type and layout unless given."""
        like = inputs[0]
        if type is None:
            assert like is not None
            type = like.type
        if first is None:
            first = like.first if like is not None and like.rank == len(type.shape) else False
        return self.nodes(op_type, *inputs, types=[type], first=first, **attributes)[0]

    def nodes(
        self,
        op_type: str,
        *inputs: OnnxValue | None,
        types: Sequence[TensorType | None],
        first: bool = False,
        **attributes: Attribute,
    ) -> tuple[OnnxValue, ...]:
        """Adds a node with one output for each of `types`; None leaves an optional one out.

        An operator without a kernel in onnxruntime is composed of others. Raises NoKernel where
        there is no formula for it.
        """
        domain, _, kind = op_type.rpartition("::")
        if self.float32 != "float32":
            types = [None if type is None else self.stored(type) for type in types]
            if kind == "Cast" and attributes.get("to") == ONNX_DTYPES["float32"]:
                attributes["to"] = ONNX_DTYPES[self.float32]
        if not domain and not self._runs(kind, inputs, types):
            try:
                return (self._composed(kind, inputs, types, first, attributes),)
            except NoKernel:
                if self.float32 == "float32":
                    raise
            return self._narrow(kind, inputs, types, first, attributes)
        return self._add(domain, kind, inputs, types, first, attributes)

    def _narrow(
        self,
        kind: str,
        inputs: Sequence[OnnxValue | None],
        types: Sequence[TensorType | None],
        first: bool,
        attributes: Mapping[str, Attribute],
    ) -> tuple[OnnxValue, ...]:
        """A node in float32 that has no kernel for a wider dtype."""

        def cast(value: OnnxValue, old: str, new: str) -> OnnxValue:
            if value.type.dtype != old:
                return value
            type = TensorType(new, value.type.shape)
            to: dict[str, Attribute] = {"to": ONNX_DTYPES[new]}
            return self._add("", "Cast", [value], [type], value.first, to)[0]

        wide = self.float32
        given = [value and cast(value, wide, "float32") for value in inputs]
        narrow = [
            TensorType("float32", type.shape) if type and type.dtype == wide else type
            for type in types
        ]
        if not self._runs(kind, given, narrow):
            raise NoKernel(kind, [value.type.dtype for value in inputs if value is not None])
        self.narrowed.add(kind)
        made = iter(self._add("", kind, given, narrow, first, attributes))
        return tuple(cast(next(made), "float32", type.dtype) for type in types if type is not None)

    def _add(
        self,
        domain: str,
        kind: str,
        inputs: Sequence[OnnxValue | None],
        types: Sequence[TensorType | None],
        first: bool,
        attributes: Mapping[str, Attribute],
    ) -> tuple[OnnxValue, ...]:
        name = self.fresh(f"{self.scope}/{kind}" if self.scope else kind)
        outputs = [
            "" if type is None else name if i == 0 else self.fresh(f"{name}:{i}")
            for i, type in enumerate(types)
        ]
        proto = helper.make_node(
            kind,
            [v.name if v is not None else "" for v in inputs],
            outputs,
            name=name,
            domain=domain,
            **attributes,
        )
        for key, text in self.metadata:
            proto.metadata_props.add(key=key, value=text)
        self.nodes_made.append(proto)
        self.dtypes.update((n, t.dtype) for n, t in zip(outputs, types, strict=True) if t)
        return tuple(
            OnnxValue(output, type, first and _has_layout(type))
            for output, type in zip(outputs, types, strict=True)
            if type is not None
        )

    def _runs(
        self, kind: str, inputs: Sequence[OnnxValue | None], types: Sequence[TensorType | None]
    ) -> bool:
        given = tuple(None if value is None else value.type.dtype for value in inputs)
        return runs(kind, self.opset, given, tuple(t and t.dtype for t in types))

    def _composed(
        self,
        kind: str,
        inputs: Sequence[OnnxValue | None],
        types: Sequence[TensorType | None],
        first: bool,
        attributes: Mapping[str, Attribute],
    ) -> OnnxValue:
        (out, *more) = types
        made = None
        if out is not None and not more:
            # A formula may begin with what float32 gives, whatever stands for that elsewhere.
            meant, self.float32 = self.float32, "float32"
            try:
                made = composed(cast("OnnxGraph", self), kind, inputs, attributes, out)
            finally:
                self.float32 = meant
        if made is None or out is None:
            dtypes = [value.type.dtype for value in inputs if value is not None]
            raise NoKernel(kind, dtypes or [each.dtype for each in types if each is not None])
        return OnnxValue(made.name, out, first and _has_layout(out))

    def const(self, data: object, dtype: str = "float32") -> OnnxValue:
        """A constant initializer; equal constants are shared."""
        dtype = self.float32 if dtype == "float32" else dtype
        array = np.asarray(data, dtype=numpy_dtype(dtype))
        key = (dtype, array.shape, array.tobytes())
        if key not in self._constants:
            name = self.fresh("const")
            self.initializers[name] = Initializer(name, Tensor.of(array))
            self.dtypes[name] = dtype
            self._constants[key] = OnnxValue(name, TensorType(dtype, array.shape))
        return self._constants[key]

    def weight(self, tensor: Tensor, name: str) -> OnnxValue:
        """An initializer `<layer>/<name>`; a second use of a shared layer finds the first's.

        A shared layer that meets both layouts needs a weight in two shapes: two initializers.
        """
        path = f"{self.layer}/{name}" if self.layer else name
        if tensor.dtype == "float32" != self.float32:
            wide = numpy_dtype(self.float32)
            tensor = replace(tensor.map(lambda array: array.astype(wide)), dtype=self.float32)
        first = self.initializers.get(path)
        if first is not None and first.tensor.shape != tensor.shape:
            path = f"{path}_{'x'.join(map(str, tensor.shape))}"
        if path not in self.initializers:
            self._names.add(path)
            self.dtypes[path] = tensor.dtype
            self.initializers[path] = Initializer(path, tensor)
        return OnnxValue(path, TensorType(tensor.dtype, tensor.shape))

    def channels_first(self, value: OnnxValue) -> OnnxValue:
        """The value with its channels on axis 1 (ranks 3 to 5)."""
        return self._in_layout(value, True)

    def channels_last(self, value: OnnxValue) -> OnnxValue:
        """The value with its channels on the last axis."""
        return self._in_layout(value, False)

    def _in_layout(self, value: OnnxValue, first: bool) -> OnnxValue:
        if value.first == first or not _has_layout(value.type):
            return value
        key = (value.name, first)
        if key not in self._layouts:
            made = self._moved(value, first)
            self._layouts[key] = made
            self._layouts[made.name, value.first] = value
        return self._layouts[key]

    def _moved(self, value: OnnxValue, first: bool) -> OnnxValue:
        shape, rank = value.type.shape, value.rank
        if shape[-1] == 1 or all(dim == 1 for dim in shape[1:-1]):
            # The elements stay where they are; 0 copies the batch, -1 is what is left.
            stored = (shape[-1], *shape[1:-1]) if first else shape[1:]
            sizes = [dim if isinstance(dim, int) else -1 for dim in stored]
            if sizes.count(-1) <= 1:
                return self.node("Reshape", value, self.const([0, *sizes], "int64"), first=first)
        perm = [0, rank - 1, *range(1, rank - 1)] if first else [0, *range(2, rank), 1]
        return self.node("Transpose", value, first=first, perm=perm)

    def align(self, values: Sequence[OnnxValue]) -> list[OnnxValue]:
        """The values in one layout in which NumPy's broadcasting means the same."""
        if not any(value.first for value in values):
            return list(values)
        ranks = {value.rank for value in values}
        # A constant or weight would need a Transpose of its own; a scalar fits any layout.
        if len(ranks - {0}) == 1:
            return [self.channels_first(value) for value in values]
        return [self.channels_last(value) for value in values]

    def shape(self, shape: Shape) -> OnnxValue:
        """An int64 vector of the shape; symbolic sizes are computed from the model's inputs."""
        if all(isinstance(dim, int) for dim in shape):
            return self.const(list(shape), "int64")
        parts: list[OnnxValue] = []
        for dim in shape:
            value = self.const([dim], "int64") if isinstance(dim, int) else self.size(dim)
            parts.append(value)
        if len(parts) == 1:
            return parts[0]
        return self.node("Concat", *parts, type=TensorType("int64", (len(shape),)), axis=0)

    def size(self, dim: Dim) -> OnnxValue:
        """An int64 vector of one element: the value of a dim when the model runs."""
        if isinstance(dim, int):
            return self.const([dim], "int64")
        if dim not in self._sizes_made:
            self._sizes_made[dim] = computed_size(cast("SizedGraph", self), dim, self.sizes)
        return self._sizes_made[dim]


def _has_layout(type: TensorType) -> bool:
    return 3 <= len(type.shape) <= 5


def stored_type(value: OnnxValue) -> TensorType:
    """The type of a value as the model holds it: channels behind the batch where it says so."""
    batch, *rest = value.type.shape or (1,)
    shape = (batch, rest[-1], *rest[:-1]) if value.first and rest else value.type.shape
    return TensorType(value.type.dtype, shape)
