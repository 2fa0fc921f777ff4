"""Random changes of the colors of a picture."""

from __future__ import annotations
