"""Characters that begin no token: what they were probably meant to be."""

from __future__ import annotations

from ..diagnostics.codes import Code
from ..diagnostics.diagnostic import Diagnostic, Fix
from ..text.source import Source, Span

# Text that is no token but worth reading as one piece.
MISTAKES = r"""'[^'\n]*'|&&|\|\||"[^\s"'(),\[\]{}#]*|[^\W\d_]\w*|[^\x00-\x7f]+"""

# What people write who come from other languages: what to write here, and the token it stands for.
_FOREIGN = {
    "&&": ("and", "AND"),
    "||": ("or", "OR"),
    "!": ("not", "NOT"),
}

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
        return _unknown("`;` does not end statements here", span, help), "_NEWLINE"
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
    help = ""
    plain = text.translate(_LOOKALIKES)
    if plain != text and plain.isascii():
        help = f"did you mean `{plain}`?"
    elif text == "'":
        help = 'strings take double quotes: `"`'
    elif text == "$":
        help = "a name is written without a sign before it"
    shown = text if text.isprintable() else ascii(text)[1:-1]
    return _unknown(f"`{shown[:20]}` is not part of the language", span, help), None


def _unknown(message: str, span: Span, help: str, fix: Fix | None = None) -> Diagnostic:
    return Diagnostic(Code.UNEXPECTED_CHARACTER, message, span, help=help, fix=fix)
