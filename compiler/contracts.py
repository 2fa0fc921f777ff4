"""`expect` contracts."""

from __future__ import annotations


def check_contracts(*args: object) -> None:
    """Checks contracts."""
