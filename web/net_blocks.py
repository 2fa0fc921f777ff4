"""`net` blocks of the site: coloured, and each opens in the playground."""

from __future__ import annotations

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
        for block in list(self.document.findall(nodes.literal_block)):
            if block.get("language") != "net":
                continue
            block["force"] = True  # pages of codes hold wrong text, too
            address = f"playground.html#code={fragment(block.astext() + chr(10))}"
            link = nodes.reference("", "open in the playground", refuri=address, internal=False)
            place = nodes.paragraph("", "", link, classes=["playground-link"])
            block.parent.insert(block.parent.index(block) + 1, place)


def setup(app: Sphinx) -> dict[str, bool]:
    """Registers the lexer and the links with Sphinx."""
    app.add_lexer("net", NetLexer)
    app.add_lexer("layers", NetLexer)
    for plain in ("csv", "mermaid"):
        app.add_lexer(plain, TextLexer)
    app.add_post_transform(Openers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
