"""Symbolic dimensions: integer expressions over named sizes, in one normal form.

A dimension is an `int` or a `Sym`. Both take `+ - * // %`, so a shape rule is written once and
works on numbers and on names. Every named size is at least 1.

A `Sym` is a polynomial with integer coefficients over atoms: names, floor divisions, `max` and
`min`. Floor division by a positive number is normalised (multiples of the divisor move out, nested
divisions join, a constant stays in `0 .. divisor - 1`), so `(H - 1) // 2 + 1`, `ceil(H / 2)` and
`(H + 1) // 2` are one value. The idea is that of JAX's shape polymorphism.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from math import gcd, prod
from typing import Any, TypeAlias, cast

from ...dsl.record import record

Monomial: TypeAlias = "tuple[tuple[Atom, int], ...]"

MAX_SIZE = 512
"""The most names, operations and terms one dim may hold."""
MAX_DEPTH = 24
"""How deep floors, `max` and `min` may lie in one another."""
MAX_BITS = 62
LARGEST = 2**MAX_BITS - 1
"""The widest number in a dim; a lowered model computes with 64 bits."""


class DimTooComplex(ValueError):
    """A symbolic dim past the limits, which keep every program's time and memory small."""


@record
class NameAtom:
    """A named size such as `N`; at least 1."""

    name: str


@record
class FloorAtom:
    """`floor(numerator / denominator)`."""

    numerator: Sym
    denominator: Dim


@record
class ExtremeAtom:
    """`max(...)` or `min(...)` of at least two dims."""

    kind: str
    items: tuple[Dim, ...]


Atom: TypeAlias = NameAtom | FloorAtom | ExtremeAtom


@record
class Sym:
    """A symbolic integer: sorted terms of (monomial, coefficient). Build it with `symbol`."""

    terms: tuple[tuple[Monomial, int], ...]
    size: int = field(init=False, repr=False, compare=False)
    """How much it holds, counting a part as often as it is used."""
    depth: int = field(init=False, repr=False, compare=False)
    """How deep its atoms lie in one another."""
    code: int = field(init=False, repr=False, compare=False)
    varying: int = field(init=False, repr=False, compare=False)
    """The hash of the terms that are no number."""
    limits: tuple[int | None, int | None] | None = field(init=False, repr=False, compare=False)
    """The bounds of the terms that are no number, once somebody asked for them."""

    def __post_init__(self) -> None:
        size = depth = 0
        for mono, coef in self.terms:
            size += 1
            if not -LARGEST <= coef <= LARGEST:
                raise DimTooComplex(f"a symbolic size with a number of over {MAX_BITS} bits")
            for atom, power in mono:
                if type(atom) is NameAtom:
                    size += power
                    continue
                inner_size, inner_depth = _extent(atom)
                size += power * inner_size
                depth = max(depth, inner_depth)
        if size > MAX_SIZE or depth > MAX_DEPTH:
            raise DimTooComplex("a symbolic size that is too complex to compute with")
        # Kept, for a hash that looked into every part anew would take too long.
        object.__setattr__(self, "size", size)
        object.__setattr__(self, "depth", depth)
        terms, number = self.terms, 0
        if terms and not terms[-1][0]:
            terms, number = terms[:-1], terms[-1][1]
        varying = hash(terms)
        object.__setattr__(self, "varying", varying)
        object.__setattr__(self, "code", hash((varying, number)))
        object.__setattr__(self, "limits", None)

    def __hash__(self) -> int:
        return self.code

    def __add__(self, other: object) -> Dim:
        if isinstance(other, int):
            return _plus(self, other) if other else self
        if not isinstance(other, Sym):
            return NotImplemented
        return _from_terms((*self.terms, *other.terms))

    __radd__ = __add__

    def __neg__(self) -> Dim:
        return Sym(tuple((mono, -coef) for mono, coef in self.terms))

    def __sub__(self, other: object) -> Dim:
        if isinstance(other, int):
            return _plus(self, -other) if other else self
        if not isinstance(other, Sym):
            return NotImplemented
        return self + -other

    def __rsub__(self, other: object) -> Dim:
        if not isinstance(other, int | Sym):
            return NotImplemented
        return -self + other

    def __mul__(self, other: object) -> Dim:
        if not isinstance(other, int | Sym):
            return NotImplemented
        return _from_terms(
            (_times(left, right), a * b) for left, a in self.terms for right, b in _terms(other)
        )

    __rmul__ = __mul__

    def __floordiv__(self, other: object) -> Dim:
        if not isinstance(other, int | Sym):
            return NotImplemented
        return floor_div(self, other)

    def __rfloordiv__(self, other: object) -> Dim:
        if not isinstance(other, int):
            return NotImplemented
        return floor_div(other, self)

    def __mod__(self, other: object) -> Dim:
        if not isinstance(other, int | Sym):
            return NotImplemented
        return self - floor_div(self, other) * other

    def __rmod__(self, other: object) -> Dim:
        if not isinstance(other, int):
            return NotImplemented
        return other - floor_div(other, self) * self

    def __pow__(self, exponent: int) -> Dim:
        result: Dim = 1
        for _ in range(exponent):
            result = result * self
        return result

    def __str__(self) -> str:
        return _show(self)

    def __repr__(self) -> str:
        return f"Sym({self})"


