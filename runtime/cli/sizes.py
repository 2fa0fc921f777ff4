"""`netc check --sizes`: for which numbers of its named sizes each net is legal."""

from __future__ import annotations

from collections.abc import Sequence

from ...compiler.legal.text import legal_json, set_json
from ...compiler.sizes import NetSizes
from ...dsl.text.escape import terminal


def sizes_text(sizes: Sequence[NetSizes]) -> str:
    """A line a net: `UNet: H, W = 16 n + 188, from 188; any N`."""
    several = len({one.file for one in sizes}) > 1
    return "\n".join(
        (f"{terminal(one.file)}:" if several else "") + f"{one.net}: {one.text()}" for one in sizes
    )


def sizes_json(sizes: Sequence[NetSizes]) -> list[dict[str, object]]:
    """The same for other programs, as docs/diagnostics.schema.json describes it."""
    return [
        {
            "file": one.file,
            "net": one.net,
            "legal": None if one.legal is None else legal_json(one.legal),
            "parameters": {name: set_json(numbers) for name, numbers in one.parameters.items()},
        }
        for one in sizes
    ]
