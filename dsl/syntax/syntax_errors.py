"""What to say about a token that cannot come next."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..diagnostics.codes import Code
from ..diagnostics.diagnostic import Diagnostic, Fix
from ..text.source import Span
from .brackets import open_before_sign, open_bracket
from .expected import possible
from .one_a_line import ENDS, two_on_a_line
from .other_signs import equal_sign, foreign_comment
from .other_tools import LAST, RULES
from .tokens import CLOSERS, ITEM_WORDS, KIND, OPENERS, TABLES, Tokens
from .unexpected import UnexpectedToken, found_words, in_pipeline, quoted, said, unexpected

_OPERATORS = frozenset(("PLUS", "MINUS", "STAR", "TIMES", "POWER", "COMPARE", "AND", "OR"))
_VALUES = frozenset(
    ("NAME", "NUMBER", "STRING", "TRUE", "FALSE", "NONE", "LPAR", "LSQB", "NOT", "LAYER", "NET")
)

_TYPES = {"STRING": "string", "TRUE": "bool", "FALSE": "bool"}
"""The type of a literal by its terminal; a number's is in its digits."""

_BLOCK = "write `block Name(x: [N, C]) { ... }`"
_NET = "write `net Name(x: float32[N, C]) { ... }`"
# Words of other languages at the start of a statement or item, and what to write here.
_FOREIGN_WORDS = {
    "elif": "write `else if`",
    "elseif": "write `else if`",
    "elsif": "write `else if`",
    "def": _BLOCK,
    "fn": _BLOCK,
    "func": _BLOCK,
    "function": _BLOCK,
    "class": _NET,
    "model": _NET,
    "let": "write `const NAME = value` beside nets, or `name = value` inside one",
    "var": "write `const NAME = value` beside nets, or `name = value` inside one",
    "val": "write `const NAME = value` beside nets, or `name = value` inside one",
    "while": "loops run over finite lists: `for x in [...] { }` or `repeat n { }`",
    "pass": "an empty body is `{ }`",
    "lambda": "functions are written as blocks",
    "import": 'write `from "./file.net" import Name`',
}
_TOOLS = r"(keras|tensorflow|torch|torchvision|numpy|jax|flax)\b"
_STATEMENT_WORDS = ("return", "repeat", "for", "if", "layer", "weight", "assert", "else")


def explain(tokens: Tokens, index: int, states: list[int]) -> Diagnostic:
    """The diagnostic for the token at `index`, met in the automaton's `states`."""
    fault = UnexpectedToken(tokens, index, states, possible(states))
    for rule in (*RULES, *_RULES, *LAST):
        diagnostic = rule(fault)
        if diagnostic is not None:
            return diagnostic
    return unexpected(fault)


_PIPELINE_STARTS = frozenset(("EQUAL", "COMMA", "RETURN", "_NEWLINE", "COLON"))


# One rule a mistake; the first that knows the fault speaks.


def _python_word(fault: UnexpectedToken) -> Diagnostic | None:
    for count in (0, 1):
        span = fault.before(count)
        begins = fault.kind_before(count + 1) in ("", "_NEWLINE", "LBRACE", "RBRACE")
        if span is not None and begins and span.text in _FOREIGN_WORDS:
            help = _FOREIGN_WORDS[span.text]
            message = f"`{span.text}` is not a word of the language"
            if span.text == "import" and re.match(_TOOLS, _rest(span)):
                help = f"delete the line: layers need no import; of files {help}"
            if span.text == "import":
                message = "an item does not begin with `import`"
            fix = Fix(span, "else if") if "else if" in help else None
            if help == _BLOCK and re.match(r"\w+\s*\([^\n]*\b\w*(float|int)\d+\[", _rest(span)):
                help = f"{_NET}; what nets share is {_BLOCK.removeprefix('write ')}"
            return Diagnostic(Code.UNEXPECTED_TOKEN, message, span, help=help, fix=fix)
    return None


