"""Numbers of one form, `L n + c`, in the place of a name."""

from __future__ import annotations

from ...dsl.record import record
from ..shapes.dims import Dim, symbol
from .solve import Legal


@record
class Form:
    """The numbers `period * n + offset`, for n from 1."""

    period: int
    offset: int

    def dim(self, name: str) -> Dim:
        """The form as a size, `n` being called `name`."""
        return self.period * symbol(name) + self.offset

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
