"""Formulas over ONNX values, written as formulas: `(x.exp() - 1) / 2`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ...ops.base.backend import OnnxGraph, OnnxValue
from ...shapes.types import TensorType

Number: TypeAlias = "Term | float"


@dataclass(frozen=True, slots=True)
class Term:
    """A value of one float dtype; arithmetic with it adds nodes, element by element."""

    g: OnnxGraph
    value: OnnxValue

    @property
    def dtype(self) -> str:
        """The dtype of its elements."""
        return self.value.type.dtype

    def __add__(self, other: Number) -> Term:
        return self._join("Add", self, other)

    def __sub__(self, other: Number) -> Term:
        return self._join("Sub", self, other)

    def __rsub__(self, other: float) -> Term:
        return self._join("Sub", other, self)

    def __mul__(self, other: Number) -> Term:
        return self._join("Mul", self, other)

    def __truediv__(self, other: Number) -> Term:
        return self._join("Div", self, other)

    def __rtruediv__(self, other: float) -> Term:
        return self._join("Div", other, self)

    def __neg__(self) -> Term:
        return self.apply("Neg")

    def below(self, other: Number) -> Term:
        """Whether each element is less than another."""
        return self._join("Less", self, other, "bool")

    def above(self, other: Number) -> Term:
        """Whether each element is greater than another."""
        return self._join("Greater", self, other, "bool")

    def equals(self, other: Number) -> Term:
        """Whether each element is equal to another."""
        return self._join("Equal", self, other, "bool")

    def least(self, other: Number) -> Term:
        """The lesser of two elements."""
        return self._join("Min", self, other)

    def most(self, other: Number) -> Term:
        """The greater of two elements."""
        return self._join("Max", self, other)

    def choose(self, yes: Term, no: Number) -> Term:
        """Elements of `yes` where these bools are true, of `no` elsewhere."""
        other = self._value(no, yes.dtype)
        kind = TensorType(yes.dtype, self.value.type.shape)
        return Term(self.g, self.g.node("Where", self.value, yes.value, other, type=kind))

    def replace(self, where: Term, number: float) -> Term:
        """These elements, and a number where `where` is true."""
        chosen = self._value(number, self.dtype)
        kind = self.value.type
        return Term(self.g, self.g.node("Where", where.value, chosen, self.value, type=kind))

    def apply(self, op_type: str) -> Term:
        """An operator of ONNX that takes and gives one tensor."""
        return Term(self.g, self.g.node(op_type, self.value))

    def cast(self, dtype: str) -> Term:
        """The numbers in another dtype."""
        from ...ops.base.casting import cast

        return Term(self.g, cast(self.g, self.value, dtype))

    def _value(self, other: Number, dtype: str) -> OnnxValue:
        return other.value if isinstance(other, Term) else self.g.const(other, dtype)

    def _join(self, op_type: str, a: Number, b: Number, dtype: str = "") -> Term:
        left, right = self._value(a, self.dtype), self._value(b, self.dtype)
        like = left if left.rank >= right.rank else right
        kind = TensorType(dtype or self.dtype, like.type.shape)
        return Term(self.g, self.g.node(op_type, left, right, type=kind, first=like.first))
