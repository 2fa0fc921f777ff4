"""Syntax errors: in words, at the right place, with a way out where there is one."""

import pytest
from netc.compiler.prove import edited
from netc.dsl.diagnostics.codes import Code

# What is written, the text underlined, what is said, and a part of the help line.
IN_A_BODY = [
    ("return", "}", "expected a value after `return`, found `}`", ""),
    ("y = x -> ", "}", "expected a layer name after `->`, found `}`", ""),
    ("y = x ->\n  F", "\n", "expected a layer name after `->`, found the end of the line", "begin"),
    ("y = 3 +\n  4", "\n", "expected a value after `+`, found the end of the line", "parentheses"),
    ("y = a +* b", "*", "expected a value after `+`, found `*`", ""),
    ("y = = 3", "=", "expected a value after `=`, found `=`", ""),
    ("y = x -> F as", "}", "expected a label after `as`, found `}`", ""),
    ("y = a if b", "}", "expected `else` and the other value after `b`, found `}`", ""),
    ("for i on y { }", "on", "expected `in` after `i`, found the name `on`", ""),
    ("if a\n  b = 1", "\n", "expected `{` to open the body, found the end of the line", ""),
    ("if a:\n  b = 1", ":", "expected `{` to open the body, found `:`", "without `:`"),
    ("h, c", "}", "expected `=` after `c`, found `}`", ""),
    ("return a b", "b", "expected the end of the line after `a`, found the name `b`", ""),
    ("y = x -> Dense(3) + x", "+", "`+` cannot follow `->`, which binds more loosely",
     "`(x -> Dense(3)) + ...`"),
    ("y = x -> F if c else d", "if", "`if` cannot follow `->`, which binds more loosely",
     "`(x -> F) if ...`"),
    ("if a < b < c { }", "<", "comparisons do not chain", "`a < b and b < c`"),
    ("if a = 3 { }", "=", "`=` names a value, it does not compare", "`==`"),
    ("assert a = 3", "=", "`=` names a value, it does not compare", "`==`"),
    ("f(x) = 3", "=", "only a name can stand to the left of `=`", "`==`"),
    ("x += 1", "=", "`+=` is not an operator here", "`x = x + ...`"),
    ("y := 3", ":=", "`:=` is not an operator here", "`=`"),
    ("y = f(a b)", "b", "expected `,` or `)` after `a`, found the name `b`", "comma"),
    ("y = [1 2]", "2", "expected `,` or `]` after `1`, found the number `2`", "comma"),
    ("y = x[1 2]", "2", "expected `,` or `]` after `1`, found the number `2`", "comma"),
    ("y = f(*x)", "*", "expected a value or `)` after `(`, found `*`", "unpacked"),
    ("y = f(a=1, b)", "b", "an argument without a name follows the named argument `a`", "first"),
    ("y = {1: 2}", "{", "expected a value after `=`, found `{`", "`[ ]`"),
    ("y = f(1))", ")", "this `)` closes nothing", "delete"),
    ("elif a { }", "elif", "`elif` is not a word of the language", "`else if`"),
    ("while a { }", "while", "`while` is not a word of the language", "`repeat n { }`"),
    ("let y = 1", "let", "`let` is not a word of the language", "`name = value`"),
    ("retrun x", "retrun", "`retrun` is not a word of the language", "`return`"),
    ("y = True", "True", "`True` is not a word of the language", "`true`"),
    ("y = None", "None", "`None` is not a word of the language", "`none`"),
    ("// y", "//", "a comment begins with `#`", "`#`"),
    ("y = 3 // a comment", "comment",
     "expected the end of the line after `a`, found the name `comment`", "`//` divides"),
    ("y = x -> F as for", "for",
     "expected a label after `as`, found `for`, a word of the language", "another name"),
]  # fmt: skip

