"""What becomes of functions among the layers: `keras.ops`, and those of TensorFlow in old files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ....compiler.ops.tensor.index_items import ELLIPSIS, NEWAXIS, IndexItem, at, span
from ....compiler.shapes.types import DTYPES
from ...errors import UserError
from ..numbers import number as short
from ..steps import Argument, Known, Value
from ..unfit import Unfit
from .arguments import plain
from .making import Making, outputs_of
from .parse import Call, Layer, Ref, SliceOf, refs

Read = Callable[[Ref], Value]

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
    "tf.nn.leaky_relu": {"negative_slope": 0.2},
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


def function_values(making: Making, layer: Layer, path: str, call: Call, read: Read) -> list[Value]:
    """The results of one call of a function. Raises UserError where netc has none like it."""
    kind, told = layer.kind, dict[str, object]()
    theirs = not layer.home or layer.home.startswith(("keras.src.ops.", "keras.ops"))
    if kind.startswith("tf."):
        theirs = True
        function = kind.removeprefix("tf.")
        kind, told = TENSORFLOW.get(function, ""), dict(TF_DEFAULTS.get(function, {}))
    if not kind or not theirs:
        raise UserError(
            f"the layer `{path}` is the function `{layer.kind}`, which netc has no layer for"
        )
    config = {
        k: v for k, v in layer.config.items() if k not in ("name", "dtype", "function", "trainable")
    }
    names = ORDER.get(kind, ())
    placed = {names[i]: a for i, a in enumerate(call.args) if i < len(names)}
    named = {**DEFAULTS.get(kind, {}), **told, **config, **placed, **call.kwargs}
    named = {NAMES.get(name, name): value for name, value in named.items() if name != "name"}
    given = list(call.args) + [named[n] for n in named if n in TENSORS and n not in placed]
    function_ = _Function(making, kind, path, given, named, read)
    making.build.origin = path
    try:
        return function_.values()
    except Unfit as fault:
        raise UserError(f"the layer `{path}`: {fault}") from fault


class _Function:
    """One call of a function, with its arguments by name."""

    def __init__(
        self,
        making: Making,
        kind: str,
        path: str,
        given: Sequence[object],
        named: Mapping[str, object],
        read: Read,
    ) -> None:
        self.making, self.kind, self.path = making, kind, path
        self.given, self.named, self.read = given, named, read

    def values(self) -> list[Value]:
        """The results. Raises UserError or Unfit."""
        kind = self.kind
        if kind == "Identity":
            return [self.tensor(0)]
        if kind in SIGNS:
            return [self.making.sign(self.path, SIGNS[kind], self.side(0), self.side(1))]
        if kind == "Negative":
            return [self.making.sign(self.path, "*", self.tensor(0), -1)]
        if kind in ("Maximum", "Minimum"):
            return self.layer(kind, [self.whole(0), self.whole(1)])
        if kind in COMPARED:
            return self.compared()
        if kind == "GetItem":
            return [self.making.build.index(self.tensor(0), self.items())]
        if kind in ("Concatenate", "Stack", "Einsum", "Where", *PAIRS):
            return self.several()
        return self.one()

    def one(self) -> list[Value]:
        """A function of one tensor."""
        kind, x = self.kind, self.tensor(0)
        if kind in REDUCED:
            return self.layer(REDUCED[kind], [x], "axis", "keepdims")
        if kind in ONE:
            names = ("axis", "approximate", "negative_slope")
            return self.layer(ONE[kind], [x], *names)
        if kind == "Reshape":
            shape = self.numbers("shape")
            batch = x.shape[0]
            if (
                len(shape) < 1
                or shape[0] not in (-1, None, batch)
                or (shape[0] == -1 and -1 in shape[1:])
            ):
                raise UserError(f"the layer `{self.path}` reshapes the batch, which no layer does")
            return self.layer(
                "Reshape", [x], target_shape=[-1 if d is None else d for d in shape[1:]]
            )
        if kind == "Transpose":
            axes = self.numbers("axes")
            axes = [axis % x.type.rank for axis in axes if isinstance(axis, int)]
            if len(axes) != x.type.rank or axes[0] != 0:
                raise UserError(f"the layer `{self.path}` moves the batch, which no layer does")
            return self.layer("Permute", [x], dims=axes[1:])
        if kind == "Cast":
            dtype = str(self.named.get("dtype"))
            if dtype not in DTYPES:
                raise UserError(
                    f"the layer `{self.path}` casts to {dtype}, which netc does not have"
                )
            return self.layer("Cast", [x], dtype=dtype)
        if kind in ("ExpandDims", "Squeeze"):
            return self.layer(kind, [x], "axis")
        if kind == "Clip":
            return self.layer("Clip", [x], "min", "max")
        raise UserError(
            f"the layer `{self.path}` is the function `{kind}`, which netc has no layer for"
        )

    def several(self) -> list[Value]:
        """A function of several tensors."""
        kind = self.kind
        if kind == "Where":
            return self.layer(kind, [self.whole(place) for place in range(3)])
        first = self.given[0] if self.given else ()
        items = first if isinstance(first, list | tuple) else self.given
        tensors = [self.read(ref) for ref in refs(list(items))]
        if kind == "Stack":
            axis = plain(self.named.get("axis", 0))
            tensors = [self.layer("ExpandDims", [each], axis=axis)[0] for each in tensors]
            return self.layer("Concatenate", tensors, axis=axis)
        if kind == "Concatenate":
            return self.layer(kind, tensors, "axis")
        if kind == "Einsum":
            return self.layer(kind, tensors, "equation")
        return self.layer(kind, tensors)

    def compared(self) -> list[Value]:
        """A comparison with a tensor or a number."""
        left, right = self.side(0), self.side(1)
        if isinstance(left, Value) and isinstance(right, Value):
            return self.layer(self.kind, [left, right])
        if isinstance(left, Value):
            return self.layer(self.kind, [left], number=right)
        return self.layer(self.kind, [self.whole(0), self.whole(1)])

    def layer(
        self, kind: str, inputs: Sequence[Value], /, *names: str, **given: Argument
    ) -> list[Value]:
        """A layer with the arguments of some names that are given."""
        args = {name: _list(plain(self.named[name])) for name in names if name in self.named}
        from .arguments import arguments_of

        found = arguments_of(kind, {**args, **given}, f"the layer `{self.path}`", set())
        return outputs_of(self.making.layer(kind, inputs, found, self.path))

    def tensor(self, place: int) -> Value:
        """An input that is a tensor."""
        given = self.given[place] if place < len(self.given) else None
        found = list(refs(given))
        if len(found) != 1:
            raise UserError(f"the layer `{self.path}` says badly what it takes")
        return self.read(found[0])

    def side(self, place: int) -> Value | float | list[float]:
        """An input that is a tensor or numbers."""
        given = self.given[place] if place < len(self.given) else None
        if isinstance(given, Ref):
            return self.read(given)
        if isinstance(given, bool) or given is None or isinstance(given, str | dict):
            raise UserError(f"the layer `{self.path}` says badly what it takes")
        array = np.asarray(given)
        if array.size == 1 and array.ndim <= 1 and array.dtype != object:
            single = array.reshape(-1)[0]
            return short(np.float32(single) if array.dtype.kind == "f" else single)
        if array.dtype == object:
            raise UserError(f"the layer `{self.path}` says badly what it takes")
        return self.whole(place)

    def whole(self, place: int) -> Value:
        """An input as a tensor, also where it is numbers."""
        given = self.given[place] if place < len(self.given) else None
        if isinstance(given, Ref):
            return self.read(given)
        array = np.asarray(given)
        if array.dtype.kind not in "biuf":
            raise UserError(f"the layer `{self.path}` says badly what it takes")
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        return self.making.build.known(Known(array, (f"{self.path}:{place}",)))

    def numbers(self, name: str) -> list[object]:
        """An argument that is a list of integers."""
        value = self.named.get(name)
        if not isinstance(value, list | tuple) or not all(
            item is None or isinstance(item, int) for item in value
        ):
            raise UserError(f"the layer `{self.path}` has sizes that are computed from tensors")
        return list(value)

    def items(self) -> list[IndexItem]:
        """What stands between the brackets of an index."""
        key = self.named.get("key")
        return [self.item(each) for each in (key if isinstance(key, list | tuple) else [key])]

    def item(self, each: object) -> IndexItem:
        """One part of an index."""
        if each is None:
            return NEWAXIS
        if each is ...:
            return ELLIPSIS
        if isinstance(each, int) and not isinstance(each, bool):
            return at(each)
        if isinstance(each, SliceOf):
            bounds = (each.start, each.stop, each.step)
            start, stop, step = (b if isinstance(b, int) else None for b in bounds)
            if all(b is None or isinstance(b, int) for b in bounds):
                return span(start, stop, step)
        raise UserError(f"the layer `{self.path}` has an index that is computed, or a list")


def _list(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
