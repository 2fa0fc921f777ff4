"""Whether every layer of a growing graph counts: told call by call, without opening equal ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .graph import Ref
from .growing import CallCopy, GrowingGraph, MadeCall, Part


def all_alive(graph: GrowingGraph) -> bool:
    """Whether each input reaches an output, each layer too, and nothing is made from no input.

    False may also mean that it takes a look at each layer to say so.
    """
    asked = _Part(graph.parts.values())
    return _Liveness().needs(asked, [output.ref for output in graph.outputs]) == set()


class _Part:
    """Layers and calls that stand beside each other."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self.parts: Sequence[Part] = tuple(parts)
        self.paths = {part.path for part in self.parts}

    def owner(self, ref: Ref) -> str | None:
        """The path of what makes a tensor here; None where it comes from outside."""
        path = ref.node
        while path not in self.paths:
            path, slash, _ = path.rpartition("/")
            if not slash:
                return None
        return path


@dataclass
class _Liveness:
    """Goes from what is asked for to what that needs, each call once for each question."""

    opened: dict[int, _Part] = field(default_factory=dict)
    known: dict[tuple[int, frozenset[Ref]], frozenset[int] | None] = field(default_factory=dict)

    def needs(self, asked: _Part, refs: Iterable[Ref]) -> set[Ref] | None:
        """What parts need from outside to make some tensors; None where a layer is in vain."""
        outside: set[Ref] = set()
        wanted: dict[str, set[Ref]] = {}

        def want(ref: Ref) -> None:
            owner = asked.owner(ref)
            if owner is None:
                outside.add(ref)
            else:
                wanted.setdefault(owner, set()).add(ref)

        for ref in refs:
            want(ref)
        for part in reversed(asked.parts):
            here = wanted.get(part.path)
            if isinstance(part, CallCopy):
                needed = self._inside(part, here or set())
                if needed is None:
                    return None
                for index in needed:
                    want(part.inputs[index])
            elif here is None or (part.op is not None and not part.inputs):
                return None
            else:
                for ref in part.inputs:
                    want(ref)
        return outside

    def _inside(self, call: CallCopy, refs: set[Ref]) -> frozenset[int] | None:
        """Which of its inputs a call needs to make some of its tensors."""
        if not call.first.size:
            return frozenset()
        key = id(call.first), frozenset(map(call.first_ref, refs))
        if key not in self.known:
            self.known[key] = self._of_first(call.first, key[1])
        return self.known[key]

    def _of_first(self, made: MadeCall, refs: frozenset[Ref]) -> frozenset[int] | None:
        if id(made) not in self.opened:
            self.opened[id(made)] = _Part(made.parts)
        needed = self.needs(self.opened[id(made)], refs)
        if needed is None or not needed <= set(made.inputs):
            return None
        return frozenset(map(made.inputs.index, needed))
