// Compiles the playground's Python files as Pyodide's Python does: node precompile.mjs IN.zip OUT.zip
import { readFileSync, writeFileSync } from "node:fs";

import { loadPyodide } from "pyodide";

const [given, made] = process.argv.slice(2);
const pyodide = await loadPyodide();
pyodide.unpackArchive(new Uint8Array(readFileSync(given)), "zip", { extractDir: "/made" });
pyodide.runPython(`
import compileall, pathlib, py_compile, shutil
root = pathlib.Path("/made")
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
assert compileall.compile_dir(root, quiet=1, legacy=True, invalidation_mode=mode, stripdir="/made")
for source in root.rglob("*.py"):
    source.unlink()
shutil.make_archive("/packages", "zip", root)
`);
writeFileSync(made, pyodide.FS.readFile("/packages.zip"));
