// The extension: starts `netc lsp`, and shows graphs beside the text.
"use strict";

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

const { Graphs } = require("./graph");

let client;

async function activate(context) {
  const graphs = new Graphs((command, args) =>
    client.sendRequest("workspace/executeCommand", { command, arguments: args }),
  );
  context.subscriptions.push(
    vscode.commands.registerCommand("netc.showGraph", (uri, net) =>
      // From a menu the first argument is the editor's file, with no net behind it.
      net ? graphs.show(uri, net) : graphs.show(),
    ),
    vscode.commands.registerCommand("netc.restart", restart),
    vscode.workspace.onDidSaveTextDocument((document) => {
      if (document.languageId === "net") return graphs.saved(document.uri.toString());
    }),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("netc.server")) return restart();
    }),
  );
  await start();
}

async function start() {
  const [command, ...args] = vscode.workspace.getConfiguration("netc").get("server.command");
  client = new LanguageClient(
    "netc",
    "netc",
    { command, args },
    { documentSelector: [{ language: "net", scheme: "file" }, { language: "net", scheme: "untitled" }] },
  );
  try {
    await client.start();
  } catch (error) {
    const help = "pip install 'netc[lsp,graph]', or set netc.server.command";
    vscode.window.showErrorMessage(`\`${command}\` did not start (${error.message}): ${help}`);
  }
}

async function restart() {
  await deactivate();
  await start();
}

async function deactivate() {
  const old = client;
  client = undefined;
  if (old?.isRunning()) await old.stop();
}

module.exports = { activate, deactivate };
