"""Constant tensors of a net's own: `tensor`, `arange`, `full`, `zeros`, `ones`, `eye`.

They are called as in NumPy. Sizes may be named ones, which are known when the model runs.
"""

from __future__ import annotations

from math import ceil
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim, Sym, ceil_div, symbol
from ...shapes.types import DTYPES, TensorType
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.casting import cast
from ..base.declare import Refusal
from ..base.kinds import INT, arg, choice, optional
from ..base.literal import LITERAL, Literal, Number, holds, whole
from ..base.op import Example, Input, example, op
from ..base.places import positions, unsqueeze
from ..base.source import Anchor, ones_of, places
from .constant import NUMBER, SIZE, SIZES, STEP, VALUE, ConstantOp, called, rectangle

DTYPE = choice(*DTYPES)


@called("tensor")
@op
class Tensor(ConstantOp):
    """The numbers of a list, or of lists inside each other."""

    values: Literal = arg(LITERAL, doc="the numbers")
    dtype: str | None = arg(
        optional(DTYPE), default=None, doc="none: int32, float32 with a fraction, bool of bools"
    )

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 2), values=[[1, 2, 3], [4, 5, 6]]),
        example(("N", 2), values=[0.5, -1, 2e-3]),
        example(("N", "T"), values=[[[True], [False]]]),
        example((3,), values=2.5, dtype="float64"),
        example(Input(("N", 3), "int32", 0, 9), values=[0, 255], dtype="uint8"),
        example(("N", 2), values=list(range(40)), dtype="float16"),
    )

    def validate(self) -> None:
        """Raises Refusal for a number that the dtype does not hold."""
        self.check_number(self.values.misfit(self.result()), self.result(), "values")

    def result(self) -> str:
        """The dtype of the tensor."""
        return self.dtype or self.values.dtype

    def type(self) -> TensorType:
        return TensorType(self.result(), self.values.sizes)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.const(self.values.nested(), call.outputs[0].dtype)

    def keras_source(
        self, keras: KerasModule, layer: KerasLayer | None, anchor: Anchor
    ) -> KerasTensor:
        ops = keras.ops
        numbers = list(whole(self.values.numbers, self.result()))
        made = ops.convert_to_tensor(numbers, dtype=anchor.wide(self.result()))
        first = ops.cast(ops.add(anchor.minus_one(), 1.0), "int32")
        # Taken by a place that comes from an input, the first of one.
        made = ops.take(ops.reshape(made, (1, *self.values.sizes)), first, axis=0)
        return ops.squeeze(made, axis=0)


@called("arange")
@op
class Arange(ConstantOp):
    """Numbers from a start up to before a stop, a step apart; with one number, from 0 up to it."""

    start: Number | Sym = arg(NUMBER, doc="the first number; the stop where that is none")
    stop: Number | Sym | None = arg(optional(NUMBER), default=None, doc="where they end")
    step: Number = arg(STEP, default=1, doc="how far they are apart")
    dtype: str | None = arg(
        optional(choice(*DTYPES[:-1])), default=None, doc="none: int32, float32 with a fraction"
    )

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 2), start=5),
        example(("N", "T"), start=symbol("T")),
        example(("N", 3), start=2, stop=12, step=3, dtype="int64"),
        example(("N", 3), start=3, stop=-4, step=-2),
        example(("N", 3), start=0, stop=1, step=0.25),
        example(("N", 3), start=4, dtype="float16"),
        example(("N", "H", "W", 3), start=1, stop=symbol("H"), step=2, dtype="float32"),
    )

    def ends(self) -> tuple[Number | Sym, Number | Sym]:
        """Start and stop."""
        return (0, self.start) if self.stop is None else (self.start, self.stop)

    def count(self) -> Dim:
        """How many numbers there are."""
        start, stop = self.ends()
        if not isinstance(stop, Sym):
            assert not isinstance(start, Sym)
            return ceil((stop - start) / self.step)
        assert isinstance(start, int)
        assert isinstance(self.step, int)
        if self.step > 0:
            return ceil_div(stop - start, self.step)
        return ceil_div(start - stop, -self.step)

    def validate(self) -> None:
        """Raises Refusal where there are none, where one does not fit the dtype, and where named
        sizes stand beside what they cannot be counted with."""
        start, stop = self.ends()
        if isinstance(start, Sym):
            raise Refusal(
                Code.BAD_VALUE,
                f"`arange` starts at a number, got the size `{start}`",
                argument="start",
                help="add it to the result instead: `arange(T) + 8`",
            )
        if isinstance(stop, Sym):
            if isinstance(start, float) or isinstance(self.step, float):
                raise Refusal(
                    Code.BAD_VALUE,
                    "`arange` up to a named size counts in ints",
                    argument="step" if isinstance(self.step, float) else "start",
                    help="multiply the result instead: `arange(T, dtype=float32) * 0.5`",
                )
            return
        count = self.count()
        assert isinstance(count, int)
        if count < 1:
            raise Refusal(
                Code.EMPTY_DIM,
                f"`arange` gives no numbers from {start} to {stop} by {self.step}",
                argument="start" if self.stop is None else "stop",
            )
        for number in (start, start + (count - 1) * self.step):
            self.check_number(None if holds(self.result(), number) else number, self.result())

    def result(self) -> str:
        """The dtype of the tensor."""
        fractions = any(isinstance(n, float) for n in (self.start, self.stop, self.step))
        return self.dtype or ("float32" if fractions else "int32")

    def type(self) -> TensorType:
        return TensorType(self.result(), (self.count(),))

    def _wide(self) -> str:
        start, _ = self.ends()
        return "float64" if isinstance(self.step, float) or isinstance(start, float) else "int64"

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        (out,) = call.outputs
        start, _ = self.ends()
        numbers = cast(g, positions(g, out.shape[0]), self._wide())
        if self.step != 1:
            numbers = g.node("Mul", numbers, g.const(self.step, self._wide()))
        if start:
            numbers = g.node("Add", numbers, g.const(start, self._wide()))
        return cast(g, numbers, out.dtype)

    def keras_source(
        self, keras: KerasModule, layer: KerasLayer | None, anchor: Anchor
    ) -> KerasTensor:
        ops = keras.ops
        start, _ = self.ends()
        numbers = ops.cast(places(keras, anchor, self.count()), self._wide())
        if self.step != 1:
            numbers = ops.multiply(numbers, self.step)
        if start:
            numbers = ops.add(numbers, start)
        return ops.cast(numbers, anchor.wide(self.result()))


