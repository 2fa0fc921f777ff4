"""What an operator needs of a backend: protocols, so that reading operators imports none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from ....dsl.record import record
from ...shapes.dims import Shape
from ...shapes.types import TensorType

if TYPE_CHECKING:
    import numpy as np

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"

NumPy: TypeAlias = Any
"""The `numpy` module, passed in."""

Attribute: TypeAlias = "int | float | str | Sequence[int] | Sequence[float] | Sequence[str]"


@record
class OnnxValue:
    """A tensor of the ONNX graph being built.

    `type` is the logical, channels-last type; `first` says that the stored tensor has its
    channels on axis 1 instead (only for ranks 3 to 5).
    """

    name: str
    type: TensorType
    first: bool = False

    @property
    def rank(self) -> int:
        return len(self.type.shape)

    def axis(self, axis: int) -> int:
        """Where a logical axis (negative ones count from the end) is stored."""
        axis %= self.rank
        if not self.first or axis == 0:
            return axis
        return 1 if axis == self.rank - 1 else axis + 1


@record
class Tensor:
    """A weight that is read only when it is written out. `shape` is what `read` will give.

    `elements`, where given, reads the same elements in the same order but in another shape, which
    saves the copy that reshaping a transposed array takes.
    """

    shape: tuple[int, ...]
    dtype: str
    read: Callable[[], Array]
    elements: Callable[[], Array] | None = None

    @classmethod
    def of(cls, array: Array) -> Tensor:
        """An array that is there already."""
        return cls(tuple(array.shape), array.dtype.name, lambda: array)

    def transpose(self, *axes: int) -> Tensor:
        """The tensor with its axes permuted, as `numpy.transpose` does."""
        shape = tuple(self.shape[axis] for axis in axes)
        return Tensor(shape, self.dtype, lambda: self.read().transpose(axes))

    def reshape(self, *shape: int) -> Tensor:
        """The tensor in another shape of the same size (every dim given)."""
        elements = self.elements or self.read
        return Tensor(shape, self.dtype, lambda: elements().reshape(shape), elements)

    def map(self, function: Callable[[Array], Array], *shape: int) -> Tensor:
        """The tensor after `function`; `shape` where that changes it."""
        return Tensor(shape or self.shape, self.dtype, lambda: function(self.read()))


Step: TypeAlias = Callable[[Sequence[OnnxValue], Sequence[OnnxValue]], Sequence[OnnxValue]]
"""One step of a loop: the new states, of the states before and one item of each sequence."""


class OnnxGraph(Protocol):
    """The ONNX graph builder as operators see it."""

    opset: int

    def node(
        self,
        op_type: str,
        *inputs: OnnxValue | None,
        type: TensorType | None = None,
        first: bool | None = None,
        **attributes: Attribute,
    ) -> OnnxValue:
        """Adds a node with one output.

        The output's logical type and layout are those of the first input unless given.
        """

    def nodes(
        self,
        op_type: str,
        *inputs: OnnxValue | None,
        types: Sequence[TensorType | None],
        first: bool = False,
        **attributes: Attribute,
    ) -> tuple[OnnxValue, ...]:
        """Adds a node with several outputs, one for each of `types`.

        None leaves an optional output out; the values returned are those of the others.
        """

    def scan(
        self,
        states: Sequence[OnnxValue],
        sequences: Sequence[OnnxValue],
        step: Step,
        backwards: bool,
    ) -> tuple[tuple[OnnxValue, ...], OnnxValue]:
        """Adds a loop over the first axis of `sequences`.

        Returns the last states, and the first state behind every step in the order of the
        sequences. `step` may use values from outside that are weights or constants.
        """

    def const(self, data: object, dtype: str = "float32") -> OnnxValue:
        """A constant: a number, nested lists of numbers, or an array."""

    def weight(self, tensor: Tensor, name: str) -> OnnxValue:
        """An initializer called `<layer path>/<name>`, read when the model is written."""

    def channels_first(self, value: OnnxValue) -> OnnxValue:
        """The value with its channels on axis 1 (ranks 3 to 5; others are returned as they are)."""

    def channels_last(self, value: OnnxValue) -> OnnxValue:
        """The value with its channels on the last axis."""

    def align(self, values: Sequence[OnnxValue]) -> list[OnnxValue]:
        """The values in one common layout, for elementwise operators with broadcasting."""

    def shape(self, shape: Shape) -> OnnxValue:
        """An int64 vector of a shape; its symbolic sizes are computed from the model's inputs."""


@record
class OnnxCall:
    """One use of an operator: its input values, its weights by name, its output types."""

    inputs: tuple[OnnxValue, ...]
    weights: Mapping[str, Tensor]
    outputs: tuple[TensorType, ...]

    @property
    def x(self) -> OnnxValue:
        return self.inputs[0]


class KerasModule(Protocol):
    """The `keras` module, passed in."""

    Input: Any
    Model: Any
    Sequential: Any
    layers: Any
    ops: Any
    activations: Any
    backend: Any
    config: Any
    initializers: Any
    regularizers: Any


KerasTensor: TypeAlias = Any
KerasLayer: TypeAlias = Any
