"""The findings of files that were checked one by one, as those of one check."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from ..dsl.diagnostics.codes import Code
from ..dsl.diagnostics.diagnostic import Diagnostic
from ..dsl.diagnostics.findings import within_limit
from ..dsl.record import record
from ..dsl.text.source import Span

Place: TypeAlias = "tuple[str, int, int]"
"""A file, as messages call it, and where in it something begins and ends."""


@record
class FileFindings:
    """What the check of one file found, in it and in what it imports."""

    name: str
    """What messages call the file."""
    diagnostics: Sequence[Diagnostic] = ()
    answered: frozenset[Place] = frozenset()
    """Comments that ignore something here, and parameters that recipes of this file read.

    The check of the file they stand in may say that they are of no use.
    """
    idle: frozenset[Place] = frozenset()
    """Comments that ignored nothing in this check."""


def place(span: Span) -> Place:
    """Where a span is."""
    return span.source.path, span.start, span.end


def together(files: Iterable[FileFindings]) -> list[Diagnostic]:
    """All findings, each place and code once, and none that another file answers.

    What a file's own check says of it and what others say may be one finding: the first is kept,
    with the fix of its own, since a fix is proved by the check of the file that it edits.
    """
    files = list(files)
    answered = frozenset[Place]().union(*(one.answered for one in files))
    idle = frozenset[Place]().union(*(one.idle for one in files))
    faulty = {
        found.span.source.path
        for one in files
        for found in one.diagnostics
        if found.severity == "error"
    }
    kept: dict[tuple[Code, Hashable], Diagnostic] = {}
    for one in files:
        for found in one.diagnostics:
            at = place(found.span)
            if found.code in _ANSWERABLE and at in answered:
                continue
            # A file with errors may lack warnings that its comments are about.
            if found.code is Code.USELESS_IGNORE and at in idle and at[0] in faulty:
                continue
            key = found.code, _where(found)
            if key not in kept:
                kept[key] = found
            elif found.fix is not None and kept[key].fix is None:
                kept[key] = replace(kept[key], fix=found.fix)
    return within_limit(kept.values())


def _where(found: Diagnostic) -> Hashable:
    """Its place; of imports in a circle the files, since each meets the circle elsewhere."""
    if found.code is Code.IMPORT_CYCLE:
        return frozenset(found.message.split(" "))
    return place(found.span)


_ANSWERABLE = frozenset((Code.UNUSED_PARAMETER, Code.USELESS_IGNORE))
