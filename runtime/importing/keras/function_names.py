"""The functions of `keras.ops` and of TensorFlow by name: which layers and signs they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..steps import Argument

_SAME = """Arccos Arcsin Arctan Ceil Cos Cosh Erf Exp Floor Log LogSigmoid LogSoftmax Mish
    Reciprocal Round Rsqrt Sigmoid Sign Sin Sinh Softmax Softplus Softsign Sqrt Square Tan Tanh"""
ONE: Mapping[str, str] = {
    **{name: name for name in _SAME.split()},
    "Abs": "Abs",
    "Absolute": "Abs",
    "Celu": "CELU",
    "Elu": "ELU",
    "Gelu": "GELU",
    "Glu": "GLU",
    "HardSigmoid": "HardSigmoid",
    "HardSilu": "HardSiLU",
    "HardTanh": "HardTanh",
    "LeakyRelu": "LeakyReLU",
    "Logsigmoid": "LogSigmoid",
    "LogicalNot": "LogicalNot",
    "Relu": "ReLU",
    "Relu6": "ReLU6",
    "Selu": "SELU",
    "Silu": "SiLU",
}
"""Functions of one tensor, and the layers that they are."""
SIGNS = {
    "Add": "+",
    "Subtract": "-",
    "Multiply": "*",
    "TrueDivide": "/",
    "Divide": "/",
    "Power": "**",
    "Matmul": "@",
}
PAIRS = frozenset(("LogicalAnd", "LogicalOr", "LogicalXor"))
COMPARED = frozenset(("Equal", "Greater", "GreaterEqual", "Less", "LessEqual", "NotEqual"))
REDUCED = {
    "Mean": "Mean",
    "Sum": "Sum",
    "Max": "Max",
    "Min": "Min",
    "Amax": "Max",
    "Amin": "Min",
    "Prod": "Prod",
}
DEFAULTS: Mapping[str, Mapping[str, Argument]] = {
    "Gelu": {"approximate": True},
    "LeakyRelu": {"negative_slope": 0.2},
}
"""Arguments that a function has by default and its layer not."""

TENSORFLOW: Mapping[str, str] = {
    "__operators__.add": "Add",
    "__operators__.getitem": "GetItem",
    "cast": "Cast",
    "clip_by_value": "Clip",
    "concat": "Concatenate",
    "expand_dims": "ExpandDims",
    "identity": "Identity",
    "stop_gradient": "Identity",
    "reshape": "Reshape",
    "squeeze": "Squeeze",
    "transpose": "Transpose",
    "compat.v1.squeeze": "Squeeze",
    "compat.v1.transpose": "Transpose",
    "where": "Where",
    "linalg.matmul": "Matmul",
    "math.abs": "Absolute",
    "math.add": "Add",
    "math.divide": "TrueDivide",
    "math.exp": "Exp",
    "math.log": "Log",
    "math.maximum": "Maximum",
    "math.minimum": "Minimum",
    "math.multiply": "Multiply",
    "math.negative": "Negative",
    "math.pow": "Power",
    "math.reduce_max": "Max",
    "math.reduce_mean": "Mean",
    "math.reduce_min": "Min",
    "math.reduce_sum": "Sum",
    "math.rsqrt": "Rsqrt",
    "math.sigmoid": "Sigmoid",
    "math.sqrt": "Sqrt",
    "math.square": "Square",
    "math.subtract": "Subtract",
    "math.tanh": "Tanh",
    "math.truediv": "TrueDivide",
    "nn.elu": "Elu",
    "nn.gelu": "Gelu",
    "nn.leaky_relu": "LeakyRelu",
    "nn.relu": "Relu",
    "nn.relu6": "Relu6",
    "nn.sigmoid": "Sigmoid",
    "nn.silu": "Silu",
    "nn.softmax": "Softmax",
    "nn.softplus": "Softplus",
    "nn.swish": "Silu",
    "nn.tanh": "Tanh",
}
"""Functions of TensorFlow that old files have as layers, and Keras's of the same meaning."""
TF_DEFAULTS: Mapping[str, Mapping[str, Argument]] = {"nn.gelu": {"approximate": False}}
NAMES = {
    "perm": "axes",
    "newshape": "shape",
    "alpha": "negative_slope",
    "subscripts": "equation",
    "x_min": "min",
    "x_max": "max",
    "clip_value_min": "min",
    "clip_value_max": "max",
    "keep_dims": "keepdims",
    "slice_spec": "key",
}
"""Other names of arguments."""
ORDER: Mapping[str, Sequence[str]] = {
    "GetItem": ("x", "key"),
    "Reshape": ("x", "shape"),
    "Transpose": ("x", "axes"),
    "ExpandDims": ("x", "axis"),
    "Squeeze": ("x", "axis"),
    "Concatenate": ("values", "axis"),
    "Cast": ("x", "dtype"),
    "Clip": ("x", "min", "max"),
    "Where": ("condition", "x1", "x2"),
    "Stack": ("values", "axis"),
    **dict.fromkeys(REDUCED, ("x", "axis", "keepdims")),
}
"""The arguments of functions in their order."""
_TENSORS = """x x1 x2 y a b inputs values xs condition features logits input tensor input_tensor t
    operands arrays images"""
TENSORS = frozenset(_TENSORS.split())
