"""The learning rates that a range test tries where nobody says others."""

from __future__ import annotations

LOW, HIGH, STEPS = 1e-6, 10.0, 200
"""The first rate, the last one, and how many steps lead from one to the other."""
