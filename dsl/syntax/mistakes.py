"""Characters that begin no token: what they were probably meant to be."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from ..diagnostics.codes import Code
from ..diagnostics.diagnostic import Diagnostic, Fix
from ..text.source import Source, Span

# Text that is no token but worth reading as one piece.
MISTAKES = (
    r"""'[^'\n]*'|“[^”\n]*”|‘[^’\n]*’|«[^»\n]*»|&&|\|\||\|>|=>|`+|"""
    r""""[^\s"'(),\[\]{}#]*|[^\W\d_]\w*|[^\x00-\x7f]+"""
)

# What people write who come from other languages: what to write here, and the token it stands for.
_FOREIGN = {
    "&&": ("and", "AND"),
    "||": ("or", "OR"),
    "!": ("not", "NOT"),
}

_SIGNS = {
    "→": ("->", "ARROW"),
    "⇒": ("->", "ARROW"),
    "⟶": ("->", "ARROW"),
    "|>": ("->", "ARROW"),
    "=>": ("->", "ARROW"),
    "^": ("**", "POWER"),
}
"""What stands for a sign of the language, and the token that it is."""

_FENCE = "the fences of Markdown are no part of a file; delete the line"
_LOOKALIKES = str.maketrans("“”„‘’−–—×·÷≤≥", '"""\'\'---**/<>')


def explain_text(source: Source, start: int, end: int) -> tuple[Diagnostic, str | None]:
    """The diagnostic for text that is no token, and the terminal to go on with (or None)."""
    span = Span(source, start, end)
    text = span.text
    if text in _FOREIGN:
        word, terminal = _FOREIGN[text]
        help = f"write `{word}`"
        return _unknown(f"`{text}` is not an operator here", span, help, Fix(span, word)), terminal
    if text == ";":
        help = "end the line instead; one statement a line"
        return _unknown(
            "`;` does not end statements here", span, help, _line_broken(span)
        ), "_NEWLINE"
    if text in _SIGNS:
        word, terminal = _SIGNS[text]
        what = "an arrow" if terminal == "ARROW" else "an operator"
        problem = _unknown(f"`{text}` is not {what} here", span, f"write `{word}`")
        return replace(problem, fix=Fix(span, word)), terminal
    if text[0] in "“‘«" and len(text) > 1 and text[-1] in "”’»":
        fix = Fix(span, '"' + text[1:-1].replace('"', '\\"') + '"')
        problem = _unknown("strings take double quotes", span, f"write {fix.text}", fix)
        return problem, "STRING"
    if not text.strip() or not text.strip("\u200b\u200c\u200d\u2060\ufeff"):
        space = " " * len(text) if not text.strip() else ""
        help = "a space of another kind stands here, or one that is not seen"
        shown = ascii(text)[1:-1]
        problem = _unknown(f"`{shown[:20]}` is not part of the language", span, help)
        return replace(problem, fix=Fix(span, space)), None
    if text.startswith('"'):
        begun = len(text) > 1
        problem = Diagnostic(
            Code.UNCLOSED,
            "a string is not closed on its line",
            span,
            label='no closing `"`',
            help=f'write {text}"' if begun else "the quotes of this line do not pair",
            fix=Fix(span, f'{text}"') if begun else None,
        )
        return problem, "STRING"
    if text.startswith("'") and len(text) > 1:
        fix = Fix(span, '"' + text[1:-1].replace('"', '\\"') + '"')
        problem = _unknown("strings take double quotes", span, f"write {fix.text}", fix)
        return problem, "STRING"
    if text[0].isalpha():
        help = "names are made of the letters A to Z, digits and `_`"
        return _unknown(f"`{text}` is not a name", span, help), "NAME"
    help, meant = "", ""
    plain = unicodedata.normalize("NFKC", text.translate(_LOOKALIKES))
    if plain != text and plain.isascii() and plain.isprintable():
        help, meant = f"did you mean `{plain}`?", plain
    elif text[0] == "`":
        help = _FENCE if len(text) > 2 else "names have no quotes"
    elif text == "\\":
        help = "a line that begins with `->` goes on with the one before; delete it"
    elif text == "?":
        help = "a size is a number or a name, such as `N`"
    elif text == "|":
        help = "layers are put in a row with `->`"
    elif text == "'":
        help = 'strings take double quotes: `"`'
    elif text == "$":
        help = "a name is written without a sign before it"
    shown = text if text.isprintable() else ascii(text)[1:-1]
    edit = Fix(span, meant) if meant or text == "\\" else None
    return _unknown(f"`{shown[:20]}` is not part of the language", span, help, edit), None


def _line_broken(semicolon: Span) -> Fix | None:
    """The edit that ends the line where a `;` stands; None inside parentheses."""
    text = semicolon.source.text
    line = text.rfind("\n", 0, semicolon.start) + 1
    before = text[line : semicolon.start]
    if before.count("(") > before.count(")"):
        return None
    rest = text[semicolon.end :].partition("\n")[0]
    if not rest.partition("#")[0].strip():
        return Fix(semicolon, "")
    if rest.strip() == "}":
        return Fix(semicolon, "")
    indent = text[line : line + len(text[line:]) - len(text[line:].lstrip(" \t"))]
    gap = len(rest) - len(rest.lstrip())
    return Fix(Span(semicolon.source, semicolon.start, semicolon.end + gap), f"\n{indent}")


def _unknown(message: str, span: Span, help: str, fix: Fix | None = None) -> Diagnostic:
    return Diagnostic(Code.UNEXPECTED_CHARACTER, message, span, help=help, fix=fix)
