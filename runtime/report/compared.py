"""Several runs as one table: the settings that differ, and what came of each."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...compiler.ops.base.kinds import show
from ...dsl.diagnostics.suggest import did_you_mean
from ..errors import UserError
from ..runs.files import BEST
from ..runs.listed import TEST, Listed
from ..runs.resolved import Scalar
from .scales import duration, percent_or_number

FIRST, LAST = ("run", "ending"), ("params", "seconds")
"""Columns that every table begins and ends with."""
COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
}
_CONDITION = re.compile(r"([^=<>!]+)(!=|<=|>=|=|<|>)(.*)", re.DOTALL)


@dataclass(frozen=True)
class Compared:
    """Runs in rows. A cell is a text, a number or None where a run has nothing there."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Scalar], ...]
    settings: tuple[str, ...]
    """The columns that are settings."""

    def texts(self) -> list[list[str]]:
        """The cells as a person reads them."""
        return [[cell_text(name, row.get(name)) for name in self.columns] for row in self.rows]

    @property
    def numbers(self) -> list[int]:
        """The columns that hold numbers alone."""
        return [
            at
            for at, name in enumerate(self.columns)
            if all(_is_number(row[name]) for row in self.rows if row.get(name) is not None)
        ]


def with_params(run: Listed) -> Listed:
    """The run with the numbers its weights hold, where `run.json` does not count parameters."""
    from ..weights.open import open_weights

    path = run.path / BEST
    if run.params is not None or not path.is_file() or path.is_symlink():
        return run
    try:
        layers = open_weights(path).layers
    except UserError:
        return run
    count = sum(math.prod(each.tensor.shape) for layer in layers for each in layer.weights)
    return replace(run, params=count)


def known_cells(run: Listed) -> dict[str, Scalar]:
    """All that runs can be sorted and chosen by: fixed columns, settings, figures."""
    return {
        **run.settings,
        **run.figures,
        **{TEST + name: value for name, value in run.test.items()},
        "run": str(run.path),
        "ending": run.ending or None,
        "started": run.started or None,
        "epochs": run.epochs,
        "kept": run.kept,
        "params": run.params,
        "seconds": run.seconds,
    }


def chosen_runs(
    runs: Sequence[Listed], where: Sequence[str], sort: str | None, *, reverse: bool
) -> list[Listed]:
    """The runs for which every condition `NAME=VALUE`, `NAME<VALUE`, … holds, in order.

    They are in the order in which they were started, or of the column `sort`, those without a value
    last. Raises UserError for a condition that is none, and for a name that no run has.
    """
    cells = {run.path: known_cells(run) for run in runs}
    known = dict.fromkeys(name for each in cells.values() for name in each)
    tests = [_condition(text, known) for text in where]
    if sort is not None:
        _require_known(sort, known)
    found = [run for run in runs if all(test(cells[run.path]) for test in tests)]
    found.sort(key=lambda run: (run.started, _natural(run.path)))
    if sort is None:
        return found[::-1] if reverse else found
    with_it = [run for run in found if _present(cells[run.path].get(sort))]
    with_it.sort(key=lambda run: _order(cells[run.path][sort]), reverse=reverse)
    return with_it + [run for run in found if not _present(cells[run.path].get(sort))]


def compared(runs: Sequence[Listed], base: Path | None = None) -> Compared:
    """The table of some runs, their paths as seen from `base`."""
    settings = differing([run.settings for run in runs])
    monitors = dict.fromkeys(run.monitor for run in runs if run.monitor)
    tests = dict.fromkeys(TEST + name for run in runs for name in run.test)
    columns = dict.fromkeys((*FIRST, *settings, "epochs", "kept", *monitors, *tests, *LAST))
    rows = []
    for run in runs:
        cells = known_cells(run)
        cells["run"] = _seen_from(run.path, base)
        # A setting may be called as a column is.
        rows.append({name: cells.get(name) for name in columns})
    return Compared(tuple(columns), tuple(rows), settings)


def differing(settings: Sequence[Mapping[str, Scalar]]) -> tuple[str, ...]:
    """The settings in which runs differ.

    One below another, as `optimizer.momentum` is, counts only where runs have different values of
    it: that some have none shows in the other.
    """
    found = []
    names = dict.fromkeys(name for each in settings for name in each)
    for name in names:
        values = {repr(each[name]) for each in settings if name in each}
        lacking = "." not in name and any(name not in each for each in settings)
        if (len(values) > 1 or lacking) and name not in (*FIRST, *LAST, "epochs", "kept", "file"):
            found.append(name)
    return tuple(found)


def cell_text(name: str, value: Scalar) -> str:
    """A cell as a person reads it."""
    if value is None:
        return ""
    if name == "seconds" and isinstance(value, int | float):
        return duration(value) if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return show(value)
    if isinstance(value, int):
        return f"{value:,}" if abs(value) < 10**18 else f"{value:.4g}"[:40]
    return percent_or_number(name, value)


def _condition(text: str, known: Iterable[str]) -> Callable[[Mapping[str, Scalar]], bool]:
    read = _CONDITION.fullmatch(text)
    if read is None:
        raise UserError(f"`{text}` is no condition; write NAME=VALUE, or with !=, <, <=, > or >=")
    name, sign, wanted = read[1].strip(), read[2], read[3].strip()
    _require_known(name, known)
    number = _as_number(wanted)
    if number is None and sign not in ("=", "!="):
        raise UserError(f"`{text}`: {sign} compares numbers, and `{wanted}` is none")

    def holds(cells: Mapping[str, Scalar]) -> bool:
        value = cells.get(name)
        if number is not None and _is_number(value):
            assert isinstance(value, int | float)
            return COMPARED[sign](value, number)
        if sign not in ("=", "!="):
            return False
        shown = "none" if value is None else show(value) if isinstance(value, bool) else str(value)
        return (shown == wanted) == (sign == "=")

    return holds


def _require_known(name: str, known: Iterable[str]) -> None:
    names = list(known)
    if name not in names:
        raise UserError(f"no run has `{name}`. {did_you_mean(name, names)}".strip())


def _as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _present(value: Scalar) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def _order(value: Scalar) -> tuple[bool, float, str]:
    """Numbers before texts."""
    if isinstance(value, int | float):
        return False, float(value) if abs(value) < 1e300 else math.copysign(math.inf, value), ""
    return True, 0.0, str(value)


def _natural(path: Path) -> list[tuple[bool, int, str]]:
    """`runs/A-2` before `runs/A-10`."""
    parts = re.split(r"(\d{1,18})", str(path))
    return [(part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]


def _seen_from(path: Path, base: Path | None) -> str:
    if base is not None and path != base and path.is_relative_to(base):
        return path.relative_to(base).as_posix()
    return path.as_posix() if base is None else path.name
