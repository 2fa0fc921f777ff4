// What a reader takes away: the text as a file, and the commands that compile it where netc is installed.
import { at, element } from "./dom.js";

export const commands = (name) =>
  `pip install "git+https://github.com/netc-lang/netc"\nnetc compile ${name} -o ${name.replace(/\.net$/, "")}.onnx`;

/** Copies the commands; what to say of it. */
export async function copy(name) {
  try {
    await navigator.clipboard.writeText(commands(name));
    return "the commands are copied";
  } catch {
    getSelection().selectAllChildren(at("commands"));
    return "the commands are selected: this browser lets no page copy";
  }
}

export function save(name, text) {
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
