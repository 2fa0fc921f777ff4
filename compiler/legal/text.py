"""Legal sizes as text: `H, W = 16 n + 188, from 188`."""

from __future__ import annotations

from collections.abc import Iterable

from .boxes import Box
from .sets import EVERY, Canonical, Run, SizeSet
from .shown import clause_text, size_text
from .solve import Legal
from .ties import tied_names

MAX_SHOWN = 6
"""The most forms or numbers of one set that are written out."""


def legal_text(legal: Legal) -> str:
    """All that is legal, in one line; nothing for a net without named sizes."""
    if not legal.names:
        return ""
    if not legal.boxes:
        return f"no {' and '.join(legal.names)}"
    free = [name for name in legal.names if name not in legal.equals]
    ways = [_box_text(box, free) for box in legal.boxes[:MAX_SHOWN]]
    if len(legal.boxes) > MAX_SHOWN:
        ways.append(f"{len(legal.boxes) - MAX_SHOWN} more")
    parts = [", or ".join(way for way in ways if way)]
    held = {name for box in legal.boxes for name in box}
    parts += [f"{name} = {size_text(dim)}" for name, dim in sorted(legal.equals.items())]
    parts += list(map(clause_text, legal.ties))
    loose = [name for name in free if name not in held]
    if loose and not _meet_others(legal, loose):
        parts.append(f"any {', '.join(loose)}")
    elif loose:
        parts.append(", ".join(loose) + " from 1")
    texts = list(dict.fromkeys(condition.text for condition in legal.undecided))
    parts += [f"undecided: {text}" for text in texts[:MAX_SHOWN]]
    if len(texts) > MAX_SHOWN:
        parts.append(f"undecided: {len(texts) - MAX_SHOWN} more")
    return "; ".join(part for part in parts if part)


def _meet_others(legal: Legal, names: Iterable[str]) -> bool:
    """Whether conditions that are said by themselves are on some names."""
    others = {name for condition in legal.undecided for name in condition.names}
    return not others.union(*map(tied_names, legal.ties)).isdisjoint(names)


def _box_text(box: Box, names: Iterable[str]) -> str:
    groups: dict[Canonical, list[str]] = {}
    for name in names:
        if name in box:
            groups.setdefault(box[name].canonical(), []).append(name)
    return "; ".join(f"{', '.join(held)} {set_text(exact)}" for exact, held in groups.items())


def set_text(exact: Canonical) -> str:
    """`= 16 n + 188, from 188`, `from 5`, `= 1, 3, 5 to 9`, `= 3, or from 7`."""
    runs = [_run_text(run) for run in exact.runs[:MAX_SHOWN]]
    if len(exact.runs) > MAX_SHOWN:
        runs.append("…")
    listed = "= " + ", ".join(runs) if runs else ""
    if not exact.residues and len(exact.runs) == 1 and exact.runs[0][1] == 1:
        first, _, last = exact.runs[0]
        return f"from {first} to {last}" if first < last else listed
    if not exact.residues:
        return listed or "none"
    if exact.period == 1:
        rest = f"from {exact.start}"
        return f"{listed}, or {rest}" if listed else rest
    firsts = exact.firsts
    forms = [form_text(exact.period, first) for first in firsts[:MAX_SHOWN]]
    if len(firsts) > MAX_SHOWN:
        forms.append(f"… ({len(firsts)} of each {exact.period})")
    rest = f"{' or '.join(forms)}, from {firsts[0]}"
    return f"{listed}, or {rest}" if listed else f"= {rest}"


def form_text(period: int, first: int) -> str:
    """`16 n + 188`, n from 0; `4 n`, n from 1, for the multiples from 4 on."""
    if first == period:
        return f"{period} n"
    return f"{period} n + {first}"


def where_text(name: str, numbers: SizeSet) -> str:
    """Where a name lies in a set, to follow `only where`: `2 divides H`, `H = 16 n + 12`."""
    exact = numbers.canonical()
    if len(exact.residues) == 1 and not exact.runs and exact.firsts == [exact.period]:
        return f"{exact.period} divides {name}"
    if not exact.residues and len(exact.runs) == 1 and exact.runs[0][0] == exact.runs[0][2]:
        return f"{name} is {exact.runs[0][0]}"
    text = set_text(exact)
    return f"{name} is {text}" if text.startswith("from") else f"{name} {text}"


def set_json(numbers: SizeSet) -> dict[str, object]:
    """A set as JSON.

    Some runs, each with its first and last number and a step, and endless progressions, each with
    its first number and its period.
    """
    exact = numbers.canonical()
    return {
        "runs": [{"first": f, "step": s, "last": last} for f, s, last in exact.runs],
        "progressions": [{"first": f, "period": exact.period} for f in exact.firsts],
    }


def legal_json(legal: Legal) -> dict[str, object]:
    """All that is legal, as JSON."""
    return {
        "text": legal_text(legal),
        "names": {
            name: None if (numbers := legal.of(name)) is None else set_json(numbers)
            for name in legal.names
        },
        "ways": [
            {name: set_json(box.get(name, EVERY)) for name in legal.names if name in box}
            for box in legal.boxes
        ],
        "equals": {name: size_text(dim) for name, dim in legal.equals.items()},
        "ties": list(map(clause_text, legal.ties)),
        "undecided": [condition.text for condition in legal.undecided],
    }


def _run_text(run: Run) -> str:
    first, step, last = run
    if first == last:
        return str(first)
    return f"{first} to {last}" + (f" by {step}" if step > 1 else "")
