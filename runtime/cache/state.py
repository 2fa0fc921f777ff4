"""Which netc this is: whatever decides what a check finds beside the files it reads."""

from __future__ import annotations

import os
import sys

from ...dsl.version import __version__
from .digest import digest

LAYOUT = "1"
"""That of what is kept; another one is not read."""

ROOMS = ("dsl", "compiler", os.path.join("runtime", "cache"))
"""Those that find something; what shows findings is run each time."""


def context(*settings: object) -> str:
    """The digest of this netc, its Python, the working folder, and the settings of a check."""
    return digest(
        *(LAYOUT.encode(), __version__.encode(), sys.version.encode(), _sources().encode()),
        os.fsencode(os.getcwd()),
        *(repr(setting).encode() for setting in settings),
    )


def _sources() -> str:
    """The places, sizes and times of netc's own modules, as Python itself tells a change of them.

    A version is not enough: a checkout changes between two of them.
    """
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
    found: list[str] = [package]
    folders = [os.path.join(package, room) for room in ROOMS]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.name.endswith((".py", ".lark")):
                    about = entry.stat()
                    found.append(f"{entry.path}:{about.st_size}:{about.st_mtime_ns}")
                elif entry.name != "__pycache__" and entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
    return "\n".join(sorted(found))
