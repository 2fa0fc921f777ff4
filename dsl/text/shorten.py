"""Text cut to the length that there is room for."""

from __future__ import annotations

from typing import Literal


def shortened(text: str, longest: int, keep: Literal["begin", "end"] = "begin") -> str:
    """The text, of one longer than `longest` characters that end of it with an ellipsis."""
    if len(text) <= longest:
        return text
    return f"{text[: longest - 1]}…" if keep == "begin" else f"…{text[1 - longest :]}"
