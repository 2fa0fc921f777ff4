"""Any ONNX operator by name: `onnx.Einsum(a, b, equation="bij,bjk->bik")`.

Its tensors are given in order, or by the names that ONNX gives its inputs. Inputs that are numbers
are given by name: `onnx.TopK(x, K=[3])`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol, TypeAlias, TypeVar

from ....dsl.diagnostics.codes import Code
from ....dsl.record import record
from ...shapes.types import TensorType
from ..base.backend import Attribute, KerasLayer, KerasModule, OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import STRING, Kind, arg
from ..base.op import ANY, Op, Refusal, Window, op

Attributes: TypeAlias = "tuple[tuple[str, Attribute], ...]"
T = TypeVar("T")

OUTPUTS = "outputs"
"""What asks for more outputs than an operator gives at least; no operator has such an attribute."""


@record
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

    def inputs(self, op_type: str) -> tuple[str, ...]:
        """The names of an operator's inputs, in order. Raises Refusal for an unknown operator."""

    def attributes(self, op_type: str, given: Mapping[str, object]) -> Attributes:
        """The attributes as ONNX stores them. Raises Refusal naming the one at fault."""

    def constants(self, op_type: str, given: Mapping[int, object]) -> tuple[ForeignConstant, ...]:
        """Inputs written as numbers, by position. Raises Refusal."""

    def settled(
        self, op_type: str, slots: Sequence[TensorType | ForeignConstant | None]
    ) -> tuple[ForeignConstant, ...]:
        """The constants in the dtypes of the tensors that they stand beside. Raises Refusal."""

    def infer(
        self,
        op_type: str,
        attributes: Attributes,
        slots: Sequence[TensorType | ForeignConstant | None],
        outputs: int,
        opset: int,
    ) -> tuple[TensorType, ...]:
        """The outputs' types by ONNX's own shape inference. Raises Refusal.

        `slots` are the inputs in ONNX's order, None where one is left out. `outputs` is how many
        are asked for; 0: as many as there are at least.
        """


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
    outputs: int = 0
    given: tuple[str, ...] = ()

    arity = (0, None)
    dtypes = ANY
    hidden: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return f"onnx.{self.op_type}"

    def names_of_tensors(self) -> tuple[str, ...]:
        """The names of ONNX's inputs that are not given as numbers."""
        taken = {constant.position for constant in self.constants}
        names = self.typed_by.inputs(self.op_type)
        return tuple(name for place, name in enumerate(names) if place not in taken)

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        return self._typed(inputs, self.typed_by.opset)

    def window(self, *inputs: TensorType) -> Window | None:
        return None

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> Sequence[OnnxValue]:
        types = [value.type for value in call.inputs]
        if g.opset != self.typed_by.opset:
            self._check_opset(g.opset, types, call)
        constants = {
            constant.position: None
            if constant.dtype is None
            else g.const(constant.data, constant.dtype)
            for constant in self.typed_by.settled(self.op_type, self._slots(types))
        }
        values = self._placed([g.channels_last(value) for value in call.inputs], constants)
        attributes: dict[str, Any] = dict(self.attributes)
        return g.nodes(self.op_type, *values, types=call.outputs, **attributes)

    def _slots(self, inputs: Sequence[TensorType]) -> list[TensorType | ForeignConstant | None]:
        constants = {constant.position: constant for constant in self.constants}
        slots: Sequence[TensorType | ForeignConstant] = inputs
        return self._placed(slots, constants)

    def _placed(self, items: Sequence[T], constants: Mapping[int, T | None]) -> list[T | None]:
        """What there is for each input of ONNX's: constants at their places, tensors at others."""
        names = self.typed_by.inputs(self.op_type) if self.given else ()
        found: dict[int, T | None] = dict(constants)
        place = 0
        for at, item in enumerate(items):
            if at < len(self.given):
                place = names.index(self.given[at])
            while place in found:
                place += 1
            found[place] = item
        return [found.get(at) for at in range(max(found, default=-1) + 1)]

    def _typed(self, inputs: Sequence[TensorType], opset: int) -> tuple[TensorType, ...]:
        slots = self._slots(inputs)
        settled = {each.position: each for each in self.typed_by.settled(self.op_type, slots)}
        slots = [settled.get(at, slot) for at, slot in enumerate(slots)]
        return self.typed_by.infer(self.op_type, self.attributes, slots, self.outputs, opset)

    def _check_opset(self, opset: int, types: Sequence[TensorType], call: OnnxCall) -> None:
        try:
            made = self._typed(types, opset)
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


def onnx_operator(op_type: str, attributes: Mapping[str, object], typed_by: OnnxTyper) -> Op:
    """The operator `onnx.<op_type>`.

    `attributes` are what is given by name: attributes, `outputs`, and inputs written as numbers or
    lists of numbers. The tensors fill the other positions in order. Raises Refusal for an unknown
    operator, attribute or value.
    """
    names = typed_by.inputs(op_type)
    numbers = {names.index(name): value for name, value in attributes.items() if name in names}
    rest = {
        name: value for name, value in attributes.items() if name not in names and name != OUTPUTS
    }
    outputs = attributes.get(OUTPUTS, 0)
    if OUTPUTS in attributes and (isinstance(outputs, bool) or not isinstance(outputs, int)):
        raise Refusal(
            Code.WRONG_TYPE, f"`outputs` of `onnx.{op_type}` takes an int", argument=OUTPUTS
        )
    if OUTPUTS in attributes and not (isinstance(outputs, int) and outputs > 0):
        raise Refusal(
            Code.BAD_VALUE,
            f"`outputs` of `onnx.{op_type}` is {outputs}; at least one is given",
            argument=OUTPUTS,
        )
    assert isinstance(outputs, int)
    made = typed_by.attributes(op_type, rest)
    known = typed_by.constants(op_type, numbers)
    return OnnxOperator(op_type, made, known, typed_by, outputs)
