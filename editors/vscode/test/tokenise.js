// Tokenises texts as VS Code does. In: a JSON list of texts. Out: for each, a list of
// [line, start, end, scopes].
"use strict";

const fs = require("fs");
const path = require("path");

const oniguruma = require("vscode-oniguruma");
const textmate = require("vscode-textmate");

const folder = path.join(__dirname, "..");
const manifest = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));

async function main() {
  await oniguruma.loadWASM(fs.readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")));
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async (scope) => {
      const found = manifest.contributes.grammars.find((one) => one.scopeName === scope);
      return found && JSON.parse(fs.readFileSync(path.join(folder, found.path), "utf8"));
    },
  });
  const grammar = await registry.loadGrammar("source.net");
  const texts = JSON.parse(fs.readFileSync(0, "utf8"));
  process.stdout.write(JSON.stringify(texts.map((text) => tokens(grammar, text))));
}

function tokens(grammar, text) {
  const found = [];
  let state = textmate.INITIAL;
  text.split("\n").forEach((line, number) => {
    const read = grammar.tokenizeLine(line, state);
    state = read.ruleStack;
    for (const one of read.tokens) found.push([number, one.startIndex, one.endIndex, one.scopes.at(-1)]);
  });
  return found;
}

main();
