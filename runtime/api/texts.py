"""Checks of other texts in the place of a file's, as proofs of fixes ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...compiler.check import check_files
from ...compiler.prove import Check, Checked


def check_of(path: Path, overlay: Mapping[Path, str], max_layers: int) -> Check:
    """What is found where a text stands for a file; `overlay` are the other files' texts."""

    def check(text: str, most_work: int | None) -> Checked:
        found = check_files(
            [path],
            overlay={**overlay, path: text},
            max_layers=max_layers,
            most_work=most_work,
        )
        return Checked(found.diagnostics, found.work)

    return check
