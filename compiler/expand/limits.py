"""How far a net may expand."""

from __future__ import annotations

MAX_LAYERS = 1_000_000