class Filled(ConstantOp):
    """A tensor with one number everywhere."""

    __slots__ = ()

    sizes: tuple[Dim, ...]
    dtype: str | None

    def number(self) -> Number:
        """The number."""
        raise NotImplementedError(self.name)

    def result(self) -> str:
        """The dtype of the tensor."""
        return self.dtype or Literal((), (self.number(),)).dtype

    def validate(self) -> None:
        """Raises Refusal for a number that the dtype does not hold."""
        number = self.number()
        self.check_number(None if holds(self.result(), number) else number, self.result(), "value")

    def type(self) -> TensorType:
        return TensorType(self.result(), self.sizes)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        (out,) = call.outputs
        (number,) = whole([self.number()], out.dtype)
        value = g.const(number, out.dtype)
        if not out.shape:
            return value
        return g.node("Expand", value, g.shape(out.shape), type=out, first=False)

    def keras_source(
        self, keras: KerasModule, layer: KerasLayer | None, anchor: Anchor
    ) -> KerasTensor:
        (number,) = whole([self.number()], self.result())
        ones = ones_of(keras, anchor, self.sizes)
        return keras.ops.full_like(ones, number, dtype=anchor.wide(self.result()))


@called("full")
@op
class Full(Filled):
    """A tensor of some sizes with one number everywhere."""

    sizes: tuple[Dim, ...] = arg(SIZES, doc="the sizes")
    value: Number = arg(VALUE, doc="the number, or true or false")
    dtype: str | None = arg(
        optional(DTYPE), default=None, doc="none: int32, float32 with a fraction, bool of a bool"
    )

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 2), sizes=[2, 3], value=0.5),
        example(("N", "T", 4), sizes=[symbol("N"), 1, symbol("T") + 1], value=7),
        example(("N", 2), sizes=[], value=True),
        example((3, "H"), sizes=[symbol("H") // 2, 2], value=3, dtype="float64"),
        example(Input((3,), "uint8", 0, 9), sizes=4, value=200, dtype="uint8"),
    )

    def number(self) -> Number:
        return self.value


@called("zeros")
@op
class Zeros(Filled):
    """A tensor of zeros."""

    sizes: tuple[Dim, ...] = arg(SIZES, doc="the sizes")
    dtype: str = arg(DTYPE, default="float32", doc="the dtype; false in bool")

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 2), sizes=[symbol("N"), 3]),
        example(("N", 2), sizes=[2], dtype="bool"),
    )

    def number(self) -> Number:
        return False if self.dtype == "bool" else 0


@called("ones")
@op
class Ones(Filled):
    """A tensor of ones."""

    sizes: tuple[Dim, ...] = arg(SIZES, doc="the sizes")
    dtype: str = arg(DTYPE, default="float32", doc="the dtype; true in bool")

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 2), sizes=[symbol("N"), 3]),
        example(("N", "H", "W", 2), sizes=[symbol("H") * symbol("W"), 2], dtype="int64"),
    )

    def number(self) -> Number:
        return True if self.dtype == "bool" else 1


@called("eye")
@op
class Eye(ConstantOp):
    """Ones on a diagonal, and zeros elsewhere."""

    rows: Dim = arg(SIZE, doc="how many rows")
    columns: Dim | None = arg(optional(SIZE), default=None, doc="how many columns; none: as rows")
    k: int = arg(INT, default=0, doc="which diagonal: above the main one, or below where negative")
    dtype: str = arg(DTYPE, default="float32", doc="the dtype")

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 2), rows=3),
        example(("N", "T"), rows=symbol("T")),
        example(("N", "T"), rows=2, columns=symbol("T"), k=1, dtype="int32"),
        example(("N", 2), rows=4, columns=3, k=-1, dtype="bool"),
    )

    def type(self) -> TensorType:
        return TensorType(self.dtype, rectangle(self.rows, self.columns))

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        (out,) = call.outputs
        rows, columns = out.shape
        row = unsqueeze(g, positions(g, rows), [1])
        if self.k:
            row = g.node("Add", row, g.const(self.k, "int64"))
        same = g.node("Equal", row, positions(g, columns), type=TensorType("bool", out.shape))
        return cast(g, same, out.dtype)

    def keras_source(
        self, keras: KerasModule, layer: KerasLayer | None, anchor: Anchor
    ) -> KerasTensor:
        ops = keras.ops
        rows, columns = self.type().shape
        row = ops.expand_dims(places(keras, anchor, rows), 1)
        return ops.cast(
            ops.equal(row + self.k, places(keras, anchor, columns)), anchor.wide(self.dtype)
        )
