"""Sizes that are equal for some numbers of a named size and not for all."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.diagnostics.edits import edited, together
from ...dsl.syntax import ast
from ..legal.equals import solutions
from ..legal.forms import Sized, Stands, forms_of
from ..legal.sets import Canonical, SizeSet
from ..legal.shown import shown
from ..legal.solve import Legal, solve
from ..legal.text import where_text
from ..link.names import (
    assigned,
    expressions,
    nested,
    own_expressions,
    plain_dims,
    statements,
)
from ..shapes.assume import Assumed, assuming
from ..shapes.dims import DimTooComplex, names, substitute
from .refused import Cause, Refused

MOST_NAMES = 4
"""Of more names at one place nobody is told what to declare."""
CODES = (Code.BROADCAST, Code.SHAPE, Code.SIGNATURE)


def only_sometimes(refused: Refused) -> Cause | None:
    """Sizes that are equal only where, say, 2 divides H: the signature can say so."""
    needed = _needed(refused)
    if needed is None:
        return None
    condition, where = needed
    at = declaring(refused.net, where)
    if at is None:
        return None
    legality = refused.legality
    whole = legality.legal if legality is not None else None
    numbers = {name: (whole.of(name) if whole else None) or where[name] for name in where}
    forms = _sound(refused, whole) if whole is not None else {}
    fix, first = None, ""
    if forms:
        if is_measured(refused, forms):
            said = " and ".join(f"`legal({n}) == {f.contract('n')}`" for n, f in forms.items())
            first = f"say {said} in `expect {refused.net.name.name}`, or "
        else:
            fix = declared(refused.net, forms)
            first = f"declare `{written(at, forms)}`, or " if fix is not None else ""
    same = all(some.canonical() == where[name].canonical() for name, some in numbers.items())
    said = "equal only where" if same else "the net is legal only where"
    return Cause(
        at.span,
        f"{refused.who} needs {condition}: {said} {_where(numbers)}",
        _examples(numbers),
        f"{first}crop or pad one of the two",
        fix,
        settles=tuple((code, at.span) for code in CODES if code is not refused.code),
    )


def _sound(refused: Refused, legal: Legal) -> Mapping[str, Stands]:
    """What names must stand for where the net is without fault; nothing where that is not proved.

    With the forms of single names what ties them to others: `4 * S` for T, where T = 2*S.
    """
    forms: dict[str, Stands] = dict(forms_of(legal))
    legality = refused.legality
    if not forms or legality is None or legality.sound(forms):
        return forms if legality is not None else {}
    known = {name: form.dim(name) for name, form in forms.items()}
    tied = [next(solutions(clause[0].dim), None) for clause in legal.ties if len(clause) == 1]
    for name, dim in (*legal.equals.items(), *filter(None, tied)):
        forms[name] = Sized(substitute(dim, known))
    return forms if legality.sound(forms) else {}


def _needed(refused: Refused) -> tuple[str, dict[str, SizeSet]] | None:
    """The first equality that would make the tensors fit, and where each name meets all of them.

    None where they do not fit for endless numbers of each name, whatever the others are.
    """
    try:
        with assuming() as collected:
            accepted = refused.accepts([one.type for one in refused.given])
    except DimTooComplex:
        return None
    clauses = [clause for clause in collected.clauses if all(one.equal for one in clause)]
    held = {name for clause in clauses for one in clause for name in names(one.dim)}
    if not accepted or not 0 < len(held) <= MOST_NAMES:
        return None
    needed = Assumed(dict.fromkeys(clauses), collected.complete)
    for given in refused.given:
        for dim in given.type.shape:
            needed.least(dim, 1)
    legal = solve(needed)
    if legal.undecided or legal.equals or legal.ties or len(legal.boxes) != 1:
        return None
    where = dict(legal.boxes[0])
    if not where or any(numbers.canonical().period == 1 for numbers in where.values()):
        return None
    left, right = shown(clauses[0][0]).split(" = ")
    return f"`{left}` = `{right}`", where


def declaring(net: ast.Definition, names: Container[str]) -> ast.TensorTypeExpr | None:
    """The type of the first input of a net whose shape has some of the names."""
    for param in net.params:
        if isinstance(param.type, ast.TensorTypeExpr):
            dims = [one for dim in plain_dims(param.type) for one in expressions(dim)]
            if any(isinstance(one, ast.Name) and one.name in names for one in dims):
                return param.type
    return None


def _where(where: Mapping[str, SizeSet]) -> str:
    """`2 divides H and W`."""
    groups = _alike(where)
    return " and ".join(where_text(" and ".join(names), some) for names, some in groups)


def _examples(numbers: Mapping[str, SizeSet]) -> str:
    """`H and W: 1 fails, 2 works`, the smallest numbers of each kind."""
    return "; ".join(
        f"{' and '.join(names)}: {some.first_missing()} fails, {some.first()} works"
        for names, some in _alike(numbers)
        if some
    )


def _alike(numbers: Mapping[str, SizeSet]) -> list[tuple[list[str], SizeSet]]:
    """The names by the numbers they may take."""
    groups: dict[Canonical, list[str]] = {}
    for name, some in numbers.items():
        groups.setdefault(some.canonical(), []).append(name)
    return [(names, numbers[names[0]]) for names in groups.values()]


def declared(net: ast.Definition, forms: Mapping[str, Stands]) -> Fix | None:
    """Writes forms in the place of names in the whole net; None where it sets one of them."""
    if any(ident.name in forms for ident in assigned(net.body)):
        return None
    return together(_edits(_roots(net), forms))


def is_measured(refused: Refused, forms: Mapping[str, Stands]) -> bool:
    """Whether contracts on the net speak of the names, and so of what they stand for now."""
    return any(
        isinstance(part, ast.Name) and part.name in forms
        for file in refused.written.files
        for item in file.items
        if isinstance(item, ast.Expect) and item.net.name == refused.net.name.name
        for line in item.lines
        for part in expressions(line)
    )


def _edits(roots: Iterable[ast.Expr], forms: Mapping[str, Stands]) -> list[Fix]:
    return [
        Fix(name.span, f"({text})" if inside else text)
        for root in roots
        for name, inside in _names(root, False)
        if name.name in forms
        for text in (forms[name.name].text(name.name),)
    ]


def _roots(net: ast.Definition) -> Iterator[ast.Expr]:
    types = [param.type for param in net.params] + [result.type for result in net.results or ()]
    for type in types:
        if isinstance(type, ast.TensorTypeExpr):
            yield from plain_dims(type)
    for statement in statements(net.body):
        yield from own_expressions(statement)


def _names(expr: ast.Expr, inside: bool) -> Iterator[tuple[ast.Name, bool]]:
    """The names in an expression, and whether each is part of a calculation."""
    if isinstance(expr, ast.Name):
        yield expr, inside
    calculates = isinstance(expr, ast.Binary | ast.Unary)
    for part in nested(expr):
        yield from _names(part, calculates)


def written(type: ast.TensorTypeExpr, forms: Mapping[str, Stands]) -> str:
    """The text of a type with forms in the place of names."""
    fixes = _edits(plain_dims(type), forms)
    return " ".join(edited(type.span, fixes).split())
