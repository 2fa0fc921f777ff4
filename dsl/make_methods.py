"""Writes made_methods.py, the methods that records share: `make tables`."""

from __future__ import annotations

from pathlib import Path

from .methods import FROZEN, OPEN, template_text

MADE = Path(__file__).with_name("made_methods.py")

KINDS = (
    *((FROZEN, count, False, False) for count in range(18)),
    *((FROZEN, count, True, False) for count in (3, 4, 17)),
    *((FROZEN, count, False, True) for count in range(1, 7)),
    *((OPEN, count, False, False) for count in (2, 3)),
    *((OPEN, count, True, False) for count in (*range(2, 12), *range(17, 22))),
    *((kind, count, False, False) for kind in ("__eq__", "__hash__") for count in (*range(4), 6)),
)
"""Those that a check of a sound net needs, as `tests/runtime/cli/test_startup.py` holds, and their
neighbours; others are compiled when they are needed."""


def text() -> str:
    """The module."""
    head = (
        '"""The methods that records share, made by `make tables`."""\n\n'
        "# fmt: off\n# ruff: noqa: D103, E501, N807\n"
        "from __future__ import annotations\n\nfrom typing import Any\n"
    )
    return "\n\n".join((head, *(template_text(*kind) for kind in KINDS)))


if __name__ == "__main__":
    MADE.write_text(text(), "utf-8")
