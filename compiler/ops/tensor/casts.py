"""Cast and Clip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim
from ...shapes.types import DTYPES, FLOATS, TensorType
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.casting import cast
from ..base.kinds import FLOAT, arg, choice, show
from ..base.op import Example, Input, Op, Refusal, elements, example, op


def fits(number: float, dtype: str) -> bool:
    """Whether a number can stand beside numbers of a float dtype, int32 or int64."""
    return dtype in FLOATS or (number.is_integer() and abs(number) < 2**31)


@op
class Cast(Op):
    """The same numbers in another dtype, as `keras.ops.cast`.

    Floats lose their fraction as integers; what does not fit the dtype becomes any number.
    """

    dtype: str = arg(choice(*DTYPES), doc="the dtype")

    dtypes = DTYPES
    examples: ClassVar[tuple[Example, ...]] = (
        example(Input(("N", 5), "int32", 0, 9), dtype="float32"),
        example(("N", "T", 3), dtype="int32"),
        example(Input(("N", 4, 4, 3), "uint8", 0, 256), dtype="float32"),
        example(Input(("N", 5), "bool"), dtype="float32"),
        example(Input(("N", 5), "int64", 0, 2), dtype="bool"),
        example(("N", 5), dtype="float64"),
        example(("N", 5), dtype="float32"),
        example(Input(("N", 5), low=0, high=9), dtype="uint8"),
    )

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        return (TensorType(self.dtype, inputs[0].shape),)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return cast(g, call.x, self.dtype)

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer | None:
        return None

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        return keras.ops.cast(inputs[0], self.dtype)


@op
class Clip(Op):
    """Numbers cut off below `min` and above `max`, as `keras.ops.clip`."""

    min: float = arg(FLOAT, doc="the least number that stays")
    max: float = arg(FLOAT, doc="the greatest number that stays")

    dtypes = (*FLOATS, "int32", "int64")
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 9), min=-1, max=0.5),
        example(("N", "H", 4, 3), min=0, max=1),
        example(("N", 9), min=0.25, max=0.25),
        example(Input(("N", 9), "int32", 0, 9), min=2, max=6),
    )

    def validate(self) -> None:
        if self.min > self.max:
            raise Refusal(
                Code.BAD_VALUE,
                f"`min` {show(self.min)} of `Clip` is greater than `max` {show(self.max)}",
                argument="min",
                help="swap the two",
            )

    def check_inputs(self, inputs: Sequence[TensorType]) -> None:
        super().check_inputs(inputs)
        for name, bound in (("min", self.min), ("max", self.max)):
            if not fits(bound, inputs[0].dtype):
                raise Refusal(
                    Code.DTYPE,
                    f"`Clip` cannot cut {inputs[0].dtype} at {show(bound)}",
                    argument=name,
                    inputs=[0],
                    help="`-> Cast(float32)` turns integers into floats",
                )

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return elements(outputs[0])

    def _bounds(self, dtype: str) -> tuple[float, float]:
        return (self.min, self.max) if dtype in FLOATS else (int(self.min), int(self.max))

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        dtype = call.x.type.dtype
        low, high = self._bounds(dtype)
        return g.node("Clip", call.x, g.const(low, dtype), g.const(high, dtype))

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer | None:
        return None

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        return keras.ops.clip(inputs[0], *self._bounds(str(inputs[0].dtype)))