def _rest(span: Span) -> str:
    """The text of a line behind a place."""
    return span.source.text[span.end :].partition("\n")[0].lstrip()


def _misspelt(fault: UnexpectedToken) -> Diagnostic | None:
    if fault.found == "NAME" and "NET" in fault.expected:
        words: tuple[str, ...] = ITEM_WORDS
        span = fault.span
    elif fault.kind_before() == "NAME" and fault.kind_before(2) in ("_NEWLINE", "LBRACE"):
        before = fault.before()
        assert before is not None
        words, span = _STATEMENT_WORDS, before
        if fault.found not in _VALUES:
            return None
    else:
        return None
    from difflib import get_close_matches

    close = get_close_matches(span.text, words, 1)
    if close and close[0] != span.text:
        message = f"`{span.text}` is not a word of the language"
        help = f"did you mean `{close[0]}`?"
        fix = Fix(span, close[0])
        return Diagnostic(Code.UNEXPECTED_TOKEN, message, span, help=help, fix=fix)
    if (
        span == fault.span
        and span.text not in words
        and fault.tokens.kinds[fault.index + 1] == KIND["EQUAL"]
    ):
        return unexpected(fault, f"a value for the whole file is written `const {span.text} = ...`")
    return None


def _missing_comma(fault: UnexpectedToken) -> Diagnostic | None:
    before = fault.before()
    if before is None or "COMMA" not in fault.expected or fault.found not in _VALUES:
        return None
    if fault.kind_before() not in ENDS or not fault.expected & {"RPAR", "RSQB"}:
        return None
    gap = Span(before.source, before.end, before.end)
    return unexpected(fault, f"is a comma missing after {quoted(before.text)}?", Fix(gap, ","))


def _operator_after_stage(fault: UnexpectedToken) -> Diagnostic | None:
    if fault.found not in _OPERATORS | {"IF"} or fault.found in fault.expected:
        return None
    if not in_pipeline(fault):
        return None
    help = f"put the pipeline in parentheses: `({_pipeline(fault)}) {fault.text} ...`"
    return said(fault, f"`{fault.text}` cannot follow `->`, which binds more loosely", help)


def _pipeline(fault: UnexpectedToken) -> str:
    """The text of the pipeline before the token, or a stand-in where it is long."""
    tokens = fault.tokens
    level = 0
    at = fault.index
    while at > 0:
        kind = tokens.kinds[at - 1]
        level += (kind in CLOSERS) - (kind in OPENERS)
        if level < 0 or (not level and TABLES.symbols[kind] in _PIPELINE_STARTS):
            break
        at -= 1
    text = tokens.source.text[tokens.starts[at] : tokens.ends[fault.index - 1]]
    return text if len(text) <= 40 and "\n" not in text else "x -> F"


def _chained(fault: UnexpectedToken) -> Diagnostic | None:
    if fault.found != "COMPARE" or "COMPARE" in fault.expected or "AND" not in fault.expected:
        return None
    return said(fault, "comparisons do not chain", "write `a < b and b < c`")


def _line_end(fault: UnexpectedToken) -> Diagnostic | None:
    last = fault.kind_before()
    before = fault.before()
    if fault.found != "_NEWLINE" or before is None:
        return None
    if last == "ARROW":
        return unexpected(fault, "begin the next line with `->` instead of ending this one with it")
    if "LBRACE" in fault.expected and last != "RBRACE":
        return unexpected(
            fault, "a body stands in `{ }`: write `{` here, and `}` behind its last line"
        )
    if last in _OPERATORS or last == "EQUAL":
        help = f"a line cannot end with `{before.text}`; to go on, put the value in parentheses"
        return unexpected(fault, help)
    return None


