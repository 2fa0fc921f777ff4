"""How long `netc diff` takes, as whole processes, beside the check of one of the two files.

python bench/diff.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from figures import keep
from measure import NETC, typical

CHANGES = {
    "resnet.net:ResNet50": ("GlobalAveragePooling2D", "GlobalMaxPooling2D"),
    "resnet.net:ResNet152": ("-> MaxPooling2D", "-> LayerNormalization -> MaxPooling2D"),
    "gpt2.net:GPT2": ("Dense(4 * D, ", "Dense(4 * D, use_bias=false, "),
    "nasnet.net:NASNetMobile": ("ReLU", "GELU"),
}
"""What is changed in each net, wherever it stands."""


def main() -> None:
    """Prints the table."""
    print(f"{'net':<28}{'check':>8}{'diff':>8}{'of the check':>14}")
    with tempfile.TemporaryDirectory() as folder:
        for net, (was, now) in CHANGES.items():
            file, _, name = net.partition(":")
            old = Path("models", file)
            new = Path(folder, file)
            new.write_text(_without_contracts(old.read_text()).replace(was, now))
            before = Path(folder, f"old_{file}")
            before.write_text(_without_contracts(old.read_text()))
            checked = typical([*NETC, "check", str(before)], 5)
            compared = typical([*NETC, "diff", f"{before}:{name}", f"{new}:{name}"], 5)
            failure = checked.failure or compared.failure
            if failure:
                print(f"{net:<28}{failure}")
                continue
            ratio = compared.seconds / checked.seconds
            print(f"{net:<28}{checked.seconds:>7.2f}s{compared.seconds:>7.2f}s{ratio:>13.1f}x")
            keep("diff", f"{net} check", "s", checked.seconds)
            keep("diff", f"{net} diff", "s", compared.seconds)


def _without_contracts(text: str) -> str:
    """A file whose numbers may change."""
    parts = text.split("\nexpect ")
    return parts[0] + "".join(part.partition("\n}\n")[2] for part in parts[1:])


if __name__ == "__main__":
    main()
