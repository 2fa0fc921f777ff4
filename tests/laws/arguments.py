"""Draws the arguments of any layer from their kinds, sensible or (for near-legal nets) loose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from hypothesis import strategies as st
from netc.compiler.ops.base.declare import Argument
from netc.compiler.ops.base.kinds import Word, show
from netc.compiler.ops.base.op import Op, arguments, construct
from netc.compiler.ops.table import OPS
from netc.compiler.shapes.types import TensorType

Draw: TypeAlias = Callable[[st.SearchStrategy[object]], object]
Args: TypeAlias = "dict[str, object]"
Types: TypeAlias = Sequence[TensorType]


@dataclass(frozen=True)
class Step:
    """A layer with its arguments as written."""

    name: str
    args: Args

    def __str__(self) -> str:
        if not self.args:
            return self.name
        return f"{self.name}({', '.join(f'{k}={show(v)}' for k, v in self.args.items())})"

    def op(self) -> Op:
        """The operator it makes. Raises Refusal where the arguments do not fit it."""
        given = {k: v.op() if isinstance(v, Step) else v for k, v in self.args.items()}
        return construct(OPS[self.name], given)


def words(*texts: str) -> st.SearchStrategy[object]:
    return st.sampled_from([Word(text) for text in texts])


def pair(one: st.SearchStrategy[int]) -> st.SearchStrategy[object]:
    """One int, or one for each of two axes."""
    return one | st.tuples(one, one)


def triple(one: st.SearchStrategy[int]) -> st.SearchStrategy[object]:
    """One int, or one for each of three axes."""
    return one | st.tuples(one, one, one)


def border(one: st.SearchStrategy[int]) -> st.SearchStrategy[object]:
    """An int, one for each axis, or one for each side of each axis."""
    return one | st.tuples(one, one) | st.tuples(st.tuples(one, one), st.tuples(one, one))


SMALL = st.integers(1, 3)
LOOSE = st.sampled_from([1, 2, 3, 0, -1, 4, 5, 9, 14])
ACTIVATIONS = words(
    *("relu", "sigmoid", "tanh", "elu", "gelu", "silu", "softplus", "softmax", "leaky_relu"),
    *("hard_sigmoid", "relu6", "selu", "softsign", "mish", "linear", "log_softmax", "hard_tanh"),
)
INITIALIZERS = words("glorot_uniform", "he_normal", "zeros", "ones", "random_uniform", "orthogonal")
REGULARIZERS = words("l1", "l2")
NUMBERS = st.sampled_from([0.5, 1.5, -0.25, 2.0, 0.125, 1, -3.0])
POSITIVE = st.sampled_from([0.5, 1.0, 1.5, 0.125, 2.0])
AXES = st.sampled_from([-1, 1, 2, -2, 3, -3])

DTYPE = (
    "float16 or bfloat16 or float32 or float64 or int8 or int16 or int32 or int64 or uint8 or "
    "uint16 or uint32 or uint64 or bool"
)
BORDER_3D = (
    "an int of at least 0, (planes, rows, columns), "
    "or ((front, back), (top, bottom), (left, right))"
)

BORDER_2D = "an int of at least 0, (rows, columns), or ((top, bottom), (left, right))"
BORDER_1D = "an int of at least 0, or (before, after)"
POOLED = words("valid", "same")

BY_KIND: Mapping[str, st.SearchStrategy[object]] = {
    f"valid or same, or {BORDER_1D}": POOLED | pair(st.integers(0, 1)),
    f"valid or same, or {BORDER_2D}": POOLED | border(st.integers(0, 1)),
    f"valid or same, or {BORDER_3D}": POOLED | triple(st.integers(0, 1)),
    "true or false or none": st.booleans() | st.none(),
    "true or false": st.booleans(),
    "a number": NUMBERS,
    "a number above 0": POSITIVE,
    "a number of at least 0": POSITIVE,
    "a number of at least 0 or none": POSITIVE | st.none(),
    "a number from 0 to 1": st.sampled_from([0.1, 0.9, 0.5]),
    "a number of at least 0 and below 1": st.sampled_from([0.0, 0.1, 0.5]),
    "a number or a list of numbers": NUMBERS,
    "a number or a list of numbers or none": NUMBERS,
    "a number of at least 0 or a list of such numbers or none": POSITIVE,
    "an activation such as relu": ACTIVATIONS,
    "an activation such as relu or none": ACTIVATIONS | st.none(),
    "an initializer such as he_normal": INITIALIZERS,
    "a regularizer such as L2(0.0001) or none": REGULARIZERS,
    "valid or same": words("valid", "same"),
    "valid or same or causal": words("valid", "same", "causal"),
    "nearest or bilinear": words("nearest", "bilinear"),
    "an int": AXES,
    "an int or none": AXES,
    "an int or several": AXES | st.sampled_from([[1, 2], [-1, -2], [2, 1], [-1, 1], [3, 1, -2]]),
    "an int of at least 0": st.integers(0, 3),
    "an int of at least 0, or 2 of them or none": pair(st.integers(0, 1)) | st.none(),
    "an int of at least 1": st.integers(1, 4),
    "an int of at least 2": st.integers(2, 3),
    "an int of at least 1 or none": SMALL | st.none(),
    "an int of at least 1, or 2 of them": pair(SMALL),
    "an int of at least 1, or 2 of them or none": pair(SMALL) | st.none(),
    BORDER_2D: border(st.integers(0, 2)),
    "an int of at least 0 or none": st.integers(0, 1) | st.none(),
    BORDER_1D: pair(st.integers(0, 2)),
    "an int of at least 0, or 3 of them or none": triple(st.integers(0, 1)) | st.none(),
    BORDER_3D: triple(st.integers(0, 1)),
    "an int of at least 1, or 3 of them": triple(st.integers(1, 2)),
    "concat or sum or mul or ave or none": words("concat", "sum", "mul", "ave"),
    DTYPE: words("float32", "int32"),
    "dot or concat": words("dot", "concat"),
    "an axis, or one for each tensor": st.sampled_from([-1, 1, (1, 2), (2, 1), (-1, 1), [1, 1]]),
    "a layer such as RotaryEmbedding(10000) or none": st.sampled_from(
        [
            Step("RotaryEmbedding", {}),
            Step("RotaryEmbedding", {"max_wavelength": 20, "interleaved": True}),
            Step("RotaryEmbedding", {"rotary_dim": 2}),
        ]
    ),
}
LOOSE_BY_KIND: Mapping[str, st.SearchStrategy[object]] = {
    "an int": st.integers(-6, 6),
    "an int or none": st.integers(-6, 6),
    "an int or several": st.integers(-6, 6) | st.lists(st.integers(-5, 5), max_size=3),
    "an int of at least 0": LOOSE,
    "an int of at least 0, or 2 of them or none": pair(LOOSE),
    "an int of at least 1": LOOSE,
    "an int of at least 0 or none": LOOSE,
    BORDER_1D: pair(LOOSE),
    "an int of at least 1 or none": LOOSE,
    "an int of at least 1, or 3 of them": triple(LOOSE),
    "an int of at least 1, or 2 of them": pair(LOOSE),
    "an int of at least 1, or 2 of them or none": pair(LOOSE),
    BORDER_2D: border(LOOSE),
    "an axis, or one for each tensor": st.integers(-4, 4)
    | st.tuples(st.integers(-4, 4), st.integers(-4, 4)),
}
BY_NAME: Mapping[str, st.SearchStrategy[object]] = {
    "epsilon": st.sampled_from([0.001, 0.00001, 0.1]),
    "groups": st.sampled_from([1, 1, 2, 3]),
    "dilation_rate": st.sampled_from([1, 1, 2]),
    "strides": st.sampled_from([1, 2, 1, 3]),
    "filters": st.integers(1, 6),
    "input_dim": st.integers(9, 11),
    "rotary_dim": st.sampled_from([2, 4, None]),
    "sequence_length": st.integers(60, 70),
}
LARGEST_INPUT_INT = 8
"""Integers given to a net lie below every `input_dim`."""


def draw_arguments(draw: Draw, cls: type[Op], types: Types, *, loose: bool = False) -> Args:
    """Arguments for a layer that gets tensors of some types.

    They are in the range of their kinds; with `loose` one in two may lie outside.
    """
    if cls.__name__ in SPECIAL and not (loose and draw(st.booleans())):
        return SPECIAL[cls.__name__](draw, types)
    return {
        argument.name: _draw_one(draw, argument, loose)
        for argument in arguments(cls).values()
        if argument.required
        or (_strategy(argument, False) is not None and draw(st.sampled_from(range(3))) == 0)
    }


def drawable(cls: type[Op]) -> bool:
    """Whether all that the layer requires can be drawn."""
    needed = [argument for argument in arguments(cls).values() if argument.required]
    return cls.__name__ in SPECIAL or all(_strategy(each, False) is not None for each in needed)


def _draw_one(draw: Draw, argument: Argument, loose: bool) -> object:
    strategy = _strategy(argument, loose and bool(draw(st.booleans())))
    if strategy is None and loose:
        strategy = st.lists(st.integers(-1, 4), min_size=1, max_size=3)
    assert strategy is not None, f"no strategy for `{argument.name}`: {argument.kind.text}"
    return draw(strategy)


def _strategy(argument: Argument, loose: bool) -> st.SearchStrategy[object] | None:
    kind = argument.kind.text
    if loose and kind in LOOSE_BY_KIND:
        return LOOSE_BY_KIND[kind]
    return BY_NAME[argument.name] if argument.name in BY_NAME else BY_KIND.get(kind)


def _reshape(draw: Draw, types: Types) -> Args:
    sizes = [dim for dim in types[0].shape[1:] if isinstance(dim, int)]
    product = 1
    for size in sizes:
        product *= size
    options: list[list[int]] = [[-1], [-1, 1], [1, -1]]
    if len(sizes) == types[0].rank - 1:
        divisors = [d for d in range(1, product + 1) if product % d == 0]
        d = draw(st.sampled_from(divisors))
        assert isinstance(d, int)
        options += [[product], [d, product // d], [d, -1], [1, d, -1], sizes[::-1]]
    elif sizes:
        options.append([-1, sizes[-1]])
    return {"target_shape": draw(st.sampled_from(options))}


def _permute(draw: Draw, types: Types) -> Args:
    return {"dims": draw(st.permutations(range(1, types[0].rank)))}


def _channels(types: Types) -> int:
    last = types[0].shape[-1] if types[0].shape else 1
    return last if isinstance(last, int) else 1


def _normalization(draw: Draw, types: Types) -> Args:
    count = _channels(types)
    lists = [st.lists(one, min_size=count, max_size=count) for one in (NUMBERS, POSITIVE)]
    args: Args = {"mean": draw(lists[0]), "variance": draw(lists[1])}
    if draw(st.booleans()):
        args = {"axis": None, "mean": draw(NUMBERS), "variance": draw(POSITIVE)}
    if draw(st.booleans()):
        args["invert"] = True
    return args


def _rescaling(draw: Draw, types: Types) -> Args:
    count = _channels(types)
    scale = NUMBERS | st.lists(NUMBERS, min_size=count, max_size=count)
    args: Args = {"scale": draw(scale)}
    if draw(st.booleans()):
        args["offset"] = draw(scale)
    return args


def _inner(draw: Draw, names: Sequence[str], types: Types) -> Step:
    name = draw(st.sampled_from(names))
    assert isinstance(name, str)
    return Step(name, draw_arguments(draw, OPS[name], types))


def _bidirectional(draw: Draw, types: Types) -> Args:
    names = {4: ("ConvLSTM1D",), 5: ("ConvLSTM2D",), 6: ("ConvLSTM3D",)}
    inner = names.get(types[0].rank, ("SimpleRNN", "LSTM", "GRU"))
    args: Args = {"layer": _inner(draw, inner, types)}
    if draw(st.booleans()):
        args["merge_mode"] = draw(words("concat", "sum", "mul", "ave"))
    return args


def _time_distributed(draw: Draw, types: Types) -> Args:
    shape = types[0].shape
    inside = [TensorType(types[0].dtype, (*shape[:1], *shape[2:]))]
    names = ("Dense", "Dropout", "LayerNormalization", "Flatten")
    if len(shape) == 5:
        names += ("Conv2D", "MaxPooling2D", "GlobalAveragePooling2D")
    elif len(shape) == 4:
        names += ("Conv1D", "LSTM", "GlobalMaxPooling1D")
    return {"layer": _inner(draw, names, inside)}


def _spectral_normalization(draw: Draw, types: Types) -> Args:
    names = {3: ("Conv1D",), 4: ("Conv2D", "DepthwiseConv2D", "Conv2DTranspose"), 5: ("Conv3D",)}
    args: Args = {"layer": _inner(draw, ("Dense", *names.get(types[0].rank, ())), types)}
    if draw(st.booleans()):
        args["power_iterations"] = draw(SMALL)
    return args


def _einsum(draw: Draw, types: Types) -> Args:
    options = {
        (2,): ["ni->n", "ni->in", "ni->ni"],
        (3,): ["nij->nji", "nij->ni", "nij->nj"],
        (4,): ["nhwc->nchw", "nhwc->nc"],
        (2, 2): ["ni,ni->n", "ni,nj->nij"],
        (3, 3): ["nij,nkj->nik", "nij,nij->ni", "nij,nij->nij"],
        (4, 4): ["nhwc,nhwd->ncd", "nhwc,nhwc->nhw"],
    }
    ranks = tuple(type.rank for type in types)
    return {"equation": draw(st.sampled_from(options.get(ranks, ["...->..."])))}


SPECIAL: Mapping[str, Callable[[Draw, Types], Args]] = {
    "Bidirectional": _bidirectional,
    "Einsum": _einsum,
    "Normalization": _normalization,
    "Permute": _permute,
    "Rescaling": _rescaling,
    "Reshape": _reshape,
    "SpectralNormalization": _spectral_normalization,
    "TimeDistributed": _time_distributed,
}
"""Layers whose arguments depend on their input."""
