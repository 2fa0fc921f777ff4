"""How long `netc graph` takes, as whole processes, beside the check of the same file.

python bench/graph.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from figures import keep
from measure import NETC, typical

NETS = ("resnet.net:ResNet50", "resnet.net:ResNet152", "gpt2.net:GPT2", "nasnet.net:NASNetMobile")


def main() -> None:
    """Prints the table."""
    print(f"{'net':<28}{'check':>8}{'svg':>8}{'all open':>10}{'html':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for net in NETS:
            target = f"models/{net}"
            file = target.partition(":")[0]
            svg, page = str(Path(folder, "net.svg")), str(Path(folder, "net.html"))
            commands = {
                "check": [*NETC, "check", file],
                "svg": [*NETC, "graph", target, "-o", svg],
                "all": [*NETC, "graph", target, "-o", svg, "--all"],
                "html": [*NETC, "graph", target, "-o", page],
            }
            seconds = {name: typical(command, 3).seconds for name, command in commands.items()}
            for name, value in seconds.items():
                keep("graph", f"{net} {name}", "s", value)
            print(
                f"{net:<28}{seconds['check']:>7.2f}s{seconds['svg']:>7.2f}s"
                f"{seconds['all']:>9.2f}s{seconds['html']:>7.2f}s"
            )


if __name__ == "__main__":
    main()
