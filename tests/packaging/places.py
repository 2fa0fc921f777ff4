"""Copies of the checkout, what is built of them, and clean environments to install that into."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from ..places import ROOT

CONSTRAINTS = ROOT / "constraints.txt"


def run(*command: str | Path, cwd: Path) -> str:
    """What a command prints; it must end with status 0, and knows nothing of this checkout."""
    hidden = ("PYTHONPATH", "MYPYPATH", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    made = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert made.returncode == 0, f"{' '.join(map(str, command))}\n{made.stdout}"
    return made.stdout


def copied(place: Path) -> Path:
    """The files of this checkout that git knows or could add, in another folder."""
    listed = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    for name in run(*listed, cwd=ROOT).split("\0"):
        if name and (ROOT / name).is_file():
            target = place / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
    return place


@dataclass(frozen=True)
class Environment:
    """A virtual environment."""

    path: Path

    @property
    def python(self) -> Path:
        return self.path / ("Scripts" if os.name == "nt" else "bin") / "python"

    @property
    def packages(self) -> Path:
        """Its `site-packages`."""
        (found,) = self.path.glob("Lib/site-packages" if os.name == "nt" else "lib/*/site-packages")
        return found

    def netc(self, *args: str | Path, cwd: Path) -> str:
        """What `netc` prints, run outside the checkout."""
        return run(self.python.with_name("netc"), *args, cwd=cwd)

    def install(self, *what: str) -> None:
        """Installs by this environment's pip, so that the new one needs none."""
        pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "-q")
        constrained = ("install", "--constraint", CONSTRAINTS, *what)
        run(*pip, "--python", self.python, *constrained, cwd=self.path)

    def lend(self) -> None:
        """Lets it import what is installed here, but not this checkout."""
        lent = sysconfig.get_path("purelib")
        (self.packages / "lent.pth").write_text(f"{lent}\n", encoding="utf-8")


def environment(path: Path) -> Environment:
    """A new environment with nothing in it."""
    run(sys.executable, "-m", "venv", "--without-pip", path, cwd=path.parent)
    return Environment(path)
