"""The words and calls around a place in a text, whether it can be parsed or not."""

from __future__ import annotations

import re

from ...dsl.record import record

_WORD = re.compile(r"\w+")
_CALLEE = re.compile(r"([A-Za-z_]\w*)\s*$")
_NAMED = re.compile(r"([A-Za-z_]\w*)\s*=(?!=)")
_PLAIN = re.compile(r'"(?:\\.|[^"\\\n])*"?|#[^\n]*')
FAR = 4_000
"""How many characters before a place are looked at."""


def word_at(text: str, offset: int) -> str:
    """The word that a character is in, or stands right behind."""
    start = offset
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    match = _WORD.match(text, start)
    return match[0] if match else ""


@record
class CallAround:
    """The innermost call that a place is inside of: its name, and what is written before."""

    name: str
    position: int
    """How many commas of this call stand before the place."""
    named: tuple[str, ...]
    """The arguments that are given by name, before the place."""
    argument: str
    """The argument whose value is being written, where it has a name."""
    start: int
    """Where the name stands."""


def call_around(text: str, offset: int) -> CallAround | None:
    """The call whose parentheses are open at a place."""
    begin = max(0, offset - FAR)
    # Strings and comments are made blank, so that no bracket in them counts.
    before = _PLAIN.sub(lambda match: "_" * len(match[0]), text[begin:offset])
    depth = 0
    commas = 0
    for at in range(len(before) - 1, -1, -1):
        char = before[at]
        if char in ")]}":
            depth += 1
        elif char in "([{":
            if depth == 0:
                if char != "(":
                    return None
                name = _CALLEE.search(before[:at])
                if name is None:
                    return None
                inside = before[at + 1 :]
                last = _last_part(inside)
                argument = _NAMED.match(last.lstrip())
                return CallAround(
                    name[1],
                    commas,
                    tuple(_NAMED.findall(inside)),
                    argument[1] if argument else "",
                    begin + name.start(1),
                )
            depth -= 1
        elif char == "," and depth == 0:
            commas += 1
    return None


def _last_part(inside: str) -> str:
    depth = 0
    for at in range(len(inside) - 1, -1, -1):
        if inside[at] in ")]}":
            depth += 1
        elif inside[at] in "([{":
            depth -= 1
        elif inside[at] == "," and depth == 0:
            return inside[at + 1 :]
    return inside