Dim: TypeAlias = int | Sym
Shape: TypeAlias = tuple[Dim, ...]


@lru_cache(maxsize=1024)
def symbol(name: str) -> Sym:
    """The size called `name`."""
    return Sym(((((NameAtom(name), 1),), 1),))


def floor_div(a: Dim, b: Dim) -> Dim:
    """floor(a / b). Raises ZeroDivisionError where b is 0."""
    if isinstance(a, int) and isinstance(b, int):
        return a // b
    if isinstance(b, int):
        if b == 0:
            raise ZeroDivisionError("division by zero")
        if b < 0:
            a, b = -a, -b
        return _floor_by(a, b)
    quotient = exact_div(a, b)
    if quotient is not None:
        return quotient
    return _atom(FloorAtom(a if isinstance(a, Sym) else _constant(a), b))


def ceil_div(a: Dim, b: Dim) -> Dim:
    """ceil(a / b)."""
    low, _ = bounds(b)
    if low is None or low < 1:
        return -floor_div(-a, b)
    # Not -floor(-a / b): that has another normal form for a symbolic a.
    return floor_div(a + b - 1, b)


def exact_div(a: Dim, b: Dim) -> Dim | None:
    """a / b where b divides a for every size, else None."""
    if isinstance(b, int):
        if b == 0:
            return None
        if isinstance(a, int):
            return a // b if a % b == 0 else None
        if all(coef % b == 0 for _, coef in a.terms):
            return _from_terms((mono, coef // b) for mono, coef in a.terms)
        return None
    if isinstance(a, int):
        return 0 if a == 0 else None
    if len(b.terms) != 1:
        return 1 if a == b else None
    (divisor, coefficient), powers = b.terms[0], []
    for mono, coef in a.terms:
        left = dict(mono)
        for atom, power in divisor:
            left[atom] = left.get(atom, 0) - power
        if coef % coefficient or any(power < 0 for power in left.values()):
            return None
        powers.append((_monomial(left), coef // coefficient))
    return _from_terms(powers)


def dim_max(*items: Dim) -> Dim:
    """The largest of some dims."""
    return _extreme("max", items)


def dim_min(*items: Dim) -> Dim:
    """The smallest of some dims."""
    return _extreme("min", items)


def dim_prod(items: Iterable[Dim]) -> Dim:
    """The product of some dims (1 for none)."""
    result: Dim = 1
    for item in items:
        result = result * item
    return result


def bounds(dim: Dim) -> tuple[int | None, int | None]:
    """The smallest and largest value a dim can have; None where there is no limit."""
    if isinstance(dim, int):
        return dim, dim
    low, high = dim.limits or _limits(dim)
    mono, number = dim.terms[-1]
    if mono:
        return low, high
    return None if low is None else low + number, None if high is None else high + number


def _limits(dim: Sym) -> tuple[int | None, int | None]:
    """The bounds of the terms of a dim that are no number."""
    low: int | None = 0
    high: int | None = 0
    for mono, coef in dim.terms:
        if not mono:
            continue
        least, most = _monomial_bounds(mono)
        if coef < 0:
            least, most = most, least
        low = None if low is None or least is None else low + coef * least
        high = None if high is None or most is None else high + coef * most
    _set_limits(dim, (low, high))
    return low, high


def never_equal(a: Dim, b: Dim) -> bool:
    """Whether no sizes make a and b equal (False where that cannot be decided)."""
    if a == b:
        return False
    try:
        difference = a - b
    except DimTooComplex:
        return False
    if isinstance(difference, int):
        return True
    low, high = bounds(difference)
    if (low is not None and low > 0) or (high is not None and high < 0):
        return True
    step = gcd(*(coef for mono, coef in difference.terms if mono))
    constant = sum(coef for mono, coef in difference.terms if not mono)
    return constant % step != 0


def can_equal(a: Sequence[Dim], b: Sequence[Dim]) -> bool:
    """Whether there are as many sizes, and none that is never the other's."""
    return len(a) == len(b) and not any(map(never_equal, a, b))


def compare(op: str, a: Dim, b: Dim) -> bool | None:
    """`a op b` for == != < <= > >=; None where it depends on a size that is not known."""
    if op == "==":
        return True if a == b else (False if never_equal(a, b) else None)
    if op == "!=":
        equal = compare("==", a, b)
        return None if equal is None else not equal
    if op in (">", ">="):
        op, a, b = "<" if op == ">" else "<=", b, a
    if type(a) is int and type(b) is int:
        return a < b if op == "<" else a <= b
    try:
        # A number needs no difference, whose bounds are those of the size, moved.
        if isinstance(a, int) and isinstance(b, Sym):
            low, high = bounds(b)
            low, high = None if low is None else low - a, None if high is None else high - a
        elif isinstance(b, int) and isinstance(a, Sym):
            high, low = bounds(a)
            low, high = None if low is None else b - low, None if high is None else b - high
        else:
            low, high = bounds(b - a)
    except DimTooComplex:
        return None
    threshold = 1 if op == "<" else 0
    if low is not None and low >= threshold:
        return True
    if high is not None and high < threshold:
        return False
    return None


def names(dim: Dim) -> frozenset[str]:
    """The named sizes a dim depends on."""
    if isinstance(dim, int):
        return frozenset()
    found: set[str] = set()
    for mono, _ in dim.terms:
        for atom, _ in mono:
            if isinstance(atom, NameAtom):
                found.add(atom.name)
            elif isinstance(atom, FloorAtom):
                found |= names(atom.numerator) | names(atom.denominator)
            else:
                found.update(*(names(item) for item in atom.items))
    return frozenset(found)


def substitute(dim: Dim, values: Mapping[str, Dim]) -> Dim:
    """The dim with some named sizes replaced."""
    if isinstance(dim, int):
        return dim
    total: Dim = 0
    for mono, coef in dim.terms:
        total = total + coef * prod_powers(mono, values)
    return total


def prod_powers(mono: Monomial, values: Mapping[str, Dim]) -> Dim:
    """The value of a monomial under replacements."""
    result: Dim = 1
    for atom, power in mono:
        value: Dim
        if isinstance(atom, NameAtom):
            value = values.get(atom.name, symbol(atom.name))
        elif isinstance(atom, FloorAtom):
            value = floor_div(
                substitute(atom.numerator, values), substitute(atom.denominator, values)
            )
        else:
            value = _extreme(atom.kind, tuple(substitute(item, values) for item in atom.items))
        for _ in range(power):
            result = result * value
    return result


def line_of(dim: Dim) -> tuple[str, int, int] | None:
    """`H`, `k` and `c` of a size `k * H + c`; None of another."""
    if isinstance(dim, int) or len(names(dim)) != 1:
        return None
    offset, slope, name = 0, 0, ""
    for mono, coef in dim.terms:
        match mono:
            case ():
                offset = coef
            case ((NameAtom(name), 1),):
                slope = coef
            case _:
                return None
    return name, slope, offset


def solve(pattern: Dim, value: Dim) -> tuple[str, Dim] | None:
    """The one name in `pattern` and the size that makes it equal `value`, for `k * H + c`.

    None where no size of at least 1 does.
    """
    line = line_of(pattern)
    if line is None:
        return None
    name, slope, offset = line
    found = exact_div(value - offset, slope)
    if found is None or compare("<", found, 1) is True:
        return None
    return name, found


def _extent(atom: Atom) -> tuple[int, int]:
    """The size and depth of an atom."""
    if isinstance(atom, NameAtom):
        return 1, 0
    if isinstance(atom, FloorAtom):
        if isinstance(atom.denominator, int) and atom.denominator.bit_length() > MAX_BITS:
            raise DimTooComplex(f"a symbolic size with a number of over {MAX_BITS} bits")
        items: tuple[Dim, ...] = (atom.numerator, atom.denominator)
    else:
        items = atom.items
    parts = [item for item in items if isinstance(item, Sym)]
    return 1 + sum(part.size for part in parts), 1 + max(part.depth for part in parts)


def _constant(value: int) -> Sym:
    return Sym((((), value),))


def _terms(dim: Dim) -> tuple[tuple[Monomial, int], ...]:
    return dim.terms if isinstance(dim, Sym) else (((), dim),)


def _plus(dim: Sym, number: int) -> Dim:
    """A sum with a number, which is the last term where there is one."""
    terms, size, number = dim.terms, dim.size, int(number)
    mono, last = terms[-1]
    if not mono:
        terms, size, number = terms[:-1], size - 1, number + last
    if not terms:
        return number
    if number:
        terms, size = (*terms, ((), number)), size + 1
        if not -LARGEST <= number <= LARGEST or size > MAX_SIZE:
            return Sym(terms)  # Which refuses it.
    varying = dim.varying
    # An open object of the same layout is filled in half the time, as in `quick_span`.
    made: Any = _Opened()
    made.terms = terms
    made.size = size
    made.depth = dim.depth
    made.code = hash((varying, number))
    made.varying = varying
    made.limits = dim.limits
    made.__class__ = Sym
    return cast("Sym", made)


class _Opened:
    __slots__ = ("code", "depth", "limits", "size", "terms", "varying")


_set_limits = vars(Sym)["limits"].__set__


def _times(a: Monomial, b: Monomial) -> Monomial:
    if not a:
        return b
    if not b:
        return a
    powers = dict(a)
    for atom, power in b:
        powers[atom] = powers.get(atom, 0) + power
    return _monomial(powers)


def _monomial(powers: Mapping[Atom, int]) -> Monomial:
    return tuple(sorted(((a, p) for a, p in powers.items() if p), key=_atom_key))


def _from_terms(terms: Iterable[tuple[Monomial, int]]) -> Dim:
    total: dict[Monomial, int] = {}
    for mono, coef in terms:
        total[mono] = total.get(mono, 0) + coef
    kept = [(mono, coef) for mono, coef in total.items() if coef]
    if not kept:
        return 0
    if len(kept) == 1 and not kept[0][0]:
        return kept[0][1]
    if len(kept) > 1:
        kept.sort(key=_term_key)
    return Sym(tuple(kept))


def _atom(atom: Atom) -> Sym:
    return Sym(((((atom, 1),), 1),))


def _floor_by(a: Dim, d: int) -> Dim:
    """floor(a / d) for a positive number d, in normal form."""
    if isinstance(a, int):
        return a // d
    if d == 1:
        return a
    outside: list[tuple[Monomial, int]] = []
    inside: list[tuple[Monomial, int]] = []
    for mono, coef in a.terms:
        whole, rest = divmod(coef, d)
        if whole:
            outside.append((mono, whole))
        if rest:
            inside.append((mono, rest))
    out = _from_terms(outside)
    rest_dim = _from_terms(inside)
    if isinstance(rest_dim, int):
        return out + rest_dim // d
    common = gcd(d, *(coef for mono, coef in rest_dim.terms if mono))
    if common > 1:
        # floor((g*p + c) / (g*d)) = floor((p + floor(c / g)) / d)
        rest_dim = _from_terms((mono, coef // common) for mono, coef in rest_dim.terms)
        return out + _floor_by(rest_dim, d // common)
    joined = _join_nested(rest_dim, d)
    return out + (joined if joined is not None else _atom(FloorAtom(_as_sym(rest_dim), d)))


def _join_nested(a: Dim, d: int) -> Dim | None:
    """floor((floor(p / e) + c) / d) = floor((p + c*e) / (e*d)) for positive e and d."""
    if isinstance(a, int):
        return None
    inner = [(mono, coef) for mono, coef in a.terms if mono]
    if len(inner) != 1 or inner[0][1] != 1 or len(inner[0][0]) != 1:
        return None
    (atom, power) = inner[0][0][0]
    if not isinstance(atom, FloorAtom) or power != 1 or not isinstance(atom.denominator, int):
        return None
    constant = sum(coef for mono, coef in a.terms if not mono)
    return _floor_by(atom.numerator + constant * atom.denominator, atom.denominator * d)


def _as_sym(dim: Dim) -> Sym:
    return dim if isinstance(dim, Sym) else _constant(dim)


def _extreme(kind: str, items: tuple[Dim, ...]) -> Dim:
    op = ">=" if kind == "max" else "<="
    flat: list[Dim] = []
    for item in items:
        inner = _same_extreme(item, kind)
        flat.extend(inner if inner is not None else [item])
    kept: list[Dim] = []
    for item in flat:
        if any(compare(op, other, item) for other in kept):
            continue
        kept = [other for other in kept if not compare(op, item, other)]
        kept.append(item)
        if len(kept) > MAX_SIZE // 4:
            raise DimTooComplex(f"`{kind}` of too many symbolic sizes")
    if len(kept) == 1:
        return kept[0]
    return _atom(ExtremeAtom(kind, tuple(sorted(kept, key=str))))


def _same_extreme(item: Dim, kind: str) -> tuple[Dim, ...] | None:
    if isinstance(item, int) or len(item.terms) != 1:
        return None
    mono, coef = item.terms[0]
    if coef != 1 or len(mono) != 1 or mono[0][1] != 1:
        return None
    atom = mono[0][0]
    return atom.items if isinstance(atom, ExtremeAtom) and atom.kind == kind else None


def _monomial_bounds(mono: Monomial) -> tuple[int | None, int | None]:
    if not mono:
        return 1, 1
    if len(mono) == 1 and type(mono[0][0]) is NameAtom:
        return 1, None
    lows, highs = [], []
    for atom, power in mono:
        low, high = _atom_bounds(atom)
        if low is None or low < 0:
            return None, None
        lows.append(low**power)
        highs.append(None if high is None else high**power)
    return prod(lows), None if None in highs else prod(h for h in highs if h is not None)


def _atom_bounds(atom: Atom) -> tuple[int | None, int | None]:
    if isinstance(atom, NameAtom):
        return 1, None
    if isinstance(atom, FloorAtom):
        low, high = bounds(atom.numerator)
        if not isinstance(atom.denominator, int):
            least, _ = bounds(atom.denominator)
            positive = low is not None and low >= 0 and least is not None and least >= 0
            return (0, None) if positive else (None, None)
        d = atom.denominator
        return None if low is None else low // d, None if high is None else high // d
    all_bounds = [bounds(item) for item in atom.items]
    all_lows = [low for low, _ in all_bounds]
    all_highs = [high for _, high in all_bounds]
    known_lows = [low for low in all_lows if low is not None]
    known_highs = [high for high in all_highs if high is not None]
    if atom.kind == "max":
        low = max(known_lows) if known_lows else None
        return low, None if None in all_highs else max(known_highs)
    high = min(known_highs) if known_highs else None
    return (None if None in all_lows else min(known_lows)), high


@lru_cache(maxsize=4096)
def _atom_text(atom: Atom) -> str:
    if isinstance(atom, NameAtom):
        return atom.name
    if isinstance(atom, ExtremeAtom):
        return f"{atom.kind}({', '.join(str(item) for item in atom.items)})"
    numerator, denominator = atom.numerator, atom.denominator
    word = "floor"
    constant = sum(coef for mono, coef in numerator.terms if not mono)
    if isinstance(denominator, int) and constant == denominator - 1:
        word, numerator = "ceil", _as_sym(numerator - constant)
    top = str(numerator) if _is_factor(numerator) else f"({numerator})"
    simple = isinstance(denominator, int) or (
        _is_factor(denominator) and len(denominator.terms[0][0]) == denominator.terms[0][1] == 1
    )
    bottom = str(denominator) if simple else f"({denominator})"
    return f"{word}({top}/{bottom})"


def _is_factor(dim: Dim) -> bool:
    return isinstance(dim, int) or (len(dim.terms) == 1 and dim.terms[0][1] > 0)


def _atom_key(item: tuple[Atom, int]) -> tuple[str, int]:
    return _atom_text(item[0]), item[1]


def _term_key(term: tuple[Monomial, int]) -> tuple[int, tuple[tuple[str, int], ...]]:
    mono, _ = term
    return -sum(power for _, power in mono), tuple(_atom_key(item) for item in mono)


def _show(dim: Sym) -> str:
    text = ""
    for mono, coef in dim.terms:
        factors = [
            _atom_text(atom) if power == 1 else f"{_atom_text(atom)}^{power}"
            for atom, power in mono
        ]
        if abs(coef) != 1 or not factors:
            factors.insert(0, str(abs(coef)))
        term = "*".join(factors)
        if not text:
            text = term if coef > 0 else f"-{term}"
        else:
            text += f" + {term}" if coef > 0 else f" - {term}"
    return text
