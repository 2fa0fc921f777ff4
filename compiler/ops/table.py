"""The table of everything that can be called by name: layers, initializers, regularizers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar, overload

from .activation.activations import ACTIVATIONS
from .base.declare import Declared
from .base.initializers import INITIALIZER_CLASSES
from .base.op import Op
from .base.regularizers import REGULARIZER_CLASSES

T = TypeVar("T")

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "activation.activation_layer": ("Activation",),
    "activation.prelu": ("PReLU",),
    "activation.rectifiers": (
        "CELU",
        "ELU",
        "Exponential",
        "GELU",
        "LeakyReLU",
        "Linear",
        "Mish",
        "ReLU",
        "ReLU6",
        "SELU",
        "SiLU",
        "Softplus",
        "SparsePlus",
        "Squareplus",
    ),
    "activation.softmaxes": (
        "GLU",
        "LogSoftmax",
        "Softmax",
        "Sparsemax",
    ),
    "activation.squashers": (
        "HardShrink",
        "HardSiLU",
        "HardSigmoid",
        "HardTanh",
        "LogSigmoid",
        "Sigmoid",
        "SoftShrink",
        "Softsign",
        "SparseSigmoid",
        "Tanh",
        "TanhShrink",
        "Threshold",
    ),
    "attention.attention": (
        "GroupQueryAttention",
        "MultiHeadAttention",
    ),
    "attention.positions": (
        "PositionEmbedding",
        "SinePositionEncoding",
    ),
    "attention.rotary": ("RotaryEmbedding",),
    "attention.score_attention": (
        "AdditiveAttention",
        "Attention",
    ),
    "attention.tokens": (
        "ClassToken",
        "ReversibleEmbedding",
    ),
    "conv.conv": (
        "Conv1D",
        "Conv2D",
        "Conv3D",
    ),
    "conv.conv_transpose": (
        "Conv1DTranspose",
        "Conv2DTranspose",
        "Conv3DTranspose",
    ),
    "conv.depthwise": (
        "DepthwiseConv1D",
        "DepthwiseConv2D",
    ),
    "conv.separable": (
        "SeparableConv1D",
        "SeparableConv2D",
    ),
    "core.dense": (
        "Dense",
        "Maxout",
    ),
    "core.dropout": ("Dropout",),
    "core.embedding": (
        "Embedding",
        "OneHot",
    ),
    "core.masking": ("Masking",),
    "core.noise": (
        "ActivityRegularization",
        "AlphaDropout",
        "GaussianDropout",
        "GaussianNoise",
        "SpatialDropout1D",
        "SpatialDropout2D",
        "SpatialDropout3D",
    ),
    "core.preprocessing": (
        "Normalization",
        "Rescaling",
    ),
    "norm.group_normalization": ("GroupNormalization",),
    "norm.lrn": ("LRN",),
    "norm.normalization": (
        "BatchNormalization",
        "LayerNormalization",
    ),
    "norm.unit_normalization": (
        "RMSNormalization",
        "UnitNormalization",
    ),
    "pool.adaptive": (
        "AdaptiveAveragePooling1D",
        "AdaptiveAveragePooling2D",
        "AdaptiveAveragePooling3D",
        "AdaptiveMaxPooling1D",
        "AdaptiveMaxPooling2D",
        "AdaptiveMaxPooling3D",
    ),
    "pool.global_pooling": (
        "GlobalAveragePooling1D",
        "GlobalAveragePooling2D",
        "GlobalAveragePooling3D",
        "GlobalMaxPooling1D",
        "GlobalMaxPooling2D",
        "GlobalMaxPooling3D",
    ),
    "pool.pooling": (
        "AveragePooling1D",
        "AveragePooling2D",
        "AveragePooling3D",
        "MaxPooling1D",
        "MaxPooling2D",
        "MaxPooling3D",
    ),
    "recurrent.bidirectional": ("Bidirectional",),
    "recurrent.conv_lstm": (
        "ConvLSTM1D",
        "ConvLSTM2D",
        "ConvLSTM3D",
    ),
    "recurrent.recurrent": (
        "GRU",
        "LSTM",
        "SimpleRNN",
    ),
    "reduce.reductions": (
        "Max",
        "Mean",
        "Min",
        "Prod",
        "Sum",
    ),
    "spatial.borders": (
        "EdgePadding1D",
        "EdgePadding2D",
        "EdgePadding3D",
        "ReflectionPadding1D",
        "ReflectionPadding2D",
        "ReflectionPadding3D",
    ),
    "spatial.resizing": (
        "CenterCrop",
        "Resizing",
    ),
    "spatial.spatial": (
        "Cropping1D",
        "Cropping2D",
        "Cropping3D",
        "ZeroPadding1D",
        "ZeroPadding2D",
        "ZeroPadding3D",
    ),
    "spatial.upsampling": (
        "UpSampling1D",
        "UpSampling2D",
        "UpSampling3D",
    ),
    "tensor.axes": (
        "DepthToSpace",
        "ExpandDims",
        "SpaceToDepth",
        "Squeeze",
    ),
    "tensor.casts": (
        "Cast",
        "Clip",
    ),
    "tensor.dot": ("Dot",),
    "tensor.einsum": ("Einsum",),
    "tensor.logic": (
        "Equal",
        "Greater",
        "GreaterEqual",
        "Less",
        "LessEqual",
        "LogicalAnd",
        "LogicalNot",
        "LogicalOr",
        "LogicalXor",
        "NotEqual",
        "Where",
    ),
    "tensor.lookup": (
        "ArgMax",
        "ArgMin",
        "Gather",
        "TopK",
    ),
    "tensor.merge": (
        "Add",
        "Average",
        "Concatenate",
        "Subtract",
    ),
    "tensor.merge_masked": (
        "Maximum",
        "Minimum",
        "Multiply",
    ),
    "tensor.reshape": (
        "Flatten",
        "Permute",
        "RepeatVector",
        "Reshape",
    ),
    "tensor.unary": (
        "Abs",
        "Arccos",
        "Arcsin",
        "Arctan",
        "Ceil",
        "Cos",
        "Cosh",
        "Erf",
        "Exp",
        "Floor",
        "Log",
        "Reciprocal",
        "Round",
        "Rsqrt",
        "Sign",
        "Sin",
        "Sinh",
        "Sqrt",
        "Square",
        "Tan",
    ),
    "wrapper.spectral_normalization": ("SpectralNormalization",),
    "wrapper.wrappers": ("TimeDistributed",),
}
"""The layers by the room and file they are in: adding an operator is one name here."""


class OpTable(Mapping[str, type[Op]]):
    """Classes by name, whose file is imported when a program first names one of them.

    A net uses a few kinds of layer; importing all of them takes longer than checking it.
    """

    def __init__(self, homes: Mapping[str, tuple[str, str]]) -> None:
        self._homes = homes
        self._loaded: dict[str, type[Op]] = {}

    def __getitem__(self, name: str) -> type[Op]:
        found = self._loaded.get(name)
        if found is None:
            file, attribute = self._homes[name]
            found = getattr(import_module(f".{file}", __package__), attribute)
            self._loaded[name] = found
        return found

    @overload
    def get(self, name: str, /) -> type[Op] | None: ...
    @overload
    def get(self, name: str, default: type[Op] | T, /) -> type[Op] | T: ...
    def get(self, name: str, default: object = None, /) -> object:
        """The class of a name; most that are asked for are no layers, and errors take long."""
        return self[name] if name in self._homes else default

    def __contains__(self, name: object) -> bool:
        return name in self._homes

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)


_HOMES = {name: (file, name) for file, names in FAMILIES.items() for name in names}

OPS: Mapping[str, type[Op]] = OpTable(dict(sorted(_HOMES.items())))
"""Every layer, by the name a `.net` file uses."""

_ALIASES = {
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "AvgPool3D": "AveragePooling3D",
    "Convolution1D": "Conv1D",
    "Convolution1DTranspose": "Conv1DTranspose",
    "Convolution2D": "Conv2D",
    "Convolution2DTranspose": "Conv2DTranspose",
    "Convolution3D": "Conv3D",
    "Convolution3DTranspose": "Conv3DTranspose",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalAvgPool3D": "GlobalAveragePooling3D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "GlobalMaxPool3D": "GlobalMaxPooling3D",
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
    "MaxPool3D": "MaxPooling3D",
    "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
}


def family(name: str) -> str:
    """The room of `ops` that a layer is from, by its name. Raises KeyError."""
    return _HOMES[_ALIASES.get(name, name)][0].partition(".")[0]


ALIASES: Mapping[str, type[Op]] = OpTable({name: _HOMES[_ALIASES[name]] for name in _ALIASES})
"""Keras's other names for some layers."""

