// Drives the extension with an editor and a language client that only write down what is asked of them.
// Out: JSON of what happened.
"use strict";

const Module = require("module");

const log = { server: null, selector: null, asked: [], panels: [], said: [], stopped: 0 };
const commands = {};
const events = {};
let settings = ["netc", "lsp"];
let broken = false;
const when = (name) => (listener) => {
  events[name] = listener;
  return { dispose() {} };
};
const text = "net One(x: float32[N]) {\n}\nnet Two(x: float32[N]) {\n}\n";
const document = { languageId: "net", uri: "file:///a.net", getText: () => text };

const vscode = {
  ViewColumn: { Beside: -2 },
  commands: {
    registerCommand(name, action) {
      commands[name] = action;
      return { dispose() {} };
    },
  },
  workspace: {
    getConfiguration: () => ({ get: () => settings }),
    onDidSaveTextDocument: when("saved"),
    onDidChangeConfiguration: when("configured"),
  },
  window: {
    activeTextEditor: { document },
    showQuickPick: async (choices) => choices[1],
    showWarningMessage: (message) => log.said.push(message),
    showErrorMessage: (message) => log.said.push(message),
    showInformationMessage: (message) => log.said.push(message),
    createWebviewPanel(kind, title, place, options) {
      const panel = { title, place, options, webview: { html: "" }, reveal() {}, onDidDispose() {} };
      log.panels.push(panel);
      return panel;
    },
  },
};

class LanguageClient {
  constructor(id, name, server, options) {
    log.server = server;
    log.selector = options.documentSelector;
  }
  async start() {
    if (log.server.command === "missing") throw new Error("spawn missing ENOENT");
  }
  isRunning() {
    return true;
  }
  async stop() {
    log.stopped += 1;
  }
  async sendRequest(method, params) {
    log.asked.push([method, params]);
    if (broken) throw new Error("`One` has findings");
    return `<p>${params.arguments[1]} ${log.asked.length}</p>`;
  }
}

const load = Module._load;
Module._load = (name, ...rest) => {
  if (name === "vscode") return vscode;
  if (name === "vscode-languageclient/node") return { LanguageClient };
  return load(name, ...rest);
};

async function main() {
  const { activate } = require("../src/extension");
  await activate({ subscriptions: [] });
  await commands["netc.showGraph"]("file:///a.net", "One"); // as the code lens does
  await commands["netc.showGraph"]("file:///a.net"); // as the menu does: a net is picked
  await events.saved(document);
  broken = true;
  await events.saved(document);
  await commands["netc.showGraph"]("file:///a.net", "One");
  settings = ["missing"];
  await events.configured({ affectsConfiguration: (name) => name === "netc.server" });
  log.pages = log.panels.map((panel) => panel.webview.html);
  process.stdout.write(JSON.stringify(log));
}

main();
