"""Definitions and constants that need themselves."""

from __future__ import annotations

from collections.abc import Sequence

from ..dsl import ast
from ..dsl.codes import Code
from .faults import Report
from .names import called, expressions
from .project import Constant, Defined, Module


def check_cycles(module: Module, report: Report) -> None:
    """Reports definitions and constants of this module that need themselves."""
    circled: set[int] = set()
    for name, entity in module.names.items():
        if isinstance(entity, Defined) and entity.module is module:
            for target in called(entity.definition):
                chain = _way_back(entity, module.names.get(target.name), [name])
                if chain is not None and not _known_cycle(module, chain, report):
                    report.fault(
                        Code.CALL_CYCLE,
                        f"call cycle: {' -> '.join(chain)}",
                        target.span,
                        "calls itself",
                        help="nothing recurses; use `for` or `repeat`",
                    )
        elif isinstance(entity, Constant) and entity.module is module:
            needed = _needed(entity)
            if id(entity.const) in needed and id(entity.const) not in circled:
                # The others of its circle are the same fault.
                circled |= needed
                report.fault(
                    Code.STATIC_FAULT,
                    f"the constant `{name}` needs itself",
                    entity.const.name.span,
                    "defined by a circle",
                    help="give it a value that does not depend on it",
                )


def _known_cycle(module: Module, chain: Sequence[str], report: Report) -> bool:
    """Whether some call of a cycle has been reported: a cycle is one fault."""
    links = [module.names[name] for name in chain if name in module.names]
    bodies = [link.definition.span for link in links if isinstance(link, Defined)]
    return any(
        diagnostic.code is Code.CALL_CYCLE
        and diagnostic.span.source is body.source
        and body.start <= diagnostic.span.start < body.end
        for diagnostic in report.diagnostics
        for body in bodies
    )


def _way_back(goal: Defined, start: object, chain: list[str]) -> list[str] | None:
    """The chain of calls from `start` to `goal`, if there is one."""
    seen: set[int] = set()
    stack: list[tuple[object, list[str]]] = [(start, chain)]
    while stack:
        entity, way = stack.pop()
        if not isinstance(entity, Defined) or id(entity.definition) in seen:
            continue
        seen.add(id(entity.definition))
        way = [*way, entity.definition.name.name]
        if entity.definition is goal.definition:
            return way
        stack.extend((entity.module.names.get(t.name), way) for t in called(entity.definition))
    return None


def _needed(constant: Constant) -> set[int]:
    """The identities of the constants that a constant's value needs, near and far."""
    found: set[int] = set()
    stack = [constant]
    while stack:
        at = stack.pop()
        for part in expressions(at.const.value):
            if isinstance(part, ast.Name):
                entity = at.module.names.get(part.name)
                if isinstance(entity, Constant) and id(entity.const) not in found:
                    found.add(id(entity.const))
                    stack.append(entity)
    return found
