"""The TextMate grammar that VS Code colours `.net` text by, from the language's own tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from ...dsl.syntax.grammar import GRAMMAR
from . import vocabulary

Rule = Mapping[str, object]

_NAME = r"[A-Za-z_]\w*"
_BEGIN = r"(?:^|(?<=\{))[ \t]*"
_SETS = r"(?=[ \t]*=(?!=))"


def textmate() -> dict[str, object]:
    """The grammar as its JSON file holds it."""
    return {
        "name": "netc",
        "scopeName": "source.net",
        "fileTypes": ["net"],
        "patterns": list(_rules()),
    }


def grammar_json() -> str:
    """The text of `editors/vscode/syntaxes/net.tmLanguage.json`."""
    return json.dumps(textmate(), indent=2) + "\n"


def _rules() -> Iterable[Rule]:
    yield _match("comment.line.number-sign.net", terminal("COMMENT"))
    yield {
        "name": "string.quoted.double.net",
        "begin": '"',
        "end": '"|$',
        "patterns": [_match("constant.character.escape.net", r"\\.")],
    }
    yield _match("punctuation.accessor.net", r"\.\.\.")
    yield _captures(rf"(\.)[ \t]*({_NAME})", "punctuation.accessor.net", "variable.other.property")
    yield _match("constant.language.net", _words(vocabulary.LITERALS))
    yield _captures(rf"{_BEGIN}({_NAME}){_SETS}", "variable.other.readwrite.net")
    yield _match("variable.parameter.net", rf"\b{_NAME}{_SETS}")
    for words, scope in (
        (("net", "block", "expect", "train"), "entity.name.class"),
        (("phase",), "entity.name.section"),
        (("const",), "variable.other.constant"),
        (("layer", "weight"), "variable.other.declaration"),
    ):
        declared = rf"{_BEGIN}{_words(words, group=True)}[ \t]+({_NAME})"
        yield _captures(declared, "storage.type.net", scope)
    yield _captures(rf"\b(as)[ \t]+({_NAME})", "keyword.operator.word.net", "entity.name.label")
    behind = r"(?=[ \t]+[\"(\w])"
    line = rf"{_BEGIN}{_words(vocabulary.STATEMENTS, group=True)}{behind}"
    yield _captures(line, "keyword.control.net")
    static = rf"(:)[ \t]*{_words(vocabulary.TYPES, group=True)}"
    yield _captures(static, "punctuation.separator.net", "support.type.net")
    yield _match("support.type.net", _words(vocabulary.DTYPES))
    yield _match("keyword.operator.word.net", _words(vocabulary.WORDS))
    others = vocabulary.KEYWORDS - vocabulary.LITERALS - vocabulary.WORDS - vocabulary.STATEMENTS
    yield _match("keyword.control.net", _words(others))
    called = vocabulary.CALLABLE | vocabulary.recipe_callables()
    yield _match("support.function.net", _words(called - vocabulary.KEYWORDS))
    yield _match("constant.numeric.net", rf"(?<!\w){terminal('NUMBER')}")
    yield _match("variable.other.net", rf"\b{_NAME}\b")
    yield _match("keyword.operator.arrow.net", r"->")
    yield _match("keyword.operator.net", r"\*\*|//|[=!<>]=|[-+*/%@=<>]")
    yield _match("punctuation.separator.net", r"[,:]")


def terminal(name: str) -> str:
    """The pattern of a terminal, as grammar.lark has it."""
    found = re.search(rf"^{name}: /(.*)/$", GRAMMAR.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    return found[1]


def _words(words: Iterable[str], *, group: bool = False) -> str:
    listed = "|".join(sorted(words))
    return rf"\b({listed})\b" if group else rf"\b(?:{listed})\b"


def _match(scope: str, pattern: str) -> Rule:
    return {"name": scope, "match": pattern}


def _captures(pattern: str, *scopes: str) -> Rule:
    captures = {
        str(number): {"name": scope if scope.endswith(".net") else f"{scope}.net"}
        for number, scope in enumerate(scopes, 1)
    }
    return {"match": pattern, "captures": captures}
