"""Conditions on sizes as text, as an author would write them."""

from __future__ import annotations

from ..shapes.assume import Clause, Condition
from ..shapes.dims import Atom, Dim, FloorAtom, Monomial, NameAtom, Sym


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


def source_text(dim: Dim) -> str:
    """A size as the language writes it: `2 * K - H`, `(H + 1) // 2`."""
    if isinstance(dim, int):
        return str(dim)
    parts = [(coef, _product_text(mono, abs(coef))) for mono, coef in dim.terms]
    parts.sort(key=lambda part: part[0] < 0)
    signs = [" - " if coef < 0 else " + " for coef, _ in parts]
    text = "".join(sign + part for sign, (_, part) in zip(signs, parts, strict=True))
    return text.removeprefix(" + ") if parts[0][0] > 0 else "-" + text.removeprefix(" - ")


def _product_text(mono: Monomial, factor: int) -> str:
    factors = [_atom_text(atom) for atom, power in mono for _ in range(power)]
    if factor != 1 or not factors:
        factors.insert(0, str(factor))
    if len(factors) > 1:
        factors = [f"({part})" if "//" in part else part for part in factors]
    return " * ".join(factors)


def _atom_text(atom: Atom) -> str:
    if isinstance(atom, NameAtom):
        return atom.name
    if isinstance(atom, FloorAtom):
        top, bottom = _operand(atom.numerator), _operand(atom.denominator)
        return f"{top} // {bottom}"
    return f"{atom.kind}({', '.join(map(source_text, atom.items))})"


def _operand(dim: Dim) -> str:
    text = source_text(dim)
    return text if text.isalnum() else f"({text})"
