"""What is done about bugs of netc: a check goes on, unless whoever looks for one says otherwise."""

from __future__ import annotations

import os


def keeps_going() -> bool:
    """Whether a bug becomes a finding; NETC_DEBUG lets it end the run with a traceback."""
    return not os.environ.get("NETC_DEBUG")
