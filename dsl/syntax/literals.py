"""The values of number and string literals."""

from __future__ import annotations

import math
import re

from ..diagnostics.codes import Code
from ..diagnostics.diagnostic import Diagnostic
from ..text.shorten import shortened
from ..text.source import Span

MAX_DIGITS = 100
PYTHON_LITERALS = {word: word.lower() for word in ("True", "False", "None", "TRUE", "FALSE")}
"""What people write who come from other languages, and what it is here."""

_NUMBER = r"(\d+(?:_\d+)*)(?:\.(\d+(?:_\d+)*))?([eE][+-]?\d{1,4})?(K|M|G|T|KiB|MiB|GiB)?"
_SCALES = {
    "K": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
}
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
_ESCAPE = r"\\(.)"


def number_value(span: Span, problems: list[Diagnostic]) -> int | float:
    """The value of a number; a malformed one is reported and worth 1."""
    text = span.text
    if len(text) < MAX_DIGITS and text.isascii() and text.isdigit():
        return int(text)
    match = re.fullmatch(_NUMBER, text, re.ASCII)
    if match is None:
        problems.append(
            _bad_number(f"`{shortened(text, 40)}` is not a number", span, _number_help(text))
        )
        return 1
    whole, fraction, exponent, suffix = match.groups()
    if len(text) > MAX_DIGITS:
        problems.append(_bad_number(f"a number has more than {MAX_DIGITS} characters", span, ""))
        return 1
    if exponent is None:
        digits = int(whole.replace("_", ""))
        if fraction is None:
            return digits * _SCALES[suffix] if suffix else digits
        if suffix:
            places = fraction.replace("_", "")
            scaled = int(whole.replace("_", "") + places) * _SCALES[suffix]
            value, rest = divmod(scaled, 10 ** len(places))
            return value if not rest else float(scaled / 10 ** len(places))
    number: float = float(text[: match.end(3) if exponent else match.end(2)].replace("_", ""))
    number *= _SCALES[suffix] if suffix else 1
    if math.isinf(number):
        problems.append(_bad_number(f"`{text}` is too large for a float", span, ""))
        return 1
    return number


def _number_help(text: str) -> str:
    if re.fullmatch(r"[0-9_]+\.", text):
        return f"write `{text}0`"
    if re.fullmatch(r"[0-9.]+[kmgt]", text):
        return f"write `{text.upper()}`; the suffixes are K, M, G, T, KiB, MiB and GiB"
    if re.fullmatch(r"[0-9.]+[KMGTkmgt]i?[Bb]", text):
        number, scale = text.rstrip("BbiKMGTkmgt"), text.rstrip("Bbi")[-1].upper()
        return f"write `{number}{scale}iB` for powers of 1024, `{number}{scale}` for powers of 1000"
    if re.fullmatch(r"[0-9.]+[A-Za-z]+", text):
        return "the suffixes of numbers are K, M, G, T, KiB, MiB and GiB"
    if text.strip("_") != text or "__" in text:
        return "`_` stands between two digits"
    if text[:2].lower() in ("0x", "0b", "0o"):
        return "numbers are written in decimal"
    return "names do not begin with a digit" if re.fullmatch(r"\w+", text) else ""


def string_value(span: Span, problems: list[Diagnostic]) -> str:
    """The value of a string; an unknown escape is reported and kept as it is."""
    body = span.text[1:-1]
    if "\\" not in body:
        return body
    for match in re.finditer(_ESCAPE, body):
        if match[1] not in _ESCAPES:
            at = span.start + 1 + match.start()
            problems.append(
                Diagnostic(
                    Code.UNEXPECTED_CHARACTER,
                    f"`{match[0]}` is not an escape",
                    Span(span.source, at, at + 2),
                    help='the escapes are `\\n`, `\\t`, `\\"` and `\\\\`',
                )
            )
    return re.sub(_ESCAPE, lambda match: _ESCAPES.get(match[1], match[0]), body)


def _bad_number(message: str, span: Span, help: str) -> Diagnostic:
    return Diagnostic(Code.BAD_NUMBER, message, span, help=help)
