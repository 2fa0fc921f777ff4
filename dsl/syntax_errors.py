"""What to say about a token that cannot come next."""

from __future__ import annotations

from .codes import Code
from .diagnostic import Diagnostic
from .lex import Tokens


def explain(tokens: Tokens, index: int, states: list[int]) -> Diagnostic:
    """The diagnostic for the token at `index`, met in the automaton's `states`."""
    span = tokens.span(index)
    return Diagnostic(Code.UNEXPECTED_TOKEN, f"`{span.text}` is not expected here", span)
