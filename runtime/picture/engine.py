"""What lays graphs out: Graphviz through pygraphviz, or another build of it that was named."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ..errors import UserError

Engine: TypeAlias = "Callable[[str], str]"
"""Graphviz's `dot`: text in DOT in, its JSON with places (`json0`) out."""

_chosen: Engine | None = None


def use(engine: Engine | None) -> None:
    """Lets pictures be laid out by this; by pygraphviz again with None."""
    global _chosen
    _chosen = engine


def lay_out(text: str) -> str:
    """A graph with places. Raises UserError where Graphviz is missing."""
    if _chosen is not None:
        return _chosen(text)
    try:
        import pygraphviz
    except ImportError:
        raise UserError(
            "pictures need Graphviz: `pip install 'netc[graph]'`; `.dot` and `.mmd` do not"
        ) from None
    with pygraphviz.AGraph(string=text) as graph:
        drawn: bytes = graph.draw(format="json0", prog="dot")
    return drawn.decode()
