"""What the tests of this folder install, made once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ..places import MODELS
from .places import Environment, copied, environment, run


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in a folder that is called like a module of Python."""
    return copied(tmp_path_factory.mktemp("here") / "copy")


@pytest.fixture(scope="session")
def built(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and with the wheel that is made from it."""
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, checkout, cwd=out)
    return out


@pytest.fixture(scope="session")
def from_wheel(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel with everything that training needs, and nothing else."""
    made = environment(tmp_path_factory.mktemp("wheel") / "env")
    (wheel,) = built.glob("*.whl")
    made.install(f"{wheel}[train]")
    return made


@pytest.fixture(scope="session")
def from_sdist(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The sdist with its own requirements alone."""
    made = environment(tmp_path_factory.mktemp("sdist") / "env")
    (sdist,) = built.glob("*.tar.gz")
    made.install(str(sdist))
    return made


@pytest.fixture(scope="session")
def editable(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An editable install of the copy, beside what is installed here."""
    made = environment(tmp_path_factory.mktemp("editable") / "env")
    made.lend()
    made.install("--no-deps", "--no-build-isolation", "--editable", str(checkout))
    return made


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder of somebody's own, with a copy of every shipped model."""
    for model in MODELS.glob("*.net"):
        (tmp_path / model.name).write_bytes(model.read_bytes())
    return tmp_path
