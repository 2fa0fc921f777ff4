"""What strangers could write into a net, and what each format of `netc check` must make of it.

`hold(form, …)` reads the text as the service that takes it would: with the parser of the format,
the runner's rules for commands, the schema.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import cache
from random import Random
from unicodedata import category
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import jsonschema
from markdown_it import MarkdownIt
from netc.dsl.diagnostics.diagnostic import Diagnostic
from netc.dsl.text.escape import log, terminal
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as SarifLog

from ...places import DOCS

PIECES = (
    *("::error file=a.net,line=1::x", "::set-output name=a::b", "::add-mask::x", "%0A::error::x"),
    *("##[error]x", "##vso[task.setvariable variable=a]b", "%25", "%0D", "::stop-commands::x"),
    *("\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\x08", "\r", "\n", "\n\n", "\t", "\x00", "\x7f"),
    *("\u202e", "\u2066", "\u200f", "\u061c", "\u2028", "\u2029", "\ufeff", "\u200b", "\u00ad"),
    *("<script>alert(1)</script>", "<!-- ", " -->", "<img src=x onerror=y>", "&lt;", "&#x3c;"),
    *(
        "@octocat",
        "a@b.de",
        "#1",
        "GH-1",
        "x/y#2",
        "!3",
        "https://e.vil",
        "www.e.vil",
        "mailto:a@b",
    ),
    *("[a](https://e.vil)", "![a](b)", "[a]: b", "<https://e.vil>", "`", "```", "~~~", "|", "\\"),
    *("**a**", "_a_", "~~a~~", "$a$", "- ", "# ", "> ", "1. ", "---", "===", "<details>", "    "),
    *("]]>", "<![CDATA[", "\ufffe", "\uffff", "\x0b", "\x0c", "\ud800", "\udcff", "</failure>"),
    *('"', "'", ",", ":", ";", "=", "%", "{", "}", "(", ")", "${{ github.token }}", "$(id)", "a"),
    *("é", "名", "\U0001f600", "e\u0301", "../", "/etc/passwd", "C:\\", "\\u202e", "\\n::error::x"),
)
"""Signs that one of the formats, or what shows it, would act on."""


def hostile(random: Random) -> str:
    """A text that is made of some of them."""
    return "".join(random.choice(PIECES) for _ in range(random.randint(1, 4)))


COMMAND = re.compile(r"^\s*::|##\[|##vso\[", re.MULTILINE)
"""What a runner takes for a command in a log: github.com/actions/runner, `ActionCommand.cs`."""

ACTING = ("Cc", "Cf", "Cs", "Zl", "Zp")
_ESCAPES = {"%25": "%", "%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ","}


def acting(text: str, but: str = "") -> set[str]:
    """The characters of a text that act on what shows it."""
    return {char for char in text if char not in but and category(char) in ACTING}


def hold(form: str, text: str, found: Sequence[Diagnostic], files: Sequence[str]) -> None:
    """Fails where a text in some format is not what its reader takes for these findings."""
    text.encode("utf-8")
    assert not acting(text, "\n\t"), form
    _HOLD[form](text, found, files)
    if form != "github":
        assert not COMMAND.search(text), form


def _text(text: str, found: Sequence[Diagnostic], files: Sequence[str]) -> None:
    heads = re.findall(r"^(?:error|warning)\[NET\d{4}\]: ", text, re.MULTILINE)
    assert len(heads) == len(found)


def _concise(text: str, found: Sequence[Diagnostic], files: Sequence[str]) -> None:
    lines = text.split("\n") if text else []
    assert len(lines) == len(found)
    assert all(re.search(r":\d+:\d+: NET\d{4} ", line) for line in lines)


def unescaped(text: str) -> str:
    """A value of a workflow command as the runner reads it."""
    return re.sub("%25|%0D|%0A|%3A|%2C", lambda match: _ESCAPES[match[0]], text)


def _github(text: str, found: Sequence[Diagnostic], files: Sequence[str]) -> None:
    lines = text.split("\n") if text else []
    assert len(lines) == len(found)
    paths = []
    for line in lines:
        match = re.fullmatch(r"::(error|warning) ([^:]*)::(.*)", line)
        assert match, line
        pairs = [pair.split("=", 1) for pair in match[2].split(",")]
        properties = {name: unescaped(value) for name, value in pairs}
        assert len(properties) == len(pairs)
        assert properties.keys() <= {"file", "line", "endLine", "col", "endColumn", "title"}
        assert re.fullmatch(r"NET\d{4}", properties["title"])
        assert all(int(properties[name]) > 0 for name in properties.keys() - {"file", "title"})
        assert not acting(unescaped(match[3]), "\n\r")
        paths.append(properties["file"])
    assert sorted(paths) == sorted(terminal(_valid(one.span.source.path), "\r\n") for one in found)


def _valid(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _gitlab(text: str, found: Sequence[Diagnostic], files: Sequence[str]) -> None:
    issues = json.loads(text)
    assert len(issues) == len({issue["fingerprint"] for issue in issues}) == len(found)
    for issue in issues:
        assert issue["severity"] in ("major", "minor")
        assert not acting(issue["description"])
        assert issue["location"]["lines"]["begin"] >= 1
        issue["location"]["path"].encode("utf-8")


def _sarif(text: str, found: Sequence[Diagnostic], files: Sequence[str]) -> None:
    SarifLog.model_validate_json(text)
    (run,) = json.loads(text)["runs"]
    assert len(run["results"]) == len(found)
    for result in run["results"]:
        places = [*result["locations"], *result.get("relatedLocations", ())]
        for place in places:
            uri = place["physicalLocation"]["artifactLocation"]["uri"]
            assert re.fullmatch(r"[\w.~/:%-]+", uri, re.ASCII)
            assert urlsplit(uri).scheme in ("", "file")
        texts = [each["message"]["text"] for each in (result, *places[1:])]
        texts += [each["description"]["text"] for each in result.get("fixes", ())]
        for message in texts:
            assert not acting(message, "\n")
            # A link of SARIF 2.1.0, 3.11.6: brackets without a backslash, then parentheses.
            assert not re.search(r"(?<!\\)\]\(", message)
    uris = {
        each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for each in run["results"]
    }
    for one in found:
        if _valid(one.span.source.path) == one.span.source.path:
            assert one.span.source.path.replace("\\", "/") in {
                unquote(uri).removeprefix("file://").replace("\\", "/") for uri in uris
            }


def _junit(text: str, found: Sequence[Diagnostic], files: Sequence[str]) -> None:
    root = ElementTree.fromstring(text)
    tags = {"testsuites", "testsuite", "testcase", "failure", "system-out"}
    assert {each.tag for each in root.iter()} <= tags
    errors = [one for one in found if one.severity == "error"]
    failures = list(root.iter("failure"))
    assert len(failures) == len(errors)
    assert sorted(one.get("type", "") for one in failures) == sorted(e.code.id for e in errors)
    cases = list(root.iter("testcase"))
    assert len(cases) == len({*files, *(one.span.source.path for one in found)})
    for each in root.iter():
        assert not acting("".join((each.text or "", *each.attrib.values())), "\n\t")


@cache
def _schema() -> jsonschema.Draft202012Validator:
    text = (DOCS / "diagnostics.schema.json").read_text(encoding="utf-8")
    return jsonschema.Draft202012Validator(json.loads(text))


def _json(text: str, found: Sequence[Diagnostic], files: Sequence[str]) -> None:
    document = json.loads(text)
    _schema().validate(document)
    made = [(one["code"], one["file"], one["message"]) for one in document["diagnostics"]]
    wanted = [(one.code.id, one.span.source.path, one.message) for one in found]
    # Two halves of characters that stand beside each other are one character in JSON.
    assert sorted(made) == sorted(tuple(json.loads(json.dumps(each))) for each in wanted)


_HOLD: dict[str, Callable[[str, Sequence[Diagnostic], Sequence[str]], None]] = {
    "text": _text,
    "concise": _concise,
    "github": _github,
    "gitlab": _gitlab,
    "sarif": _sarif,
    "junit": _junit,
    "json": _json,
}


_MARKDOWN = MarkdownIt("gfm-like")
_TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
_BLOCKS = {"paragraph", "heading", "bullet_list", "list_item", *_TABLE}
_REFERENCE = re.compile(r"@\w|[#!&]\d|\bGH-\d|://|\bwww\.|\bmailto:", re.IGNORECASE)


def hold_markdown(text: str) -> None:
    """Fails where a comment holds more than text, tables, code and what is in bold.

    GitHub and GitLab find mentions, references and links in text outside of code.
    """
    assert not acting(text, "\n")
    assert not COMMAND.search(text)
    for token in _MARKDOWN.parse(text):
        if token.type == "html_block":
            assert re.fullmatch(r"<!-- netc [\w.-]+ -->\n*|<pre>[^<>]*</pre>\n*", token.content)
        elif token.type != "inline":
            assert token.type.removesuffix("_open").removesuffix("_close") in _BLOCKS, token
        depth = 0
        for one in token.children or ():
            if one.type == "html_inline":
                assert one.content in ("<code>", "</code>")
                depth += 1 if one.content == "<code>" else -1
            elif one.type in ("text", "text_special"):
                assert depth or not _REFERENCE.search(one.content), one.content
            else:
                assert one.type in ("softbreak", "strong_open", "strong_close", "code_inline"), one
        assert depth == 0


def shown(form: str, text: str) -> str:
    """What `netc check` prints, or writes into a file, of a text in some format."""
    return log(text) if form in ("text", "concise") else text
