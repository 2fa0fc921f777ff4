"""The rectifier with learned slopes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim
from ...shapes.types import TensorType, normal_axis
from ..base.backend import OnnxCall, OnnxGraph, OnnxValue
from ..base.initializers import INITIALIZER, Initializer, zeros
from ..base.kinds import INT, arg, many, optional
from ..base.op import Example, Op, Refusal, Weight, elements, example, known, op
from ..base.regularizers import REGULARIZER, Regularizer

AXES = many(INT, "an int or several")


@op
class PReLU(Op):
    """`x` above zero, `alpha * x` below, with a learned alpha for each element (He et al. 2015)."""

    alpha_initializer: Initializer = arg(INITIALIZER, default=zeros, doc="how alpha starts")
    alpha_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on alpha"
    )
    shared_axes: tuple[int, ...] | None = arg(
        optional(AXES), default=None, doc="axes, from 1, along which one alpha serves all"
    )

    rank = (2, 8)
    axes = "[batch, …, features]"
    keeps_mask = True
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5)),
        example(("N", 4, 3)),
        example(("N", "H", "W", 3), shared_axes=[1, 2]),
        example(("N", 4, 5, 3), shared_axes=1),
        example(("N", 4, "W", 3), shared_axes=[2, 3], alpha_initializer="he_normal"),
        example(("N", "T", 3), shared_axes=(1, 2)),
    )

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        (x,) = inputs
        for axis in self.shared_axes or ():
            if axis < 1 or not normal_axis(axis, x.rank):
                raise Refusal(
                    Code.RANK,
                    f"`PReLU` cannot share alpha along axis {axis} of {x}",
                    argument="shared_axes",
                    inputs=[0],
                    help=f"give axes from 1 to {x.rank - 1}",
                )
        return (x,)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        shared = self.shared_axes or ()
        shape = tuple(
            1 if axis in shared else self._size(axis, dim)
            for axis, dim in enumerate(inputs[0].shape[1:], start=1)
        )
        return (Weight("alpha", shape, self.alpha_initializer, regularizer=self.alpha_regularizer),)

    def _size(self, axis: int, dim: Dim) -> int:
        try:
            return known(dim, "PReLU", f"how long axis {axis} is")
        except Refusal as fault:
            fault.help = f"share alpha along it, `shared_axes=[{axis}]`, or {fault.help}"
            raise

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return elements(outputs[0])

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, alpha = call.x, call.weights["alpha"]
        if not x.first:
            return g.node("PRelu", x, g.weight(alpha, "alpha"))
        last = x.rank - 2
        # A name of its own: a shared layer may meet both layouts.
        slopes = g.weight(alpha.transpose(last, *range(last)), "alpha_channels_first")
        return g.node("PRelu", x, slopes)
