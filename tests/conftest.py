"""Nothing that a test checks is known from another, or from a person's own cache, or by luck."""

from __future__ import annotations

import os

from hypothesis import settings

os.environ["NETC_NO_CACHE"] = "1"

# The same code gets the same verdict; `make fuzz` is what looks further.
settings.register_profile("suite", derandomize=True, deadline=None)
settings.register_profile("fuzz", derandomize=False, deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("NETC_HYPOTHESIS", "suite"))
