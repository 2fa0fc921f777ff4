"""What becomes of functions among the layers: `keras.ops`, and those of TensorFlow in old files."""

from __future__ import annotations

from itertools import pairwise

from ....compiler.ops.tensor.index_items import NEWAXIS, span
from ....compiler.shapes.types import DTYPES
from ...errors import UserError
from ...weights.keras_model import Call, Layer, refs
from ..steps import Value
from ..unfit import Unfit
from .arguments import plain
from .function_call import FunctionCall
from .function_names import (
    COMPARED,
    DEFAULTS,
    NAMES,
    ONE,
    ORDER,
    PAIRS,
    REDUCED,
    SIGNS,
    TENSORFLOW,
    TENSORS,
    TF_DEFAULTS,
)
from .making import Making, Read

FILLED = {"OnesLike": "ones", "ZerosLike": "zeros"}
TYPED = frozenset(("Cast", *FILLED))
"""Functions of which the dtype is an argument."""


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
    unsaid = ("name", "function", "trainable", *(() if kind in TYPED else ("dtype",)))
    config = {k: v for k, v in layer.config.items() if k not in unsaid}
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


class _Function(FunctionCall):
    """One call of a function, by its kind."""

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
                raise self.fault("reshapes the batch, which no layer does")
            return self.layer(
                "Reshape", [x], target_shape=[-1 if d is None else d for d in shape[1:]]
            )
        if kind == "Transpose":
            axes = self.numbers("axes")
            axes = [axis % x.type.rank for axis in axes if isinstance(axis, int)]
            if len(axes) != x.type.rank or axes[0] != 0:
                raise self.fault("moves the batch, which no layer does")
            return self.layer("Permute", [x], dims=axes[1:])
        if kind == "Cast":
            dtype = str(self.named.get("dtype"))
            if dtype not in DTYPES:
                raise self.fault(f"casts to {dtype}, which netc does not have")
            return self.layer("Cast", [x], dtype=dtype)
        if kind in ("ExpandDims", "Squeeze"):
            return self.layer(kind, [x], "axis")
        if kind in FILLED:
            dtype = str(self.named.get("dtype") or x.type.dtype)
            return [self.making.build.constant(FILLED[kind], list(x.shape), dtype=dtype)]
        if kind == "Cumsum" and x.step.op == "ones":
            return [self.counted(x)]
        if kind == "OneHot" and self.named.get("axis", -1) == -1:
            return self.layer(kind, [x], "num_classes")
        if kind == "Split":
            return self.parts(x)
        if kind == "Pad":
            return self.padded(x)
        if kind == "Clip":
            return self.layer("Clip", [x], "min", "max")
        raise self.fault(f"is the function `{kind}`, which netc has no layer for")

    def counted(self, ones: Value) -> Value:
        """1, 2, 3 and so on along an axis, as sums of ones are: the usual way to count places."""
        axis = self.named.get("axis")
        rank = ones.type.rank
        if not isinstance(axis, int):
            raise self.fault("counts along no axis")
        build = self.making.build
        places = build.constant("arange", ones.shape[axis], dtype=ones.type.dtype)
        behind = rank - 1 - axis % rank
        if behind:
            places = build.index(places, [span(), *[NEWAXIS] * behind])
        counts = self.making.sign(self.path, "+", places, 1)
        return self.making.sign(self.path, "*", ones, counts)

    def parts(self, x: Value) -> list[Value]:
        """A tensor cut along an axis into equal parts, or at some places."""
        axis, told = self.named.get("axis", 0), self.named.get("indices_or_sections")
        size = x.shape[axis] if isinstance(axis, int) else None
        if not isinstance(axis, int) or not isinstance(size, int):
            raise self.fault("splits an axis of no known size")
        if isinstance(told, int) and told > 0 and size % told == 0:
            cuts = [*range(0, size, size // told), size]
        elif isinstance(told, list | tuple) and all(isinstance(cut, int) for cut in told):
            cuts = [0, *(cut for cut in told if isinstance(cut, int)), size]
        else:
            raise self.fault("says badly where it splits")
        before = [span()] * (axis % x.type.rank)
        return [self.making.build.index(x, [*before, span(a, b)]) for a, b in pairwise(cuts)]

    def padded(self, x: Value) -> list[Value]:
        """Zeros around a signal, a picture or a volume."""
        widths = plain(self.named.get("pad_width"))
        value = self.named.get("constant_values") or 0
        fits = isinstance(widths, tuple) and len(widths) == x.type.rank and 3 <= len(widths) <= 5
        if (
            not isinstance(widths, tuple)
            or not fits
            or self.named.get("mode", "constant") != "constant"
            or value != 0
            or any(widths[at] != (0, 0) for at in (0, -1))
        ):
            raise self.fault("pads as no layer of netc's does")
        inner = widths[1:-1]
        return self.layer(
            f"ZeroPadding{len(inner)}D", [x], padding=inner if len(inner) > 1 else inner[0]
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
