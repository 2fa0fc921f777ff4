"""One file checked alone: its findings with proved fixes, and all that they depend on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..dsl.diagnostics.codes import Code
from ..dsl.diagnostics.diagnostic import Diagnostic
from ..dsl.diagnostics.internal import Guarded
from ..dsl.record import record
from ..dsl.text.source import Source, Span
from .check import AloneFound, check_alone
from .expand.body import MAX_LAYERS
from .link.reach import resolved
from .prove import Checked, checked_once, proved
from .together import FileFindings, place


@record
class Reads:
    """What a check read: with the same answers it finds the same."""

    root: Path
    """The folder that imports may not leave."""
    links: dict[Path, Path]
    """The paths that it followed, and what they led to."""
    texts: dict[Path, str]
    """The texts, without marks of byte order, by their paths behind all links."""


_ELSEWHERE = frozenset(
    (
        *(Code.UNREADABLE_FILE, Code.NOT_UTF8, Code.CONTROL_CHARACTER, Code.TOO_LARGE),
        *(Code.IMPORT_MISSING, Code.IMPORT_OUTSIDE, Code.IMPORT_CYCLE, Code.INTERNAL),
    )
)
"""Findings that depend on more than on texts that could be read: on what is not there."""


def check_file(
    path: Path, *, alone: bool, max_layers: int = MAX_LAYERS, keep_going: bool = True
) -> tuple[FileFindings, Reads | None]:
    """The findings of a file, its fixes proved, and what was read.

    None where more than that decides what is found. `alone` says whether all files that are
    checked are of one project.
    """
    key = resolved(path)
    seen: list[AloneFound] = []

    def check(text: str | None, most_work: int | None) -> Checked:
        overlay = {} if text is None else {key: text}
        found = check_alone(
            path,
            alone=alone,
            max_layers=max_layers,
            overlay=overlay,
            keep_going=keep_going,
            most_work=most_work,
        )
        seen.append(found)
        return Checked(found.diagnostics, found.work)

    own = check(None, None)
    found = seen[0]
    diagnostics = [
        one if one.fix is None or one.fix.span.source.path == found.name else replace(one, fix=None)
        for one in found.diagnostics
    ]
    text = found.project.texts.get(key)
    bugs: list[Diagnostic] = []
    if text is not None:
        start = Span(Source(found.name, text), 0, min(1, len(text)))
        with Guarded(bugs.append, "the fixes of this file", start, keep_going):
            diagnostics = proved(diagnostics, found.name, checked_once(check, {text: own}))
    if bugs:
        diagnostics = [*(replace(one, fix=None) for one in diagnostics), *bugs]
    findings = FileFindings(
        found.name,
        tuple(diagnostics),
        frozenset(map(place, found.answered)),
        frozenset(map(place, found.idle)),
    )
    return findings, None if bugs else _reads(seen)


def _reads(seen: Sequence[AloneFound]) -> Reads | None:
    """What the check and those of the edited texts read."""
    first = seen[0].project
    links, texts = dict(first.links), dict(first.texts)
    for one in seen:
        project = one.project
        codes = {found.code for found in (*project.diagnostics, *one.diagnostics)}
        if codes & _ELSEWHERE:
            return None
        for path, target in project.links.items():
            if links.setdefault(path, target) != target:
                return None
        for path, text in project.texts.items():
            if texts.setdefault(path, text) != text and path not in project.overlay:
                return None
    return Reads(first.root, links, texts)
