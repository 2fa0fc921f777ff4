"""What the declarations of metrics share."""

from __future__ import annotations

from ...ops.base.kinds import STRING, optional
from .named import PART

NAME = optional(STRING)
NAME_DOC = "what histories call it; none: Keras's name for it"
ONE_HOT = ("one_hot",)
CLASSES = ("classes",)
BY_UNIT = ("binary", "one_hot")
THRESHOLD = optional(PART)
THRESHOLD_DOC = "from where on an output means 1; none: 0.5"
TOP_K_DOC = "how many of the highest outputs mean 1; none: those above the threshold"
CLASS_DOC = "the one unit that counts; none: all of them"
