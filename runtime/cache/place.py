"""The folder of the cache: the user's own, closed to others, and never in a project."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from ...compiler.link.reach import root_of

VARIABLE, OFF = "NETC_CACHE_DIR", "NETC_NO_CACHE"
"""What moves the cache, and what turns it off."""


def folder() -> str:
    """Where the cache is: $NETC_CACHE_DIR, or `netc` in the system's folder of the user's caches.

    That is $XDG_CACHE_HOME or ~/.cache (specifications.freedesktop.org/basedir), ~/Library/Caches
    on macOS and %LOCALAPPDATA% on Windows.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return os.path.abspath(os.path.expanduser(given))
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
        return os.path.join(base, "netc", "Cache")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Caches", "netc")
    base = os.environ.get("XDG_CACHE_HOME", "")
    return os.path.join(base if os.path.isabs(base) else os.path.join(home, ".cache"), "netc")


def features_folder() -> Path:
    """Where the features of frozen layers are kept: a folder of their own in that of the cache."""
    return Path(folder(), "features")


def weights_folder() -> Path:
    """Where published weights are kept that were fetched, in the folder of the cache, too."""
    return Path(folder(), "weights")


def why_unusable(path: str) -> str | None:
    """Why nothing is read from a folder, or written there; None where it may be.

    What lies in a project, its author has written: a pull request could bring findings along.
    """
    if not os.path.isabs(path):
        return "there is no home folder"
    real = os.path.realpath(path)
    project = root_of(Path(os.path.realpath(os.getcwd())))
    if Path(real).is_relative_to(project):
        return f"it lies in the project {project}"
    try:
        found = os.stat(real)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        return str(getattr(error, "strerror", None) or error)
    if not stat.S_ISDIR(found.st_mode):
        return "it is no folder"
    if sys.platform != "win32":
        if found.st_uid != os.geteuid():
            return "it belongs to another user"
        if stat.S_IMODE(found.st_mode) & 0o022:
            return "others may write there"
    return None


def why_unusable_below(root: Path) -> str | None:
    """The same of a folder in that of the cache, which must be usable too."""
    return why_unusable(str(root.parent)) or why_unusable(str(root))


def make_private(*folders: Path) -> None:
    """Makes folders, the outer ones first, closed to others. Raises OSError."""
    for each in folders:
        each.mkdir(parents=True, exist_ok=True, mode=0o700)
