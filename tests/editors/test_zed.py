"""What the extension for Zed says of itself is so. It is compiled by Zed, which is not here."""

from __future__ import annotations

import tomllib

from netc.dsl.version import __version__
from netc.runtime.cli import VERBS

from .places import EDITORS

ZED = EDITORS / "zed"
MANIFEST = tomllib.loads((ZED / "extension.toml").read_text(encoding="utf-8"))
LANGUAGE = tomllib.loads((ZED / "languages" / "net" / "config.toml").read_text(encoding="utf-8"))
CRATE = tomllib.loads((ZED / "Cargo.toml").read_text(encoding="utf-8"))


def test_it_has_the_version_of_the_package() -> None:
    assert MANIFEST["version"] == CRATE["package"]["version"] == __version__


def test_its_server_is_for_the_language_that_it_defines() -> None:
    assert MANIFEST["language_servers"]["netc"]["languages"] == [LANGUAGE["name"]]
    assert LANGUAGE["path_suffixes"] == ["net"]


def test_it_starts_a_verb_that_there_is() -> None:
    code = (ZED / "src" / "lib.rs").read_text(encoding="utf-8")
    assert 'worktree.which("netc")' in code
    assert 'vec!["lsp".into()]' in code
    assert "lsp" in VERBS