_CONSTANTS = {
    "arange": ("tensor.constants", "Arange"),
    "band_mask": ("tensor.constant_masks", "BandMask"),
    "causal_mask": ("tensor.constant_masks", "CausalMask"),
    "eye": ("tensor.constants", "Eye"),
    "full": ("tensor.constants", "Full"),
    "ones": ("tensor.constants", "Ones"),
    "tensor": ("tensor.constants", "Tensor"),
    "zeros": ("tensor.constants", "Zeros"),
}
CONSTANTS: Mapping[str, type[Op]] = OpTable(_CONSTANTS)
"""What makes constant tensors, by the words that call it."""

_HIDDEN = {
    "Arithmetic": ("tensor.arithmetic", "Arithmetic"),
    "IdMask": ("core.masking", "IdMask"),
    "JoinedMask": ("core.masking", "JoinedMask"),
    "Slice": ("tensor.indexing", "Slice"),
    "ValueMask": ("core.masking", "ValueMask"),
    "Weight": ("tensor.learned", "Weight"),
}
if TYPE_CHECKING:
    HIDDEN: tuple[type[Op], ...]


def __getattr__(name: str) -> object:
    """`HIDDEN`: operators reached by syntax.

    `onnx.<Name>` is not among them, having no Keras lowering to test.
    """
    if name != "HIDDEN":
        raise AttributeError(name)
    return tuple(OpTable(_HIDDEN).values())


ACTIVATION_LAYERS: Mapping[str, Op] = ACTIVATIONS
"""Activations are layers under their lower-case names too: `x -> relu`."""

OBJECTS: Mapping[str, type[Declared]] = {**INITIALIZER_CLASSES, **REGULARIZER_CLASSES}
"""What can be called to make an argument: `kernel_initializer=HeNormal()`."""
