"""Which files and folders a person did not put there."""

from __future__ import annotations

SYSTEMS = frozenset(("thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx"))
"""What Windows and macOS leave in folders and archives, in small letters."""


def passed_over(name: str) -> bool:
    """Whether a file or folder of that name is hidden, or one that a system leaves."""
    return name.startswith(".") or name.lower() in SYSTEMS
