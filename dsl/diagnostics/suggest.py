"""`did you mean …`: the nearest known names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from itertools import islice

from ..text.source import Span
from .diagnostic import Fix

ALONE = "write the layer's name alone"
"""What is said of a layer behind a module's name where that is all that is wrong."""
MOST_OPTIONS = 500
"""Options past this many are not looked at, so that a fault costs about a millisecond."""
ELSEWHERE = {
    **{f"replicationpad{n}d": f"EdgePadding{n}D" for n in (1, 2, 3)},
    **{f"replicationpadding{n}d": f"EdgePadding{n}D" for n in (1, 2, 3)},
    "localresponsenorm": "LRN",
    "pixelshuffle": "DepthToSpace",
    "pixelunshuffle": "SpaceToDepth",
}
"""What PyTorch's users call a layer whose name here looks like another."""


def nearest(name: str, options: Iterable[str], limit: int = 3) -> list[str]:
    """The options that look like `name`, best first; case and underscores count little.

    Where none does, the options of which it is the initials: `lr` of `learning_rate`.
    """
    return _nearest(name, tuple(islice(options, MOST_OPTIONS)), limit)


@lru_cache(maxsize=16)
def _nearest(name: str, options: tuple[str, ...], limit: int) -> list[str]:
    """The same of a few options; a fault asks once for its help and once for its edit."""
    from difflib import SequenceMatcher, get_close_matches  # 4 ms that only a fault should cost

    plain: dict[str, str] = {}
    for option in options:
        plain.setdefault(_plain(option), option)
    wanted = _plain(name)
    if ELSEWHERE.get(wanted) in options:
        return [ELSEWHERE[wanted]]
    # Of two or three letters one that differs makes another word.
    cutoff = 0.7 if len(wanted) <= 3 else 0.6
    found = get_close_matches(wanted, plain, n=4 * limit, cutoff=cutoff)
    found = [key for key in found if _close(wanted, key)]
    if not found:
        spelt = (o for o in plain.values() if "".join(w[0] for w in o.split("_") if w) == name)
        return list(islice((option for option in spelt if "_" in option), limit))

    def likeness(key: str) -> tuple[float, float, bool]:
        """How much an option looks like the name; of equals, the one in the same case, then 2D."""
        same_case = SequenceMatcher(None, plain[key][:80], name[:80]).ratio()
        return SequenceMatcher(None, key, wanted).ratio(), same_case, key.endswith("2d")

    return [plain[key] for key in sorted(found, key=likeness, reverse=True)[:limit]]


def _close(wanted: str, option: str) -> bool:
    """Whether a third of the letters or fewer differ, or one begins or ends with the other."""
    short, long = sorted((wanted, option), key=len)
    if len(short) >= 3 and (long.startswith(short) or long.endswith(short)):
        return True
    return _edits(wanted, option) <= max(1, (len(long) + 2) // 3)


def _edits(one: str, other: str) -> int:
    """The letters to add, drop, change or swap with their neighbour to make one word of another.

    It is the distance of optimal string alignment (Boytsov, Indexing methods for approximate
    dictionary searching, 2011, section 2.2).
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def did_you_mean(name: str, options: Iterable[str]) -> str:
    """A help text naming the nearest option, or all of them where there are few."""
    known = list(options)
    found = nearest(name, known)
    if found:
        return f"did you mean `{found[0]}`?"
    if known and len(known) <= 8:
        return f"known here: {', '.join(known)}"
    return ""


def correction(span: Span, wrong: str, options: Iterable[str]) -> Fix | None:
    """The edit that puts the nearest option in the place of a misspelt name.

    The name is the last of its kind in the span: of `activation=sofmax` the value.
    """
    found = nearest(wrong, options)
    at = span.text.rfind(wrong)
    if not found or at < 0:
        return None
    start = span.start + at
    return Fix(Span(span.source, start, start + len(wrong)), found[0])


def everywhere(fix: Fix | None) -> Fix | None:
    """The edit of a name, made wherever else in its file the same name stands.

    Strings and comments stay as they are.
    """
    if fix is None:
        return None
    source, wrong = fix.span.source, fix.span.text
    words = re.compile(rf'"(?:[^"\\\n]|\\.)*"|#.*|\b{re.escape(wrong)}\b')
    also = tuple(
        Fix(Span(source, found.start(), found.end()), fix.text)
        for found in words.finditer(source.text)
        if found[0] == wrong and found.start() != fix.span.start
    )
    return replace(fix, also=also)


def _plain(name: str) -> str:
    return name.lower().replace("_", "")[:80]
