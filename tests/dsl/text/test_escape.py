"""Text of strangers shows as text, wherever it goes: one law a target."""

from __future__ import annotations

import ast
import builtins
import csv
import io
import json
import keyword
import re
from unicodedata import category
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from netc.dsl.text import escape

NASTY = (
    "\x00\x07\x1b\x7f\x85\x9b\u061c\u200f\u202e\u2066\u2028\ud800\ufffe\t\r\n"
    " :#[]=+-@＝'\"\\`|<>&%,;"
)
TEXTS = st.one_of(
    st.text(st.characters(), max_size=40),
    st.text(st.sampled_from(NASTY + "aé名"), max_size=40),
)
ACTING = ("Cc", "Cf", "Cs", "Zl", "Zp")


def acting(text: str, but: str = "") -> list[str]:
    """The characters of a text that act on what shows it."""
    return [char for char in text if char not in but and category(char) in ACTING]


@given(TEXTS)
def test_a_terminal_gets_one_line_that_moves_nothing(text: str) -> None:
    shown = escape.terminal(text)
    assert not acting(shown)
    assert escape.terminal(shown) == shown


def test_what_acts_is_named() -> None:
    assert escape.terminal("\x1b[31m\x07 \x9b2J \u202eabc") == "␛[31m␇ <U+009B>2J <U+202E>abc"


# What GitHub's runner takes for a command, `ActionCommand.cs` of github.com/actions/runner.
COMMAND = re.compile(r"^\s*::|##\[|##vso\[", re.MULTILINE)


@given(TEXTS)
def test_no_line_of_a_log_is_a_workflow_command(text: str) -> None:
    shown = escape.log(text)
    assert not COMMAND.search(shown)
    assert not acting(shown, "\t\n")
    assert shown.count("\n") == text.count("\n")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("::error::boo", "<U+003A>:error::boo"),
        ("\u00a0 ::add-mask::x", "\u00a0 <U+003A>:add-mask::x"),
        ("a ##[error]boo", "a #<U+0023>[error]boo"),
        ("##vso[task.setvariable]x", "#<U+0023>vso[task.setvariable]x"),
        ("a::b ## [x]", "a::b ## [x]"),
    ],
)
def test_commands_of_ci_services_are_broken(line: str, shown: str) -> None:
    assert escape.log(line) == shown


def test_colours_stay_where_there_are_some() -> None:
    assert escape.log("\x1b[1;31mred\x1b[0m\x1b[2J", color=True) == "\x1b[1;31mred\x1b[0m␛[2J"
    assert escape.log("\x1b[1;31mred") == "␛[1;31mred"
    assert escape.log("\x1b[1m::error::x", color=True) == "\x1b[1m<U+003A>:error::x"


@given(TEXTS, TEXTS)
def test_a_github_command_is_one_line_with_its_own_properties(file: str, message: str) -> None:
    line = f"::error file={escape.github_property(file)},line=1::{escape.github_data(message)}"
    assert not acting(line)
    found = re.fullmatch(r"::error file=([^,:]*),line=1::(.*)", line)
    assert found is not None
    assert "::" not in found[1]


@given(TEXTS)
def test_markup_is_text_again_when_it_is_read(text: str) -> None:
    shown = escape.markup(text)
    assert not acting(shown, "\t\n")
    made = ElementTree.fromstring(f'<a b="{shown}">{shown}</a>')
    assert not list(made)
    assert set(made.attrib) == {"b"}
    assert "&" not in re.sub(r"&(amp|lt|gt|quot|#x27);", "", shown)


@given(TEXTS)
def test_xml_in_a_log_holds_no_command_either(text: str) -> None:
    shown = escape.xml(text)
    assert not COMMAND.search(shown)
    (made,) = ElementTree.fromstring(f"<a><b>{shown}</b></a>")
    assert not acting(made.text or "", "\t\n")


@given(TEXTS)
def test_a_message_of_sarif_holds_no_link(text: str) -> None:
    shown = escape.sarif(text)
    assert not acting(shown, "\n")
    assert not re.search(r"(?<!\\)\]\(", shown)
    assert escape.sarif("[N, 3] [a](b)") == "[N, 3] [a\\](b)"


@given(TEXTS)
def test_a_cell_is_no_formula_and_one_cell(text: str) -> None:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerow([escape.csv_cell(text), "end"])
    (row,) = csv.reader(io.StringIO(file.getvalue(), newline=""))
    assert row[0].removeprefix("'") == escape.terminal(text).removeprefix("'")
    assert row[1:] == ["end"]
    assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))


def test_a_cell_that_computes_nothing_stays_as_it_is() -> None:
    assert escape.csv_cell("=1+1") == "'=1+1"
    assert escape.csv_cell("cat = dog") == "cat = dog"


