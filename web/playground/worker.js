// netc in a worker: Pyodide runs its checker, Graphviz in WebAssembly places its pictures.
import "./classic.js";

import { instance } from "@viz-js/viz";
import { loadPyodide } from "pyodide";
import createPyodideModule from "pyodide/pyodide.asm.mjs";

const FOLDER = "/netc";
let ask;

async function start({ wasm, stdlib, packages, lock }) {
  // What Pyodide would load from beside it was handed over by the page: nothing is asked for.
  const held = { "pyodide.asm.wasm": wasm, "python_stdlib.zip": stdlib };
  self.fetch = async (url) => {
    const name = String(url).split("/").pop();
    const type = name.endsWith(".wasm") ? "application/wasm" : "application/zip";
    return held[name]
      ? new Response(held[name], { headers: { "content-type": type } })
      : new Response("", { status: 404 });
  };
  const [pyodide, viz] = await Promise.all([
    loadPyodide({
      createPyodideModule,
      indexURL: "https://vendored.invalid/",
      lockFileContents: lock,
    }),
    instance(),
  ]);
  pyodide.unpackArchive(packages, "zip", { extractDir: FOLDER });
  pyodide.globals.set("FOLDER", FOLDER);
  pyodide.globals.set("lay_out", (text) =>
    viz.renderString(text, { format: "json0", engine: "dot" }),
  );
  ask = pyodide.runPython(`
import json, os, sys
sys.path.insert(0, FOLDER)
from pathlib import Path
from netc.runtime.assist.playground import call
from netc.runtime.picture.engine import use
use(lay_out)
nets = Path(FOLDER, "netc", "models")
os.chdir(nets)
_call = call(nets)
lambda verb, given: json.dumps(_call(verb, json.loads(given)))
`);
}

self.onmessage = async ({ data: { id, verb, given } }) => {
  try {
    const answer = verb === "start" ? await start(given) : JSON.parse(ask(verb, JSON.stringify(given)));
    self.postMessage({ id, answer });
  } catch (error) {
    self.postMessage({ id, broke: String(error.message ?? error) });
  }
};
