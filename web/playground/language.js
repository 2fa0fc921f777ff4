// How `.net` text is coloured: by a stream of tokens; what it means is netc's to say.
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { tags } from "@lezer/highlight";

import { KEYWORDS } from "netc-words";

const net = StreamLanguage.define({
  name: "net",
  startState: () => ({}),
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.match(/^#.*/)) return "comment";
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return "string";
    if (stream.match(/^[0-9](?:[eE][+-]?[0-9]|[0-9A-Za-z_])*(?:\.(?!\.)[0-9A-Za-z_]*)?/)) return "number";
    if (stream.match(/^->|^\.\.|^[=<>!]=|^[-+*/%^=<>:@|]/)) return "operator";
    const word = stream.match(/^[A-Za-z_]\w*/);
    if (word) {
      if (KEYWORDS.includes(word[0])) return "keyword";
      if (/^(true|false|none)$/.test(word[0])) return "bool";
      if (/^(float|bfloat|u?int)\d+$/.test(word[0]) || word[0] === "bool") return "typeName";
      if (/^[A-Z]\w*[a-z]/.test(word[0])) return "className";
      return /^\s*=(?!=)/.test(stream.string.slice(stream.pos)) ? "propertyName" : "variableName";
    }
    stream.next();
    return null;
  },
  languageData: { commentTokens: { line: "#" }, closeBrackets: { brackets: ["(", "[", "{", '"'] } },
});

// The colours are the style sheet's, so that light and dark are one place.
const style = HighlightStyle.define([
  { tag: tags.comment, class: "t-comment" },
  { tag: tags.string, class: "t-string" },
  { tag: [tags.number, tags.bool], class: "t-number" },
  { tag: tags.keyword, class: "t-keyword" },
  { tag: tags.typeName, class: "t-type" },
  { tag: tags.className, class: "t-layer" },
  { tag: tags.propertyName, class: "t-argument" },
  { tag: tags.operator, class: "t-operator" },
]);

export const language = [net, syntaxHighlighting(style)];
