// The editor: CodeMirror with the colours of the language.
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentUnit } from "@codemirror/language";
import { lintGutter } from "@codemirror/lint";
import { search, searchKeymap } from "@codemirror/search";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";

import { language } from "./language.js";

/** An empty editor in an element; `changed` is called after each change of its text. */
export function editor(parent, changed) {
  return new EditorView({
    parent,
    extensions: [
      lineNumbers(),
      history(),
      bracketMatching(),
      indentUnit.of("  "),
      search({ top: true }),
      lintGutter(),
      keymap.of([indentWithTab, ...defaultKeymap, ...historyKeymap, ...searchKeymap]),
      language,
      EditorView.contentAttributes.of({ "aria-label": "the text of the net" }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) changed();
      }),
    ],
  });
}
