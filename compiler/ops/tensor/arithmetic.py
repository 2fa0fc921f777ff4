"""Arithmetic between tensors and numbers, reached by the signs `+ - * / ** @`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeAlias

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim, Shape
from ...shapes.types import FLOATS, INTS, TensorType, show_shape
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.broadcast import align_ranks, broadcast
from ..base.casting import cast
from ..base.kinds import Kind, arg, choice, describe, optional
from ..base.op import Example, Input, Op, Refusal, Window, elements, example, op
from .merge import NUMBERS, same_dtypes

Number: TypeAlias = int | float

NAMES = {
    "+": "Add",
    "-": "Subtract",
    "*": "Multiply",
    "/": "Divide",
    "**": "Power",
    "@": "MatMul",
    "negative": "Negative",
}
ONNX_OPS = {"+": "Add", "-": "Sub", "*": "Mul", "/": "Div", "**": "Pow"}
WIDER = {"int8": "int32", "int16": "int32", "uint8": "int32", "uint16": "int32", "uint32": "int64"}
"""The ints that onnxruntime computes the others in; results are cut back as NumPy's are."""
LARGEST = {"float16": 65504.0, "bfloat16": 3.38e38, "float32": 3.4e38, "float64": 1.79e308}


def _number(value: object) -> Number:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise ValueError(f"{describe(value)} is not a number")


NUMBER: Kind[Number] = Kind("a number", _number)


