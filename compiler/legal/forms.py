"""Numbers of one form, `L n + c`, in the place of a name."""

from __future__ import annotations

from collections.abc import Mapping
from math import lcm
from typing import Protocol

from ...dsl.record import record
from ..shapes.assume import Condition
from ..shapes.dims import (
    Dim,
    DimTooComplex,
    NameAtom,
    Sym,
    floor_div,
    names,
    prod_powers,
    substitute,
    symbol,
)
from .equals import divided
from .shown import source_text
from .solve import Legal


class Stands(Protocol):
    """What stands in the place of a named size."""

    def dim(self, name: str) -> Dim:
        """The size, for what is left of the name itself."""

    def text(self, name: str) -> str:
        """The same as the language writes it."""

    def contract(self, name: str) -> str:
        """The same as a contract says it, n counted from 0 and called `name`."""


@record
class Sized:
    """A size of other names."""

    size: Dim

    def dim(self, name: str) -> Dim:
        """The size, whatever the name is."""
        return self.size

    def text(self, name: str) -> str:
        """`96 - H`, `W // 2 + 1`."""
        return source_text(self.size)

    def contract(self, name: str) -> str:
        """As in the language."""
        return source_text(self.size)


@record
class Form:
    """The numbers `period * n + offset`, for n from 1."""

    period: int
    offset: int

    def dim(self, name: str) -> Dim:
        """The form as a size, `n` being called `name`."""
        return self.of_size(symbol(name))

    def of_size(self, size: Dim) -> Dim:
        """The form as a size, `n` being another."""
        return self.period * size + self.offset

    def of(self, inner: Form) -> Form:
        """The form whose `n` has a form itself."""
        return Form(self.period * inner.period, self.period * inner.offset + self.offset)

    def text(self, name: str) -> str:
        """`16 * H + 172`, as the language writes it."""
        factor = f"{self.period} * {name}" if self.period > 1 else name
        if not self.offset:
            return factor
        return f"{factor} {'+' if self.offset > 0 else '-'} {abs(self.offset)}"

    def contract(self, name: str) -> str:
        """`16 * n + 188`, n counted from 0, as a contract says it."""
        first = self.period + self.offset
        return (self if first == self.period else Form(self.period, first)).text(name)


def forms_of(legal: Legal) -> dict[str, Form]:
    """The names whose numbers are all those of one form, where these are not all of a range."""
    if len(legal.boxes) != 1:
        return {}
    found: dict[str, Form] = {}
    for name, numbers in legal.boxes[0].items():
        exact = numbers.canonical()
        if exact.period > 1 and len(exact.residues) == 1 and not exact.runs:
            found[name] = Form(exact.period, exact.firsts[0] - exact.period)
    return found


def without_floors(legal: Legal) -> Legal:
    """The same, where what names are known to be takes floors away: `T = 2*S`, both even."""
    forms = _steps(legal)
    known = {name: form.dim(name) for name, form in forms.items()}
    if not forms or not (legal.equals or legal.ties):
        return legal
    try:
        equals = {
            name: size_of_names(substitute(dim, known), forms) for name, dim in legal.equals.items()
        }
        ties = tuple(
            tuple(
                of_names(Condition(substitute(one.dim, known), one.equal), forms) for one in clause
            )
            for clause in legal.ties
        )
    except DimTooComplex:
        return legal
    return Legal(legal.names, legal.boxes, equals, legal.undecided, ties)


def _steps(legal: Legal) -> dict[str, Form]:
    """The names whose numbers are all of one form, as `forms_of`, or some of one."""
    found = forms_of(legal)
    for name, numbers in legal.boxes[0].items() if len(legal.boxes) == 1 else ():
        exact = numbers.canonical()
        if not exact.residues and len(exact.runs) == 1 and exact.runs[0][1] > 1:
            first, step, _ = exact.runs[0]
            found[name] = Form(step, first - step)
    return found


def of_names(condition: Condition, forms: Mapping[str, Form]) -> Condition:
    """A condition on the `n` of forms as one on their names."""
    factor = lcm(*(forms[name].period for name in names(condition.dim) if name in forms))
    return divided(Condition(size_of_names(condition.dim, forms, factor), condition.equal))


def size_of_names(dim: Dim, forms: Mapping[str, Form], factor: int = 1) -> Dim:
    """A size times a factor, from the `n` of forms, in their names: `n = (H - offset) / period`."""
    total: Dim = 0
    quotients: dict[str, Dim] = {
        name: floor_div(symbol(name) - form.offset, form.period) for name, form in forms.items()
    }
    for mono, coef in dim.terms if isinstance(dim, Sym) else (((), dim),):
        atom = mono[0][0] if len(mono) == 1 and mono[0][1] == 1 else None
        form = forms.get(atom.name) if isinstance(atom, NameAtom) else None
        times = coef * factor
        if form is not None and isinstance(atom, NameAtom) and times % form.period == 0:
            total = total + times // form.period * (symbol(atom.name) - form.offset)
        else:
            total = total + times * prod_powers(mono, quotients)
    return total
