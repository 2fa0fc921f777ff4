// Panels beside the text that show the graph of a net, as the server draws it.
"use strict";

const vscode = require("vscode");

// The server's own command: the page of a net's graph, with a policy that allows nothing from outside.
const GRAPH_HTML = "netc.graphHtml";

class Graphs {
  // `ask(command, args)` has the server carry out a command.
  constructor(ask) {
    this.ask = ask;
    this.panels = new Map();
  }

  async show(uri, net) {
    const place = uri ? { uri, net } : await choose();
    if (!place) return;
    const key = `${place.uri}#${place.net}`;
    const page = await this.page(place);
    if (page === undefined) return;
    let panel = this.panels.get(key)?.panel;
    if (!panel) {
      panel = vscode.window.createWebviewPanel(
        "netc.graph",
        place.net,
        { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
        // The page has scripts for folding and search; it may read no file.
        { enableScripts: true, localResourceRoots: [], retainContextWhenHidden: true },
      );
      panel.onDidDispose(() => this.panels.delete(key));
      this.panels.set(key, { panel, place });
    }
    panel.webview.html = page;
    panel.reveal(undefined, true);
  }

  // Draws the graphs of a saved file again; where it has findings the old picture stays.
  async saved(uri) {
    for (const { panel, place } of [...this.panels.values()]) {
      if (place.uri !== uri) continue;
      const page = await this.page(place, true);
      if (page !== undefined) panel.webview.html = page;
    }
  }

  async page({ uri, net }, quiet = false) {
    try {
      return await this.ask(GRAPH_HTML, [uri, net]);
    } catch (error) {
      if (!quiet) vscode.window.showWarningMessage(error.message);
      return undefined;
    }
  }
}

// The net that a person means: the one of the file, or the one that is picked.
async function choose() {
  const document = vscode.window.activeTextEditor?.document;
  if (document?.languageId !== "net") return undefined;
  const nets = [...document.getText().matchAll(/^net[ \t]+([A-Za-z_]\w*)/gm)].map((found) => found[1]);
  const net = nets.length > 1 ? await vscode.window.showQuickPick(nets, { title: "Which net?" }) : nets[0];
  if (nets.length === 0) vscode.window.showInformationMessage("The file defines no net.");
  return net && { uri: document.uri.toString(), net };
}

module.exports = { Graphs };
