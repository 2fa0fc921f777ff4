"""Nets that were checked a moment ago and found without fault, for an editor that asks again."""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import TypeAlias

from ..dsl.syntax import ast
from .expand.size_lines import on_sizes
from .ir.graph import CheckedGraph
from .link.module import Constant, Defined

Key: TypeAlias = "tuple[object, ...]"

MOST = 32
"""How many nets are remembered."""
_WORD = re.compile(r"[A-Za-z_]\w*")


class Remembered:
    """The graphs of faultless nets, by all the text they are made of and where it stands."""

    def __init__(self) -> None:
        self._graphs: OrderedDict[Key, CheckedGraph] = OrderedDict()

    def get(self, net: Defined) -> CheckedGraph | None:
        """The graph of a net that stands as it did."""
        return None if _decided_by_contracts(net) else self._graphs.get(_key(net))

    def put(self, net: Defined, graph: CheckedGraph) -> None:
        """Remembers the graph of a net that has no finding."""
        if _decided_by_contracts(net):
            return
        self._graphs[_key(net)] = graph
        while len(self._graphs) > MOST:
            self._graphs.popitem(last=False)


def _key(net: Defined) -> Key:
    """What a net is made of: each name in it that means something of a file, and so on."""
    found: dict[tuple[object, ...], None] = {}
    stack: list[Defined | Constant] = [net]
    while stack:
        entity = stack.pop()
        span = entity.definition.span if isinstance(entity, Defined) else entity.const.span
        part = (entity.module.path, span.start, span.line, span.text)
        if part in found:
            continue
        found[part] = None
        for word in set(_WORD.findall(span.text)):
            meant = entity.module.names.get(word)
            if isinstance(meant, Defined | Constant):
                stack.append(meant)
    return tuple(sorted(found, key=repr))


def _decided_by_contracts(net: Defined) -> bool:
    """Whether contracts on sizes say with which sizes the net is meant."""
    return any(
        isinstance(item, ast.Expect)
        and item.net.name == net.definition.name.name
        and any(map(on_sizes, item.lines))
        for item in net.module.file.items
    )
