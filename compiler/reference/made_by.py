"""The line that says which command makes a page."""

from __future__ import annotations

MADE_BY = "`make docs` makes this page from"
