"""Where the time of a small `netc check` goes: whole processes that import a part each.

python bench/startup.py
"""

from __future__ import annotations

import sys

from figures import keep
from measure import NETC, typical

LEAN = "from netc.compiler.ir.lean_networkx import DiGraph"
RECORDS = """
from dataclasses import dataclass, field, make_dataclass
for i in range(120):
    make = {maker}
    make(type(f"A{{i}}", (), {{"__annotations__": {{"a": int, "b": int, "c": int}}}}))
"""


def main() -> None:
    """Prints the table."""
    rows = {
        "python": [sys.executable, "-c", "pass"],
        "import click": [sys.executable, "-c", "import click"],
        "import lark (not done)": [sys.executable, "-c", "import lark"],
        "the parser and its tables": [sys.executable, "-c", "import netc.dsl.syntax.parse"],
        "import networkx (not done)": [sys.executable, "-c", "import networkx"],
        "its graph class alone": [sys.executable, "-c", LEAN],
        "import numpy (not done)": [sys.executable, "-c", "import numpy"],
        "120 frozen dataclasses (not done)": [
            sys.executable,
            "-c",
            RECORDS.format(maker="dataclass(frozen=True, slots=True)"),
        ],
        "120 records": [
            sys.executable,
            "-c",
            "from netc.dsl.record import record\n" + RECORDS.format(maker="record"),
        ],
        "all operators": [sys.executable, "-c", "import netc.compiler.ops.table"],
        "import netc": [sys.executable, "-c", "import netc"],
        "netc check models/perceptron.net": [*NETC, "check", "models/perceptron.net"],
    }
    base = typical(rows["python"], 15).seconds
    print(f"{'process':36}{'ms':>8}{'over python':>14}")
    for name, command in rows.items():
        run = typical(command, 9)
        note = run.failure or f"{(run.seconds - base) * 1000:>11.0f} ms"
        print(f"{name:36}{run.seconds * 1000:>8.0f}{note:>14}")
        if not run.failure:
            keep("startup", name, "ms", run.seconds * 1000)


if __name__ == "__main__":
    main()
