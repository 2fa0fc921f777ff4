"""Names of other tools, and what netc has for them: asked before the nearest spelling is."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from enum import Enum, auto
from functools import cache
from typing import TYPE_CHECKING

from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.diagnostics.suggest import ALONE, correction, did_you_mean
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from .names import Names
from .project import MODELS

if TYPE_CHECKING:
    from .foreign_names import Foreign


class Use(Enum):
    """What an unknown name stands for."""

    LAYER = auto()
    VALUE = auto()
    ARGUMENT = auto()
    OBJECT = auto()


MODULES = frozenset(("nn", "F", "torch", "tf", "keras", "layers", "jnp", "np", "jax", "nnx"))
"""What such names stand behind there."""


def table(use: Use) -> Mapping[str, Foreign]:
    """The names of other tools that may be meant there."""
    from . import foreign_names  # 1 ms that only an unknown name should cost

    return {
        Use.LAYER: foreign_names.LAYERS,
        Use.VALUE: {**foreign_names.LAYERS, **foreign_names.VALUES},
        Use.ARGUMENT: foreign_names.ARGUMENTS,
        Use.OBJECT: foreign_names.OBJECTS,
    }[use]


def meant(use: Use, span: Span, name: str, options: Sequence[str]) -> tuple[str, Fix | None]:
    """What to write for an unknown name, and the edit that does it where one word does.

    `options` are the names that are known there. A name of another tool comes before the nearest
    spelling, unless what it stands for is not known there either.
    """
    whole = _whole_call(use, span, name)
    if whole is not None:
        return whole
    foreign = table(use).get(name)
    if foreign is not None and (foreign.word is None or foreign.word in options):
        at = span.text.find(name)
        if foreign.layer is not None and at >= 0:
            return foreign.help, recalled(span, foreign.layer, foreign.kept)
        if foreign.word is None or at < 0:
            return foreign.help, None
        start = span.start + at
        return foreign.help, Fix(Span(span.source, start, start + len(name)), foreign.word)
    if use is Use.LAYER and name[:1].isupper():
        module = shipped().get(name)
        if module is not None:
            line = f"from zoo.{module} import {name}"
            return f"import it: `{line}`", Fix(Span(span.source, 0, 0), f"{line}\n")
    return did_you_mean(name, options), correction(span, name, options)


@cache
def shipped() -> Mapping[str, str]:
    """The nets of the zoo that a file may import, and the module of each."""
    found: dict[str, str] = {}
    for path in sorted(MODELS.glob("*.net")):
        for name in re.findall(r"^net (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            found.setdefault(name, path.stem)
    return found


def _whole_call(use: Use, span: Span, name: str) -> tuple[str, Fix | None] | None:
    """What to write for the call that begins with a layer's name, with all that it says."""
    if use is not Use.LAYER or span.text != name:
        return None
    from .foreign_calls import called_here, in_a_row

    called = called_here(span, name)
    if called is not None:
        return f"write `{called[0]}`", called[1]
    if name == "Sequential":
        row = in_a_row(span)
        if row is None:
            return None
        help = "put layers in a row with `->`, and what repeats into a `block`"
        return (f"{help}: `{row.text}`" if len(row.text) <= LONGEST else help), row
    return None


LONGEST = 80
"""How long code may be that a help spells out."""
_CALL = r"\(([^()=]*)\)"
"""The arguments of a call without names and without calls in it."""


def recalled(name: Span, layer: str, kept: Sequence[int]) -> Fix | None:
    """The edit of a layer's name, and of a call of it, to another with some arguments alone.

    None where there are arguments with names, or too few.
    """
    text = name.source.text
    call = re.match(_CALL, text[name.end :])
    if call is None:
        called = text[name.end : name.end + 1] == "("
        return None if called or kept else Fix(name, layer)
    args = [arg.strip() for arg in call[1].split(",") if arg.strip()]
    if any(not -len(args) <= index < len(args) for index in kept):
        return None
    given = ", ".join(args[index] for index in kept)
    new = f"{layer}({given})" if given else layer
    return Fix(Span(name.source, name.start, name.end + call.end()), new)


_CONVOLUTIONS = {f"Conv{n}d": f"Conv{n}D(filters, kernel_size)" for n in (1, 2, 3)}


def foreign_module(
    expr: ast.Attribute, known: Container[str] | Names
) -> tuple[str, str, Fix | None] | None:
    """What is wrong with `nn.Linear`, `tf.keras.layers.Dense` and the like, and what to write."""
    head = expr.value
    while isinstance(head, ast.Attribute):
        head = head.value
    if not isinstance(head, ast.Name) or head.name not in MODULES or head.name in known:
        return None
    name, fix = expr.name.name, None
    whole = _whole_call(Use.LAYER, expr.name.span, name)
    if whole is not None and whole[1] is not None:
        fix = replace(whole[1], span=expr.span.to(whole[1].span), unsafe=True)
    if name in _CONVOLUTIONS:
        help = f"write `{_CONVOLUTIONS[name]}`; the channels that come in are inferred"
    elif name in table(Use.LAYER):
        help = table(Use.LAYER)[name].help
    else:
        help = overfull(name) or f"{ALONE}: `{name}`"
        if help.startswith(ALONE):
            fix = Fix(expr.span, name)
    if whole is not None and help != whole[0]:
        help = f"{whole[0]}: {help}" if "Dense(units)" in help else whole[0]
    return f"there is no module `{head.name}`: a layer has a name of its own", help, fix


def overfull(name: str) -> str:
    """What a name is elsewhere, where netc has it for something that takes less."""
    if name == "Linear":
        return "the layer with weights is `Dense(units)`; `Linear` is the activation"
    return ""
