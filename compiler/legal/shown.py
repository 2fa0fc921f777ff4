"""Conditions on sizes as text, as an author would write them."""

from __future__ import annotations

from ..shapes.assume import Clause, Condition
from ..shapes.dims import Dim, Sym


def clause_text(clause: Clause) -> str:
    """`H = W or H = 1`."""
    return " or ".join(map(shown, clause))


def shown(condition: Condition) -> str:
    """`2*floor(H/2) = W`, `H >= 5`, `H + W <= 96`."""
    dim = condition.dim
    sign = "=" if condition.equal else ">="
    if isinstance(dim, int):
        return f"{dim} {sign} 0"
    if not any(coef > 0 and mono for mono, coef in dim.terms):
        dim, sign = Sym(tuple((mono, -coef) for mono, coef in dim.terms)), sign.replace(">", "<")
    right = Sym(tuple((mono, -coef) for mono, coef in dim.terms if coef < 0 or not mono))
    left = Sym(tuple((mono, coef) for mono, coef in dim.terms if coef > 0 and mono))
    return f"{left} {sign} {size_text(right) if right.terms else 0}"


def size_text(dim: Dim) -> str:
    """A size, what is added before what is taken away: `96 - H`."""
    if isinstance(dim, int):
        return str(dim)
    added = Sym(tuple((mono, coef) for mono, coef in dim.terms if coef > 0))
    taken = Sym(tuple((mono, -coef) for mono, coef in dim.terms if coef < 0))
    if not added.terms or not taken.terms:
        return str(dim)
    return f"{added} - {str(taken).replace(' + ', ' - ')}"
