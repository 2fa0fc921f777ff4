"""The model between ONNX and text: steps in netc's words, and how ONNX sees what they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ...compiler.ops.base.backend import Array
from ...compiler.shapes.dims import Dim, Shape, dim_prod
from ...compiler.shapes.types import TensorType

Argument: TypeAlias = object
"""A value of a `.net` file: a number, a word, a size, or a tuple of them."""


@dataclass(eq=False, slots=True, repr=False)
class Step:
    """One layer, sign, index, learned tensor or constant.

    `op` is the layer's name, a sign such as `+`, `index`, `weight`, `input`, or a constant's word.
    Signs take what stands at their sides from `inputs`, numbers and lists from `args`.
    """

    op: str
    inputs: tuple[Value, ...]
    args: Mapping[str, Argument]
    types: tuple[TensorType, ...]
    origin: str
    """The tensor of the ONNX model that it makes."""
    weights: Mapping[str, Array] = field(default_factory=dict)
    shared: Step | None = None
    """The step whose weights this one uses, too."""
    label: str = ""
    """What its author called it, where that is known."""
    tensors: tuple[str, ...] = ()
    """The names of its inputs, where those are not the layer's first ones."""
    inner: Imported | None = None
    """The model that it is a use of, which is written as a block; `op` is then `block:Name`."""


@dataclass(frozen=True, slots=True)
class Value:
    """One result of a step."""

    step: Step
    index: int = 0

    @property
    def type(self) -> TensorType:
        """Its dtype and shape, channels last."""
        return self.step.types[self.index]

    @property
    def shape(self) -> Shape:
        """Its sizes, channels last."""
        return self.type.shape


@dataclass(frozen=True, slots=True)
class View:
    """A tensor of the ONNX model in terms of a value of ours.

    Axis i of ONNX's is axis `axes[i]` of the value, or new and of length 1 where that is None. So
    transposes, squeezes and new axes need no layer until something asks for their order.
    """

    value: Value
    axes: tuple[int | None, ...]
    merged: bool = False
    """All axes but the last are one in ONNX; `axes` are then those of the value itself."""
    flat: tuple[int, ...] = ()
    """Where the value is flattened: the axes of what was flattened, in ONNX's order."""

    @classmethod
    def as_is(cls, value: Value) -> View:
        """The view of a value with its own axes."""
        return cls(value, tuple(range(len(value.shape))))

    @property
    def shape(self) -> Shape:
        """The sizes as ONNX has them."""
        shape = self.value.shape
        if self.flat:
            return (shape[0], dim_prod(shape[1:]))
        if self.merged:
            return (dim_prod(shape[:-1]), shape[-1])
        return tuple(1 if axis is None else shape[axis] for axis in self.axes)

    @property
    def rank(self) -> int:
        """How many axes ONNX's tensor has."""
        return 2 if self.flat or self.merged else len(self.axes)

    @property
    def dtype(self) -> str:
        """The dtype of the elements."""
        return self.value.type.dtype

    @property
    def keeps_last(self) -> bool:
        """Whether the last axis is that of the value, whatever the order of the others."""
        last = len(self.value.shape) - 1
        return not self.merged and not self.flat and last >= 1 and self.axes[-1:] == (last,)

    @property
    def straight(self) -> bool:
        """Whether it is the value as it is."""
        return not self.merged and not self.flat and self.axes == tuple(range(len(self.axes)))


@dataclass(frozen=True, slots=True)
class Known:
    """A tensor of the ONNX model that is known: numbers, or sizes in an array of objects."""

    array: Array
    names: tuple[str, ...] = ()
    """The initializer that it is; more where it was computed from some."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Its sizes."""
        return tuple(self.array.shape)

    @property
    def dtype(self) -> str:
        """The dtype of the elements; that of sizes is int64."""
        return "int64" if self.array.dtype == object else self.array.dtype.name

    def dims(self) -> list[Dim]:
        """Its elements as sizes."""
        return [
            item if not hasattr(item, "item") else int(item)
            for item in self.array.reshape(-1).tolist()
        ]


@dataclass(frozen=True, slots=True)
class Spread:
    """A known tensor that ONNX repeats to a shape."""

    known: Known
    shape: Shape

    @property
    def dtype(self) -> str:
        """The dtype of the elements."""
        return self.known.dtype


@dataclass(frozen=True, slots=True)
class Cut:
    """A known tensor of which a model takes the first elements of some axes.

    Those axes have named sizes in `shape`: a table of positions, of which a sequence takes as many
    as it is long. It cannot be longer than the table. Axes that are 1 in the tensor and not in
    `shape` are repeated. Both have as many axes.
    """

    known: Known
    shape: Shape

    @property
    def dtype(self) -> str:
        """The dtype of the elements."""
        return self.known.dtype


Tensor: TypeAlias = "View | Known | Spread | Cut"


@dataclass(frozen=True, slots=True)
class Imported:
    """A model in netc's words: inputs, the steps in an order that runs, outputs."""

    name: str
    inputs: Sequence[Step]
    steps: Sequence[Step]
    outputs: Sequence[tuple[str, View]]
    places: Mapping[str, View]
    """What the tensors of the ONNX model are, for the proof."""
