"""Names of other tools with what is said to each, and words of theirs that arguments take."""

from __future__ import annotations

from collections.abc import Mapping

RENAMED: Mapping[str, str] = {
    "LazyLinear FC fc DenseGeneral TimeDistributedDense": "Dense",
    "RNN RNNCell": "SimpleRNN",
    "LSTMCell": "LSTM",
    "GRUCell": "GRU",
    "avg_pool AvgPool AvgPooling": "AveragePooling2D",
    "max_pool MaxPooling Pool2D": "MaxPooling2D",
    "global_avg_pool GlobalAvgPool GlobalAveragePooling": "GlobalAveragePooling2D",
    "global_max_pool GlobalMaxPooling": "GlobalMaxPooling2D",
    "Deconvolution2D Deconv2D Deconv deconv2d": "Conv2DTranspose",
    "UpsamplingNearest2d MaxUnpool2d": "UpSampling2D",
    "Hardswish HardSwish": "HardSiLU",
    "RReLU": "LeakyReLU",
    "DropBlock": "SpatialDropout2D",
}
"""Layers, and what has the same arguments here."""

SAID: Mapping[str, str] = {
    "Bilinear": 'write `Einsum(a, b, equation="…")` and a `Dense`',
    "LPPool2d FractionalMaxPool2d": "write `MaxPooling2D(…)` or `AveragePooling2D(…)`",
    "AtrousConvolution2D": "write `Conv2D(…, dilation_rate=…)`",
    "ConstantPad1d": "write `ZeroPadding1D(…)`, for zeros",
    "ConstantPad2d Pad pad": "write `ZeroPadding2D(…)`, for zeros",
    "ConstantPad3d": "write `ZeroPadding3D(…)`, for zeros",
    "CircularPad2d": "join its own edges: `(x[:, -1:], x, x[:, :1]) -> Concatenate(axis=1)`",
    "UpsamplingBilinear2d": "write `UpSampling2D(…, interpolation=bilinear)`",
    "ChannelShuffle": "write the Reshape, Permute and Reshape that it is",
    "Unfold im2col": "write `SpaceToDepth(…)`, for windows that lie side by side",
    "Fold": "write `DepthToSpace(…)`, for windows that lie side by side",
    "Unflatten": "write `Reshape((…))`, all axes but the batch",
    "Softmin": "negate it first: `-x -> Softmax`",
    "ThresholdedReLU": "write `Threshold(…, default_value=0)`",
    "MaxoutDense": "write `Dense(…) -> Maxout(…)`",
    "Highway": "write it out: `t * h + (1 - t) * x`",
    "InstanceNormalization": "write `GroupNormalization(-1)`: a group a channel",
    "WeightNorm": "write `SpectralNormalization(…)`, or leave it out",
    "Standardization": "write `Normalization(mean=…, variance=…)`, or `LayerNormalization`",
    "MultiHeadDotProductAttention SelfAttention MHA": "write "
    "`MultiHeadAttention(num_heads=…, key_dim=…)`",
    "Transformer TransformerEncoder TransformerDecoderLayer": "import it: "
    "`from zoo.transformer import …`",
    "CosineSimilarity": "write `Dot(a, b, axes=-1, normalize=true)`",
    "PairwiseDistance": "write it out: `Sqrt(Sum(Square(a - b), axis=-1))`",
    "matmul bmm mm": "the sign is `@`: `a @ b`",
    "pow power": "multiply: `x * x`, or write `Square(x)`",
    "norm": "write `Sqrt(Sum(Square(x), axis=-1))`, or `UnitNormalization`",
    "cumsum": "multiply by a mask: `causal_mask(…) @ x`",
    "sort argsort": "write `TopK(x, …)`: the largest in front",
    "repeat tile": "write `RepeatVector(…)`, or join it: `(x, x) -> Concatenate(axis=1)`",
    "expand expand_as broadcast_to": "leave it out: axes that are 1 long are broadcast",
    "Unsqueeze": "index with `none` where the axis goes: `x[:, none]`",
    "contiguous detach clone": "leave it out: tensors here are values",
    "tril triu": "write `causal_mask(…)` or `band_mask(…)`",
    "Concat": "join them: `(a, b) -> Concatenate`",
    "Shortcut": "add the two: `a + b`",
    "Route": "join them: `(a, b) -> Concatenate`",
    "Slice": "index the part: `x[:, 2:5]`",
    "ReduceMean": "write `Mean(x, axis=…)`",
    "ReduceSum": "write `Sum(x, axis=…)`",
    "ReduceMax": "write `Max(x, axis=…)`",
    "SqueezeExcite SEBlock": "write it: `x * (x -> GlobalAveragePooling2D(keepdims=true) -> …)`",
}
"""Layers and functions, and what is said to each of them."""

WORDS: Mapping[str, str] = {
    "kaiming_normal": "he_normal",
    "kaiming_normal_": "he_normal",
    "kaiming_uniform": "he_uniform",
    "kaiming_uniform_": "he_uniform",
    "xavier_normal": "glorot_normal",
    "xavier_uniform": "glorot_uniform",
    "xavier": "glorot_uniform",
    "kaiming": "he_normal",
    "he": "he_normal",
    "glorot": "glorot_uniform",
    "lecun": "lecun_normal",
    "trunc_normal": "truncated_normal",
    "zero": "zeros",
    "one": "ones",
    "lrelu": "leaky_relu",
    "lin": "linear",
    "identity": "linear",
    "hardswish": "hard_silu",
    "nn": "nearest",
}
"""Words that arguments take."""
