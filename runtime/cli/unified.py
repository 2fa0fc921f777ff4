"""Two texts of a file as the lines that differ, as `diff -u` and git write them."""

from __future__ import annotations

from ...dsl.text.escape import terminal

NO_END = "\\ No newline at end of file"


def unified(name: str, old: str, new: str, what: str) -> str:
    """The lines in which two texts of a file differ; `what` says how the new one came about."""
    from difflib import unified_diff  # 4 ms that only a diff should cost

    shown = terminal(name)
    lines = unified_diff(old.splitlines(True), new.splitlines(True), shown, f"{shown} ({what})")
    return "\n".join(
        line.removesuffix("\n") if line.endswith("\n") else f"{line}\n{NO_END}" for line in lines
    )
