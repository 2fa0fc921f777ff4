"""Breaks long pipelines into lines as people do: a layer with what follows it on one line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .folding.tokens import FOLLOWERS

WIDTH = 100
ENDS = frozenset(("MaxPooling2D", "AveragePooling2D", "MaxPooling1D", "Dropout", "Flatten"))
"""What may stand at the end of a line of other layers."""


def laid_out(line: str) -> list[str]:
    """A line of a net, in several where it is a pipeline that is too long for one."""
    if len(line) <= WIDTH or line.lstrip().startswith("#"):
        return [line]
    head, *stages = _stages(line)
    if not stages:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    units: list[str] = []
    for stage in stages:
        name = re.match(r"\w*", stage)
        follows = name is not None and name[0] in FOLLOWERS | ENDS
        if units and follows and len(f"{indent}-> {units[-1]} -> {stage}") <= WIDTH:
            units[-1] += f" -> {stage}"
        else:
            units.append(stage)
    lines = [head]
    for unit in units:
        last = lines[-1]
        if len(lines) > 1 and len(f"{last} -> {unit}") <= WIDTH and not _heavy(last, unit):
            lines[-1] = f"{last} -> {unit}"
        else:
            lines.append(f"{indent}-> {unit}")
    return lines


def _heavy(line: str, unit: str) -> bool:
    """Whether two units are too much for a line: each a layer with others behind it."""
    return line.count("->") > 2 and unit.count("->") > 0


def _stages(line: str) -> Sequence[str]:
    """A pipeline cut at its arrows outside of brackets."""
    found = [""]
    depth = 0
    at = 0
    while at < len(line):
        depth += (line[at] in "([{") - (line[at] in ")]}")
        if depth == 0 and line.startswith(" -> ", at):
            found.append("")
            at += 4
            continue
        found[-1] += line[at]
        at += 1
    return found
