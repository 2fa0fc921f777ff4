"""`net` for Pygments, and so for Sphinx, MkDocs, rich and notebooks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from pygments.lexer import Lexer
from pygments.token import (
    Comment,
    Error,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Whitespace,
    _TokenType,
    is_token_subtype,
)

from ...dsl.syntax.lex import BEFORE_EQUAL
from ...dsl.syntax.tokens import FAT_ARROW, KIND, TABLES
from . import vocabulary

_TOKEN = re.compile(
    rf"(?!{FAT_ARROW})(?:{TABLES.pattern})|(?P<space>[ \t\f\r]+)|(?P<wrong>{FAT_ARROW}|.)",
    re.DOTALL,
)
_NAMES = re.compile(r"[ \t]+[\"(\w]")

_KINDS = {
    KIND["NUMBER"]: Number,
    KIND["STRING"]: String,
    KIND["COMMENT"]: Comment.Single,
    KIND["_NEWLINE"]: Whitespace,
    **dict.fromkeys(
        (KIND[name] for name in ("LBRACE", "RBRACE", "LPAR", "RPAR", "LSQB", "RSQB")), Punctuation
    ),
    **dict.fromkeys((KIND[name] for name in ("COMMA", "COLON", "DOT")), Punctuation),
}
_DECLARED = {
    "net": Name.Class,
    "block": Name.Class,
    "train": Name.Class,
    "expect": Name.Class,
    "phase": Name.Label,
    "const": Name.Constant,
    "layer": Name.Variable,
    "weight": Name.Variable,
    "as": Name.Label,
}


class NetLexer(Lexer):
    """Tokens of `.net` text by the terminals of the language's own grammar."""

    name = "netc"
    aliases: ClassVar[list[str]] = ["net"]
    filenames: ClassVar[list[str]] = ["*.net"]
    url = "https://github.com/netc-lang/netc"

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """Each piece of a text with its place and what it is; what begins no token is an Error."""
        before, begins = "", True
        for match in _TOKEN.finditer(text):
            found = match[0]
            if match.lastgroup == "space":
                yield match.start(), Whitespace, found
                continue
            if match.lastgroup == "wrong":
                yield match.start(), Error, found
                continue
            kind = match.lastindex
            if kind == KIND["NAME"]:
                meant = _word(text, match, before, begins)
            else:
                meant = _KINDS.get(kind or 0, Operator)
            yield match.start(), meant, found
            if kind != KIND["COMMENT"]:
                begins = kind in (KIND["_NEWLINE"], KIND["LBRACE"])
                before = "" if begins or is_token_subtype(meant, Name) else found


def _word(text: str, match: re.Match[str], before: str, begins: bool) -> _TokenType:
    """What a name or keyword is, by what stands around it."""
    word, end = match[0], match.end()
    if before == ".":
        return Name.Attribute
    if word in vocabulary.LITERALS:
        return Keyword.Constant
    if before in _DECLARED:
        return _DECLARED[before]
    if before == ":" and word in vocabulary.TYPES:
        return Keyword.Type
    if BEFORE_EQUAL.match(text, end):
        return Name.Variable if begins else Name.Attribute
    if word in vocabulary.DTYPES:
        return Keyword.Type
    if word in vocabulary.KEYWORDS:
        if word in vocabulary.WORDS:
            return Operator.Word
        if word not in vocabulary.STATEMENTS or (begins and _NAMES.match(text, end)):
            return Keyword
    if word in vocabulary.CALLABLE or word in vocabulary.recipe_callables():
        return Name.Builtin
    return Name
