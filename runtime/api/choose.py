"""The one net of a file that is asked for."""

from __future__ import annotations

from pathlib import Path

from ...compiler.check import Analysis, Net, check_files
from ...dsl.diagnostics.suggest import did_you_mean
from ..errors import UserError
from .target import in_zoo


def only_net(analysis: Analysis, path: Path, name: str | None, before: str = "") -> Net:
    """The net of that name, or the only one of a file without fault.

    `before` stands before the names of nets in the message. Raises UserError where there is none,
    or where there are several and none is named.
    """
    shown = in_zoo(path) if before.startswith("zoo.") else path
    if not analysis.nets:
        names = [net.name for net in check_files([path]).nets]
        if name is None or not names:
            raise UserError(f"{shown} defines no net")
        raise UserError(f"{shown} has no net `{name}`. {did_you_mean(name, names)}".strip())
    if len(analysis.nets) > 1:
        listed = ", ".join(f"{before}{net.name}" for net in analysis.nets)
        raise UserError(f"{shown} has {len(analysis.nets)} nets; name one of them: {listed}")
    return analysis.nets[0]
