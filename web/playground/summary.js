// The table of `netc summary`.
import { at, element } from "./dom.js";

export function table(found) {
  const made = element("table");
  const head = made.createTHead().insertRow();
  for (const heading of found.headings) head.append(element("th", "", heading));
  const body = made.createTBody();
  for (const row of found.rows) {
    const line = body.insertRow();
    for (const cell of row) line.insertCell().textContent = cell;
  }
  const below = element("dl");
  for (const [key, value] of found.below) below.append(element("dt", "", key), element("dd", "", value));
  at("summary").replaceChildren(element("h3", "", found.title), made, below);
  at("summary").dataset.text = found.text;
}