def _body(fault: UnexpectedToken) -> Diagnostic | None:
    if fault.found == "COLON" and "ARROW" in fault.expected and _rest(fault.span)[:1] != "":
        result = re.match(r"(\w+)?\[", _rest(fault.span))
        if result is not None:
            help = "write `->` in front of what comes out"
            return unexpected(fault, help, Fix(fault.span, "->"))
    if fault.found == "COLON" and "LBRACE" in fault.expected:
        rest = fault.span.source.text[fault.span.end :].partition("\n")[0]
        code = rest.partition("#")[0].rstrip()
        if code.strip():
            end = fault.span.end + len(code)
            close = Fix(Span(fault.span.source, end, end), " }")
            fix = Fix(fault.span, " {", also=(close,))
            return unexpected(fault, "a body stands in `{ }`, without `:`", fix)
        return unexpected(fault, "a body stands in `{ }`, without `:`", Fix(fault.span, " {"))
    if fault.found == "LBRACE" and "NUMBER" in fault.expected:
        return unexpected(fault, "`{ }` holds statements; lists are written `[ ]`")
    if fault.expected == {"COLON"}:
        name = fault.before()
        assert name is not None
        if fault.kind_before(2) == "WEIGHT":
            message = f"expected `:` and the sizes of the weight, found {found_words(fault)}"
            help = f"write `weight {name.text}: [64] = ones`, or `[]` for a single number"
            return said(fault, message, help)
        if fault.found == "NAME" and name.text in _STATIC:
            return _turned_declaration(fault, name)
        declared = _declared(fault, name)
        if declared is not None:
            return unexpected(fault, *declared)
        return unexpected(fault, f"write `{name.text}: int`, or `{name.text}: [N, C]` for a tensor")
    return None


_STATIC = ("int", "float", "bool", "string", "str", "double")


def _turned_declaration(fault: UnexpectedToken, kind: Span) -> Diagnostic:
    """`int classes = 10`: the type of a parameter stands behind its name."""
    name = {"str": "string", "double": "float"}.get(kind.text, kind.text)
    fix = Fix(Span(kind.source, kind.start, fault.span.end), f"{fault.text}: {name}")
    message = "the type of a parameter stands behind its name"
    return said(fault, message, f"write `{fix.text}`", fix)


def _declared(fault: UnexpectedToken, name: Span) -> tuple[str, Fix] | None:
    """The declaration of a parameter whose default alone is written, and what it lacks."""
    tokens, at = fault.tokens, fault.index + 1
    if fault.found != "EQUAL" or at >= len(tokens.kinds):
        return None
    value, kind = tokens.span(at).text, TABLES.symbols[tokens.kinds[at]]
    if kind == "NUMBER":
        type_name = "float" if "." in value or "e" in value.lower() else "int"
    else:
        type_name = _TYPES.get(kind, "")
    if not type_name:
        return None
    end = Span(name.source, name.end, name.end)
    return f"write `{name.text}: {type_name} = {value}`", Fix(end, f": {type_name}")


def _unpacking(fault: UnexpectedToken) -> Diagnostic | None:
    if fault.found == "STAR" and fault.kind_before() == "IMPORT":
        return unexpected(fault, "name what you import, as in `import Residual, Stem`")
    if fault.found in ("STAR", "POWER") and fault.kind_before() in ("LPAR", "COMMA"):
        return unexpected(fault, "lists are not unpacked; name each value")
    return None


def _reserved(fault: UnexpectedToken) -> Diagnostic | None:
    if "NAME" in fault.expected and fault.text in TABLES.keywords and "NET" not in fault.expected:
        words = unexpected(fault).message.partition(", found ")[0]
        return said(
            fault,
            f"{words}, found {quoted(fault.text)}, a word of the language",
            "choose another name" if "NUMBER" not in fault.expected else "",
        )
    return None


_RULES: tuple[Callable[[UnexpectedToken], Diagnostic | None], ...] = (
    foreign_comment,
    _python_word,
    equal_sign,
    _misspelt,
    _line_end,
    open_before_sign,
    _operator_after_stage,
    _chained,
    open_bracket,
    _missing_comma,
    _body,
    two_on_a_line,
    _unpacking,
    _reserved,
)
