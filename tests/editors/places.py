"""Where the editors' files are, and how their scripts are run."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from ..places import ROOT

EDITORS = ROOT / "editors"
VSCODE = EDITORS / "vscode"
TREE_SITTER = EDITORS / "tree-sitter-net"


def node(script: Path, asked: object = None) -> object:
    """What a script of the extension answers, as JSON on both sides."""
    made = subprocess.run(
        ["node", str(script)], input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    return json.loads(made.stdout)
