// netc in a worker: Pyodide runs its checker, Graphviz in WebAssembly places its pictures.
import "./classic.js";

import { instance } from "@viz-js/viz";
import { loadPyodide } from "pyodide";
import createPyodideModule from "pyodide/pyodide.asm.mjs";

import { lay } from "./files.js";
import { unpacked } from "./vendored.js";

let answer;
let drawer;

// A snapshot's second number is the size of what stands before the memory itself.
const heapSize = (snapshot) => snapshot.length - new Uint32Array(snapshot.buffer, snapshot.byteOffset, 2)[1];

async function start({ wasm, stdlib, files, snapshot, lock }) {
  // What Pyodide would load from beside it is in the page's scripts: nothing is asked for.
  const held = {
    "pyodide.asm.wasm": [unpacked(wasm), "application/wasm"],
    "python_stdlib.zip": [unpacked(stdlib), "application/zip"],
  };
  const fetched = unpacked(files);
  const memory = unpacked(snapshot).then((buffer) => new Uint8Array(buffer));
  self.fetch = async (url) => {
    const [content, type] = held[String(url).split("/").pop()] ?? [];
    return content
      ? new Response(await content, { headers: { "content-type": type } })
      : new Response("", { status: 404 });
  };
  const pyodide = await loadPyodide({
    createPyodideModule: async (settings) => {
      const module = await createPyodideModule(settings);
      module.growMemory(heapSize(await memory)); // Pyodide restores a snapshot into the memory it began with
      return module;
    },
    indexURL: "https://vendored.invalid/",
    lockFileContents: lock,
    _loadSnapshot: memory,
  });
  lay(pyodide.FS, await fetched);
  pyodide.FS.chdir("/netc/netc/models");
  answer = pyodide.globals.get("answer");
  // Graphviz is needed for pictures alone, and gets ready after the first answers.
  drawer = async () => {
    const viz = await instance();
    pyodide.globals.get("use")((text) => viz.renderString(text, { format: "json0", engine: "dot" }));
  };
}

async function ask(verb, given) {
  if (verb === "graph" && drawer) {
    const begun = drawer;
    drawer = undefined;
    await begun();
  }
  return JSON.parse(answer(verb, JSON.stringify(given)));
}

self.onmessage = async ({ data: { id, verb, given } }) => {
  try {
    const found = verb === "start" ? await start(given) : await ask(verb, given);
    self.postMessage({ id, answer: found });
  } catch (error) {
    self.postMessage({ id, broke: String(error.message ?? error) });
  }
};
