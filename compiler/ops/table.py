"""The table of everything that can be called by name: layers, initializers, regularizers."""

from __future__ import annotations

from collections.abc import Mapping

from .activation_layer import Activation
from .activations import ACTIVATION_CLASSES, ACTIVATIONS
from .arithmetic import Arithmetic
from .base import Op
from .conv import Conv1D, Conv2D
from .conv_transpose import Conv2DTranspose
from .core import Dense, Dropout, Embedding, Maxout, OneHot
from .depthwise import DepthwiseConv1D, DepthwiseConv2D
from .dot import Dot
from .indexing import Slice
from .initializers import INITIALIZER_CLASSES
from .lrn import LRN
from .merge import Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract
from .normalization import BatchNormalization, LayerNormalization
from .pooling import (
    AveragePooling1D,
    AveragePooling2D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    MaxPooling1D,
    MaxPooling2D,
)
from .preprocessing import Normalization, Rescaling
from .recurrent import GRU, LSTM, SimpleRNN
from .regularizers import REGULARIZER_CLASSES
from .reshape import Flatten, Permute, Reshape
from .separable import SeparableConv1D, SeparableConv2D
from .spatial import Cropping2D, UpSampling2D, ZeroPadding2D

OPS: Mapping[str, type[Op]] = {
    cls.__name__: cls
    for cls in (
        *ACTIVATION_CLASSES,
        Activation,
        Add,
        Average,
        AveragePooling1D,
        AveragePooling2D,
        BatchNormalization,
        Concatenate,
        Conv1D,
        Conv2D,
        Conv2DTranspose,
        Cropping2D,
        Dense,
        DepthwiseConv1D,
        DepthwiseConv2D,
        Dot,
        Dropout,
        Embedding,
        Flatten,
        GlobalAveragePooling1D,
        GlobalAveragePooling2D,
        GlobalMaxPooling1D,
        GlobalMaxPooling2D,
        GRU,
        LRN,
        LSTM,
        LayerNormalization,
        Maxout,
        MaxPooling1D,
        MaxPooling2D,
        Maximum,
        Minimum,
        Multiply,
        Normalization,
        OneHot,
        Permute,
        Rescaling,
        Reshape,
        SeparableConv1D,
        SeparableConv2D,
        SimpleRNN,
        Subtract,
        UpSampling2D,
        ZeroPadding2D,
    )
}
"""Every layer, by the name a `.net` file uses."""

ALIASES: Mapping[str, type[Op]] = {
    "AvgPool1D": AveragePooling1D,
    "AvgPool2D": AveragePooling2D,
    "Convolution1D": Conv1D,
    "Convolution2D": Conv2D,
    "Convolution2DTranspose": Conv2DTranspose,
    "GlobalAvgPool1D": GlobalAveragePooling1D,
    "GlobalAvgPool2D": GlobalAveragePooling2D,
    "GlobalMaxPool1D": GlobalMaxPooling1D,
    "GlobalMaxPool2D": GlobalMaxPooling2D,
    "MaxPool1D": MaxPooling1D,
    "MaxPool2D": MaxPooling2D,
    "SeparableConvolution1D": SeparableConv1D,
    "SeparableConvolution2D": SeparableConv2D,
}
"""Keras's other names for some layers."""

HIDDEN: tuple[type[Op], ...] = (Arithmetic, Slice)
"""Operators reached by syntax; `onnx.<Name>` is not here, having no Keras lowering to test."""

ACTIVATION_LAYERS: Mapping[str, Op] = ACTIVATIONS
"""Activations are layers under their lower-case names too: `x -> relu`."""

OBJECTS: Mapping[str, type] = {**INITIALIZER_CLASSES, **REGULARIZER_CLASSES}
"""What can be called to make an argument: `kernel_initializer=HeNormal()`."""
