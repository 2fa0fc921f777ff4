"""Comparisons, logic of bool tensors, and Where, following `keras.ops`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim, Shape
from ...shapes.types import FLOATS, TensorType
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.broadcast import align_ranks, broadcast
from ..base.kinds import FLOAT, arg, optional, show
from ..base.op import Example, Input, Op, Refusal, elements, example, op
from .casts import fits
from .merge import same_dtypes

COMPARED = (*FLOATS, "int32", "int64")


class Elementwise(Op):
    """An operator on several tensors with NumPy's broadcasting."""

    __slots__ = ()

    def shape(self, *shapes: Shape) -> Shape:
        return broadcast(self.name, *shapes)

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return elements(outputs[0])

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer | None:
        return None

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", self.name).lower()
        return getattr(keras.ops, snake)(*inputs)


@op
class Comparison(Elementwise):
    """What the comparisons share: two tensors, or one and a number."""

    number: float | None = arg(
        optional(FLOAT), default=None, doc="what a single tensor is compared with"
    )

    arity = (1, 2)
    dtypes: ClassVar[tuple[str, ...]] = COMPARED
    onnx_name: ClassVar[str] = ""

    def check_inputs(self, inputs: Sequence[TensorType]) -> None:
        super().check_inputs(inputs)
        wanted = 1 if self.number is not None else 2
        if len(inputs) != wanted:
            raise Refusal(
                Code.INPUT_COUNT,
                f"`{self.name}` takes two tensors, or one and a number; got {len(inputs)}"
                + ("" if self.number is None else f" and {show(self.number)}"),
                help=f"`x -> {self.name}(0.5)` compares with a number",
            )
        same_dtypes(self.name, inputs)
        dtype, number = inputs[0].dtype, self.number
        if number is not None and not fits(number, dtype):
            raise Refusal(
                Code.DTYPE,
                f"`{self.name}` cannot compare {dtype} with {show(number)}",
                argument="number",
                inputs=[0],
                help="`-> Cast(float32)` turns integers into floats",
            )

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        return (TensorType("bool", self.shape(*(x.shape for x in inputs))),)

    def _number(self, dtype: str) -> float:
        assert self.number is not None
        return self.number if dtype in FLOATS else int(self.number)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        (out,) = call.outputs
        if self.number is None:
            a, b = align_ranks(g, call.inputs)
        else:
            a, dtype = call.x, call.x.type.dtype
            b = g.const(self._number(dtype), dtype)
        first = a.first or b.first
        if self.onnx_name == "NotEqual":
            return g.node("Not", g.node("Equal", a, b, type=out, first=first))
        return g.node(self.onnx_name or self.name, a, b, type=out, first=first)

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        if self.number is None:
            return super().keras_call(keras, layer, inputs)
        return super().keras_call(keras, layer, [*inputs, self._number(str(inputs[0].dtype))])


EXAMPLES = (
    example(Input(("N", 9), "int32", 0, 3), Input(("N", 9), "int32", 0, 3)),
    example(("N", 4, 6, 3), (6, 1)),
    example(("N", "T", 3), ("N", "T", 3)),
    example(("N", "H", "W", 3), number=0.5),
    example(Input(("N", 9), "int64", 0, 3), number=1),
)


@op
class Equal(Comparison):
    """Whether `a == b`, element by element."""

    examples: ClassVar[tuple[Example, ...]] = EXAMPLES

    @property
    def any_order(self) -> bool:
        return True


@op
class NotEqual(Comparison):
    """Whether `a != b`, element by element."""

    onnx_name = "NotEqual"
    examples: ClassVar[tuple[Example, ...]] = EXAMPLES

    @property
    def any_order(self) -> bool:
        return True


@op
class Greater(Comparison):
    """Whether `a > b`, element by element."""

    examples: ClassVar[tuple[Example, ...]] = EXAMPLES


@op
class GreaterEqual(Comparison):
    """Whether `a >= b`, element by element."""

    onnx_name = "GreaterOrEqual"
    examples: ClassVar[tuple[Example, ...]] = EXAMPLES


@op
class Less(Comparison):
    """Whether `a < b`, element by element."""

    examples: ClassVar[tuple[Example, ...]] = EXAMPLES


@op
class LessEqual(Comparison):
    """Whether `a <= b`, element by element."""

    onnx_name = "LessOrEqual"
    examples: ClassVar[tuple[Example, ...]] = EXAMPLES


class Logical(Elementwise):
    """An operator on bools."""

    __slots__ = ()

    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    dtypes = ("bool",)

    @property
    def any_order(self) -> bool:
        return True

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        a, b = align_ranks(g, call.inputs)
        onnx_name = self.name.removeprefix("Logical")
        return g.node(onnx_name, a, b, type=call.outputs[0], first=a.first or b.first)


TRUTHS = (
    example(Input(("N", 9), "bool"), Input(("N", 9), "bool")),
    example(Input(("N", "H", 4, 3), "bool"), Input((4, 1), "bool")),
)


@op
class LogicalAnd(Logical):
    """Whether both are true."""

    examples: ClassVar[tuple[Example, ...]] = TRUTHS


@op
class LogicalOr(Logical):
    """Whether one or both are true."""

    examples: ClassVar[tuple[Example, ...]] = TRUTHS


@op
class LogicalXor(Logical):
    """Whether one is true and the other is not."""

    examples: ClassVar[tuple[Example, ...]] = TRUTHS


@op
class LogicalNot(Logical):
    """Whether it is not true."""

    arity = (1, 1)
    examples: ClassVar[tuple[Example, ...]] = (example(Input(("N", "T", 9), "bool")),)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node("Not", call.x)


@op
class Where(Elementwise):
    """`a` where a bool tensor is true, `b` elsewhere: `condition, a, b -> Where`."""

    arity = (3, 3)
    dtypes = (*COMPARED, "uint8", "bool")
    examples: ClassVar[tuple[Example, ...]] = (
        example(Input(("N", 9), "bool"), ("N", 9), ("N", 9)),
        example(Input(("N", 4, 1), "bool"), ("N", 4, 3), (3,)),
        example(Input(("N", "H", "W", 1), "bool"), ("N", "H", "W", 3), ("N", 1, 1, 3)),
        example(Input((5,), "bool"), Input(("N", 5), "int32", 0, 9), Input((1,), "int32", 0, 9)),
    )

    def check_inputs(self, inputs: Sequence[TensorType]) -> None:
        super().check_inputs(inputs)
        condition, a, b = inputs
        if condition.dtype != "bool":
            raise Refusal(
                Code.DTYPE,
                f"`Where` takes a bool tensor first, got {condition.dtype}",
                inputs=[0],
                help="a comparison gives one: `x -> Greater(0)`",
            )
        for index, x in enumerate((a, b), start=1):
            if x.dtype == "bool":
                raise Refusal(
                    Code.DTYPE,
                    "`Where` chooses between numbers, got bool",
                    inputs=[index],
                    help="`LogicalAnd`, `LogicalOr` and `LogicalNot` combine bools",
                )
        if a.dtype != b.dtype:
            raise Refusal(
                Code.DTYPE,
                f"`Where` chooses between tensors of one dtype, got {a.dtype} and {b.dtype}",
                inputs=[1, 2],
                help=f"`-> Cast({a.dtype})` after the second makes them one",
            )

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        return (TensorType(inputs[1].dtype, self.shape(*(x.shape for x in inputs))),)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        values = align_ranks(g, call.inputs)
        first = any(value.first for value in values)
        return g.node("Where", *values, type=call.outputs[0], first=first)
