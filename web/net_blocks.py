"""`net` blocks of the site: coloured; each opens in the playground, with the files it imports."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from docutils import nodes
from netc.runtime.highlight.lexer import NetLexer
from pygments.lexers.special import TextLexer
from sphinx.transforms.post_transforms import SphinxPostTransform

from web.share import fragment

if TYPE_CHECKING:
    from sphinx.application import Sphinx


class Openers(SphinxPostTransform):
    """Puts a link below every `net` block."""

    default_priority = 900
    formats = ("html",)

    def run(self) -> None:
        """Adds the links."""
        place: nodes.Node | None = None
        files: dict[str, str] = {}
        for block in list(self.document.findall(nodes.literal_block)):
            if block.get("language") != "net":
                continue
            block["force"] = True  # pages of codes hold wrong text, too
            text, section = block.astext() + "\n", _section(block)
            if section is not place:
                place, files = section, {}
            address = f"playground.html#code={fragment(text)}"
            if name := _name(block):
                files = {**files, name: text}
            elif files:
                address += f"&files={fragment(json.dumps(files))}"
                files = {}
            link = nodes.reference("", "open in the playground", refuri=address, internal=False)
            below = nodes.paragraph("", "", link, classes=["playground-link"])
            block.parent.insert(block.parent.index(block) + 1, below)


def _section(node: nodes.Node) -> nodes.Node | None:
    """The innermost section that a node is in."""
    while node is not None and not isinstance(node, nodes.section):
        node = node.parent
    return node


def _name(block: nodes.literal_block) -> str:
    """The name of the file that a block is; nothing where it is none."""
    captions = block.parent.findall(nodes.caption) if block.parent.tagname == "container" else ()
    return next((caption.astext() for caption in captions), "")


def setup(app: Sphinx) -> dict[str, bool]:
    """Registers the lexer and the links with Sphinx."""
    app.add_lexer("net", NetLexer)
    app.add_lexer("layers", NetLexer)
    for plain in ("csv", "mermaid"):
        app.add_lexer(plain, TextLexer)
    app.add_post_transform(Openers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