AT_THE_TOP = [
    ("!blok A(x: [N]) { }", "blok", "`blok` is not a word of the language", "`block`"),
    ("!def f(x): y", "def", "`def` is not a word of the language", "`block Name"),
    ("!import a", "import", "an item does not begin with `import`", "`from "),
    ("!x = 3", "x", "expected `net`, `block`, `const`, `expect`, `train` or `from`, "
     "found the name `x`", "`const x = ...`"),
    ("!/* a */", "/", "a comment begins with `#`", "`#`"),
    ("net (x: int) { }", "(", "expected the name of the net, found `(`", ""),
    ("net for() { }", "for",
     "expected the name of the net, found `for`, a word of the language", "another name"),
    ("net A(x) { }", ")", "expected `:` and a type after the parameter name `x`, found `)`",
     "`x: int`"),
    ("net A(x: ) { }", ")", "expected a type after `:`, found `)`", ""),
    ("net A() -> { }", "{",
     "expected the type of the result, as in `[N, 10]`, after `->`, found `{`", ""),
    ("net A():\n", ":", "expected `->` and a result type, or `{` to open the body, found `:`",
     "`{ }`"),
    ("net A() { } net B() { }", "net", "expected the end of the line after `}`, found `net`", ""),
    ("net A() { }}", "}", "this `}` closes nothing", "delete"),
    ("net A() -> list[int] { }", "list[int]", "a result is a tensor, not a list", "`[N, 10]`"),
    ("net A(a: list[1]) { }", "list[1]", "`list[...]` holds one type", "`list[int]`"),
    ("from a import", "", "expected a name after `import`, found the end of the file", ""),
    ("expect A {\n  params = 3\n}", "=", "a contract is a comparison", "`==`"),
    ("train A { x 3 }", "3", "expected `=` after `x`, found the number `3`", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "underlined", "message", "help"), IN_A_BODY + AT_THE_TOP)
def test_message_place_and_help(problem, text, underlined, message, help):
    found = problem(text)
    assert found.code is Code.UNEXPECTED_TOKEN
    assert found.message == message
    assert found.span.text == underlined
    assert help in found.help


def test_an_unclosed_parenthesis_points_to_where_it_was_opened(problem):
    found = problem("y = Dense(3\nz = 4")
    assert found.code is Code.UNCLOSED
    assert found.message == "expected `)` to close the `(` at line 2, found the name `z`"
    assert (found.span.line, found.span.column, found.span.text) == (2, 10, "(")
    assert found.help == "write `Dense(3)`"
    assert found.fix is not None
    assert found.fix.edits == ((found.span.end + 1, found.span.end + 1, ")"),)


def test_an_unclosed_parenthesis_over_lines_points_to_the_last_of_them(problem):
    found = problem("y = Dense(\n  3,\n  use_bias=false\nz = 4")
    assert found.message == "expected `)` to close the `(` at line 2, found the name `z`"
    assert (found.span.line, found.span.column, found.span.text) == (4, 17, "")
    (opener,) = found.related
    assert (opener.span.line, opener.span.column, opener.span.text) == (2, 10, "(")


def test_an_unclosed_call_ends_before_its_arrow(problem):
    found = problem("y = x -> Dense(3, relu -> Flatten\nz = 4")
    assert found.span.line == 2
    assert found.help == "write `Dense(3, relu)`"


def test_braces_that_are_missing_are_supplied(problems):
    (found,) = problems("net A(x: [N]) {\n  for i in [1]\n    y = x\n  }\n  return x\n}\n")
    assert found.message == "expected `{` to open the body, found the end of the line"
    text = "net A(x: [N]) {\n  if a {\n    y = x\n  else {\n    y = x\n  }\n  return x\n}\n"
    (found,) = problems(text)
    assert found.message == "expected `}` to close the `{` at line 2, found `else`"


def test_a_quote_that_is_missing_is_one_report(problems):
    (found,) = problems('net A(x: [N]) {\n  y = x -> F(a="relu, b=2) -> G\n  return y\n}\n')
    assert (found.message, found.span.text) == ("a string is not closed on its line", '"relu')
    assert found.help == 'write "relu"'
    (found,) = problems('train A {\n  data = npz(d.npz", y="x", z=0.1)\n  epochs = 1\n}\n')
    assert found.help == "the quotes of this line do not pair"


