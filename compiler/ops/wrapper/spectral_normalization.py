"""SpectralNormalization: a layer whose kernel is kept at a spectral norm of 1 in training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim
from ...shapes.types import TensorType
from ..base.backend import KerasLayer, KerasModule, OnnxCall, OnnxGraph, OnnxValue
from ..base.initializers import TruncatedNormal
from ..base.kinds import POSITIVE, arg
from ..base.op import Example, Op, Refusal, Weight, Window, example, op
from ..base.wrapped import layer_kind
from ..conv.conv import Conv1D, Conv2D, Conv3D
from ..conv.conv_transpose import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose
from ..conv.depthwise import DepthwiseConv1D, DepthwiseConv2D
from ..core.dense import Dense

LAYER = layer_kind(Op, "a layer such as Conv2D(8, 3)", "is not a layer")
WITH_KERNEL = (
    *(Dense, Conv1D, Conv2D, Conv3D, Conv1DTranspose, Conv2DTranspose, Conv3DTranspose),
    *(DepthwiseConv1D, DepthwiseConv2D),
)
"""Layers that have one kernel. Keras also takes an Embedding, and rounds what it gives."""
STATE = "vector_u"


@op
class SpectralNormalization(Op):
    """A layer whose kernel is divided by its largest singular value before each training step.

    The value is estimated by power iterations (Miyato et al. 2018), whose vector is a weight that
    is not trained. When the net runs, the kernel is what training made of it.
    """

    layer: Op = arg(LAYER, doc="the layer, with its arguments")
    power_iterations: int = arg(POSITIVE, default=1, doc="iterations before each training step")

    rank = (2, 8)
    moving = True
    axes = "[batch, …, features]"
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5), layer=Dense(4)),
        example(("N", "H", "W", 3), layer=Conv2D(4, (3, 3), padding="same"), power_iterations=3),
        example(("N", "T", 3), layer=Conv1D(2, (2,), use_bias=False)),
        example(("N", 4, 5, 2), layer=Conv2DTranspose(3, (2, 2), (2, 2))),
        example(("N", 5, 6, 3), layer=DepthwiseConv2D((3, 3), depth_multiplier=2)),
    )

    def validate(self) -> None:
        """Raises Refusal for a layer without a kernel of its own."""
        if not isinstance(self.layer, WITH_KERNEL):
            raise Refusal(
                Code.BAD_VALUE,
                f"`SpectralNormalization` works on a kernel, and `{self.layer.name}` has not one",
                argument="layer",
                help="give it a Dense, a convolution, a depthwise or a transposed one",
            )

    def check_inputs(self, inputs: Sequence[TensorType]) -> None:
        super().check_inputs(inputs)
        self.layer.check_inputs(inputs)

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        return self.layer.infer(*inputs)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        kernel, *rest = self.layer.weights(*inputs)
        start = TruncatedNormal(stddev=0.02)
        return kernel, Weight(STATE, (1, kernel.shape[-1]), start, trainable=False), *rest

    def macs(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return self.layer.macs(inputs, outputs)

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return self.layer.flops(inputs, outputs)

    def window(self, *inputs: TensorType) -> Window | None:
        return self.layer.window(*inputs)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue | Sequence[OnnxValue]:
        weights = {name: tensor for name, tensor in call.weights.items() if name != STATE}
        return self.layer.onnx(g, replace(call, weights=weights))

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer:
        inner = self.layer.keras_layer(keras, "layer")
        return keras.layers.SpectralNormalization(
            inner, power_iterations=self.power_iterations, name=name
        )
