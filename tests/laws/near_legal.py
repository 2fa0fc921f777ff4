"""Nets with one layer whose arguments or inputs may not fit, and whether Keras would build it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from netc.compiler.check import check_files
from netc.compiler.ops.base.kinds import Word
from netc.compiler.ops.table import OPS
from netc.compiler.shapes.dims import symbol
from netc.compiler.shapes.types import TensorType

from .agreement import Disagreement
from .arguments import Args, Draw, Step, draw_arguments, drawable
from .decisions import decided

OURS = frozenset(
    name
    for name, cls in OPS.items()
    if cls.__module__.endswith(("rectifiers", "squashers", "softmaxes", "activation_layer", "lrn"))
    or name in ("Maxout", "OneHot")
    or name.startswith("Adaptive")
)
"""Layers that Keras has not, or not as layers of the same arguments; Keras's adaptive pools can
end the process."""
QUERY_AND_VALUE = ("MultiHeadAttention", "GroupQueryAttention")
SCORED = ("Attention", "AdditiveAttention")
ATTENTION = (*QUERY_AND_VALUE, *SCORED)
RECURRENT = ("SimpleRNN", "LSTM", "GRU", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
CALL_ARGUMENTS = ("use_causal_mask",)
"""What Keras takes when a layer is called, and a `.net` file with the other arguments."""
POOLS = tuple(f"{kind}Pooling{axes}D" for kind in ("Max", "Average") for axes in (1, 2, 3))
OUR_ARGUMENTS = ("rope",)
"""Arguments of layers that Keras has, which it has not."""


@cache
def names() -> tuple[str, ...]:
    """The layers that Keras has too."""
    import keras

    shared = (name for name, cls in OPS.items() if name not in OURS and drawable(cls))
    return tuple(sorted(name for name in shared if hasattr(keras.layers, name)))


@dataclass(frozen=True)
class Attempt:
    """One layer, applied to inputs of some types."""

    name: str
    args: Args
    types: tuple[TensorType, ...]

    @property
    def text(self) -> str:
        """The attempt as a net."""
        names = [f"x{number}" for number in range(len(self.types))]
        params = ", ".join(f"{n}: {t}" for n, t in zip(names, self.types, strict=True))
        source = names[0] if len(names) == 1 else f"({', '.join(names)})"
        layer = Step(self.name, self.args)
        return f"net Net({params}) {{\n  return {source} -> {layer}\n}}\n"

    def __str__(self) -> str:
        return self.text


@st.composite
def near_legal(draw: Draw) -> Attempt:
    """A layer with arguments that are about right, on inputs of about the right shapes."""
    name = draw(st.sampled_from(names()))
    assert isinstance(name, str)
    cls = OPS[name]
    low, high = cls.rank if isinstance(cls.rank, tuple) else (cls.rank or 2, cls.rank or 5)
    rank = min(5, max(low, 2))
    rank = _number(draw, rank, max(rank, min(high, 5)))
    if draw(st.integers(0, 9)) == 0:
        rank += _number(draw, -1, 1)
    count = cls.arity[0]
    if cls.arity[1] is None or name in ATTENTION:
        count += _number(draw, 0, 1)
    dtype = "float32" if "float32" in cls.dtypes else "int32"
    if draw(st.integers(0, 14)) == 0:
        dtype = "int32" if dtype == "float32" else "float32"
    first: list[int] = [_number(draw, 1, 6) for _ in range(max(0, rank - 1))]
    types = [TensorType(dtype, (symbol("N"), *first))]
    for _ in range(count - 1):
        types.append(TensorType(dtype, (symbol("N"), *_other(draw, first))))
    args = draw_arguments(draw, cls, types, loose=True)
    if name in POOLS:
        args = {key: value for key, value in args.items() if not _torch_s(key, value)}
    ours = (*OUR_ARGUMENTS, *(("sliding_window",) if name in SCORED else ()))
    known = {given: value for given, value in args.items() if given not in ours}
    return Attempt(name, known, tuple(types))


def _torch_s(name: str, value: object) -> bool:
    """Whether a pool's argument is one that only PyTorch has."""
    return name in ("ceil_mode", "count_include_pad") or (
        name == "padding" and not isinstance(value, Word)
    )


