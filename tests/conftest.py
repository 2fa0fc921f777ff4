"""Nothing that a test checks is known from another, or from a person's own cache."""

from __future__ import annotations

import os

os.environ["NETC_NO_CACHE"] = "1"
