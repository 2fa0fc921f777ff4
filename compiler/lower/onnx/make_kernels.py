"""Writes kernels.txt, what onnxruntime's CPU kernels take, as it says itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...shapes.types import DTYPES
from .kernels import FILE, FIRST_OPSET, SHORT

NEWEST = 2**31 - 1
"""What onnxruntime gives as the last version of a kernel that has none."""


def text() -> str:
    """The table of the onnxruntime that is installed: a kernel a line.

    A line holds the operator, the versions it covers, and for each type variable its dtypes.
    Kernels that differ in one variable alone are joined.
    """
    from onnxruntime.capi import onnxruntime_pybind11_state

    rows: dict[tuple[str, int, int], list[dict[str, frozenset[str]]]] = {}
    for kernel in onnxruntime_pybind11_state.get_all_opkernel_def():
        first, last = kernel.version_range
        if kernel.provider != "CPUExecutionProvider" or kernel.domain or last < FIRST_OPSET:
            continue
        dtypes = {name: _dtypes(types) for name, types in kernel.type_constraints.items()}
        if all(dtypes.values()):
            rows.setdefault((kernel.op_name, first, last), []).append(dtypes)
    lines = [
        _line(name, first, last, row)
        for (name, first, last), found in sorted(rows.items())
        for row in _joined(found)
    ]
    return "\n".join(dict.fromkeys(lines)) + "\n"


def _dtypes(types: Sequence[Any]) -> frozenset[str]:
    names = (str(each)[len("tensor(") : -1] for each in types if str(each).startswith("tensor("))
    return frozenset(SHORT.get(name, name) for name in names) & frozenset(DTYPES)


def _joined(rows: list[dict[str, frozenset[str]]]) -> list[dict[str, frozenset[str]]]:
    """The rows with those that differ in one variable alone made one."""
    made: list[dict[str, frozenset[str]]] = []
    for row in rows:
        for other in made:
            differing = [name for name in row if other.get(name) != row[name]]
            if other.keys() == row.keys() and len(differing) <= 1:
                for name in differing:
                    other[name] |= row[name]
                break
        else:
            made.append(dict(row))
    return made if len(made) == len(rows) else _joined(made)


def _line(name: str, first: int, last: int, row: Mapping[str, frozenset[str]]) -> str:
    versions = f"{first}-" if last == NEWEST else f"{first}-{last}"
    parts = [
        f"{variable}={','.join(dtype for dtype in DTYPES if dtype in row[variable])}"
        for variable in sorted(row)
    ]
    return " ".join([name, versions, *parts])


def main() -> None:
    """Writes the table beside this file."""
    Path(__file__).with_name(FILE).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
