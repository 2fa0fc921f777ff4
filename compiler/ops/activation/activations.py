"""The activations by name: what `activation=` accepts, and which lower-case names are layers."""

from __future__ import annotations

from collections.abc import Mapping

from ..base.backend import OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import Kind, table
from .activation import Activation
from .rectifiers import (
    CELU,
    ELU,
    GELU,
    SELU,
    Exponential,
    LeakyReLU,
    Linear,
    Mish,
    ReLU,
    ReLU6,
    SiLU,
    Softplus,
    SparsePlus,
    Squareplus,
)
from .softmaxes import GLU, AxisActivation, LogSoftmax, Softmax, Sparsemax
from .squashers import (
    HardShrink,
    HardSigmoid,
    HardSiLU,
    HardTanh,
    LogSigmoid,
    Sigmoid,
    SoftShrink,
    Softsign,
    SparseSigmoid,
    Tanh,
    TanhShrink,
    Threshold,
)

__all__ = [
    "ACTIVATION",
    "ACTIVATIONS",
    "ACTIVATION_CLASSES",
    "ANY_ACTIVATION",
    "Activation",
    "activate",
]

ACTIVATION_CLASSES: tuple[type[Activation], ...] = (
    CELU,
    ELU,
    Exponential,
    GELU,
    GLU,
    HardShrink,
    HardSiLU,
    HardSigmoid,
    HardTanh,
    LeakyReLU,
    Linear,
    LogSigmoid,
    LogSoftmax,
    Mish,
    ReLU,
    ReLU6,
    SELU,
    SiLU,
    Sigmoid,
    SoftShrink,
    Softmax,
    Softplus,
    Softsign,
    SparsePlus,
    SparseSigmoid,
    Sparsemax,
    Squareplus,
    Tanh,
    TanhShrink,
    Threshold,
)
"""Every activation layer."""

ACTIVATIONS: Mapping[str, Activation] = {
    "celu": CELU(),
    "elu": ELU(),
    "exponential": Exponential(),
    "gelu": GELU(),
    "glu": GLU(),
    "hard_shrink": HardShrink(),
    "hard_sigmoid": HardSigmoid(),
    "hard_silu": HardSiLU(),
    "hard_swish": HardSiLU(),
    "hard_tanh": HardTanh(),
    "leaky_relu": LeakyReLU(negative_slope=0.2),
    "linear": Linear(),
    "log_sigmoid": LogSigmoid(),
    "log_softmax": LogSoftmax(),
    "mish": Mish(),
    "relu": ReLU(),
    "relu6": ReLU6(),
    "selu": SELU(),
    "sigmoid": Sigmoid(),
    "silu": SiLU(),
    "soft_shrink": SoftShrink(),
    "softmax": Softmax(),
    "softplus": Softplus(),
    "softsign": Softsign(),
    "sparse_plus": SparsePlus(),
    "sparse_sigmoid": SparseSigmoid(),
    "sparsemax": Sparsemax(),
    "squareplus": Squareplus(),
    "swish": SiLU(),
    "tanh": Tanh(),
    "tanh_shrink": TanhShrink(),
}
"""The functions of `keras.activations` by name, with the defaults they have there.

They are layers as well (`x -> relu`). `threshold` is missing: its arguments have no defaults.
"""

ANY_ACTIVATION: Kind[Activation] = table("an activation such as relu", ACTIVATIONS, Activation)
"""Every activation, also those that `activation=` refuses."""


def _fused(value: object) -> Activation:
    made = ANY_ACTIVATION.convert(value)
    if isinstance(made, GLU):
        raise ValueError("`GLU` halves an axis, so it is a layer of its own: `-> glu`")
    if isinstance(made, Sparsemax):
        raise ValueError("Keras has no exact `sparsemax` to fuse: write `-> sparsemax` behind it")
    if isinstance(made, AxisActivation) and made.axis != -1:
        raise ValueError(
            "it works along the last axis; "
            f"write `-> {made.name}(axis={made.axis})` behind the layer"
        )
    return made


ACTIVATION: Kind[Activation] = Kind(ANY_ACTIVATION.text, _fused, ANY_ACTIVATION.words)
"""What `activation=` takes: a name, quoted or not, or an activation layer."""


def activate(g: OnnxGraph, activation: Activation | None, y: OnnxValue) -> OnnxValue:
    """Applies a fused activation."""
    if activation is None:
        return y
    made = activation.onnx(g, OnnxCall((y,), {}, (y.type,)))
    assert isinstance(made, OnnxValue)
    return made