def test_one_habit_is_one_report_with_one_fix(problems):
    text = (
        "net A(x: [N]) {\n  y = F(a='relu', b='same')\n  z = G(None, False, c='x')\n  return z;\n}"
    )
    quotes, words, semicolon = problems(text)
    assert quotes.message == "strings take double quotes"
    assert [one.span.text for one in quotes.related] == ["'same'", "'x'"]
    assert words.message == "`None` and `False` are not words of the language"
    assert semicolon.span.text == ";"
    mended = edited(text, [quotes.fix, words.fix])
    assert mended == text.replace("'", '"').replace("None", "none").replace("False", "false")


@pytest.mark.parametrize(
    ("value", "type_name"),
    [("10", "int"), ("0.5", "float"), ("1e3", "float"), ('"same"', "string"), ("true", "bool")],
)
def test_a_default_says_the_type_that_a_parameter_lacks(problem, value, type_name):
    found = problem(f"net A(x: [N], p = {value}) {{ return x }}")
    assert found.help == f"write `p: {type_name} = {value}`"
    assert found.fix.text == f": {type_name}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("y = (1 + 2]", "expected `)` to close the `(` at line 2, found `]`"),
        ("y = x[1, 2", "expected `]` to close the `[` at line 2, found `}`"),
        ("net A(x: [N] { }", "expected `)` to close the `(` at line 1, found `{`"),
        ("net A() {", "expected `}` to close the `{` at line 1, found the end of the file"),
        ("net A() {\nnet B() { }", "expected `}` to close the `{` at line 1, found `net`"),
        ('y = "abc', "a string is not closed on its line"),
    ],
)
def test_unclosed(problem, text, message):
    found = problem(text)
    assert found.code is Code.UNCLOSED
    assert found.message == message


@pytest.mark.parametrize(
    ("text", "underlined", "help"),
    [
        ("y = 'relu'", "'relu'", 'write "relu"'),
        ("y = a && b", "&&", "write `and`"),
        ("y = a || b", "||", "write `or`"),
        ("y = !a", "!", "write `not`"),
        ("y = 1; z = 2", ";", "one statement a line"),
        ("y = $x", "$", "without a sign"),
        ("y = über", "über", "letters A to Z"),
        ("y = 2 × 3", "×", "`*`"),
        (r'y = "a\q"', r"\q", "escapes"),
    ],
)
def test_foreign_characters(problem, text, underlined, help):
    found = problem(text)
    assert found.code is Code.UNEXPECTED_CHARACTER
    assert found.span.text == underlined
    assert help in found.help


@pytest.mark.parametrize(
    ("number", "help"),
    [
        ("3px", "suffixes"),
        ("10m", "`10M`"),
        ("1.", "`1.0`"),
        ("1__0", "between two digits"),
        ("0x10", "decimal"),
        ("1e999", ""),
        ("9" * 101, ""),
    ],
)
def test_malformed_numbers(problem, number, help):
    found = problem(f"y = {number}")
    assert found.code is Code.BAD_NUMBER
    assert found.span.text == number
    assert help in found.help


def test_a_value_that_goes_nowhere_has_no_effect(problem):
    assert problem("f(x)").code is Code.BAD_STATEMENT


def test_fixes_replace_exactly_what_is_wrong(problem):
    found = problem("y = f(a b)")
    assert found.fix is not None
    text = found.span.source.text
    fixed = text[: found.fix.span.start] + found.fix.text + text[found.fix.span.end :]
    assert "f(a, b)" in fixed


def test_every_broken_statement_and_item_is_reported_once(problems):
    text = (
        "net A(x) { y = 1 2 }\n"
        "net B(x: [N]) {\n"
        "  y = = 1\n"
        "  for i on range(3) {\n    z = = 2\n  }\n"
        "  z = (1\n  2\n"
        "}\n"
        "const = 3\n"
        "train T {\n  a 1\n  b = 2\n  phase p { c 3 }\n  d 4\n}\n"
    )
    assert [found.span.line for found in problems(text)] == [1, 3, 4, 7, 10, 12, 14, 15]


def test_an_unknown_character_causes_no_second_report(problem):
    assert problem("y = a ? b : c").span.text == "?"


def test_at_most_twenty_reports(problems):
    assert len(problems("net A() {\n" + "y = = 1\n" * 100 + "}")) == 20
