"""The lines `legal(H) == 4 * n` of `expect` blocks: which numbers they say."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

from ...dsl.diagnostics.findings import Findings
from ...dsl.syntax import ast
from ..legal.forms import Form, Sized, Stands
from ..legal.sets import EVERY, SizeSet, between
from ..link.builtins import FUNCTIONS
from ..link.module import Module
from ..link.names import free_names, type_names
from ..link.project import Project
from ..shapes.dims import Dim, NameAtom, Sym, names, substitute, symbol
from .dispatch import new_body
from .evaluate import evaluate
from .size_lines import is_call


@dataclass(frozen=True, slots=True)
class LegalLine:
    """`legal(H) == 4 * n`."""

    line: ast.Expr
    call: ast.Call
    said: ast.Expr

    @property
    def name(self) -> str | None:
        """The name whose numbers it says; None where it gives no single name."""
        if len(self.call.args) != 1 or self.call.args[0].name is not None:
            return None
        value = self.call.args[0].value
        return value.name if isinstance(value, ast.Name) else None


def legal_line(line: ast.Expr) -> LegalLine | None:
    """A line as one that says legal numbers; None for others."""
    if isinstance(line, ast.Binary) and line.op == "==":
        for call, said in ((line.left, line.right), (line.right, line.left)):
            if is_call(call, "legal"):
                assert isinstance(call, ast.Call)
                return LegalLine(line, call, said)
    return None


def said_numbers(project: Project, module: Module, said: ast.Expr) -> Form | int | None:
    """`4 * n` as a form, from its first number of at least 1 on, or a number; None for others.

    In a form one name stands for every number from 0.
    """
    free = free_names(said) - module.names.keys() - FUNCTIONS.keys()
    if len(free) > 1:
        return None
    body = new_body(project, module, Findings())
    body.env.update((name, symbol(name)) for name in free)
    value = evaluate(body, said)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, Sym):
        return None
    slope = offset = 0
    for mono, coef in value.terms:
        match mono:
            case ():
                offset = coef
            case ((NameAtom(), 1),):
                slope = coef
            case _:
                return None
    if slope < 1:
        return None
    # n counts from 1 in a form, and a size from 1.
    first = offset if offset >= 1 else offset + slope * ((slope - offset) // slope)
    return Form(slope, first - slope)


def said_size(
    project: Project, module: Module, line: LegalLine, sizes: Container[str]
) -> Dim | None:
    """`96 - H` in `legal(W) == 96 - H`: a size of other named sizes of the net; None for others."""
    free = free_names(line.said) - module.names.keys() - FUNCTIONS.keys()
    if not free or line.name in free or not all(name in sizes for name in free):
        return None
    body = new_body(project, module, Findings())
    body.env.update((name, symbol(name)) for name in free)
    value = evaluate(body, line.said)
    return value if isinstance(value, Sym) else None


def named_in(definition: ast.Definition) -> set[str]:
    """The names in the types of a definition's inputs."""
    types = [param.type for param in definition.params]
    return {n for t in types if isinstance(t, ast.TensorTypeExpr) for n in type_names(t)}


def set_of(numbers: Form | int) -> SizeSet:
    """The numbers that are said."""
    if isinstance(numbers, int):
        return between(numbers, numbers)
    return EVERY.image(numbers.period, numbers.offset)


def declared_forms(project: Project, module: Module, net: str) -> dict[str, Stands]:
    """What contracts on a net, as it is written, say that its named sizes stand for."""
    found: dict[str, Stands] = {}
    sums: dict[str, Dim] = {}
    named = [named_in(one) for one in module.nets if one.name.name == net]
    sizes = frozenset[str]().union(*named) - module.names.keys()
    for line in _lines(module, net):
        name = line.name
        size = None if name is None else said_size(project, module, line, sizes)
        form = None if name is None else said_numbers(project, module, line.said)
        if name is not None and size is not None:
            sums.setdefault(name, size)
        elif name is not None and isinstance(form, Form) and form.period > 1:
            found.setdefault(name, form)
    known = {name: form.dim(name) for name, form in found.items()}
    for name, size in sums.items():
        # Of two that say the same of each other, one is enough.
        if names(size).isdisjoint({*sums} & {*found}) and name not in known:
            found[name] = Sized(substitute(size, known))
    return found


def _lines(module: Module, net: str) -> Iterator[LegalLine]:
    for item in module.file.items:
        if isinstance(item, ast.Expect) and item.net.name == net and not item.args:
            for expr in item.lines:
                line = legal_line(expr)
                if line is not None:
                    yield line
