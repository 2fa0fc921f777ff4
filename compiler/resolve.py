"""Names without expansion."""

from __future__ import annotations

from .faults import Report
from .project import Module


def resolve(module: Module, report: Report) -> None:
    """Reports names."""
