"""A net's picture inside a page: a notebook's, or a report."""

from __future__ import annotations

from importlib.util import find_spec

from ...compiler.ir.graph import CheckedGraph
from ...compiler.outline.outline import outline
from .folding import opened
from .scene import scene
from .svg import NAMESPACE, svg


def notebook_picture(checked: CheckedGraph) -> str:
    """The picture as SVG in HTML; nothing where Graphviz is missing."""
    if find_spec("pygraphviz") is None:
        return ""
    made = scene(outline(checked))
    return svg(made, opened(made.root)).replace(f" {NAMESPACE}", "", 1)
