"""Rotary positions that are spelt out become RotaryEmbedding.

Pairs of features that are turned by angles of their places (Su et al. 2021, "RoFormer"), whichever
features are pairs, and however products, halves and signs are put together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import atan2, isclose

import numpy as np

from ....compiler.ops.attention.rotary import RotaryEmbedding
from ....compiler.ops.base.backend import Array
from ....compiler.ops.base.op import Refusal, construct
from ....compiler.ops.table import OPS
from ....compiler.shapes.dims import Sym, dim_prod
from ....compiler.shapes.types import TensorType
from ..steps import Step, Value
from .algebra import number_of
from .graph import Graph
from .trace import MOVES, OTHER_PRIMES, PRIMES, Sizes, Unknown, computed

SIGNS = frozenset(("+", "-", "*", "Add", "Subtract", "Multiply", "negative"))
ENDS = frozenset(("+", "Add", "Concatenate", "Reshape", "onnx.Reshape"))
"""What is last where features are turned."""
MOST = 40
"""The most steps that positions are spelt out in."""
CLOSE = 2e-5
"""How near turned features have to be, of numbers up to 1."""


def raise_rotary(graph: Graph) -> None:
    """Makes each sum or joint of turned features one layer."""
    inside: set[Step] = set()
    for step in reversed(graph.steps):
        value = Value(step)
        if step.op not in ENDS or step in inside:
            continue
        for swapped in (False, True):
            type = _in_heads(value.type, swapped)
            if type is not None and (between := _raised(graph, value, type, swapped)):
                inside |= between
                break


def _raised(graph: Graph, value: Value, type: TensorType, swapped: bool) -> set[Step]:
    """Makes the step of a value one layer; what it was spelt out in, nothing where it is none."""
    for start, between in _starts(value, type):
        args = _turned(value, start, type, swapped)
        if args is not None and _replace(graph, value.step, start, type, args, swapped):
            return between
    return set()


def _in_heads(type: TensorType, swapped: bool) -> TensorType | None:
    """The type as the layer takes it, with all heads in one axis between places and features.

    With `swapped`, heads are before the places.
    """
    shape = [dim for dim in type.shape if dim != 1]
    if type.dtype != "float32" or not 3 <= len(shape) <= 5:
        return None
    batch, places, *heads, size = shape
    if swapped:
        if len(heads) != 1:
            return None
        places, heads = heads[0], [places]
    return TensorType(type.dtype, (batch, places, *([dim_prod(heads)] if heads else ()), size))


def _starts(value: Value, type: TensorType) -> Iterator[tuple[Value, set[Step]]]:
    """Values as large that one may be made of by signs and moves, with all such steps."""
    between: set[Step] = set()
    found: list[Value] = []
    waiting = [value]
    count = dim_prod(type.shape)
    while waiting:
        each = waiting.pop()
        step = each.step
        lead = [dim for dim in each.shape if dim != 1][:2]
        alike = lead == list(type.shape[:2]) and dim_prod(each.shape) == count
        if each != value and alike and each not in found:
            found.append(each)
        passes = step.op in MOVES or (step.op in SIGNS and number_of(step) is None)
        if step.inputs and passes and step not in between:
            between.add(step)
            waiting += step.inputs
        if len(between) > MOST:
            return
    if sum(step.op in ("*", "Multiply") for step in between) >= 2:
        for each in sorted(found, key=lambda each: each.type != type):
            yield each, between


def _turned(
    value: Value, start: Value, type: TensorType, swapped: bool
) -> dict[str, object] | None:
    """The arguments of the layer that makes a value of another one; None where none does."""
    made: dict[str, object] | None = None
    try:
        for primes in (PRIMES, OTHER_PRIMES):
            sizes = Sizes([value.shape, start.shape], primes)
            shape, given = sizes.shape(type.shape), sizes.shape(start.shape)

            def run(probe: Array, sizes: Sizes = sizes, given: tuple[int, ...] = given) -> Array:
                made = computed(value, start, probe.reshape(given), sizes)
                if not swapped:
                    return made.reshape(probe.shape)
                batch, places, heads, size = probe.shape
                return made.reshape(batch, heads, places, size).swapaxes(1, 2)

            if shape[1] < 2 or shape[-1] < 2:
                return None
            if made is None:
                made = _told(run, shape)
            probe = np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)
            if made is None or not _same(run(probe), probe, made):
                return None
    except (Unknown, IndexError, ValueError):
        return None
    return made


def _told(run: Callable[[Array], Array], shape: tuple[int, ...]) -> dict[str, object] | None:
    """The arguments that the first two pairs tell: which are pairs, and their angles."""

    def turned(feature: int) -> Array:
        probe = np.zeros(shape, np.float32)
        probe[..., feature] = 1
        made: Array = run(probe)[0, 1].reshape(-1, shape[-1])[0]
        return made

    width = shape[-1]
    first = turned(0)
    partners = np.flatnonzero(first[1:]) + 1
    if len(partners) != 1:
        return None
    partner = int(partners[0])
    interleaved = partner == 1 and width > 2
    second = 2 if interleaved else 1
    args: dict[str, object] = {}
    if interleaved:
        args["interleaved"] = True
        turning = [f for f in range(0, width - 1, 2) if np.count_nonzero(turned(f)) == 2]
        count = 2 * len(turning)
    else:
        count = 2 * partner
    if count != width:
        args["rotary_dim"] = count
    slow = atan2(float(first[partner]), float(first[0]))
    if slow <= 0 or slow > 1 + CLOSE:
        return None
    if not isclose(slow, 1, rel_tol=CLOSE):
        args["scaling_factor"] = _short(1 / slow)
    if count > 2:
        row = turned(second)
        slower = atan2(float(row[second + (1 if interleaved else partner)]), float(row[second]))
        if not 0 < slower < slow:
            return None
        args["max_wavelength"] = _short((slow / slower) ** (count / 2))
    return args


def _short(number: float) -> float:
    """The shortest number near one that float32 gave."""
    for digits in range(1, 7):
        found = float(f"{number:.{digits - 1}e}")
        if isclose(found, number, rel_tol=1e-4):
            return int(found) if found.is_integer() else found
    return number


def _same(made: Array, probe: Array, args: dict[str, object]) -> bool:
    """Whether features were turned as the layer turns them."""
    try:
        layer = construct(OPS["RotaryEmbedding"], args)
    except Refusal:
        return False
    assert isinstance(layer, RotaryEmbedding)
    width = probe.shape[-1]
    if layer.unfit(width):
        return False
    count = layer.turning(width)
    x = np.moveaxis(probe[..., :count].astype(np.float64), 1, -2)
    by = np.arange(x.shape[-2])[:, None] * np.array(layer.scales(width))
    if layer.interleaved:
        beside = np.stack((-x[..., 1::2], x[..., ::2]), -1).reshape(x.shape)
    else:
        beside = np.concatenate((-x[..., count // 2 :], x[..., : count // 2]), -1)
    turned = np.moveaxis(x * np.cos(by) + beside * np.sin(by), -2, 1)
    wanted = np.concatenate((turned, probe[..., count:]), -1)
    return made.shape == wanted.shape and bool(np.abs(made - wanted).max() < CLOSE)


def _replace(
    graph: Graph,
    step: Step,
    start: Value,
    type: TensorType,
    args: dict[str, object],
    swapped: bool,
) -> bool:
    """Makes a step the layer, with moves where heads lie otherwise than it has them."""
    if start.type != type:
        split = Step(step.op, (), {}, (type,), step.origin)
        if not _reshaped(graph, split, start):
            return False
        start = graph.add(split)
    if step.types == (type,) and not swapped:
        return graph.become(step, "RotaryEmbedding", [start], args)
    turned = Step(step.op, (), {}, (type,), step.origin)
    if not graph.become(turned, "RotaryEmbedding", [start], args):
        return False
    made = graph.add(turned)
    if swapped:
        return graph.become(step, "Permute", [made], {"dims": [2, 1, 3]})
    return _reshaped(graph, step, made)


def _reshaped(graph: Graph, step: Step, value: Value) -> bool:
    sizes = [-1 if isinstance(dim, Sym) else dim for dim in step.types[0].shape[1:]]
    return graph.become(step, "Reshape", [value], {"target_shape": sizes})
