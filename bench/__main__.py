"""`make bench`: every table, one after the other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TABLES = ("startup", "check", "scaling", "compile")

if __name__ == "__main__":
    for table in TABLES:
        print(f"\n== {table}", flush=True)
        subprocess.run([sys.executable, str(Path(__file__).with_name(f"{table}.py"))], check=True)