@given(TEXTS)
def test_markdown_has_nothing_that_acts(text: str) -> None:
    shown = escape.markdown(text)
    assert not acting(shown)
    bare = re.sub(r"\\[\\`*\[\]<>|&~!$_#+=:-]", "", shown)
    assert not set(bare) & set("`*[]<>|&~!$\\")
    assert not re.match(r"\s*[#+=:-]", shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@octocat", r"\<U+0040\>octocat"),
        ("a@b.de", r"a\<U+0040\>b.de"),
        ("x/y#12 GH-3", r"x/y\<U+0023\>12 GH\<U+002D\>3"),
        ("https://e.vil", r"https\<U+003A\>//e.vil"),
        ("www.e.vil mailto:a", r"www\<U+002E\>e.vil mailto\<U+003A\>a"),
        ("1. a", r"1\<U+002E\> a"),
        ("__a__ b__c", r"\_\_a\_\_ b\_\_c"),
        ("a @ b, 1.5 M, #a", "a @ b, 1.5 M, #a"),
    ],
)
def test_markdown_mentions_nobody_and_links_nowhere(text: str, shown: str) -> None:
    """A backslash does not help there: GitHub looks for them in what Markdown made."""
    assert escape.markdown(text) == shown


MARKDOWN = MarkdownIt("gfm-like", {"html": True})
# Services link addresses that have a scheme or begin with `www.`, and those of mail; this parser
# alone takes any `a.de` for one (github.github.com/gfm, "Autolinks (extension)").
MARKDOWN.linkify.set({"fuzzy_link": False})
REFERENCE = re.compile(r"@\w|[#!&]\d|\bGH-\d|://|\bwww\.|\bmailto:", re.IGNORECASE)


@example("0.AL model.net")
@given(TEXTS | st.text(st.sampled_from("@#!-:/.w1Ga[]()<>`*_~|\\ htps"), max_size=30))
def test_a_parser_of_markdown_finds_text_alone(text: str) -> None:
    for page in (escape.markdown(text), f"| a |\n|---|\n| {escape.markdown(text)} |"):
        tokens = MARKDOWN.parse(page)
        inline = [one for token in tokens for one in token.children or ()]
        assert {one.type for one in inline} <= {"text", "text_special"}, page
        blocks = {token.type for token in tokens if token.type != "inline"}
        table = {f"{name}_{at}" for name in TABLE for at in ("open", "close")}
        assert blocks <= {"paragraph_open", "paragraph_close", "code_block", *table}, page
        assert not REFERENCE.search("".join(one.content for one in inline))


TABLE = ("table", "thead", "tbody", "tr", "th", "td")


def test_names_of_layers_need_no_marks_in_markdown() -> None:
    assert escape.markdown("stage1/conv2d_1 (Conv2D)") == "stage1/conv2d_1 (Conv2D)"
    assert escape.markdown("_a_ | b") == "\\_a\\_ \\| b"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_json_is_the_same_value_and_no_command(value: object) -> None:
    for indent in (None, 2):
        text = escape.json(value, indent=indent)
        assert json.loads(text) == value
        assert text.isascii()
        assert not COMMAND.search(text)
    text = escape.readable_json(value)
    assert json.loads(text) == value
    assert not acting(text)
    text.encode("utf-8")


@given(TEXTS)
def test_strings_of_a_model_are_utf8(text: str) -> None:
    assert not acting(escape.onnx_text(text).encode("utf-8").decode("utf-8"))


@given(TEXTS)
def test_a_tag_of_tensorboard_is_a_plain_path(text: str) -> None:
    assert re.fullmatch(r"[-/\w.]+", escape.tensorboard_tag(text))


@given(TEXTS)
def test_a_python_string_is_that_string_and_nothing_else(text: str) -> None:
    literal = escape.python_string(text)
    (statement,) = ast.parse(f"x = {literal}").body
    assert isinstance(statement, ast.Assign)
    assert isinstance(statement.value, ast.Constant)
    assert statement.value.value == text
    assert not acting(literal)


@given(TEXTS)
def test_a_docstring_holds_no_code(text: str) -> None:
    tree = ast.parse(f'"""{escape.python_docstring(text)}"""\n')
    (statement,) = tree.body
    assert isinstance(statement, ast.Expr)
    assert ast.get_docstring(tree, clean=False) == escape.terminal(text)


@given(TEXTS | st.sampled_from([*keyword.kwlist, *dir(builtins), "x"]))
def test_a_python_name_is_free(text: str) -> None:
    name = escape.python_name(text, {"x", "y"})
    assert name.isidentifier()
    assert name not in {*keyword.kwlist, *dir(builtins), "x", "y"}
    ast.parse(f"def {name}({name}): pass")
