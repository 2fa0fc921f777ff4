"""The rules a recipe must keep, each a function that reports what it finds."""

from __future__ import annotations

from collections.abc import Callable

from ..draft import Case

RULES: tuple[Callable[[Case], None], ...] = ()
"""Every rule, in the order their findings are looked for."""
