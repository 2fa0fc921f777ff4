"""Two files of `make bench`, figure by figure: `python bench/compare.py OLD.json NEW.json`.

The last column is new / old: below 1 is faster or smaller. Milliseconds compare only on one
machine while it does nothing else; the head says where the two runs differ.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def compared(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """The lines of the comparison: what differs around the runs, then a row for each figure."""
    lines = [
        f"{key}: {old.get(key)} -> {new.get(key)}"
        for key in dict.fromkeys([*old, *new])
        if key != "figures" and old.get(key) != new.get(key)
    ]
    before, after = _by_name(old), _by_name(new)
    width = max((len(_name(key)) for key in [*before, *after]), default=0)
    for key in dict.fromkeys([*before, *after]):
        unit = key[2]
        cells = [f"{side[key]:,.3f} {unit}" if key in side else "-" for side in (before, after)]
        row = f"{_name(key):{width}}" + "".join(f"{cell:>20}" for cell in cells)
        both = key in before and key in after and before[key]
        lines.append(f"{row}{after[key] / before[key]:>8.2f}" if both else row)
    return lines


def _by_name(run: dict[str, Any]) -> dict[tuple[str, str, str], float]:
    return {(one["table"], one["row"], one["unit"]): one["value"] for one in run["figures"]}


def _name(key: tuple[str, str, str]) -> str:
    return f"{key[0]}: {key[1]}"


def read(path: str) -> dict[str, Any]:
    """The run in a file; ends the program with one line where it is none."""
    try:
        run = json.loads(Path(path).read_text(encoding="utf-8"))
        _by_name(run)
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.exit(f"{path} is not a file of `make bench` ({type(error).__name__}: {error})")
    return dict(run)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python bench/compare.py OLD.json NEW.json")
    print("\n".join(compared(read(sys.argv[1]), read(sys.argv[2]))))
