// The playground's page: an editor at the left, what netc says of its text at the right.
import { setDiagnostics } from "@codemirror/lint";

import { desk } from "./desk.js";
import { at, button, element } from "./dom.js";
import { editor } from "./editor.js";
import { opened, packed } from "./share.js";
import { table } from "./summary.js";
import { commands, copy, save } from "./take.js";

const FIRST = `# Break me: every finding says what is wrong, and how to mend it.
net Digits(image: float32[N, 28, 28, 1]) {
  return image
    -> Conv2D(32, 3, activation=relu)
    -> MaxPool2D(2)
    -> Flatten
    -> Dense(10, activaton=softmax)
}
`;
const OWN = "playground.net";
const PAGE = "page.net"; // a text of the manual, as its other files call it
const PAUSE = 20; // milliseconds without a key before a text is checked

// For tests and measurements: milliseconds since the page began, and what the last check found.
const marks = globalThis.NETC_PLAYGROUND = { ask: null, ready: null, found: null, checked: null, version: 0 };

let examples = {};
let beside = {}; // files that the text imports, as a page of the manual has them
let ask;
let name = OWN;
let shown = { nets: [], findings: [], fixes: [] };
let tab = "findings";
let edited = 0;
let timer = 0;
let running = false;

const view = editor(at("editor"), changed);
const text = () => view.state.doc.toString();

function replace(value) {
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } });
}

function changed() {
  edited = performance.now();
  marks.version += 1;
  clearTimeout(timer);
  timer = setTimeout(check, PAUSE);
}

async function check() {
  if (running || marks.ready === null) return;
  running = true;
  try {
    for (let seen = -1; seen !== marks.version; ) {
      seen = marks.version;
      const since = edited;
      const found = await ask("check", text(), name, beside);
      if (seen !== marks.version) continue;
      shown = { ...found, fixes: [], version: seen };
      show();
      marks.found ??= performance.now();
      marks.checked = { version: seen, took: performance.now() - since, found, fixes: null };
      if (found.findings.length > 0) {
        shown.fixes = await ask("fixes");
        if (seen !== marks.version) continue;
        findings();
      }
      marks.checked.fixes = shown.fixes;
      document.body.dataset.checked = String(seen);
      await other();
    }
  } catch (error) {
    say(error.message);
  } finally {
    running = false;
  }
}

function show() {
  const places = shown.findings.filter((one) => one.from !== null);
  const length = view.state.doc.length;
  view.dispatch(
    setDiagnostics(
      view.state,
      places.map((one) => ({
        from: Math.min(one.from, length),
        to: Math.min(one.to, length),
        severity: one.severity === "error" ? "error" : one.severity === "warning" ? "warning" : "info",
        message: one.message,
        source: one.code,
      })),
    ),
  );
  const errors = shown.findings.filter((one) => one.severity === "error").length;
  const others = shown.findings.length - errors;
  const some = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
  say(
    shown.findings.length === 0
      ? `no finding · ${some(shown.nets.length, "net")}`
      : [errors && some(errors, "error"), others && some(others, "warning")].filter(Boolean).join(", "),
  );
  at("status").className = errors ? "bad" : others ? "so" : "good";
  const chosen = at("net").value;
  at("net").replaceChildren(...shown.nets.map((each) => new Option(each)));
  if (shown.nets.includes(chosen)) at("net").value = chosen;
  at("net").hidden = shown.nets.length < 2;
  findings();
}

function findings() {
  const list = at("findings");
  if (shown.findings.length === 0) {
    list.replaceChildren(element("p", "none", "Nothing is wrong with this text."));
    return;
  }
  const proved = shown.fixes.filter((fix) => fix !== null).length;
  const all = proved > 1 ? [button("apply all proved fixes", mend)] : [];
  list.replaceChildren(...all, ...shown.findings.map(finding));
}

function finding(one, index) {
  const box = element("article", one.severity);
  const head = element("h3");
  const code = element("a", "code", one.code);
  code.href = `${one.code}.html`;
  head.append(code, " ", one.message);
  box.append(head);
  const where = one.from === null ? element("span", "where", `${one.file}:${one.line}`) : link(one);
  box.append(where, element("span", "label", one.label));
  for (const related of one.related) {
    const line = element("p", "related");
    line.append(related.from === null ? `${related.file}:${related.line}` : link(related), ` ${related.message}`);
    box.append(line);
  }
  if (one.help) box.append(element("p", "help", `help: ${one.help}`));
  const fix = shown.fixes[index];
  if (fix) {
    const made = button(`fix: ${fix.map((edit) => edit.insert.trim() || "delete").join(" … ")}`, () => apply(fix));
    made.className = "fix";
    box.append(made);
  }
  return box;
}

