"""What the arguments of several data sources take, and say."""

from __future__ import annotations

from ...ops.base.kinds import STRING, between, choice, many
from .number_kinds import NUMBER

SHARE = between(NUMBER, 0, 1, "a number from 0 up to 1")
LABELS = choice("auto", "int", "categorical", "binary")
NAMES = many(STRING, "a list of names")
SCALED = "what each value is multiplied by; 1 / 255 makes bytes 0 to 1"
MEANT = "what is then subtracted, or one number for each channel"
SPREAD = "what the rest is divided by, or one number for each channel"
