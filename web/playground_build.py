"""The playground's files: netc's wheel for Pyodide, and the page's scripts, in one folder."""

from __future__ import annotations

import base64
import gzip
import json
import os
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import files as distributed
from pathlib import Path

from netc.runtime.highlight.vocabulary import KEYWORDS, LITERALS
from netc.runtime.picture.faces import Colour

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "web" / "playground"
BESIDE = ("networkx",)
"""What netc's checker imports beyond the standard library."""

ADDRESS = "https://vendored.invalid/pyodide.asm.mjs"
"""Where Pyodide's script believes to be; what it asks for beside it, the worker answers."""

POLICY = (
    "default-src 'none'; script-src 'self' blob: 'unsafe-inline' 'wasm-unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src data:; worker-src blob:; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'"
)


def build(site: Path, work: Path) -> None:
    """Writes the playground into the site; `work` holds what was fetched and made on the way."""
    work = work.resolve()
    npm = _installed(work / "npm")
    files, snapshot = _prepared(work, npm)
    static = site / "_static"
    static.mkdir(parents=True, exist_ok=True)
    words = work / "words.js"
    words.write_text(f"export const KEYWORDS = {json.dumps(sorted(KEYWORDS - LITERALS))};\n")
    worker = work / "worker.js"
    _bundle(npm, SOURCES / "worker.js", worker)
    _bundle(npm, SOURCES / "page.js", static / "playground.js", words)
    pyodide = npm / "node_modules" / "pyodide"
    vendored = {
        "worker": worker.read_text(encoding="utf-8"),
        "lock": _lock(pyodide),
        "wasm": _packed(pyodide / "pyodide.asm.wasm"),
        "stdlib": _packed(pyodide / "python_stdlib.zip"),
        "files": _packed(files),
        "snapshot": _packed(snapshot),
        "examples": {
            path.name: path.read_text(encoding="utf-8")
            for path in sorted((ROOT / "models").glob("*.net"))
        },
    }
    (static / "vendored.js").write_text(f"globalThis.NETC_VENDORED = {json.dumps(vendored)};\n")
    shutil.copy(SOURCES / "playground.css", static)
    page = (SOURCES / "playground.html").read_text(encoding="utf-8")
    colours = "".join(f'<option value="{each.value}">{each.value}</option>' for each in Colour)
    page = page.replace("@POLICY@", POLICY).replace("@COLOURS@", colours)
    (site / "playground.html").write_text(page, encoding="utf-8")


def _installed(folder: Path) -> Path:
    """The packages of the lock file, as npm installs them."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (SOURCES / "package-lock.json").read_bytes()
    done = folder / "installed"
    if not done.exists() or done.read_bytes() != lock:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(SOURCES / name, folder)
        subprocess.run(["npm", "ci", "--silent"], cwd=folder, check=True)
        done.write_bytes(lock)
    return folder


def _prepared(work: Path, npm: Path) -> tuple[Path, Path]:
    """What Pyodide starts from: netc's wheel and what it imports, packed; its memory with them."""
    wheels = work / "wheel"
    for old in (wheels, ROOT / "build" / "lib"):
        shutil.rmtree(old, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "wheel"]
    options = ["--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels)]
    subprocess.run([*pip, *options, str(ROOT)], check=True)
    (wheel,) = wheels.glob("netc-*.whl")
    given, files, snapshot = (work / name for name in ("sources.zip", "files", "snapshot"))
    with zipfile.ZipFile(wheel) as netc, zipfile.ZipFile(given, "w") as packed:
        for name in netc.namelist():
            packed.writestr(name, netc.read(name))
        for package in BESIDE:
            for file in distributed(package) or ():
                if file.suffix == ".py" and "tests" not in file.parts:
                    packed.write(file.locate(), file.as_posix())
    for name in ("files.js", "prepare.mjs"):
        shutil.copy(SOURCES / name, npm)
    subprocess.run(["node", npm / "prepare.mjs", given, files, snapshot], check=True)
    return files, snapshot


def _bundle(npm: Path, script: Path, made: Path, *aliases: Path) -> None:
    command = [npm / "node_modules" / ".bin" / "esbuild", script, "--bundle", "--minify"]
    command += ["--format=iife", f"--outfile={made}", "--log-level=warning", "--target=es2022"]
    command += [
        "--external:node:*",
        "--external:ws",
        f"--define:import.meta.url={json.dumps(ADDRESS)}",
    ]
    command += [f"--alias:netc-{each.stem}={each}" for each in aliases]
    places = {"NODE_PATH": str(npm / "node_modules")}
    subprocess.run(list(map(str, command)), check=True, env=os.environ | places)


def _lock(pyodide: Path) -> str:
    """Pyodide's list of packages without the packages: none is loaded."""
    lock = json.loads((pyodide / "pyodide-lock.json").read_text(encoding="utf-8"))
    return json.dumps({**lock, "packages": {}})


def _packed(file: Path) -> str:
    return base64.b64encode(gzip.compress(file.read_bytes(), mtime=0)).decode()
