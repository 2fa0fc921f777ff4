"""What all convolutions share: a kernel on its way over the input, a bias, an activation."""

from __future__ import annotations

from functools import cached_property

from ...shapes.types import TensorType
from ..activation.activations import ACTIVATION, Activation
from ..base.initializers import INITIALIZER, Initializer, glorot_uniform, zeros
from ..base.kinds import BOOL, PADDING, POSITIVE, arg, ints, optional
from ..base.op import Weight, Window, op
from ..base.regularizers import REGULARIZER, Regularizer
from ..base.windows import Sliding, Spatial


def size(axes: int) -> tuple[int, ...]:
    """The argument that says how large a kernel is along each of its axes."""
    return arg(ints(axes), doc="size of the window")


def steps(axes: int, doc: str = "step of the window") -> tuple[int, ...]:
    """The argument that says how far a kernel moves along each of its axes."""
    return arg(ints(axes), default=(1,) * axes, doc=doc)


def spread(axes: int) -> tuple[int, ...]:
    """The argument that says how far apart the cells of a kernel are along each of its axes."""
    return arg(ints(axes), default=(1,) * axes, doc="distance between the window's cells")


@op
class Filters(Spatial):
    """An operator that chooses the number of its output channels."""

    filters: int = arg(POSITIVE, doc="number of output channels")


@op
class Kernel(Spatial):
    """What all convolutions share; subclasses for other than two axes say how many there are."""

    kernel_size: tuple[int, ...] = size(2)
    strides: tuple[int, ...] = steps(2)
    padding: str = arg(PADDING, default="valid", doc="`same` pads with zeros, `valid` does not")
    dilation_rate: tuple[int, ...] = spread(2)
    activation: Activation | None = arg(optional(ACTIVATION), default=None, doc="what follows")
    use_bias: bool = arg(BOOL, default=True, doc="whether to add a bias")
    bias_initializer: Initializer = arg(INITIALIZER, default=zeros, doc="how the bias starts")
    bias_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on the bias"
    )

    @cached_property
    def sliding(self) -> Sliding:
        """The kernel on its way over the input."""
        return Sliding(self.kernel_size, self.strides, self.padding, self.dilation_rate)

    def window(self, *inputs: TensorType) -> Window | None:
        return self.sliding.look()

    def bias(self, channels: int) -> tuple[Weight, ...]:
        """The bias of that many output channels, where there is one."""
        if not self.use_bias:
            return ()
        start, penalty = self.bias_initializer, self.bias_regularizer
        return (Weight("bias", (channels,), start, regularizer=penalty),)


@op
class WholeKernel(Kernel, Filters):
    """A convolution whose kernel looks at all channels, or all of a group, at once."""

    kernel_initializer: Initializer = arg(
        INITIALIZER,
        default=glorot_uniform,
        doc="how the kernel starts",
        before="bias_initializer",
    )
    kernel_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on the kernel", before="bias_regularizer"
    )


@op
class DepthwiseKernel(Kernel):
    """A convolution that looks at each channel by itself."""

    depthwise_initializer: Initializer = arg(
        INITIALIZER,
        default=glorot_uniform,
        doc="how the depthwise kernel starts",
        before="bias_initializer",
    )
    depthwise_regularizer: Regularizer | None = arg(
        optional(REGULARIZER),
        default=None,
        doc="penalty on the depthwise kernel",
        before="bias_regularizer",
    )
