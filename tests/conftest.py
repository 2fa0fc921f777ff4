"""Nothing that a test checks is known from another, or from a person's own cache, or by luck."""

from __future__ import annotations

import gc
import os

from hypothesis import settings

os.environ["NETC_NO_CACHE"] = "1"

# Nets and models are many objects and little garbage: the default looks at them again and again.
gc.set_threshold(100_000, 20, 10)

# The same code gets the same verdict; `make fuzz` is what looks further.
settings.register_profile("suite", derandomize=True, deadline=None)
settings.register_profile("fuzz", derandomize=False, deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("NETC_HYPOTHESIS", "suite"))
