"""Tables that words are looked up in."""

from __future__ import annotations

from dataclasses import replace

from .....compiler.shapes.types import INTS
from ...steps import Value
from ..masks import unmasked
from .use import Use, same


def embedding(use: Use) -> list[Value]:
    """Keras turns floats into places of a table; here that is a Cast."""
    (x,) = use.inputs
    if use.making.spelled:
        use = replace(use, layer=unmasked(use.layer))
    if x.type.dtype not in INTS:
        x = use.made("Cast", [x], {"dtype": "int32"})
    return same(replace(use, inputs=[x]))


def reversible(use: Use) -> list[Value]:
    """A table that also scores words, where it is called so; netc tells it by what it gets."""
    kwargs = {name: value for name, value in use.call.kwargs.items() if name != "reverse"}
    plainly = replace(use, call=replace(use.call, kwargs=kwargs))
    return same(plainly) if use.call.kwargs.get("reverse") else embedding(plainly)
