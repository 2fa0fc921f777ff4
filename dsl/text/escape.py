"""Text of strangers made harmless for where it goes: one function a target.

Names of files, classes, layers and columns are anybody's. Each function gives back text that its
target shows as text: nothing in it is a command, markup, a formula or the end of a literal.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Container
from unicodedata import category

# Patterns are text, compiled when they are first used: that takes a millisecond, and a check that
# finds nothing uses none.
_EMOJI_STYLE = "\ufe0f"
_ACTING = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Categories of characters that act on what shows them: controls, formats, halves of pairs."""
_COLOR = "\x1b\\[[0-9;]*m"
_COMMAND = "^((?:\\s|\x1b\\[[0-9;]*m)*)::"
_MARKER = r"##(?=\w*\[)"
"""What begins a command of a CI service anywhere in a line: GitHub's `##[`, Azure's `##vso[`."""
# Sets up to the end of Unicode take 4 ms to compile; what they leave out is said instead.
_NOT_XML = "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula (owasp.org, "CSV Injection")."""
_MARKDOWN = r"[\\`*\[\]<>|&~!$]|(?<![^\W_])_|_(?![^\W_])|^\s*[#+=:-]"
_MEANING = r"[\x00-\x1f!-$&'*\-.:-@\[-`{-\x7f]"
"""All of ASCII but letters, digits and what is a sign of nothing in Markdown."""
_REFERENCE = (
    r"@(?=\w)|[#!&$](?=\d)|(?<=\bGH)-(?=\d)|:(?=//)|(?<=\bwww)\.|(?<=\bmailto):|(?<=\bxmpp):"
    r"|(?:(?<=^\d)|(?<=^\d\d))[.)](?=\s|$)"
)
"""What GitHub and GitLab turn into mentions, references and links wherever a text holds it, whether
or not a backslash stands before: their filters see the text that Markdown made
(github.github.com/gfm, "Autolinks (extension)"). And the number of an item of a list."""
_SARIF_LINK = r"\](?=\()"
_NOT_A_TAG = r"[^-/\w.]"
PYTHON_WORDS = frozenset((*keyword.kwlist, *keyword.softkwlist, *dir(builtins)))
"""What no name of generated Python may be: keywords, and what the code takes from `builtins`."""


def visible_character(char: str) -> str:
    """What is shown for a character, never one that acts on the terminal."""
    if " " <= char <= "~":
        return char
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if char == _EMOJI_STYLE:
        return ""
    return f"<U+{code:04X}>" if category(char) in _ACTING else char


def terminal(text: str, kept: str = "") -> str:
    """One line of a terminal: control, format and lone surrogate characters made visible.

    Those of `kept` stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char in kept else visible_character(char) for char in text)


def log(text: str, *, color: bool = False) -> str:
    """Finished lines for a terminal or the log of a CI service.

    Newlines and tabs stay, and with `color` codes of colour. No line is a workflow command of
    GitHub's, which begins with `::` behind any space or holds `##[`
    (github.com/actions/runner, ActionCommand.cs).
    """
    return "\n".join(_log_line(line, color) for line in text.split("\n"))


def _log_line(line: str, color: bool) -> str:
    parts = re.split(_COLOR, line) if color else [line]
    codes = [*(re.findall(_COLOR, line) if color else ()), ""]
    made = "".join(terminal(p, "\t") + code for p, code in zip(parts, codes, strict=True))
    return re.sub(_COMMAND, r"\1<U+003A>:", re.sub(_MARKER, "#<U+0023>", made))


def github_data(text: str) -> str:
    """The message of a GitHub workflow command; its lines stay lines."""
    shown = terminal(text, "\r\n").replace("%", "%25")
    return shown.replace("\r", "%0D").replace("\n", "%0A")


def github_property(text: str) -> str:
    """The value of a property of a GitHub workflow command, such as `file=`."""
    valid = text.encode("utf-8", "replace").decode()
    return github_data(valid).replace(":", "%3A").replace(",", "%2C")


def markup(text: str) -> str:
    """Text or an attribute's value in HTML, SVG or XML; newlines and tabs stay."""
    return terminal(re.sub(_NOT_XML, "\ufffd", text), "\t\n").translate(_ENTITIES)


def csv_cell(text: str) -> str:
    """A cell of text that a spreadsheet shows and does not compute; the writer quotes it."""
    shown = terminal(text)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def xml(text: str) -> str:
    """Text or an attribute's value in XML that a log may show: no command of a CI service."""
    return markup(log(re.sub(_NOT_XML, "\ufffd", text)))


def markdown(text: str) -> str:
    """Text within a line or a table's cell of Markdown: no markup, link, mention or reference."""
    shown = re.sub(
        _REFERENCE, lambda found: f"<U+{ord(found[0]):04X}>", terminal(text), flags=re.IGNORECASE
    )
    return re.sub(_MARKDOWN, lambda found: found[0][:-1] + "\\" + found[0][-1], shown)


def sarif(text: str) -> str:
    """Lines of a message of SARIF, where `[text](place)` would be a link (SARIF 2.1.0, 3.11.6)."""
    return re.sub(_SARIF_LINK, r"\]", "\n".join(map(terminal, text.split("\n"))))


def markdown_code(text: str) -> str:
    """Text as code within a line or a table's cell of Markdown.

    It is an element of HTML, in which services make no mentions and links, and all that could mean
    something is an entity, which never does (spec.commonmark.org, "Entity and numeric character
    references").
    """
    return f"<code>{re.sub(_MEANING, lambda found: f'&#{ord(found[0])};', terminal(text))}</code>"


def json(value: object, *, indent: int | None = None) -> str:
    """JSON in ASCII that reads back as the same value, and is no command of a CI service."""
    from json import dumps  # what shows text alone does without

    return re.sub(_MARKER, "#\\\\u0023", dumps(value, indent=indent))


def readable_json(value: object) -> str:
    """JSON whose letters stay as they are; whatever acts on what shows it is escaped."""
    from json import dumps

    made = dumps(value, ensure_ascii=False)
    return "".join(dumps(char)[1:-1] if category(char) in _ACTING else char for char in made)


def onnx_text(text: str) -> str:
    """A string of an ONNX model: valid UTF-8 without control characters."""
    return terminal(text)


def tensorboard_tag(text: str) -> str:
    """The name of a series in TensorBoard, where `/` makes groups."""
    return re.sub(_NOT_A_TAG, "_", text).strip("/") or "_"


def python_string(text: str) -> str:
    """A string literal of Python, in double quotes unless the text holds some."""
    # A text with a single quote in it and no double one, repr puts into double quotes.
    return repr(text) if '"' in text else f'"{repr(chr(39) + text)[2:-1]}"'


def python_docstring(text: str) -> str:
    """Text inside a docstring in triple double quotes, on one line."""
    return terminal(text).replace("\\", "\\\\").replace('"', '\\"')


def python_name(name: str, taken: Container[str] = ()) -> str:
    """An identifier of Python in ASCII: no keyword, no builtin, none of `taken`."""
    base = re.sub(r"\W", "_", name, flags=re.ASCII)
    if not base.isidentifier():
        base = f"_{base}"
    made, count = base, 1
    while made in PYTHON_WORDS or made in taken:
        count += 1
        made = f"{base}_{count}"
    return made
