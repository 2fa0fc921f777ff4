"""Sizes that ONNX's shape inference tells of numbers alone: asked with several numbers.

`Resize` of `[N, 4]`, whose scales are 1 and 2, has no size for `N` by ONNX, and 7 rows for 7. What
is found must hold for every number that ONNX answers for: a number, sums of multiples of the named
sizes, or a multiple of a product of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations
from math import prod

from ...shapes.dims import Dim, Sym, dim_prod, names, substitute, symbol
from ...shapes.types import TensorType

Sizes = Sequence[Sequence[int | None] | None]
"""The sizes of each output; None for what is not known."""
MOST_NAMES = 6
LEAST_ANSWERS = 4
LARGE = 1000
"""Sizes from here on must have an answer; smaller ones may be too small for a kernel."""
# Multiples of what layers divide by, then others: an answer may be missing for those.
ROUNDS = (2520, 27720, 5040, 360360, 1, 7, 1009, 100_003)
STEPS = (1, 5, 3, 11, 7, 13)


class Probes:
    """The sizes of an operator's outputs, found by numbers for the named sizes of its inputs."""

    def __init__(
        self, ask: Callable[[Sequence[TensorType]], Sizes | None], inputs: Sequence[TensorType]
    ) -> None:
        self.ask = ask
        self.inputs = inputs

    def size(self, output: int, axis: int) -> Dim | None:
        """The size of an axis of an output, if one formula fits all answers."""
        for atoms, answers in self._answers:
            sizes = []
            for numbers, shapes in answers:
                shape = shapes[output]
                if shape is None or axis >= len(shape) or shape[axis] is None:
                    break
                sizes.append((numbers, shape[axis] or 0))
            else:
                found = _formula(atoms, sizes)
                if found is not None:
                    return found
        return None

    def rank(self, output: int) -> int | None:
        """How many axes an output has, if that is the same for all numbers."""
        for _, answers in self._answers:
            ranks = {None if s[output] is None else len(s[output] or ()) for _, s in answers}
            if len(ranks) == 1 and None not in ranks:
                return ranks.pop()
        return None

    @cached_property
    def _answers(self) -> list[tuple[Sequence[Dim], list[tuple[Sequence[int], Sizes]]]]:
        """Answers for numbers in place of whole sizes, then in place of the names in them."""
        whole: list[Dim] = list(
            dict.fromkeys(d for x in self.inputs for d in x.shape if isinstance(d, Sym))
        )
        single: list[Dim] = [
            symbol(name) for name in sorted({name for dim in whole for name in names(dim)})
        ]
        found: list[tuple[Sequence[Dim], list[tuple[Sequence[int], Sizes]]]] = []
        for atoms in (whole, single) if whole != single else (whole,):
            if not 0 < len(atoms) <= MOST_NAMES:
                continue
            answers: list[tuple[Sequence[int], Sizes]] = []
            for numbers in _numbers(len(atoms)):
                values = {str(atom): number for atom, number in zip(atoms, numbers, strict=True)}
                shapes = self._asked(values, whole=atoms is whole)
                if shapes is not None:
                    answers.append((numbers, shapes))
                elif min(numbers) >= LARGE:
                    # Not too small for a kernel: it is not legal for every size.
                    answers.clear()
                    break
            if len(answers) >= LEAST_ANSWERS + len(atoms):
                found.append((atoms, answers))
        return found

    def _asked(self, values: Mapping[str, int], whole: bool) -> Sizes | None:
        inputs = []
        for type in self.inputs:
            shape: list[Dim] = []
            for dim in type.shape:
                known = values[str(dim)] if whole and isinstance(dim, Sym) else dim
                shape.append(substitute(known, values) if isinstance(known, Sym) else known)
            if not all(isinstance(dim, int) and dim > 0 for dim in shape):
                return None
            inputs.append(TensorType(type.dtype, tuple(shape)))
        return self.ask(inputs)


def _numbers(count: int) -> Iterator[Sequence[int]]:
    """Numbers for some sizes: each size changed alone, then all of them."""
    first = [ROUNDS[0] * step for step in STEPS[:count]]
    yield first
    for place in range(count):
        yield [number * (17 if at == place else 1) for at, number in enumerate(first)]
    for scale in ROUNDS[1:]:
        yield [scale * step + (scale < 2000) for step in STEPS[:count]]


def _formula(atoms: Sequence[Dim], answers: Sequence[tuple[Sequence[int], int]]) -> Dim | None:
    """What the size is in terms of some sizes; None where no formula fits."""
    (first, base), *rest = answers
    total: Dim = base
    slopes = []
    for place, atom in enumerate(atoms):
        numbers, size = rest[place] if place < len(rest) else (first, base)
        change = numbers[place] - first[place]
        if change == 0 or (size - base) % change:
            break
        slopes.append((size - base) // change)
        total = total + slopes[-1] * (atom - first[place])
    else:
        fits = all(
            size == base + sum(s * (n - f) for s, n, f in zip(slopes, numbers, first, strict=True))
            for numbers, size in rest
        )
        if fits:
            return total
    for count in range(2, len(atoms) + 1):
        for places in combinations(range(len(atoms)), count):
            factor, left = divmod(base, prod(first[at] for at in places))
            if not left and all(
                size == factor * prod(numbers[at] for at in places) for numbers, size in rest
            ):
                return factor * dim_prod(atoms[at] for at in places)
    return None
