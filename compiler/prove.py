"""Fixes that are proved: applied, checked again, and seen to leave less wrong than before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from ..dsl.diagnostics.diagnostic import Diagnostic, Fix
from ..dsl.diagnostics.errors import NetcError

Check: TypeAlias = "Callable[[str], Sequence[Diagnostic]]"
"""What is found where a text stands in the place of a file's."""

MOST_PROOFS = 200
"""Each proof is a check; fixes past this many are not offered."""

ROUNDS = 10
"""How often fixes are looked for behind what other fixes brought to light."""


def proved(diagnostics: Sequence[Diagnostic], path: str, check: Check) -> list[Diagnostic]:
    """Findings of a file, those of other files untouched, without the fixes that are not proved.

    A fix is proved where the edited text has lost its finding and gained none.
    """
    before: Counter[_Key] | None = None
    shown: list[Diagnostic] = []
    proofs = 0
    for diagnostic in diagnostics:
        fix = diagnostic.fix
        if fix is not None and fix.span.source.path == path:
            text = fix.span.source.text
            before = _found(check, text) if before is None else before
            proofs += 1
            after = _found(check, edited(text, [fix])) if proofs <= MOST_PROOFS else None
            if not _mends(before, after, diagnostic):
                diagnostic = replace(diagnostic, fix=None)
        shown.append(diagnostic)
    return shown


def mended(path: str, text: str, check: Check, *, unsafe: bool = False) -> tuple[str, int]:
    """A text with fixes applied, and how many those are.

    One fix after the other is applied where it is proved; then all others together, and those that
    they bring to light, where in the end nothing is wrong that was not before. With `unsafe` they
    are applied whatever they bring to light.
    """
    before = _found(check, text)
    count = 0
    refused: set[tuple[int, str]] = set()
    while count + len(refused) < MOST_PROOFS:
        found = _fixable(check, path, text)
        tried = next((d for d in found if _mark(d, text) not in refused), None)
        if tried is None or tried.fix is None:
            break
        now = _found(check, text)
        made = edited(text, [tried.fix])
        if _mends(now, _found(check, made), tried):
            text, count = made, count + 1
        else:
            refused.add(_mark(tried, text))
    together, more = text, 0
    for _ in range(ROUNDS):
        fixes = [d.fix for d in _fixable(check, path, together) if d.fix is not None]
        if not fixes:
            break
        together, more = edited(together, fixes), more + len(fixes)
    after = _found(check, together)
    better = after is not None and before is not None and not after - before and after < before
    if more and (unsafe or better):
        return together, count + more
    return text, count


def edited(text: str, fixes: Iterable[Fix]) -> str:
    """A text with some of its parts replaced; of two that overlap, the earlier stays."""
    end = len(text) + 1
    edits = {(fix.span.start, fix.span.end, fix.text) for fix in fixes}
    for start, stop, new in sorted(edits, reverse=True):
        if stop <= end:
            text, end = text[:start] + new + text[stop:], start
    return text


_Key: TypeAlias = "tuple[str, str, str]"
"""What a finding is known by when lines have moved: its code, file and headline."""


def _key(diagnostic: Diagnostic) -> _Key:
    return diagnostic.code.id, diagnostic.span.source.path, diagnostic.message


def _found(check: Check, text: str) -> Counter[_Key] | None:
    """What is found in a text; None where it cannot be checked as it was."""
    try:
        return Counter(map(_key, check(text)))
    except NetcError:
        return None


def _fixable(check: Check, path: str, text: str) -> list[Diagnostic]:
    try:
        return [d for d in check(text) if d.fix is not None and d.fix.span.source.path == path]
    except NetcError:
        return []


def _mark(diagnostic: Diagnostic, text: str) -> tuple[int, str]:
    """A finding by its place from the end, which edits before it do not move."""
    return len(text) - diagnostic.span.start, diagnostic.code.id


def _mends(
    before: Counter[_Key] | None, after: Counter[_Key] | None, diagnostic: Diagnostic
) -> bool:
    """Whether a finding is gone and none has come."""
    if before is None or after is None:
        return False
    key = _key(diagnostic)
    return after[key] < before[key] and not after - before
