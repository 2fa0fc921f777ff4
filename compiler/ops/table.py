"""The table of everything that can be called by name: layers, initializers, regularizers."""

from __future__ import annotations

from collections.abc import Mapping

from .activation_layer import Activation
from .activations import ACTIVATION_CLASSES, ACTIVATIONS
from .arithmetic import Arithmetic
from .attention import GroupQueryAttention, MultiHeadAttention
from .axes import DepthToSpace, ExpandDims, SpaceToDepth, Squeeze
from .base import Op
from .bidirectional import Bidirectional
from .casts import Cast, Clip
from .conv import Conv1D, Conv2D, Conv3D
from .conv_transpose import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose
from .core import Dense, Dropout, Embedding, Maxout, OneHot
from .depthwise import DepthwiseConv1D, DepthwiseConv2D
from .dot import Dot
from .einsum import Einsum
from .group_normalization import GroupNormalization
from .indexing import Slice
from .initializers import INITIALIZER_CLASSES
from .logic import (
    Equal,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    LogicalAnd,
    LogicalNot,
    LogicalOr,
    LogicalXor,
    NotEqual,
    Where,
)
from .lookup import ArgMax, ArgMin, Gather, TopK
from .lrn import LRN
from .masking import IdMask, JoinedMask, Masking, ValueMask
from .merge import Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract
from .noise import (
    ActivityRegularization,
    AlphaDropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from .normalization import BatchNormalization, LayerNormalization
from .pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from .positions import PositionEmbedding, RotaryEmbedding, SinePositionEncoding
from .prelu import PReLU
from .preprocessing import Normalization, Rescaling
from .recurrent import GRU, LSTM, SimpleRNN
from .reductions import Max, Mean, Min, Prod, Sum
from .regularizers import REGULARIZER_CLASSES
from .reshape import Flatten, Permute, RepeatVector, Reshape
from .resizing import CenterCrop, Resizing
from .score_attention import AdditiveAttention, Attention
from .separable import SeparableConv1D, SeparableConv2D
from .spatial import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from .tokens import ClassToken, ReversibleEmbedding
from .unary import UNARY
from .unit_normalization import RMSNormalization, UnitNormalization
from .upsampling import UpSampling1D, UpSampling2D, UpSampling3D
from .wrappers import TimeDistributed

OPS: Mapping[str, type[Op]] = {
    cls.__name__: cls
    for cls in (
        *ACTIVATION_CLASSES,
        *UNARY.values(),
        Activation,
        ActivityRegularization,
        Add,
        AdditiveAttention,
        AlphaDropout,
        ArgMax,
        ArgMin,
        Attention,
        Average,
        AveragePooling1D,
        AveragePooling2D,
        AveragePooling3D,
        BatchNormalization,
        Bidirectional,
        Cast,
        CenterCrop,
        ClassToken,
        Clip,
        Concatenate,
        Conv1D,
        Conv1DTranspose,
        Conv2D,
        Conv2DTranspose,
        Conv3D,
        Conv3DTranspose,
        Cropping1D,
        Cropping2D,
        Cropping3D,
        Dense,
        DepthToSpace,
        DepthwiseConv1D,
        DepthwiseConv2D,
        Dot,
        Dropout,
        Einsum,
        Embedding,
        Equal,
        ExpandDims,
        Flatten,
        GRU,
        Gather,
        GaussianDropout,
        GaussianNoise,
        GlobalAveragePooling1D,
        GlobalAveragePooling2D,
        GlobalAveragePooling3D,
        GlobalMaxPooling1D,
        GlobalMaxPooling2D,
        GlobalMaxPooling3D,
        Greater,
        GreaterEqual,
        GroupNormalization,
        GroupQueryAttention,
        LRN,
        LSTM,
        LayerNormalization,
        Less,
        LessEqual,
        LogicalAnd,
        LogicalNot,
        LogicalOr,
        LogicalXor,
        Max,
        Masking,
        MaxPooling1D,
        MaxPooling2D,
        MaxPooling3D,
        Maximum,
        Maxout,
        Mean,
        Min,
        Minimum,
        MultiHeadAttention,
        Multiply,
        Normalization,
        NotEqual,
        OneHot,
        PReLU,
        Permute,
        PositionEmbedding,
        Prod,
        RMSNormalization,
        RepeatVector,
        Rescaling,
        Reshape,
        Resizing,
        ReversibleEmbedding,
        RotaryEmbedding,
        SeparableConv1D,
        SeparableConv2D,
        SimpleRNN,
        SinePositionEncoding,
        SpaceToDepth,
        SpatialDropout1D,
        SpatialDropout2D,
        SpatialDropout3D,
        Squeeze,
        Subtract,
        Sum,
        TimeDistributed,
        TopK,
        UnitNormalization,
        UpSampling1D,
        UpSampling2D,
        UpSampling3D,
        Where,
        ZeroPadding1D,
        ZeroPadding2D,
        ZeroPadding3D,
    )
}
"""Every layer, by the name a `.net` file uses."""

ALIASES: Mapping[str, type[Op]] = {
    "AvgPool1D": AveragePooling1D,
    "AvgPool2D": AveragePooling2D,
    "AvgPool3D": AveragePooling3D,
    "Convolution1D": Conv1D,
    "Convolution1DTranspose": Conv1DTranspose,
    "Convolution2D": Conv2D,
    "Convolution2DTranspose": Conv2DTranspose,
    "Convolution3D": Conv3D,
    "Convolution3DTranspose": Conv3DTranspose,
    "GlobalAvgPool1D": GlobalAveragePooling1D,
    "GlobalAvgPool2D": GlobalAveragePooling2D,
    "GlobalAvgPool3D": GlobalAveragePooling3D,
    "GlobalMaxPool1D": GlobalMaxPooling1D,
    "GlobalMaxPool2D": GlobalMaxPooling2D,
    "GlobalMaxPool3D": GlobalMaxPooling3D,
    "MaxPool1D": MaxPooling1D,
    "MaxPool2D": MaxPooling2D,
    "MaxPool3D": MaxPooling3D,
    "SeparableConvolution1D": SeparableConv1D,
    "SeparableConvolution2D": SeparableConv2D,
}
"""Keras's other names for some layers."""

"""Operators reached by syntax; `onnx.<Name>` is not here, having no Keras lowering to test."""

ACTIVATION_LAYERS: Mapping[str, Op] = ACTIVATIONS
"""Activations are layers under their lower-case names too: `x -> relu`."""

OBJECTS: Mapping[str, type] = {**INITIALIZER_CLASSES, **REGULARIZER_CLASSES}
"""What can be called to make an argument: `kernel_initializer=HeNormal()`."""
