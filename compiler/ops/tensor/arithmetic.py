"""Arithmetic between tensors, numbers and lists of numbers, by the signs `+ - * / ** @`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, TypeAlias, TypeVar

from ....dsl.diagnostics.codes import Code
from ...shapes.assume import same
from ...shapes.dims import Dim, Shape
from ...shapes.types import INTS, TensorType, show_shape
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.broadcast import align_ranks, broadcast
from ..base.casting import cast
from ..base.kinds import Kind, arg, choice, describe, optional
from ..base.literal import Literal, holds, literal, whole
from ..base.op import Example, Input, Op, Refusal, Window, elements, example, op
from .merge import NUMBERS, same_dtypes

T = TypeVar("T")
Number: TypeAlias = int | float
Operand: TypeAlias = Number | Literal
"""What stands beside a tensor: a number, or lists of them."""

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


def _operand(value: object) -> Operand:
    if isinstance(value, bool):
        raise ValueError(f"{describe(value)} is not a number")
    found = value if isinstance(value, Literal) else literal(value)
    if isinstance(found.numbers[0], bool):
        raise ValueError("it holds bools")
    return found if found.sizes else found.numbers[0]


OPERAND: Kind[Operand] = Kind("a number, or lists of numbers", _operand)


@op
class Arithmetic(Op):
    """`a + b` and its relatives, with NumPy's broadcasting.

    `left` or `right` is the number or list on that side, none where a tensor stands. Two tensors
    must be of one dtype; numbers take the tensor's. `/` of ints gives float32; other signs keep the
    dtype.
    """

    op: str = arg(choice(*NAMES), doc="the sign")
    left: Operand | None = arg(optional(OPERAND), default=None, doc="the numbers on the left")
    right: Operand | None = arg(optional(OPERAND), default=None, doc="the numbers on the right")

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
        example((1, 1, 2), ("N", 1, 1), op="+"),
        example(("N", 5, "T", 4), (4, 3), op="@"),
        example((4,), ("N", 4, 3), op="@"),
        example(("N", 3, 4), (4,), op="@"),
        example((4,), (4,), op="@"),
        example(("N", 1, 3, 4), (5, 4, 2), op="@"),
        example(Input(("N", 3, 4), "int32", 0, 9), Input((4, 2), "int32", 0, 9), op="@"),
        example(("N", "H", "W", 3), op="-", right=[0.485, 0.456, 0.406]),
        example(("N", "H", "W", 3), op="/", right=[0.229, 0.224, 0.225]),
        example(("N", 1, 3), op="-", left=[[i, 2 * i, 0.5] for i in range(6)]),
        example(Input(("N", 4), "uint8", 0, 9), op="+", right=[0, 1, 2, 3]),
        example(Input(("N", 2), "int32", 0, 9), op="/", right=[2, 4]),
        example(("N", 4, 3), op="@", right=[[1, 0], [0.5, 0], [0, 2]]),
        example((3, 2), op="@", left=[1, 2, 3]),
    )

    @property
    def name(self) -> str:
        return NAMES[self.op]

    @property
    def any_order(self) -> bool:
        return self.op in "+*"

    @property
    def sign(self) -> str:
        """What the author wrote."""
        return "-" if self.op == "negative" else self.op

    @property
    def number(self) -> Operand | None:
        """The number or list, where one side is not a tensor."""
        return self.left if self.left is not None else self.right

    @property
    def written(self) -> Literal | None:
        """The same as numbers with sizes."""
        number = self.number
        return Literal((), (number,)) if isinstance(number, int | float) else number

    def validate(self) -> None:
        """Raises Refusal where a sign cannot take a number, or divides by zero."""
        if self.op == "@" and isinstance(self.number, int | float):
            raise Refusal(
                Code.WRONG_TYPE,
                f"`@` takes two tensors, got the number {_short(self.number)}",
                help="`*` multiplies by a number",
            )
        divisors = self.written.numbers if self.right is not None and self.written else ()
        if self.op == "/" and 0 in divisors:
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
        misfit = None if self.written is None else self.written.misfit(self._result(dtype))
        if self.written is not None and self.op == "**" and self.right is not None:
            misfit = min(self.written.numbers) if misfit is None else misfit
        if misfit is not None:
            self._check_number(misfit, dtype)

    def _check_number(self, number: Number, dtype: str) -> None:
        computed = self._result(dtype)
        argument = "left" if self.left is not None else "right"
        if computed in INTS and isinstance(number, float) and not number.is_integer():
            raise Refusal(
                Code.DTYPE,
                f"`{self.sign}` cannot join {number} with {dtype}",
                argument=argument,
                inputs=[0],
                help="`-> Rescaling(1)` turns integers into float32",
            )
        if not holds(computed, number):
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
        shapes = self._beside([x.shape for x in inputs], lambda numbers: numbers.sizes)
        shape = matmul_shape(*shapes) if self.op == "@" else broadcast(self.sign, *shapes)
        return (TensorType(self._result(inputs[0].dtype), shape),)

    def _beside(self, items: Sequence[T], make: Callable[[Literal], T]) -> list[T]:
        """What there is for each side, where `make` gives it for the numbers on one."""
        found = list(items)
        if self.written is not None:
            found.insert(0 if self.left is not None else 1, make(self.written))
        return found

    def macs(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        if self.op != "@":
            return 0
        shapes = self._beside([x.shape for x in inputs], lambda numbers: numbers.sizes)
        return elements(outputs[0]) * shapes[0][-1]

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
            sides = self._beside(call.inputs, lambda numbers: g.const(numbers.nested(), out.dtype))
            a, b = map(g.channels_last, sides)
            return g.node("MatMul", a, b, type=out, first=False)
        dtype = WIDER.get(out.dtype, out.dtype)
        values = self._beside(
            [cast(g, value, dtype) for value in call.inputs],
            lambda numbers: g.const(numbers.nested(), dtype),
        )
        a, b = values if isinstance(self.number, int | float) else align_ranks(g, values)
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
        dtype = self._result(str(inputs[0].dtype))
        values: list[KerasTensor] = [ops.cast(x, dtype) if self.op == "/" else x for x in inputs]
        values = self._beside(values, lambda numbers: _keras_numbers(keras, numbers, dtype))
        left, right = self._beside([tuple(x.shape) for x in inputs], lambda each: each.sizes)
        if self.op == "+" and _is_taken_for_bias(left, right):
            if _is_taken_for_bias(right, left):
                return ops.subtract(values[0], ops.negative(values[1]))
            values.reverse()
        return getattr(ops, NAMES[self.op].lower())(*values)


def _is_taken_for_bias(x: Sequence[int | None], y: Sequence[int | None]) -> bool:
    """Whether `keras.ops.add(x, y)` of Keras 3.15 could add `y` along another axis than NumPy.

    Where one axis of `y` is longer than 1, it adds that along the last axis of `x` if that is as
    long, or else along axis 1 if that is, whichever axis of `y` it is.
    """
    long = [place for place, size in enumerate(y) if size != 1]
    sure = [place for place in long if y[place] is not None]
    if len(x) < 2 or len(sure) > 1 or not long or tuple(x) == tuple(y):
        return False
    if sure:
        long = sure
    for place in long:
        axis = place - len(y)
        last = y[place] is None or x[-1] in (None, y[place])
        second = y[place] is None or x[1] in (None, y[place])
        if (last and x[-1] != 1 and axis != -1) or (
            second and x[1] != 1 and axis != 1 - len(x) and not (axis == -1 and x[-1] == y[place])
        ):
            return True
    return False


def _keras_numbers(keras: KerasModule, numbers: Literal, dtype: str) -> KerasTensor:
    """Numbers as Keras takes them beside a tensor of a dtype."""
    items = list(numbers.numbers)
    if dtype in INTS:
        items = list(whole(items, dtype))
    if not numbers.sizes:
        return items[0]
    made = keras.ops.convert_to_tensor(items, dtype=dtype)
    return made if len(numbers.sizes) == 1 else keras.ops.reshape(made, numbers.sizes)


def matmul_shape(a: Shape, b: Shape) -> Shape:
    """The shape of `a @ b` by numpy.matmul's rules. Raises Refusal (RANK, SHAPE or BROADCAST)."""
    pair = f"{show_shape(a)} and {show_shape(b)}"
    if not a or not b:
        raise Refusal(Code.RANK, f"`@` takes tensors of rank 1 or more, got {pair}", inputs=[0, 1])
    inner = b[-2] if len(b) > 1 else b[0]
    if not same(a[-1], inner):
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


def arithmetic(sign: str, left: Operand | None, right: Operand | None) -> Op:
    """The operator of a sign; None where an operand is a tensor, else the numbers."""
    return Arithmetic(op=sign, left=left, right=right)


def negative() -> Op:
    """The operator of unary minus."""
    return Arithmetic(op="negative")
