"""Stands in for the `keras` module and records what an operator does with it as an expression."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from ...ir.graph import Ref
from ...ops.base.backend import KerasModule
from ...ops.base.declare import arguments, keras_value
from ...ops.table import OPS
from ...shapes.dims import Dim
from ...shapes.types import TensorType
from .expressions import (
    Attribute,
    Binary,
    Call,
    Expression,
    Item,
    Literal,
    Series,
    TensorUse,
    Variable,
)

ACTIVATIONS_ONLY = frozenset({"exponential", "linear", "mish"})
"""Functions of `keras.activations` that `keras.ops` has not."""


def expression(value: object) -> Expression:
    """What a value given to Keras looks like in a source file."""
    if isinstance(value, Recorded):
        return value.recorded()
    if isinstance(value, list | tuple):
        items = tuple(expression(item) for item in value)
        if all(isinstance(item, Literal) for item in items):
            return Literal(value)
        return Series(items, "[]" if isinstance(value, list) else "()")
    return Literal(value)


class Recorded:
    """Records attribute reads, calls, arithmetic and indexing; tensors know their type."""

    def __init__(
        self,
        made: Expression,
        type: TensorType | None = None,
        count: int | None = None,
        dtype: str = "",
    ) -> None:
        self.__dict__.update(_made=made, _type=type, _count=count, _dtype=dtype)

    def recorded(self) -> Expression:
        """The expression recorded."""
        return cast("Expression", self.__dict__["_made"])

    def __getattr__(self, name: str) -> Any:
        made, type = self.recorded(), self.__dict__["_type"]
        if name.startswith("__"):
            raise AttributeError(name)
        if type is not None and name == "shape":
            return tuple(_size(dim) for dim in type.shape)
        if type is not None and name == "dtype":
            return type.dtype
        if name == "built":
            return False
        if type is not None and name == "_keras_mask":
            # The file gives every mask by hand.
            return None
        if isinstance(made, Attribute) and made.name == "ops" and name in ACTIVATIONS_ONLY:
            raise AttributeError(name)
        return Recorded(Attribute(made, name), dtype=self.__dict__["_dtype"])

    def __setattr__(self, name: str, value: object) -> None:
        """Sets an argument that the layer was made with."""
        layer = self.__dict__.get("_layer")
        if layer is not None:
            setattr(layer, name, value)
            return
        made = self.recorded()
        if not isinstance(made, Call) or not isinstance(made.function, Attribute):
            raise TypeError(f"the attribute {name} of {made} cannot be written as source")
        if any(key == name for key, _ in made.named):
            named = ((key, expression(value) if key == name else old) for key, old in made.named)
            self.__dict__["_made"] = Call(made.function, made.arguments, tuple(named))
            return
        known = list(arguments(OPS[made.function.name]))
        place = known.index(name)
        given = list(made.arguments)
        given[place] = expression(value)
        self.__dict__["_made"] = Call(made.function, tuple(given), made.named)

    def __call__(self, *args: object, **named: object) -> Recorded:
        """Records a call; one of `split` says how many values it gives, one that makes a layer
        its dtype where that is not Keras's own."""
        if self.__dict__["_dtype"] and _makes_layer(self.recorded()):
            named.setdefault("dtype", self.__dict__["_dtype"])
        made = Call(
            self.recorded(),
            tuple(expression(arg) for arg in args),
            tuple((key, expression(value)) for key, value in named.items()),
        )
        function = self.recorded()
        pieces = args[1] if len(args) > 1 else None
        split = isinstance(function, Attribute) and function.name == "split"
        count = pieces if split and isinstance(pieces, int) else None
        return Recorded(made, count=count)

    def __getitem__(self, key: object) -> Recorded:
        return Recorded(Item(self.recorded(), key if isinstance(key, tuple) else (key,)))

    def __iter__(self) -> Iterator[Recorded]:
        count = self.__dict__["_count"]
        if count is None:
            raise TypeError("how many values a call gives is not known")
        return iter([self[index] for index in range(count)])

    def __bool__(self) -> bool:
        return True

    def __add__(self, other: object) -> Recorded:
        return self._binary("+", other)

    def __sub__(self, other: object) -> Recorded:
        return self._binary("-", other)

    def __mul__(self, other: object) -> Recorded:
        return self._binary("*", other)

    def __truediv__(self, other: object) -> Recorded:
        return self._binary("/", other)

    def __pow__(self, other: object) -> Recorded:
        return self._binary("**", other)

    def __matmul__(self, other: object) -> Recorded:
        return self._binary("@", other)

    def __floordiv__(self, other: object) -> Recorded:
        return self._binary("//", other)

    def __lt__(self, other: object) -> Recorded:
        return self._binary("<", other)

    def __gt__(self, other: object) -> Recorded:
        return self._binary(">", other)

    def __radd__(self, other: object) -> Recorded:
        return Recorded(Binary("+", expression(other), self.recorded()))

    def __rsub__(self, other: object) -> Recorded:
        return Recorded(Binary("-", expression(other), self.recorded()))

    def __rmul__(self, other: object) -> Recorded:
        return Recorded(Binary("*", expression(other), self.recorded()))

    def __rtruediv__(self, other: object) -> Recorded:
        return Recorded(Binary("/", expression(other), self.recorded()))

    def __neg__(self) -> Recorded:
        return Recorded(Binary("-", Literal(0), self.recorded()))

    def _binary(self, sign: str, other: object) -> Recorded:
        return Recorded(Binary(sign, self.recorded(), expression(other)))


def recorder(dtype: str = "") -> KerasModule:
    """A stand-in for the module `keras`; `dtype` is what layers compute in, if not float32."""
    return cast("KerasModule", Recorded(Variable("keras"), dtype=dtype))


def _makes_layer(made: Expression) -> bool:
    """Whether a function is a class of `keras.layers`."""
    return (
        isinstance(made, Attribute)
        and isinstance(made.base, Attribute)
        and made.base.name == "layers"
    )


def tensor(ref: Ref, type: TensorType) -> Recorded:
    """A stand-in for a tensor of the graph."""
    return Recorded(TensorUse(ref), type)


def default(call: Call, name: str) -> Expression | None:
    """What an argument is where a call of a layer leaves it out; None where it must be given."""
    function = call.function
    known = OPS.get(function.name) if isinstance(function, Attribute) else None
    argument = None if known is None else arguments(known).get(name)
    if argument is None or argument.required:
        return None
    return expression(keras_value(argument.default, recorder()))


def _size(dim: Dim) -> int | None:
    return dim if isinstance(dim, int) else None
