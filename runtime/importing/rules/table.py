"""Which rule is for which ONNX operator."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..node import Node
from ..steps import Tensor
from . import (
    activations,
    convolutions,
    elements,
    growing,
    norms,
    parts,
    pools,
    products,
    recurrent,
    reductions,
    resizes,
    shapes,
)

RULES: Mapping[str, Callable[[Node], list[Tensor]]] = {
    **dict.fromkeys(activations.UNARY, activations.unary),
    **dict.fromkeys(elements.SIGNS, elements.binary),
    **dict.fromkeys(elements.COMPARED, elements.compared),
    **dict.fromkeys(
        ("LeakyRelu", "Elu", "Celu", "Selu", "Gelu", "HardSigmoid"), activations.activation
    ),
    "Clip": activations.clip,
    "PRelu": activations.prelu,
    "Conv": convolutions.conv,
    "ConvTranspose": convolutions.conv_transpose,
    "MaxPool": pools.pool,
    "AveragePool": pools.pool,
    "GlobalAveragePool": pools.global_pool,
    "GlobalMaxPool": pools.global_pool,
    "BatchNormalization": norms.batch_norm,
    "LayerNormalization": norms.layer_norm,
    "RMSNormalization": norms.layer_norm,
    "Resize": resizes.resize,
    "Upsample": resizes.resize,
    "Gemm": products.gemm,
    "MatMul": products.matmul,
    "Gather": products.gather,
    "LSTM": recurrent.recurrent,
    "GRU": recurrent.recurrent,
    "RNN": recurrent.recurrent,
    "Reshape": shapes.reshape,
    "Flatten": shapes.flatten,
    "Transpose": shapes.transpose,
    "Squeeze": shapes.squeeze,
    "Unsqueeze": shapes.unsqueeze,
    "Concat": parts.concat,
    "Slice": parts.slice_,
    "Split": parts.split,
    "Expand": growing.expand,
    **dict.fromkeys(reductions.REDUCED, reductions.reduce),
    "Softmax": reductions.softmax,
    "LogSoftmax": reductions.softmax,
    "Pad": growing.pad,
    "Identity": activations.same,
    "Dropout": activations.same,
    "Cast": activations.cast,
    "Range": growing.places,
}
"""The rule of each operator that a layer of ours can be."""
