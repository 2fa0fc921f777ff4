"""Fixes that are proved: applied, checked again, and seen to leave less wrong than before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeAlias

from ..dsl.diagnostics.codes import Code
from ..dsl.diagnostics.diagnostic import Diagnostic, Fix
from ..dsl.diagnostics.errors import NetcError
from ..dsl.record import record


@record
class Checked:
    """What a check of a text has found, and the steps it took."""

    diagnostics: Sequence[Diagnostic]
    work: int

    @property
    def whole(self) -> bool:
        """Whether no net was too large for the steps there were."""
        return all(one.code is not Code.EXPANSION_LIMIT for one in self.diagnostics)


Check: TypeAlias = "Callable[[str, int | None], Checked]"
"""What is found where a text stands in the place of a file's, in so many steps at most."""

BUDGET = 300_000
"""The steps that the proofs of a file may take together, some 1.5 seconds; past that no fix is
offered."""

ROUNDS = 10
"""How often fixes are looked for behind what other fixes brought to light."""


def checked_once(check: Check, known: dict[str, Checked]) -> Check:
    """The same of texts, but those that are known, each once where it had room enough."""

    def found(text: str, most_work: int | None) -> Checked:
        if text in known:
            return known[text]
        made = check(text, most_work)
        if most_work is None or made.whole:
            known[text] = made
        return made

    return found


def proved(diagnostics: Sequence[Diagnostic], path: str, check: Check) -> list[Diagnostic]:
    """Findings of a file, those of other files untouched, without the fixes that are not proved.

    A fix is proved where the edited text has lost its finding and gained none.
    """
    proofs: _Proofs | None = None
    shown: list[Diagnostic] = []
    for diagnostic in diagnostics:
        if diagnostic.span.source.path == path:
            diagnostic = with_edit(diagnostic)
        fix = diagnostic.fix
        if fix is not None and fix.span.source.path == path:
            proofs = proofs or _Proofs(check, fix.span.source.text)
            if not proofs.hold(diagnostic, fix):
                diagnostic = replace(diagnostic, fix=None)
        shown.append(diagnostic)
    return shown


def mended(path: str, text: str, check: Check, *, unsafe: bool = False) -> tuple[str, int]:
    """A text with fixes applied, and how many those are.

    One fix after the other is applied where it is proved; then all others together, and those that
    they bring to light, where in the end nothing is wrong that was not before. With `unsafe` they
    are applied whatever they bring to light, and those, too, that change what the text means; what
    only a help spells out is not, unless it is proved.
    """
    before = _found(check, text)
    count = 0
    refused: set[tuple[int, str]] = set()
    proofs = _Proofs(check, text)
    while proofs.room:
        found = _fixable(check, path, text, spelt=True)
        found = [d for d in found if unsafe or d.mendable]
        tried = next((d for d in found if _mark(d, text) not in refused), None)
        if tried is None or tried.fix is None:
            break
        if proofs.hold(tried, tried.fix):
            text, count = edited(text, [tried.fix]), count + 1
            proofs = proofs.of(text)
        else:
            refused.add(_mark(tried, text))
    together, more = text, 0
    for _ in range(ROUNDS):
        found = _fixable(check, path, together)
        fixes = [d.fix for d in found if d.fix is not None and (unsafe or d.mendable)]
        if not fixes:
            break
        together, more = edited(together, fixes), more + len(fixes)
    after = _found(check, together)
    better = after is not None and before is not None and not after - before and after < before
    if more and (unsafe or better):
        return together, count + more
    return text, count


class _Proofs:
    """Tries fixes of one text, as long as there is room for another check of it."""

    def __init__(self, check: Check, text: str, left: int = BUDGET) -> None:
        self._check = check
        self._text = text
        self._left = left
        self._own: Checked | None = None
        with suppress(NetcError):
            self._own = check(text, left)

    @property
    def room(self) -> bool:
        """Whether there is enough left for as much as a check of the text takes."""
        return self._own is not None and self._own.whole and self._own.work <= self._left

    def of(self, text: str) -> _Proofs:
        """The same of another text, with what is left."""
        return _Proofs(self._check, text, self._left)

    def hold(self, diagnostic: Diagnostic, fix: Fix) -> bool:
        """Whether the text with a fix has lost the finding and gained none."""
        if self._own is None or not self.room:
            return False
        try:
            made = self._check(edited(self._text, [fix]), self._left)
        except NetcError:
            self._left -= self._own.work
            return False
        self._left -= made.work
        before, after = _counted(self._own), _counted(made)
        key = _key(diagnostic)
        return after[key] < before[key] and not after - before


def edited(text: str, fixes: Iterable[Fix]) -> str:
    """A text with some of its parts replaced; of two that overlap, the earlier stays.

    New lines end as those of the text do.
    """
    end = len(text) + 1
    carriage = "\r\n" in text and text.count("\r\n") == text.count("\n")
    edits = {edit for fix in fixes for edit in fix.edits}
    for start, stop, new in sorted(edits, reverse=True):
        if stop <= end:
            new = new.replace("\n", "\r\n") if carriage else new
            text, end = text[:start] + new + text[stop:], start
    return text


_Key: TypeAlias = "tuple[str, str, str]"
"""What a finding is known by when lines have moved: its code, file and headline."""


def _key(diagnostic: Diagnostic) -> _Key:
    return diagnostic.code.id, diagnostic.span.source.path, diagnostic.message


def _found(check: Check, text: str) -> Counter[_Key] | None:
    """What is found in a text; None where it cannot be checked as it was."""
    try:
        return _counted(check(text, None))
    except NetcError:
        return None


def _counted(checked: Checked) -> Counter[_Key]:
    return Counter(map(_key, checked.diagnostics))


def with_edit(diagnostic: Diagnostic) -> Diagnostic:
    """The finding with the edit that its help spells out, where it has no other."""
    if diagnostic.fix is not None or not diagnostic.help:
        return diagnostic
    from ..dsl.diagnostics.spelt import spelt_out  # patterns that only a finding should cost

    fix = spelt_out(diagnostic)
    return diagnostic if fix is None else replace(diagnostic, fix=fix)


def _fixable(check: Check, path: str, text: str, *, spelt: bool = False) -> list[Diagnostic]:
    """The findings with fixes of a file; `spelt`: those, too, that have only a help."""
    try:
        found = check(text, None).diagnostics
        if spelt:
            found = [with_edit(one) for one in found]
        return [d for d in found if d.fix is not None and d.fix.span.source.path == path]
    except NetcError:
        return []


def _mark(diagnostic: Diagnostic, text: str) -> tuple[int, str]:
    """A finding by its place from the end, which edits before it do not move."""
    return len(text) - diagnostic.span.start, diagnostic.code.id
