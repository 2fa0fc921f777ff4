"""Shows thirty mistakes to netc, Keras and PyTorch: `docs/errors.md` has what they say.

    python bench/mistakes.py [--write]

`--write` asks all three, in a Python that has Keras, TensorFlow and PyTorch, and keeps what the
others say in `bench/mistakes/said.json`. Without it they are taken from there, and only netc's part
of the page is written again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from mistake_page import FOLDER, page, source
from mistake_table import MISTAKES, TOOLS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "errors.md"
SAID = FOLDER / "said.json"


def main() -> None:
    """Asks the tools and writes the page."""
    parser = argparse.ArgumentParser(description="Writes docs/errors.md.")
    parser.add_argument("--write", action="store_true", help="ask Keras and PyTorch again, too")
    if parser.parse_args().write:
        answers = {tool: asked(tool) for tool in TOOLS[1:]}
        SAID.write_text(json.dumps(answers, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(page(kept()), encoding="utf-8")
    print(PAGE)


def kept() -> dict[str, dict[str, object]]:
    """What Keras and PyTorch said, by tool: its version, the digest of its files, the answers."""
    answers: dict[str, dict[str, object]] = json.loads(SAID.read_text(encoding="utf-8"))
    return answers


def digest(tool: str) -> str:
    """The SHA-256 of all Python files of a tool."""
    texts = [path.read_bytes() for path in sorted(FOLDER.glob(f"*_{tool}.py"))]
    return hashlib.sha256(b"".join(texts)).hexdigest()


def asked(tool: str) -> dict[str, object]:
    """Runs the files of a tool; what it said by the name of the mistake."""
    chosen = {one.name: source(one, tool) for one in MISTAKES if tool not in one.none}
    script = Path(__file__).with_name("mistake_run.py")
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, str(script), tool, *map(str, chosen.values())]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=quiet)
    found = json.loads(done.stdout)
    said = {name: found["said"][str(path)] for name, path in chosen.items()}
    return {**found, "digest": digest(tool), "said": said}


if __name__ == "__main__":
    main()
