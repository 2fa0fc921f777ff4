"""What a layer drawn at random makes of its inputs: the typing that the generator of nets needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from hypothesis import reject
from hypothesis import strategies as st
from netc.compiler.ir.infer import infer
from netc.compiler.ops.base.kinds import Word
from netc.compiler.ops.base.op import Op, Refusal
from netc.compiler.ops.table import OPS
from netc.compiler.ops.tensor.arithmetic import arithmetic
from netc.compiler.ops.tensor.indexing import NEWAXIS, IndexItem, at, index, span
from netc.compiler.shapes.dims import DimTooComplex, substitute
from netc.compiler.shapes.types import TensorType

from .arguments import Draw, Step, Types, draw_arguments, drawable

MAX_ELEMENTS = 6_000
MAX_WEIGHTS = 20_000
TRIES = 6

ACTIVATION_NAMES = sorted(
    name
    for name, cls in OPS.items()
    if cls.__module__.endswith(("rectifiers", "squashers", "softmaxes"))
)


@dataclass
class Typing:
    """Draws layers that fit; `sizes` is what the named sizes are when the net runs."""

    draw: Draw
    sizes: Mapping[str, int] = field(default_factory=dict)

    def outputs(self, op: Op, types: Types) -> tuple[TensorType, ...] | None:
        """What the operator makes; None where it refuses or makes too much or nothing."""
        try:
            inferred = infer(op, tuple(types))
            # What a symbol hides may be refused of its number.
            infer(op, tuple(self._real(type) for type in types))
        except (Refusal, DimTooComplex):
            return None
        if sum(weight.size for weight in inferred.weights) > MAX_WEIGHTS:
            return None
        for output in inferred.outputs:
            try:
                real = [substitute(dim, self.sizes) for dim in output.shape]
            except DimTooComplex:
                return None
            if not all(isinstance(dim, int) and dim > 0 for dim in real):
                return None
            if prod(dim for dim in real if isinstance(dim, int)) > MAX_ELEMENTS:
                return None
        return inferred.outputs

    def _real(self, type: TensorType) -> TensorType:
        return TensorType(type.dtype, tuple(substitute(dim, self.sizes) for dim in type.shape))

    def results(self, step: Step, types: Types) -> tuple[TensorType, ...] | None:
        """The types of a layer's outputs; None where it does not fit."""
        try:
            return self.outputs(step.op(), types)
        except Refusal:
            return None

    def result(self, step: Step, types: Types) -> TensorType | None:
        """The type of a layer's only output; None where it does not fit."""
        made = self.results(step, types)
        return made[0] if made is not None and len(made) == 1 else None

    def candidates(self, types: Types) -> list[str]:
        """The layers that take tensors of this number, rank and dtype."""
        return [name for name, cls in OPS.items() if _takes(cls, types)]

    def layer(self, *types: TensorType) -> tuple[Step, TensorType]:
        """A layer that takes tensors of these types, and what it makes."""
        names = self.candidates(types)
        plain = [name for name in names if name not in ACTIVATION_NAMES]
        # Layers that only a few tensors fit come as often as those that take any.
        plain += 3 * [name for name in plain if isinstance(OPS[name].rank, int)]
        activations = [name for name in names if name in ACTIVATION_NAMES]
        for _ in range(TRIES if names else 0):
            few = activations and (not plain or self.draw(st.sampled_from(range(5))) == 0)
            name = self.draw(st.sampled_from(activations if few else plain))
            assert isinstance(name, str)
            step = Step(name, draw_arguments(self.draw, OPS[name], types))
            made = self.result(step, types)
            if made is not None:
                return step, made
        for step in (Step("Flatten", {}), Step("Concatenate", {}), Step("Rescaling", {"scale": 1})):
            made = self.result(step, types)
            if made is not None:
                return step, made
        reject()
        raise AssertionError

    def keeping(self, type: TensorType) -> Step:
        """A layer that makes a tensor of the type it gets."""
        for _ in range(2 * TRIES):
            step, made = self.layer(type)
            if made == type:
                return step
        return Step("Cast", {"dtype": Word(type.dtype)})

    def arithmetic(
        self, sign: str, left: float | None, right: float | None, *types: TensorType
    ) -> TensorType | None:
        """The type of `a sign b`, where a number stands for a tensor that is None."""
        made = self.outputs(arithmetic(sign, left, right), types)
        return made[0] if made is not None else None

    def slice(self, type: TensorType) -> tuple[str, TensorType] | None:
        """An index that fits, and what it makes."""
        bound = st.none() | st.integers(-3, 3)
        items: list[IndexItem] = [span()]
        for _ in range(type.rank - 1):
            kind = self.draw(st.sampled_from(["all", "all", "index", "slice", "new"]))
            if kind == "index":
                items.append(at(self._int(st.integers(-2, 1))))
            elif kind == "slice":
                low, high = self.draw(bound), self.draw(bound)
                step = self._int(st.sampled_from([1, 1, 2, -1, -2]))
                assert low is None or isinstance(low, int)
                assert high is None or isinstance(high, int)
                items.append(span(low, high, step))
            else:
                items.append(span())
                if kind == "new":
                    items.append(NEWAXIS)
        try:
            op = index(tuple(items), type.shape)
            made = self.outputs(op, [type])
        except Refusal:
            return None
        if made is None or not 2 <= made[0].rank <= 5:
            return None
        return f"[{', '.join(map(str, items))}]", made[0]

    def slice_at(self, type: TensorType, axis: int, place: int) -> TensorType | None:
        """What `x[:, …, place]` makes."""
        try:
            made = self.outputs(index((*[span()] * axis, at(place)), type.shape), [type])
        except Refusal:
            return None
        return made[0] if made is not None else None

    def _int(self, strategy: st.SearchStrategy[int]) -> int:
        value = self.draw(strategy)
        assert isinstance(value, int)
        return value


def _takes(cls: type[Op], types: Sequence[TensorType]) -> bool:
    least, most = cls.arity
    if not drawable(cls):
        return False
    if len(types) < least or (most is not None and len(types) > most):
        return False
    low, high = cls.rank if isinstance(cls.rank, tuple) else (cls.rank or 0, cls.rank or 99)
    return all(low <= type.rank <= high and type.dtype in cls.dtypes for type in types)
