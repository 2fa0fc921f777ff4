"""Definitions and constants that need themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.findings import Findings
from ...dsl.syntax import ast
from .module import Constant, Defined, Module
from .names import Called, called, expressions, may_name


def check_cycles(module: Module, findings: Findings) -> None:
    """Reports definitions and constants of this module that need themselves, each circle once.

    A circle cannot reach into another file, since imports have none.
    """
    calls: dict[str, Sequence[ast.Name | Called]] = {}
    own = {
        name
        for name, entity in module.names.items()
        if isinstance(entity, Defined | Constant) and entity.module is module
    }
    for name, entity in module.names.items():
        if isinstance(entity, Defined) and entity.module is module:
            if not may_name(entity.definition, own):
                continue
            calls[name] = [t for t in called(entity.definition) if t.name in module.names]
        elif isinstance(entity, Constant) and entity.module is module:
            parts = expressions(entity.const.value)
            calls[name] = [p for p in parts if isinstance(p, ast.Name) and p.name in module.names]
    for chain, closing in _circles(calls):
        entity = module.names[chain[0]]
        if isinstance(entity, Constant):
            findings.fault(
                Code.STATIC_FAULT,
                f"the constant `{chain[0]}` needs itself: {' -> '.join(chain)}",
                entity.const.name.span,
                "defined by a circle",
                help="give it a value that does not depend on it",
            )
        elif not _known_cycle(module, chain, findings):
            findings.fault(
                Code.CALL_CYCLE,
                f"call cycle: {' -> '.join(chain)}",
                closing.span,
                "calls itself",
                help="nothing recurses; use `for` or `repeat`",
            )


def _circles(
    calls: Mapping[str, Sequence[ast.Name | Called]],
) -> Iterator[tuple[list[str], ast.Name | Called]]:
    """Circles of names, each with the use that closes it: one depth-first walk over all."""
    done: set[str] = set()
    for start in calls:
        path: list[str] = []
        at: dict[str, int] = {}
        stack = [(start, iter(calls[start]))] if start not in done else []
        while stack:
            name, targets = stack[-1]
            if name not in at:
                at[name] = len(path)
                path.append(name)
            for target in targets:
                if target.name in at:
                    yield [*path[at[target.name] :], target.name], target
                elif target.name in calls and target.name not in done:
                    stack.append((target.name, iter(calls[target.name])))
                    break
            else:
                stack.pop()
                path.pop()
                del at[name]
                done.add(name)


def _known_cycle(module: Module, chain: Sequence[str], findings: Findings) -> bool:
    """Whether some call of a cycle has been reported: a cycle is one fault."""
    links = [module.names[name] for name in chain]
    bodies = [link.definition.span for link in links if isinstance(link, Defined)]
    return any(
        diagnostic.code is Code.CALL_CYCLE
        and diagnostic.span.source is body.source
        and body.start <= diagnostic.span.start < body.end
        for diagnostic in findings.diagnostics
        for body in bodies
    )
