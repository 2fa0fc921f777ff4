"""`netc check` beside a process that builds Keras's own ResNet-50 and prints its summary.

python bench/check.py
"""

from __future__ import annotations

import sys

from figures import keep
from measure import NETC, Run, typical

KERAS = "import keras; keras.applications.ResNet50(weights=None).summary()"


def main() -> None:
    """Prints the table."""
    ours = typical([*NETC, "check", "models/resnet.net"], 15)
    all_models = typical([*NETC, "check", "models"], 7)
    theirs = typical([sys.executable, "-c", KERAS], 3)
    print(f"{'process':44}{'time':>11}{'memory':>12}   beside netc")
    for name, run in (
        ("netc check models/resnet.net (five nets)", ours),
        ("netc check models", all_models),
        ("Keras: build ResNet-50, print its summary", theirs),
    ):
        print(_row(name, run, ours))
        if not run.failure:
            keep("check", name, "s", run.seconds)
            keep("check", name, "MB", run.megabytes)


def _row(name: str, run: Run, ours: Run) -> str:
    cells = f"{name:44}{run.seconds:>9.3f} s{run.megabytes:>9.0f} MB"
    if run.failure:
        return f"{cells}   {run.failure}"
    return f"{cells}   {run.seconds / ours.seconds:.1f} times the time"


if __name__ == "__main__":
    main()
