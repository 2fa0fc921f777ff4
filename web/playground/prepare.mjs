// What the playground starts from: node prepare.mjs IN.zip FILES SNAPSHOT
//
// FILES are the Python files, compiled as Pyodide's Python does: the length of a list, the list of paths
// and sizes as JSON, the contents. SNAPSHOT is Pyodide's memory once netc is imported and has checked,
// so that the page neither starts Python nor imports anything.
import { readFileSync, writeFileSync } from "node:fs";

import { loadPyodide } from "pyodide";

const FOLDER = "/netc";
const [given, files, snapshot] = process.argv.slice(2);

const compiler = await loadPyodide();
compiler.unpackArchive(new Uint8Array(readFileSync(given)), "zip", { extractDir: FOLDER });
compiler.globals.set("FOLDER", FOLDER);
compiler.runPython(`
import compileall, json, pathlib, py_compile, struct
root = pathlib.Path(FOLDER)
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
assert compileall.compile_dir(root, quiet=1, legacy=True, invalidation_mode=mode, stripdir=FOLDER)
found = sorted(path for path in root.rglob("*") if path.is_file() and path.suffix != ".py")
contents = [path.read_bytes() for path in found]
listed = json.dumps([[str(path), len(data)] for path, data in zip(found, contents)]).encode()
pathlib.Path("/files").write_bytes(struct.pack("<I", len(listed)) + listed + b"".join(contents))
`);
const packed = compiler.FS.readFile("/files");
writeFileSync(files, packed);

const { lay } = await import("./files.js");
const pyodide = await loadPyodide({ _makeSnapshot: true });
lay(pyodide.FS, packed);
pyodide.globals.set("FOLDER", FOLDER);
pyodide.FS.chdir(`${FOLDER}/netc/models`);
pyodide.runPython(`
import gc, json, sys
sys.path.insert(0, FOLDER)
from pathlib import Path
from netc.runtime.assist.playground import call
from netc.runtime.picture.engine import use

def answer(verb, given):
    return json.dumps(_call(verb, json.loads(given)))

def warm(text):
    # Imports whatever the first answers would.
    found = _call("check", [text, "playground.net"])
    for verb in ("fixes", "mend", "format"):
        _call(verb, [])
    for net in found["nets"]:
        _call("summary", [net])
        try:
            _call("graph", [net])
        except Exception:
            pass  # Graphviz comes with the page

_call = call(Path(FOLDER, "netc", "models"))
for name in ("resnet.net", "mnist.net"):
    warm(_call("example", [name]))
warm("net A(x: float32[N, 8]) {\\n  return x -> Dense(2, activaton=relu)\\n}\\n")
_call = call(Path(FOLDER, "netc", "models"))
gc.collect()
`);
writeFileSync(snapshot, pyodide.makeMemorySnapshot());