function link(place) {
  return button(`line ${place.line}`, () => {
    view.dispatch({ selection: { anchor: place.from, head: place.to }, scrollIntoView: true });
    view.focus();
  });
}

function apply(fix) {
  if (shown.version !== marks.version) return;
  view.dispatch({ changes: fix });
}

const mend = () => instead("mend");
const format = () => instead("format");

async function instead(verb) {
  try {
    const before = text();
    await ask("check", before, name, beside);
    const after = await ask(verb);
    if (after !== before) replace(after);
  } catch (error) {
    say(error.message.split("\n")[0]);
  }
}

async function other() {
  const net = at("net").value;
  if (tab === "findings") return;
  if (!net) {
    at("summary").replaceChildren(element("p", "none", "No net here is without fault: see the findings."));
    at("graph").srcdoc = "";
    return;
  }
  try {
    if (tab === "summary") table(await ask("summary", net));
    else at("graph").srcdoc = await ask("graph", net, at("colour").value);
  } catch (error) {
    say(error.message);
  }
}

function choose(next) {
  tab = next;
  for (const each of ["findings", "summary", "graph"]) {
    at(each).hidden = each !== tab;
    at(`to-${each}`).setAttribute("aria-selected", String(each === tab));
  }
  at("colour").hidden = tab !== "graph";
  if (marks.ready !== null) other();
}

function say(words) {
  at("status").textContent = words;
}

async function share() {
  const files = Object.keys(beside).length > 0 ? `&files=${await packed(JSON.stringify(beside))}` : "";
  history_(`#code=${await packed(text())}${files}`);
  try {
    await navigator.clipboard.writeText(location.href);
    say("the address is copied: it holds the text");
  } catch {
    say("the address of this page holds the text now");
  }
}

function history_(fragment) {
  globalThis.history.replaceState(null, "", fragment || location.pathname);
}

async function fromAddress() {
  const given = new Map(location.hash.slice(1).split("&").map((part) => part.split("=")));
  try {
    if (given.has("code")) {
      const files = given.has("files") ? JSON.parse(await opened(given.get("files"))) : {};
      if (!Object.values(files).every((each) => typeof each === "string")) throw new Error("no files");
      return [given.has("files") ? PAGE : OWN, await opened(given.get("code")), files];
    }
    const example = given.get("example");
    if (Object.hasOwn(examples, example)) return [example, examples[example], {}];
  } catch {
    say("this address holds no text");
  }
  return [OWN, FIRST, {}];
}

async function arrive() {
  const [arrived, value, files] = await fromAddress();
  put(arrived, value, files);
  at("example").value = Object.hasOwn(examples, arrived) ? arrived : "";
}

function put(called, value, files) {
  name = called;
  beside = files;
  at("commands").textContent = commands(name);
  const names = Object.keys(files);
  at("beside").textContent = names.length > 0 ? `with ${names.join(", ")} beside it` : "";
  at("beside").title = names.map((each) => `${each}:\n${files[each]}`).join("\n");
  replace(value);
}

for (const each of ["findings", "summary", "graph"]) {
  at(`to-${each}`).addEventListener("click", () => choose(each));
}
at("net").addEventListener("change", other);
at("colour").addEventListener("change", other);
at("format").addEventListener("click", format);
at("share").addEventListener("click", share);
at("copy").addEventListener("click", async () => say(await copy(name)));
at("save").addEventListener("click", () => save(name, text()));
at("example").addEventListener("change", ({ target }) => {
  const chosen = target.value;
  history_(chosen ? `#example=${chosen}` : "");
  put(chosen || OWN, chosen ? examples[chosen] : FIRST, {});
});
globalThis.addEventListener("hashchange", arrive);

// The vendored script is large and comes last: the text is there before it.
async function begin() {
  const { worker, examples: nets, ...vendored } = globalThis.NETC_VENDORED;
  examples = nets;
  at("example").append(...Object.keys(examples).map((each) => new Option(each, each)));
  try {
    const asked = desk(worker);
    ask = marks.ask = asked.ask;
    const started = asked.start(vendored);
    if (location.hash.startsWith("#example=")) await arrive();
    await started;
    marks.ready = performance.now();
    await check();
  } catch (error) {
    say(`this browser cannot run the playground: ${error.message}`);
  }
}

say("starting Python in this page …");
arrive();
globalThis.addEventListener("DOMContentLoaded", begin);
