"""What a change may cost: `params > +5%`, `flops > 10G`, `memory > +1MB`, `incompatible`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from ...dsl.diagnostics.suggest import did_you_mean, nearest
from ...dsl.record import record
from ..cost import table
from ..shapes.dims import Dim, compare
from .diff import NetDiff
from .measures import MEASURES, Measure
from .verdict import DOUBTFUL, RETRAIN

INCOMPATIBLE = "incompatible"
UNITS = {
    "": 1,
    **{unit: 1000**power for power, unit in enumerate("KMGT", 1)},
    **{f"{unit}B": 1000**power for power, unit in enumerate("KMGT", 1)},
    **{f"{unit}iB": 1024**power for power, unit in enumerate("KMGT", 1)},
    "B": 1,
}
_LIMIT = re.compile(
    r"\s*(?P<name>[A-Za-z_]+)\s*(?P<sign><=|>=|==|!=|<|>)\s*(?P<relative>[+-]?)\s*"
    r"(?P<number>\d[\d_]*(?:\.\d+)?(?:[eE]\d{1,2})?)\s*(?P<unit>%|[A-Za-z]*)\s*"
)

_EQUAL = re.compile(r"(?<![<>=!])=(?!=)")
_GROUPED = re.compile(r"(?<=\d),(?=\d{3})")


@record
class Limit:
    """A condition on which a comparison fails. `text` is as it was written."""

    text: str
    measure: str
    sign: str
    number: Fraction
    relative: bool
    """Whether the number is by how much the measure grew."""
    percent: bool


def read_limit(text: str) -> Limit:
    """Reads one condition. Raises ValueError, which says what is wrong and what to write."""
    if text.strip() == INCOMPATIBLE:
        return Limit(INCOMPATIBLE, INCOMPATIBLE, "", Fraction(0), False, False)
    found = _LIMIT.fullmatch(text)
    if found is None:
        raise ValueError(f"`{text}` is no condition: {_meant(text)}")
    name, relative, unit = found["name"], found["relative"], found["unit"]
    if name not in MEASURES:
        hint = did_you_mean(name, MEASURES) or f"there are {', '.join(MEASURES)}"
        raise ValueError(f"there is no measure `{name}`; {hint}")
    if unit not in ("%", *UNITS):
        hint = next((f"did you mean `{u}`?" for u in UNITS if u and u.lower() == unit.lower()), "")
        raise ValueError(
            f"`{text}` is no condition: there is no unit `{unit}`; "
            f"{hint or 'there are %, K, M, G and T, for memory also KB and KiB'}"
        )
    if unit == "%" and not relative:
        raise ValueError(f"`{text}`: a share is one of the change: write `+` or `-` before it")
    if unit.endswith("B") and name != "memory":
        raise ValueError(f"`{text}`: `{name}` is no number of bytes")
    number = Fraction(found["number"].replace("_", "")) * UNITS.get(unit, 1)
    signed = -number if relative == "-" else number
    return Limit(text.strip(), name, found["sign"], signed, bool(relative), unit == "%")


def _meant(text: str) -> str:
    """What to write for what cannot be read."""
    word = text.strip()
    if " and " in word or " or " in word or word.count(">") + word.count("<") > 1:
        return "give `--fail-if` once for each"
    for wrong, right in (("=>", ">="), ("=<", "<=")):
        if wrong in word:
            return f"write `{word.replace(wrong, right)}`"
    if _EQUAL.search(word):
        return f"write `{_EQUAL.sub('==', word, count=1)}`"
    if _GROUPED.search(word):
        return f"write `{_GROUPED.sub('_', word)}`"
    if word.isalpha():
        found = nearest(word.lower(), (INCOMPATIBLE, *MEASURES))
        if found:
            return f"did you mean `{found[0] + ('' if found[0] == INCOMPATIBLE else ' > +5%')}`?"
    return f"write `params > +5%`, or `{INCOMPATIBLE}`"


def broken(limit: Limit, diff: NetDiff) -> str:
    """Why a comparison fails by a condition; nothing where it does not.

    What depends on a size so that it cannot be decided fails, too.
    """
    if limit.measure == INCOMPATIBLE:
        return _incompatible(diff)
    measure = next(each for each in diff.measures if each.name == limit.measure)
    if measure.new is None or (limit.relative and measure.old is None):
        return ""
    holds = _holds(limit, measure)
    if holds is False:
        return ""
    change = f"from {table.count(measure.old)} to " if measure.old is not None else ""
    told = f"{measure.name} went {change}{table.count(measure.new)}"
    if holds is None:
        return f"{told}, which depends on a size: give it a number with --set"
    return told


def all_broken(limits: Sequence[Limit], diffs: Sequence[NetDiff]) -> list[tuple[Limit, str, str]]:
    """The conditions that fail: each with the net it is about and why."""
    found: list[tuple[Limit, str, str]] = []
    for diff in diffs:
        for limit in limits:
            why = broken(limit, diff)
            if why:
                found.append((limit, diff.new or diff.old, why))
    return found


def _holds(limit: Limit, measure: Measure) -> bool | None:
    """Whether the condition is met; None where that depends on a size."""
    assert measure.new is not None
    left: Dim = measure.new
    scale = limit.number.denominator
    right: Dim = limit.number.numerator
    if limit.relative:
        assert measure.old is not None
        left = measure.new - measure.old
        if limit.percent:
            right, scale = right * measure.old, 100 * scale
    return compare(limit.sign, left * scale, right)


def _incompatible(diff: NetDiff) -> str:
    if diff.checkpoint is None:
        return "" if diff.new else "the net is gone"
    if diff.checkpoint.compatible:
        return ""
    said = [
        f"{count} weight{'s' * (count != 1)} {what}"
        for verdict, what in ((RETRAIN, "must be trained anew"), (DOUBTFUL, "must be named"))
        if (count := len(diff.checkpoint.having(verdict)))
    ]
    return f"for a checkpoint of OLD: {' and '.join(said)}"
