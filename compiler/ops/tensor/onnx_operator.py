"""Any ONNX operator by name: `onnx.Einsum(a, b, equation="bij,bjk->bik")`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeAlias

from ....dsl.diagnostics.codes import Code
from ...shapes.types import TensorType
from ..base.backend import Attribute, KerasLayer, KerasModule, OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import STRING, Kind, arg
from ..base.op import ANY, Op, Refusal, Window, op

Attributes: TypeAlias = "tuple[tuple[str, Attribute], ...]"


@dataclass(frozen=True, slots=True)
class ForeignConstant:
    """An input written as a number or a list of numbers; `dtype` None: the input is left out."""

    position: int
    data: object
    dtype: str | None
    shape: tuple[int, ...] = ()


class OnnxTyper(Protocol):
    """What knows ONNX's operators: injected, so that reading this file does not import onnx."""

    @property
    def opset(self) -> int:
        """The opset whose operators it knows."""

    def attributes(self, op_type: str, given: Mapping[str, object]) -> Attributes:
        """The attributes as ONNX stores them. Raises Refusal naming the one at fault."""

    def constants(self, op_type: str, given: Mapping[int, object]) -> tuple[ForeignConstant, ...]:
        """Inputs written as numbers, by position. Raises Refusal."""

    def infer(
        self,
        op_type: str,
        attributes: Attributes,
        constants: Sequence[ForeignConstant],
        inputs: Sequence[TensorType],
        opset: int,
    ) -> tuple[TensorType, ...]:
        """The outputs' types by ONNX's own shape inference. Raises Refusal."""


def _pairs(value: object) -> Attributes:
    assert isinstance(value, tuple)
    return value


ATTRIBUTES: Kind[Attributes] = Kind("attributes", _pairs)


@op
class OnnxOperator(Op):
    """An ONNX operator by name; ONNX gives the types, values stay in channels-last order.

    Its cost is not known and counts as 0. It has no Keras lowering.
    """

    op_type: str = arg(STRING, doc="the operator's name in ONNX")
    attributes: Attributes = arg(ATTRIBUTES, doc="its attributes")
    constants: tuple[ForeignConstant, ...]
    typed_by: OnnxTyper

    arity = (0, None)
    dtypes = ANY
    hidden: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return f"onnx.{self.op_type}"

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        opset = self.typed_by.opset
        return self.typed_by.infer(self.op_type, self.attributes, self.constants, inputs, opset)

    def window(self, *inputs: TensorType) -> Window | None:
        return None

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> Sequence[OnnxValue]:
        values: list[OnnxValue | None] = [g.channels_last(value) for value in call.inputs]
        if g.opset != self.typed_by.opset:
            self._check_opset(g.opset, call)
        for constant in self.constants:
            made = None if constant.dtype is None else g.const(constant.data, constant.dtype)
            values.insert(constant.position, made)
        attributes: dict[str, Any] = dict(self.attributes)
        return g.nodes(self.op_type, *values, types=call.outputs, **attributes)

    def _check_opset(self, opset: int, call: OnnxCall) -> None:
        types = [value.type for value in call.inputs]
        try:
            made = self.typed_by.infer(self.op_type, self.attributes, self.constants, types, opset)
        except Refusal as fault:
            raise Refusal(
                Code.OPSET, f"opset {opset} cannot express `{self.name}`: {fault.message}"
            ) from None
        if made != call.outputs:
            raise Refusal(
                Code.OPSET,
                f"`{self.name}` gives {', '.join(map(str, made))} in opset {opset}, "
                f"{', '.join(map(str, call.outputs))} in opset {self.typed_by.opset}",
            )

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer | None:
        raise Refusal(
            Code.NO_KERAS,
            f"`{self.name}` has no Keras lowering (layer `{name}`)",
            help="compile to ONNX, or build it of layers that Keras has",
        )


def onnx_operator(
    op_type: str,
    attributes: Mapping[str, object],
    typed_by: OnnxTyper,
    constants: Mapping[int, object] | None = None,
) -> Op:
    """The operator `onnx.<op_type>`.

    `constants` are inputs written as numbers, lists of numbers or `none` (left out), by position;
    the tensors fill the other positions in order. Raises Refusal for an unknown operator, attribute
    or value.
    """
    made = typed_by.attributes(op_type, attributes)
    return OnnxOperator(op_type, made, typed_by.constants(op_type, constants or {}), typed_by)
