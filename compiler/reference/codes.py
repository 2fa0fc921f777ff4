"""The reference of diagnostic codes: docs/diagnostics.md."""

from __future__ import annotations

from ...dsl.diagnostics.codes import Code
from ..causes.table import FINDERS
from .made_by import MADE_BY

GROUPS = (
    ("NET00", "Files"),
    ("NET01", "Syntax"),
    ("NET020", "Names, arguments and values"),
    ("NET021", "Names, arguments and values"),
    ("NET025", "Imports, cycles and limits"),
    ("NET03", "Shapes"),
    ("NET04", "Outputs"),
    ("NET05", "Contracts"),
    ("NET06", "Warnings"),
    ("NET07", "Lowering"),
    ("NET080", "Recipes"),
    ("NET081", "Recipes"),
    ("NET082", "Recipes"),
    ("NET085", "Doubts about recipes"),
    ("NET086", "Doubts about recipes"),
)
"""What the codes with some first digits are about."""


def diagnostics_markdown() -> str:
    """docs/diagnostics.md."""
    lines = [
        "# Diagnostics",
        "",
        "Every code `netc` can report. Each has a page that says what is wrong, why it is refused,",
        "and shows a wrong and a right example; `netc explain CODE` prints that page in the",
        "terminal. A code never changes its meaning.",
        "",
        "An error makes `netc check` exit with status 1. A warning does not.",
        "",
        f"{MADE_BY} the table of codes; do not edit it.",
    ]
    heading = ""
    for code in Code:
        group = next(text for start, text in GROUPS if code.id.startswith(start))
        if group != heading:
            heading = group
            lines += ["", f"## {heading}", "", "| code | severity | |", "|---|---|---|"]
        link = f"[{code.id}](../dsl/diagnostics/pages/{code.id}.md)"
        lines.append(f"| {link} | {code.severity} | {code.title} |")
    return "\n".join([*lines, *_causes()]) + "\n"


def _causes() -> list[str]:
    """The rules that look for the cause of a shape fault."""
    lines = [
        "",
        "## The causes of shape faults",
        "",
        "Where a shape is refused, these rules are asked in order what is to be changed. The first",
        "that knows has the finding shown at its place, with the refusal beside it.",
        "",
        "| rule | finds | cure |",
        "|---|---|---|",
    ]
    return [*lines, *(f"| {one.name} | {one.when} | {one.cure} |" for one in FINDERS)]
