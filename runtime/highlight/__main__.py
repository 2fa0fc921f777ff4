"""Writes the grammar of the VS Code extension: `python -m netc.runtime.highlight [FILE]`."""

import sys
from pathlib import Path

from .textmate import grammar_json

_FILE = "editors/vscode/syntaxes/net.tmLanguage.json"

Path(*(sys.argv[1:] or [_FILE])).write_text(grammar_json(), encoding="utf-8", newline="\n")
