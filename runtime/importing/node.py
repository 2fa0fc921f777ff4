"""One ONNX node as the rules see it: its inputs, its attributes, who else reads what it reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...compiler.ops.base.backend import Array
from .builder import Builder
from .numbers import number
from .steps import Known, Tensor, View
from .unfit import Unfit


@dataclass(frozen=True)
class Node:
    """A node whose inputs are tensors of ours."""

    op: str
    inputs: Sequence[Tensor | None]
    names: Sequence[str]
    outputs: Sequence[str]
    attributes: Mapping[str, object]
    opset: int
    build: Builder
    readers: Mapping[str, int]

    def has(self, name: str) -> bool:
        """Whether an attribute is given."""
        return name in self.attributes

    def real(self, name: str, default: float | None) -> float:
        """A number, as short as float32 lets it be."""
        import numpy as np

        value = self.attributes.get(name, default)
        if not isinstance(value, int | float):
            raise Unfit(f"`{name}` is no number")
        return float(number(np.float32(value)))

    def whole(self, name: str, default: int) -> int:
        """An integer."""
        value = self.attributes.get(name, default)
        if not isinstance(value, int):
            raise Unfit(f"`{name}` is no integer")
        return value

    def ints(self, name: str, default: Sequence[int]) -> list[int]:
        """Integers."""
        value = self.attributes.get(name, default)
        if not isinstance(value, Sequence) or isinstance(value, str | bytes):
            raise Unfit(f"`{name}` are no integers")
        return [int(item) for item in value]

    def text(self, name: str, default: str) -> str:
        """A word."""
        value = self.attributes.get(name, default)
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)

    def input(self, place: int) -> Tensor | None:
        """An input, None where it is left out."""
        return self.inputs[place] if place < len(self.inputs) else None

    def view(self, place: int) -> View:
        """An input that is computed; what is known becomes a value."""
        tensor = self.input(place)
        if isinstance(tensor, View):
            return tensor
        if tensor is None:
            raise Unfit(f"input {place} is missing")
        value = self.build.value(tensor)
        return View.as_is(value)

    def plain(self, place: int) -> View:
        """An input that is computed, with an axis for each of ONNX's."""
        return self.build.plain(self.view(place))

    def known(self, place: int) -> Known:
        """An input that is known. Raises Unfit."""
        tensor = self.input(place)
        if not isinstance(tensor, Known) or tensor.array.dtype == object:
            raise Unfit(f"input {place} is computed")
        return tensor

    def optional(self, place: int) -> Array | None:
        """A known input, None where it is left out. Raises Unfit where it is computed."""
        return None if self.input(place) is None else self.known(place).array

    def number(self, place: int) -> float | None:
        """A known number, None where it is left out."""
        array = self.optional(place)
        if array is None:
            return None
        if array.size != 1:
            raise Unfit(f"input {place} is no number")
        return number(array.reshape(-1)[0])

    def uses(self, name: str) -> int:
        """How many read a tensor of the model."""
        return self.readers.get(name, 0)
