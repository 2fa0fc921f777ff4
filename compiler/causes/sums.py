"""Sizes of several names that are equal for some numbers of them and not for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.syntax import ast
from ..legal.equals import divided, solutions
from ..legal.forms import Sized
from ..legal.numbers import number
from ..legal.sets import Undecided
from ..legal.shown import shown, size_text, source_text
from ..legal.solve import solve
from ..ops.tensor.merge import Concatenate
from ..shapes.assume import Assumed, Condition, assuming
from ..shapes.dims import Dim, DimTooComplex, NameAtom, Sym, compare, names
from .refused import Cause, Refused
from .sizes import CODES, MOST_NAMES, declared, declaring, is_measured, written

FARTHEST = 6
"""Up to which number of each name one that fails is looked for."""


def only_together(refused: Refused) -> Cause | None:
    """Sizes that are equal only where, say, W = 96 - H: the signature can say so."""
    needed = _needed(refused)
    if not needed:
        return None
    asked = Assumed({(condition,): None for condition in needed})
    for given in refused.given:
        for dim in given.type.shape:
            asked.least(dim, 1)
    whole = refused.legality.legal if refused.legality is not None else None
    works = (whole.first() if whole is not None else None) or solve(asked).first()
    fails = _failing(needed)
    if works is None or fails is None:
        return None
    left, right = shown(needed[0]).split(" = ")
    name, size, sound = _solved(refused, needed)
    declared_in = declaring(refused.net, {name} if name else works)
    if declared_in is None:
        return None
    where = f"where {name} = {size_text(size)}" if name else f"for some {_listed(sorted(fails))}"
    help, fix = _cure(refused, declared_in, {name: Sized(size)} if sound else {})
    return Cause(
        declared_in.span,
        f"{refused.who} needs `{left}` = `{right}`: equal only {where}",
        f"{_numbers(fails)} fails; {_numbers({n: works[n] for n in fails})} works",
        help,
        fix,
        settles=tuple((code, declared_in.span) for code in CODES if code is not refused.code),
    )


def _needed(refused: Refused) -> list[Condition]:
    """The equalities of several names that would make the tensors fit.

    None of them where two names would have to be one, which is said where they meet.
    """
    try:
        with assuming() as collected:
            accepted = refused.accepts([one.type for one in refused.given])
    except DimTooComplex:
        return []
    needed = [clause[0] for clause in collected.clauses if all(one.equal for one in clause)]
    held = {name for one in needed for name in names(one.dim)}
    several = any(len(names(one.dim)) > 1 and not _is_two_names(one.dim) for one in needed)
    return needed if accepted and several and len(held) <= MOST_NAMES else []


def _is_two_names(dim: Dim) -> bool:
    terms = dim.terms if isinstance(dim, Sym) else ()
    plain = [mono for mono, _ in terms if len(mono) == 1 and isinstance(mono[0][0], NameAtom)]
    return len(plain) == len(terms) == 2 and {coef for _, coef in terms} == {1, -1}


def _failing(needed: Sequence[Condition]) -> dict[str, int] | None:
    """Small numbers for which sizes differ, the least first."""
    held = sorted({name for one in needed for name in names(one.dim)})
    tries = product(range(1, FARTHEST + 1), repeat=len(held))
    for numbers in sorted(tries, key=sum):
        sizes = dict(zip(held, numbers, strict=True))
        try:
            if any(number(one.dim, sizes) != 0 for one in needed):
                return sizes
        except Undecided:
            return None
    return None


def _solved(refused: Refused, needed: Sequence[Condition]) -> tuple[str, Dim, bool]:
    """A name, the size it must be, and whether the net is without fault if it is that.

    No name where no condition says what one is.
    """
    found = list(solutions(divided(needed[0]).dim))
    found.sort(key=lambda pair: compare(">=", pair[1], 1) is not True)
    legality = refused.legality
    for name, size in found:
        if legality is not None and legality.sound({name: Sized(size)}):
            return name, size, True
    return (*found[0], False) if found and len(needed) == 1 else ("", 0, False)


def _cure(
    refused: Refused, declared_in: ast.TensorTypeExpr, said: Mapping[str, Sized]
) -> tuple[str, Fix | None]:
    ways, fix = list[str](), None
    if said and is_measured(refused, said):
        lines = " and ".join(f"`legal({name}) == {one.text(name)}`" for name, one in said.items())
        ways.append(f"say {lines} in `expect {refused.net.name.name}`")
    elif said:
        fix = declared(refused.net, said)
        ways += [f"declare `{written(declared_in, said)}`"] if fix is not None else []
    joining = _joining_axis(refused)
    if joining is not None:
        ways.append(f"join them by `axis={joining}`")
    promise = refused.promise
    if promise is not None and promise.is_result and promise.axis is not None:
        size = refused.inputs[0].type.shape[promise.axis]
        ways.append(f"promise `{source_text(size)}`")
    elif len(refused.given) > 1:
        ways.append("crop or pad one of the two")
    elif not ways:
        ways.append("crop or pad what comes in")
    return ", or ".join(ways), fix


def _joining_axis(refused: Refused) -> int | None:
    """The only axis on which tensors differ that were to be joined along another."""
    if not isinstance(refused.op, Concatenate):
        return None
    first, *others = [one.type.shape for one in refused.given]
    differing = {
        axis
        for other in others
        for axis, (a, b) in enumerate(zip(first, other, strict=False))
        if a != b
    }
    return differing.pop() if len(differing) == 1 else None


def _numbers(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{name} = {size}" for name, size in sizes.items())


def _listed(held: Sequence[str]) -> str:
    return f"{', '.join(held[:-1])} and {held[-1]}"
