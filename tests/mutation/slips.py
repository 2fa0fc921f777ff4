"""Slips of one token, as fingers make them: a name misspelt, a sign left out, a word of Python."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netc.dsl.syntax.lex import lex
from netc.dsl.syntax.tokens import TABLES
from netc.dsl.text.source import Source

_SIGNS = {
    "ARROW": "->",
    "RETURN": "return",
    "COMMA": ",",
    "EQUAL": "=",
    "COLON": ":",
    "LPAR": "(",
    "RPAR": ")",
    "LSQB": "[",
    "RSQB": "]",
    "LBRACE": "{",
    "RBRACE": "}",
}
_WORDS = {
    "NET": "class",
    "BLOCK": "def",
    "CONST": "let",
    "FOR": "foreach",
    "REPEAT": "loop",
    "IF": "when",
    "FROM": "form",
    "IMPORT": "include",
    "EXPECT": "assert",
    "TRAIN": "fit",
}
_QUOTED = ("relu", "same", "softmax", "sigmoid", "valid")


@dataclass(frozen=True)
class Slip:
    """A changed text, and what was changed."""

    kind: str
    line: int
    text: str


def slips(text: str) -> Iterator[Slip]:
    """Every slip in a text, in its order."""
    tokens = lex(Source("slips.net", text))
    names = [TABLES.symbols[kind] for kind in tokens.kinds]
    for index, name in enumerate(names[:-1]):
        start, end = tokens.starts[index], tokens.ends[index]
        before = names[index - 1] if index else ""
        for kind, new in _changes(name, before, names[index + 1], text[start:end]):
            line = text.count("\n", 0, start) + 1
            yield Slip(kind, line, text[:start] + new + text[end:])


def _changes(name: str, before: str, after: str, word: str) -> Iterator[tuple[str, str]]:
    if name in _SIGNS:
        yield f"no {_SIGNS[name]}", ""
    if name == "ARROW":
        yield "another arrow", "=>"
    elif name in ("LPAR", "LSQB"):
        yield "another bracket", "[" if word == "(" else "("
    elif name == "STRING":
        yield "single quotes", f"'{word[1:-1]}'"
        yield "no closing quote", word[:-1]
        yield "no opening quote", word[1:]
    elif name in ("TRUE", "FALSE", "NONE"):
        yield "a word of Python", word.capitalize()
    elif name in _WORDS:
        yield "another keyword", _WORDS[name]
        yield "a keyword misspelt", _misspelt(word)
        yield "no keyword", ""
    elif name == "NAME":
        yield _place(before, after), _misspelt(word)
        if before == "EQUAL" and word in _QUOTED:
            yield "single quotes", f"'{word}'"
            yield "no closing quote", f'"{word}'


def _place(before: str, after: str) -> str:
    """What is misspelt."""
    if before in ("NET", "BLOCK", "CONST", "LAYER"):
        return "a definition misspelt"
    if before in ("ARROW",) or after == "LPAR":
        return "a layer misspelt"
    if before == "COLON":
        return "a type misspelt"
    if after == "COLON":
        return "a parameter misspelt"
    if after == "EQUAL":
        begins = before in ("_NEWLINE", "LBRACE")
        return "a variable misspelt" if begins else "an argument misspelt"
    return "a name misspelt"


def _misspelt(word: str) -> str:
    """The word with two letters in the middle swapped, or its last one doubled."""
    middle = len(word) // 2
    swapped = word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]
    return swapped if len(word) > 1 and swapped != word else word + word[-1]
