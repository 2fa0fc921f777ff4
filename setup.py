"""What the tree says itself: its packages, and links to them in an editable install."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.editable_wheel import editable_wheel

ROOT = Path(__file__).resolve().parent
ROOMS = ("dsl", "compiler", "runtime", "models")
"""The folders that are imported as `netc.dsl`, `netc.compiler`, …"""
REPOSITORY = "https://github.com/netc-lang/netc"

_LINK = re.compile(r"\]\((?!https?:|#)([^)\s]+)\)")
_PICTURE = re.compile(r"!\[([^\]]*)\]\((?!https?:)([^)\s]+)\)")


def version() -> str:
    """What `dsl/version.py` says."""
    found: dict[str, str] = {}
    exec((ROOT / "dsl" / "version.py").read_text(encoding="utf-8"), found)
    return found["__version__"]


def packages() -> list[str]:
    """Every folder of the rooms with an `__init__.py`, by the name it is imported by."""
    inits = (init for room in ROOMS for init in (ROOT / room).rglob("__init__.py"))
    folders = sorted(init.parent.relative_to(ROOT).parts for init in inits)
    return ["netc", *(".".join(("netc", *folder)) for folder in folders)]


def description() -> str:
    """The README with links that lead to the repository, for pages elsewhere."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    text = _PICTURE.sub(rf"![\1]({REPOSITORY}/raw/main/\2)", text)
    return _LINK.sub(rf"]({REPOSITORY}/blob/main/\1)", text)


class LinkedRooms(editable_wheel):
    """An editable install as a folder of links, which type checkers see.

    Setuptools' strict mode links each file, so that a new one is not there before the next install.
    The rooms are linked as folders instead, where the system allows it.
    """

    def run(self) -> None:
        """Makes the wheel, then the links."""
        self.mode = "strict"
        super().run()
        version = self.distribution.get_version()
        for tree in (ROOT / "build").glob(f"__editable__.netc-{version}-*"):
            for room in ROOMS:
                link(tree / "netc" / room, ROOT / room)


def link(place: Path, folder: Path) -> None:
    """Puts a link to a folder in the place of a folder of links; leaves it where that fails."""
    if place.is_symlink():
        return
    spare = place.with_name(f"{place.name}.files")
    place.rename(spare)
    try:
        place.symlink_to(folder, target_is_directory=True)
    except OSError:
        # Windows, where links to folders need a right that few have.
        spare.rename(place)
        return
    shutil.rmtree(spare)


setup(
    version=version(),
    packages=packages(),
    package_dir={"netc": "netc", **{f"netc.{room}": room for room in ROOMS}},
    long_description=description(),
    long_description_content_type="text/markdown",
    cmdclass={"editable_wheel": LinkedRooms},
)
