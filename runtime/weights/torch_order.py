"""Finds where the layers of a net are in a state dict that lists them in another order.

PyTorch lists modules as a constructor makes them, netc layers as a net writes them. A shortcut
that a net writes first is often the last module of its block. What both orders keep is that of
layers one of which works on what the other made. So of all ways to give each layer a module of its
shapes only those count in which such layers come in order. If just one is left, it is taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...compiler.ir.graph import CheckedGraph, Node
from ...compiler.ops.tensor.arithmetic import Arithmetic
from ...compiler.ops.tensor.merge import Add

SHORTCUT = re.compile(r"(?:^|[._])(?:downsample|shortcut|skip)(?:[._]|$)")
"""What a module is called that leads around others."""
MOST = 20_000
"""Sets of layers that a search holds at a time, after which it ends without an answer."""


def says_shortcut(name: str) -> bool:
    """Whether a module's name says that it leads around others: `layer1.0.downsample.0`."""
    return SHORTCUT.search(name) is not None


@dataclass(frozen=True)
class Flow:
    """Which layers with weights work on what others made, and which lead around others."""

    before: Mapping[str, frozenset[str]]
    """For each layer those whose results it works on, at one remove or more."""
    shortcuts: frozenset[str]


def flow_of(checked: CheckedGraph) -> Flow:
    """The flow between the layers of a net that have weights."""
    graph = checked.graph
    reached: dict[str, frozenset[str]] = {}
    before: dict[str, frozenset[str]] = {}
    shortcuts: set[str] = set()
    for node in graph:
        sources = [reached[ref.node] for ref in node.inputs]
        got: frozenset[str] = frozenset().union(*sources)
        if len(sources) == 2 and _is_sum(node):
            branches = [one - other for one, other in (sources, sources[::-1])]
            short, long = sorted(branches, key=len)
            if len(short) < len(long):
                shortcuts |= short
        if node.weights:
            before.setdefault(node.layer, got)
            got |= {node.layer}
        reached[node.path] = got
    return Flow(before, frozenset(shortcuts))


def _is_sum(node: Node) -> bool:
    return isinstance(node.op, Add) or (isinstance(node.op, Arithmetic) and node.op.op == "+")


def in_flow(
    flow: Flow, could: Mapping[str, frozenset[int]], names: Sequence[str]
) -> Mapping[str, int] | None:
    """The one way to give each layer a module it could be, or None where there is none or more.

    `could` has the places in the file that a layer's shapes allow, `names` the name at each place.
    First the modules are taken to come in an order in which they could run. Where that leaves more
    than one way, a module that is called a shortcut must be one. Where there is no such order, as
    in `nn.TransformerEncoderLayer`, it is asked only of modules of the same shapes, and only where
    the numbers in their names say so too.
    """
    hinted = {
        path: frozenset(
            place for place in places if path in flow.shortcuts or not says_shortcut(names[place])
        )
        for path, places in could.items()
    }
    count, way = _ways(flow, could)
    if count > 1:
        count, way = _ways(flow, hinted)
    if count:
        return way if count == 1 else None
    found: dict[str, int] = {}
    for places in dict.fromkeys(could.values()):
        group = {path: hinted[path] for path, own in could.items() if own == places}
        main = [names[place] for place in sorted(places) if not says_shortcut(names[place])]
        count, way = _ways(flow, group)
        if count != 1 or main != sorted(main, key=_by_number):
            return None
        found |= way
    return found


def _ways(flow: Flow, could: Mapping[str, frozenset[int]]) -> tuple[int, Mapping[str, int]]:
    """How many ways there are (2 stands for more), and the first."""
    bits = {path: 1 << index for index, path in enumerate(could)}
    needs = {path: sum(bits.get(other, 0) for other in flow.before[path]) for path in could}
    places = sorted(frozenset().union(*could.values()))
    # What has a module after each place: in how many ways, and by which layer at last.
    steps: list[dict[int, tuple[int, str]]] = [{0: (1, "")}]
    for place in places:
        after: dict[int, tuple[int, str]] = {}
        fitting = [path for path in could if place in could[path]]
        for done, (count, _) in steps[-1].items():
            for path in fitting:
                if not done & bits[path] and needs[path] & done == needs[path]:
                    before, last = after.get(done | bits[path], (0, path))
                    after[done | bits[path]] = min(before + count, 2), last
        if len(after) > MOST:
            return 2, {}
        steps.append(after)
    end = (1 << len(could)) - 1
    count, _ = steps[-1].get(end, (0, ""))
    way: dict[str, int] = {}
    for place, step in zip(reversed(places), reversed(steps), strict=False):
        if count:
            way[step[end][1]] = place
            end ^= bits[step[end][1]]
    return count, way


def _by_number(name: str) -> list[tuple[int, str]]:
    """A key that sorts `block2` before `block10`."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]
