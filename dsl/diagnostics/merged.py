"""Several findings of one kind as one, with one fix for all of their places."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from .diagnostic import Diagnostic, Related

_MOST_PLACES = 20
"""Places that a finding of several lists besides its own."""

Key: TypeAlias = "Callable[[Diagnostic], Hashable]"
"""What findings have in common; None where a finding stands for itself."""


def merged(diagnostics: Iterable[Diagnostic], key_of: Key) -> list[Diagnostic]:
    """Findings of one key as one, at its first place in the text."""
    groups: dict[Hashable, list[Diagnostic]] = {}
    for index, one in enumerate(diagnostics):
        key = key_of(one)
        groups.setdefault((index,) if key is None else (key,), []).append(one)
    return [_as_one(group) for group in groups.values()]


def _as_one(group: Sequence[Diagnostic]) -> Diagnostic:
    if len(group) == 1:
        return group[0]
    first, *others = sorted(group, key=lambda one: one.span.start)
    related = tuple(
        Related(one.label or "here, too", one.span, again=True) for one in others[:_MOST_PLACES]
    )
    fixes = [one.fix for one in (first, *others) if one.fix is not None]
    whole = len(fixes) == len(group)
    fixes = [one for index, one in enumerate(fixes) if one not in fixes[:index]]
    fix = replace(fixes[0], also=tuple(fixes[1:])) if whole else None
    return replace(first, related=(*first.related, *related), fix=fix)