def _number(draw: Draw, low: int, high: int) -> int:
    value = draw(st.integers(low, high))
    assert isinstance(value, int)
    return value


def _other(draw: Draw, first: Sequence[int]) -> list[int]:
    """A shape like another, with one axis changed or left out now and then."""
    other = list(first)
    if not other:
        return other
    change = draw(st.sampled_from(["none", "none", "one", "size", "less", "more"]))
    axis = _number(draw, 0, len(other) - 1)
    if change == "one":
        other[axis] = 1
    elif change == "size":
        other[axis] = _number(draw, 1, 6)
    elif change == "less":
        del other[axis]
    elif change == "more":
        other.insert(axis, _number(draw, 1, 3))
    return other


def netc_refuses(attempt: Attempt) -> str | None:
    """The code and message of netc's refusal; None where it takes the net."""
    path = Path("net.net")
    analysis = check_files([path], overlay={path.resolve(): attempt.text})
    errors = [found for found in analysis.diagnostics if found.severity == "error"]
    return f"{errors[0].code.name} {errors[0].message}" if errors else None


def keras_refuses(attempt: Attempt) -> str | None:
    """Why Keras does not build the layer or does not run it on zeros; None where it does."""
    import keras

    try:
        inputs = [
            keras.Input(batch_shape=(None, *type.shape[1:]), dtype=type.dtype)
            for type in attempt.types
        ]
        outputs = keras_outputs(keras, attempt, inputs)
        model = keras.Model(inputs, outputs)
        zeros = [np.zeros((2, *type.shape[1:]), type.dtype) for type in attempt.types]
        model(zeros if len(zeros) > 1 else zeros[0], training=False)
        return None
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"


def keras_outputs(keras: Any, attempt: Attempt, inputs: Sequence[object]) -> object:
    """The layer applied as a user of Keras would write it."""
    args = keras_args(keras, attempt.args)
    given = {name: args.pop(name) for name in CALL_ARGUMENTS if name in args}
    layer = getattr(keras.layers, attempt.name)(**args)
    if attempt.name in QUERY_AND_VALUE:
        # One tensor attends to itself.
        return layer(*(list(inputs) if len(inputs) > 1 else [inputs[0], inputs[0]]), **given)
    if attempt.name in ATTENTION:
        return layer(list(inputs) if len(inputs) > 1 else [inputs[0], inputs[0]], **given)
    if attempt.name in RECURRENT and len(inputs) > 1:
        return layer(inputs[0], initial_state=list(inputs[1:]), **given)
    merges = OPS[attempt.name].arity[0] > 1
    return layer(list(inputs) if merges else inputs[0], **given)


def keras_args(keras: Any, args: Args) -> dict[str, object]:
    """Arguments as a user of Keras would write them."""
    return {name: _plain(keras, value) for name, value in args.items()}


def _plain(keras: Any, value: object) -> object:
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, Step):
        return getattr(keras.layers, value.name)(**keras_args(keras, value.args))
    return value.text if isinstance(value, Word) else value


def check_near_legal(attempt: Attempt) -> str:
    """netc refuses what Keras refuses, and nothing else, but for what `decisions.py` lists.

    Returns what came of it. Raises Disagreement.
    """
    ours, theirs = netc_refuses(attempt), keras_refuses(attempt)
    if (ours is None) == (theirs is None):
        return "taken by both" if ours is None else "refused by both"
    decision = decided(attempt.name, ours, theirs)
    if decision is not None:
        return f"decided ({decision})"
    who = f"netc refuses ({ours})" if ours else f"Keras refuses ({theirs})"
    raise Disagreement(f"only {who}")