@op
class Arithmetic(Op):
    """`a + b` and its relatives, with NumPy's broadcasting.

    `left` or `right` is the number on that side, none where a tensor stands. Two tensors must be
    of one dtype; a number takes the tensor's. `/` of ints gives float32; other signs keep the
    dtype.
    """

    op: str = arg(choice(*NAMES), doc="the sign")
    left: Number | None = arg(optional(NUMBER), default=None, doc="the number on the left")
    right: Number | None = arg(optional(NUMBER), default=None, doc="the number on the right")

    arity = (1, 2)
    hidden = True
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5), ("N", 5), op="+"),
        example(("N", 4, 6, 3), (6, 1), op="+"),
        example(("N", "H", "W", 3), (3,), op="*"),
        example(("N", "T", 4), ("T", 4), op="-"),
        example(("N", 5), Input(("N", 1), low=0.5), op="/"),
        example(Input(("N", 5), low=0.1), ("N", 5), op="**"),
        example(("N", 5), op="+", right=2),
        example(("N", 5), op="-", left=1.5),
        example(("N", 5), op="-", right=1),
        example(Input(("N", 4, 3), low=0.5), op="/", left=1),
        example(("N", 5), op="**", right=2),
        example(("N", 5), op="**", left=2),
        example(("N", 5), op="negative"),
        example(Input(("N", 5), "int32", 0, 9), op="/", right=4),
        example(Input(("N", 5), "uint8", 0, 255), op="/", right=255.0),
        example(Input(("N", 5), "uint8", 0, 255), op="+", right=3),
        example(Input(("N", 5), "int32", 0, 9), Input(("N", 5), "int32", 1, 9), op="/"),
        example(Input(("N", 5), "int32", 0, 9), op="*", right=3),
        example(Input(("N", 5), "int64", 0, 9), op="**", right=2),
        example(Input(("N", 5), "int32", 0, 9), op="negative"),
        example(("N", "T", 4), ("N", 4, 3), op="@"),
        example(("N", 5, "T", 4), (4, 3), op="@"),
        example((4,), ("N", 4, 3), op="@"),
        example(("N", 3, 4), (4,), op="@"),
        example((4,), (4,), op="@"),
        example(("N", 1, 3, 4), (5, 4, 2), op="@"),
        example(Input(("N", 3, 4), "int32", 0, 9), Input((4, 2), "int32", 0, 9), op="@"),
    )

    @property
    def name(self) -> str:
        return NAMES[self.op]

    @property
    def sign(self) -> str:
        """What the author wrote."""
        return "-" if self.op == "negative" else self.op

    @property
    def number(self) -> Number | None:
        """The number, where one side is not a tensor."""
        return self.left if self.left is not None else self.right

    def validate(self) -> None:
        """Raises Refusal where a sign cannot take a number, or divides by zero."""
        if self.op == "@" and self.number is not None:
            raise Refusal(
                Code.WRONG_TYPE,
                f"`@` takes two tensors, got the number {_short(self.number)}",
                help="`*` multiplies by a number",
            )
        if self.op == "/" and self.right == 0:
            raise Refusal(Code.BAD_VALUE, "`/` divides by 0", argument="right")

    def check_inputs(self, inputs: Sequence[TensorType]) -> None:
        self.validate()
        wanted = 1 if self.op == "negative" or self.number is not None else 2
        if len(inputs) != wanted:
            raise Refusal(
                Code.INPUT_COUNT,
                f"`{self.sign}` takes {wanted} tensor{'s' * (wanted != 1)}, got {len(inputs)}",
            )
        for index, x in enumerate(inputs):
            if x.dtype not in NUMBERS:
                raise Refusal(
                    Code.DTYPE, f"`{self.sign}` takes numbers, got {x.dtype}", inputs=[index]
                )
        same_dtypes(self.sign, inputs)
        dtype = inputs[0].dtype
        if self.op == "@" and dtype in INTS and dtype not in ("int32", "int64"):
            raise Refusal(
                Code.DTYPE,
                f"`@` takes float, int32 or int64 tensors, got {dtype}",
                inputs=[0, 1],
                help="`-> Rescaling(1)` turns integers into float32",
            )
        if self.op == "negative" and dtype.startswith("uint"):
            raise Refusal(
                Code.DTYPE,
                f"`-` cannot negate {dtype}, which has no negative numbers",
                inputs=[0],
                help="`-> Rescaling(-1)` gives float32",
            )
        if self.number is not None:
            self._check_number(self.number, dtype)

    def _check_number(self, number: Number, dtype: str) -> None:
        computed = self._result(dtype)
        argument = "left" if self.left is not None else "right"
        if computed in FLOATS:
            fits = abs(number) <= LARGEST[computed]
        elif isinstance(number, float) and not number.is_integer():
            raise Refusal(
                Code.DTYPE,
                f"`{self.sign}` cannot join {number} with {dtype}",
                argument=argument,
                inputs=[0],
                help="`-> Rescaling(1)` turns integers into float32",
            )
        else:
            bits = int(computed.removeprefix("u").removeprefix("int"))
            low, high = (
                (0, 2**bits) if computed[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1))
            )
            fits = low <= number < high
        if not fits:
            raise Refusal(
                Code.DTYPE,
                f"{_short(number)} does not fit {computed}, the dtype of the tensor beside "
                f"`{self.sign}`",
                argument=argument,
                inputs=[0],
            )
        if self.op == "**" and computed in INTS and argument == "right" and number < 0:
            raise Refusal(
                Code.BAD_VALUE,
                f"`**` cannot raise {dtype} to the negative power {_short(number)}",
                argument=argument,
                inputs=[0],
                help="`-> Rescaling(1)` turns integers into float32",
            )

    def _result(self, dtype: str) -> str:
        return "float32" if self.op == "/" and dtype in INTS else dtype

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        shapes = [x.shape for x in inputs]
        shape = matmul_shape(*shapes) if self.op == "@" else broadcast(self.sign, *shapes)
        return (TensorType(self._result(inputs[0].dtype), shape),)

    def macs(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return elements(outputs[0]) * inputs[0].shape[-1] if self.op == "@" else 0

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return 2 * self.macs(inputs, outputs) if self.op == "@" else elements(outputs[0])

    def window(self, *inputs: TensorType) -> Window | None:
        return None if self.op == "@" else super().window(*inputs)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        (out,) = call.outputs
        if self.op == "negative":
            wide = WIDER.get(out.dtype, out.dtype)
            return cast(g, g.node("Neg", cast(g, call.x, wide)), out.dtype)
        if self.op == "@":
            a, b = (g.channels_last(value) for value in call.inputs)
            return g.node("MatMul", a, b, type=out, first=False)
        dtype = WIDER.get(out.dtype, out.dtype)
        values = [cast(g, value, dtype) for value in call.inputs]
        if self.left is not None:
            values.insert(0, g.const(self.left, dtype))
        elif self.right is not None:
            values.append(g.const(self.right, dtype))
        a, b = align_ranks(g, values) if self.number is None else values
        made = TensorType(dtype, out.shape)
        result = g.node(ONNX_OPS[self.op], a, b, type=made, first=a.first or b.first)
        return cast(g, result, out.dtype)

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer | None:
        return None

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        ops = keras.ops
        if self.op == "negative":
            return ops.negative(inputs[0])
        values: list[object] = list(inputs)
        if self.op == "/" and str(inputs[0].dtype) in INTS:
            values = [ops.cast(value, "float32") for value in inputs]
        number = self.number
        if number is not None:
            whole = isinstance(number, float) and str(inputs[0].dtype) in INTS and self.op != "/"
            values.insert(0 if self.left is not None else 1, int(number) if whole else number)
        return getattr(ops, NAMES[self.op].lower())(*values)


def matmul_shape(a: Shape, b: Shape) -> Shape:
    """The shape of `a @ b` by numpy.matmul's rules. Raises Refusal (RANK, SHAPE or BROADCAST)."""
    pair = f"{show_shape(a)} and {show_shape(b)}"
    if not a or not b:
        raise Refusal(Code.RANK, f"`@` takes tensors of rank 1 or more, got {pair}", inputs=[0, 1])
    inner = b[-2] if len(b) > 1 else b[0]
    if a[-1] != inner:
        swapped = len(b) > 1 and a[-1] == b[-1]
        raise Refusal(
            Code.SHAPE,
            f"`@` needs the last axis of the left to be the last but one of the right, "
            f"got {a[-1]} and {inner}: {pair}",
            inputs=[0, 1],
            help=f"`-> Permute({_swap(len(b))})` swaps the last two axes of the right one"
            if swapped and len(b) > 2
            else "",
        )
    batch = broadcast("@", a[:-2], b[:-2])
    rows = a[-2:-1] if len(a) > 1 else ()
    columns = b[-1:] if len(b) > 1 else ()
    return (*batch, *rows, *columns)


def _swap(rank: int) -> str:
    axes = [*range(1, rank - 2), rank - 1, rank - 2]
    return f"[{', '.join(map(str, axes))}]"


def _short(number: Number) -> str:
    # Python refuses to write out very long ints.
    return str(number) if isinstance(number, float) or abs(number) < 10**20 else "the number"


def arithmetic(sign: str, left: Number | None, right: Number | None) -> Op:
    """The operator of a sign; None where an operand is a tensor, else the number."""
    return Arithmetic(op=sign, left=left, right=right)


def negative() -> Op:
    """The operator of unary minus."""
    return Arithmetic(op="negative")
