"""AlexNet's local response normalization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ...shapes.dims import Dim
from ...shapes.types import TensorType
from ..activation.activation import ABOVE_ZERO
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import COUNT, EPSILON, arg
from ..base.op import Example, elements, example, op
from ..base.windows import CHANNELS_2D, Spatial


@op
class LRN(Spatial):
    """`x / (bias + alpha * s) ** beta`, `s` the sum of squares over neighbouring channels.

    A channel's neighbours are itself and `depth_radius` channels on either side. The arguments are
    those of `tf.nn.local_response_normalization`, the defaults AlexNet's: five neighbours, k = 2,
    alpha = 1e-4, beta = 0.75 (Krizhevsky, Sutskever and Hinton 2012). As in the paper `alpha`
    multiplies the sum; Caffe, PyTorch and ONNX divide their alpha by the number of channels
    summed, so theirs is five times this one.
    """

    depth_radius: int = arg(COUNT, default=2, doc="how many channels count on either side")
    bias: float = arg(EPSILON, default=2.0, doc="added to the sum; the paper's k")
    alpha: float = arg(
        ABOVE_ZERO, default=1e-4, doc="factor of the sum of squares, not divided by n"
    )
    beta: float = arg(ABOVE_ZERO, default=0.75, doc="exponent")

    rank = 4
    axes = CHANNELS_2D
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 3, 4, 8)),
        example(("N", 3, 4, 8), alpha=0.5),
        example(("N", 2, 3, 7), depth_radius=1, bias=1, alpha=0.3, beta=0.5),
        example(("N", 2, 3, 3), depth_radius=5, bias=1.5, alpha=1, beta=1),
        example(("N", 2, 3, 4), depth_radius=0, alpha=0.7),
        example(("N", "H", "W", 6), alpha=0.25),
    )

    @property
    def size(self) -> int:
        """How many channels are summed, where there are as many."""
        return 2 * self.depth_radius + 1

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        # A square, `size - 1` additions, then scale, bias, power and quotient.
        return elements(outputs[0]) * (self.size + 4)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.node(
            "LRN",
            g.channels_first(call.x),
            size=self.size,
            alpha=self.alpha * self.size,
            beta=self.beta,
            bias=self.bias,
        )

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer | None:
        return None

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        (x,) = inputs
        radius = self.depth_radius
        squares = keras.ops.pad(keras.ops.square(x), ((0, 0), (0, 0), (0, 0), (radius, radius)))
        total = 0
        for start in range(self.size):
            end = start - self.size + 1
            total = total + squares[..., start : end or None]
        return x / keras.ops.power(self.bias + self.alpha * total, self.beta)
