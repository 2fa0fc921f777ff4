"""The base of constant tensors: their words, the sizes they take, how large they may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim, Sym
from ...shapes.types import FLOATS, TensorType
from ..base.backend import KerasLayer, KerasModule
from ..base.declare import Refusal
from ..base.kinds import INT, LARGEST, Kind, OutOfRange, describe, many
from ..base.literal import Number
from ..base.source import SourceOp

T = TypeVar("T")
MAX_ELEMENTS = 2**24
"""The most elements that a constant may have, its named sizes left out: 64 MiB of float32."""


def called(word: str) -> Callable[[type[T]], type[T]]:
    """Gives a class the word that a `.net` file calls it by."""

    def name(cls: type[T]) -> type[T]:
        cls.__name__ = word
        return cls

    return name


def _size(value: object) -> Dim:
    if isinstance(value, Sym):
        return value
    size = INT.convert(value)
    if size < 1:
        raise OutOfRange(f"{size} is less than 1")
    return size


def _number(value: object) -> Number | Sym:
    if isinstance(value, Sym):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) > LARGEST:
            raise OutOfRange(f"{value:.3g} is past the limit of {LARGEST:,}")
        return value
    raise ValueError(f"{describe(value)} is not a number")


def _value(value: object) -> Number:
    number = value if isinstance(value, bool) else _number(value)
    if isinstance(number, Sym):
        raise ValueError(f"`{number}` is a size known only when the model runs")
    return number


def _step(value: object) -> Number:
    number = _number(value)
    if isinstance(number, Sym):
        raise ValueError(f"`{number}` is a size known only when the model runs")
    if number == 0:
        raise OutOfRange("0 gets nowhere")
    return number


SIZE: Kind[Dim] = Kind("a size", _size)
SIZES: Kind[tuple[Dim, ...]] = many(SIZE, "a list of sizes")
NUMBER: Kind[Number | Sym] = Kind("a number or a size", _number)
VALUE: Kind[Number] = Kind("a number, true or false", _value)
STEP: Kind[Number] = Kind("a number that is not 0", _step)


def rectangle(rows: Dim, columns: Dim | None) -> tuple[Dim, Dim]:
    """The sizes of a matrix, which is square where its columns are not told."""
    return rows, rows if columns is None else columns


class ConstantOp(SourceOp):
    """A tensor whose numbers are known when the net is compiled, but for named sizes."""

    __slots__ = ()

    def type(self) -> TensorType:
        """The type of the tensor."""
        raise NotImplementedError(self.name)

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        made = self.type()
        elements = 1
        for dim in made.shape:
            elements *= dim if isinstance(dim, int) else 1
        if elements > MAX_ELEMENTS:
            raise Refusal(
                Code.BAD_VALUE,
                f"`{self.name}` would make {elements:.3g} numbers; the limit is {MAX_ELEMENTS:,}",
                help="make smaller ones, and let them broadcast",
            )
        return (made,)

    def check_number(self, number: Number | None, dtype: str, argument: str = "") -> None:
        """Raises Refusal for a number that a dtype does not hold; None is none."""
        if number is None:
            return
        shown = ("true" if number else "false") if isinstance(number, bool) else f"{number:.6g}"
        fraction = isinstance(number, float) and not number.is_integer()
        raise Refusal(
            Code.DTYPE,
            f"`{self.name}` of {dtype} cannot hold {shown}",
            argument=argument,
            help="`dtype=float32` holds it"
            if fraction and dtype not in FLOATS
            else "`dtype=int64` holds it"
            if dtype == "int32" and abs(number) < 2**63
            else "",
        )

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer | None:
        return None
