"""`make bench`: every table, one after the other, and their figures as JSON.

    python -m bench [--json FILE] [TABLE …]

`python bench/compare.py OLD.json NEW.json` compares two such files.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from .figures import VARIABLE, circumstances, kept

TABLES = ("startup", "check", "many", "scaling", "layers", "compile", "graph", "diff", "sizes")


def main() -> None:
    """Runs the tables and writes the file."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures netc.")
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=", ".join(TABLES))
    parser.add_argument(
        "--json", type=Path, default=None, help="by default .cache/bench/COMMIT.json"
    )
    given = parser.parse_args()
    unknown = set(given.tables) - set(TABLES)
    if unknown:
        parser.error(f"no table {', '.join(sorted(unknown))}; there are {', '.join(TABLES)}")
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder, "figures")
        lines.touch()
        for table in given.tables or TABLES:
            print(f"\n== {table}", flush=True)
            script = Path(__file__).with_name(f"{table}.py")
            environment = {**os.environ, VARIABLE: str(lines)}
            subprocess.run([sys.executable, str(script)], check=True, env=environment)
        found = {**circumstances(), "figures": kept(lines)}
    target = given.json or _place(str(found["commit"]), changed=bool(found["changed"]))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"\n{target}")


def _place(commit: str, *, changed: bool) -> Path:
    name = (commit[:12] or "no-commit") + ("-changed" if changed else "")
    return Path(".cache", "bench", f"{name}.json")


if __name__ == "__main__":
    main()
