"""The wheel and the sdist hold what they should, and say what they are."""

from __future__ import annotations

import re
import tarfile
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

import netc

pytestmark = pytest.mark.package

ROOMS = ("netc", "dsl", "compiler", "runtime", "models")
KINDS = (".py", ".md", ".net", ".txt", ".lark", ".typed", ".css", ".js")


def shipped(checkout: Path) -> set[str]:
    """The files of the rooms by the names they have in the package."""
    found = set()
    for room in ROOMS:
        for path in (checkout / room).rglob("*"):
            if path.suffix in KINDS or path.name == "py.typed":
                name = path.relative_to(checkout).as_posix()
                found.add(name if room == "netc" else f"netc/{name}")
    return found


def test_the_wheel_has_every_file_of_the_rooms_and_no_other(checkout: Path, built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == shipped(checkout)


def test_the_sdist_has_tests_and_docs_too(checkout: Path, built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    for folder in (*ROOMS, "tests", "docs", "bench", "editors"):
        files = [p for p in (checkout / folder).rglob("*") if p.is_file() and p.suffix in KINDS]
        assert {p.relative_to(checkout).as_posix() for p in files} <= names
    assert {"README.md", "CHANGELOG.md", "LICENSE", "Makefile", "constraints.txt"} <= names


def test_the_version_is_said_once_and_links_lead_off_the_page(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    archive = zipfile.ZipFile(wheel)
    (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
    facts = message_from_string(archive.read(name).decode())
    assert facts["Version"] == netc.__version__
    assert facts["License-Expression"] == "MIT"
    assert facts.get_all("Project-URL")
    description = facts.get_payload()
    assert isinstance(description, str)
    links = re.findall(r"\]\(([^)\s]+)\)", description)
    assert links
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
