"""Files to sources: only readable, bounded UTF-8 text gets in."""

from __future__ import annotations

import re
import stat
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path
from typing import BinaryIO

from ..diagnostics.codes import Code
from ..diagnostics.diagnostic import Diagnostic, DiagnosticError
from ..text.source import Source, Span

MAX_BYTES = 8 * 2**20
MAX_LINE = 100_000

_MODELS = frozenset((".onnx", ".keras", ".h5", ".hdf5"))
_WEIGHTS = frozenset((".safetensors", ".npz", ".pt", ".pth"))

_CONTROL = "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]|\r(?!\n)"
_MARK = f"{_CONTROL}|[\u202a-\u202e\u2066-\u2069]"
"""What no text needs; the marks of text direction would show a reviewer another order."""
_FIRST_MARK = "\u202a"


def read_source(path: Path, shown: str) -> Source:
    """Read a file; `shown` is the path that diagnostics show.

    A byte order mark and CRLF line ends are accepted. Raises DiagnosticError: NET0001 for what
    cannot be read, NET0002 for what is not UTF-8, NET0003 for control characters, NET0005 for a
    file of more than MAX_BYTES or a line of more than MAX_LINE characters.
    """
    empty = Source(shown, "")
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise _fault(Code.UNREADABLE_FILE, f"`{shown}` is a folder, not a file", empty)
        if not stat.S_ISREG(found.st_mode):
            raise _fault(Code.UNREADABLE_FILE, f"`{shown}` is not a regular file", empty)
        with path.open("rb", buffering=0) as file:
            data = _read(file, min(found.st_size, MAX_BYTES) + 1)
    except FileNotFoundError:
        raise _fault(Code.UNREADABLE_FILE, f"there is no file `{shown}`", empty) from None
    except PermissionError:
        message = f"`{shown}` may not be read: permission denied"
        raise _fault(Code.UNREADABLE_FILE, message, empty) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        message = f"`{shown}` cannot be read: {reason}"
        raise _fault(Code.UNREADABLE_FILE, message, empty) from None
    return decode(data, shown)


def _read(file: BinaryIO, first: int) -> bytes:
    """What a file holds, of a longer one more than MAX_BYTES; asks for so many bytes first."""
    data = chunk = file.read(first)
    if len(data) < first:
        return data  # A buffer for MAX_BYTES takes longer to get than a small file.
    while chunk and len(data) <= MAX_BYTES:
        chunk = file.read(MAX_BYTES + 1 - len(data))
        data += chunk
    return data


def decode(data: bytes, shown: str) -> Source:
    """The text of a file that was read; raises as `read_source` does for what it holds."""
    other = _of_other_files(data, shown)
    if len(data) > MAX_BYTES:
        message = f"`{shown}` is larger than {MAX_BYTES // 2**20} MiB"
        help = other or "split it into files that import each other"
        raise _fault(Code.TOO_LARGE, message, Source(shown, ""), help)
    try:
        source = Source(shown, data.decode("utf-8").removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        message = (
            f"`{shown}` is not UTF-8 text: byte 0x{data[error.start]:02X} "
            f"at offset {error.start}, on line {line}"
        )
        text = before.decode("utf-8").removeprefix("\ufeff")
        place = len(text), len(text)
        raise _fault(
            Code.NOT_UTF8, message, _blank(shown, text), other or "save the file as UTF-8", *place
        ) from None
    control = re.search(_CONTROL if source.text.isascii() else _MARK, source.text)
    if control is not None:
        name = "NUL" if control[0] == "\0" else f"U+{ord(control[0]):04X}"
        message = f"a control character ({name}) is not text"
        help = other or "is this a `.net` file? If so, delete the character"
        seen = source if control[0] >= _FIRST_MARK else _blank(shown, source.text)
        raise _fault(Code.CONTROL_CHARACTER, message, seen, help, *control.span())
    at = _long_line(source.text)
    if at is not None:
        message = f"a line is longer than {MAX_LINE:,} characters"
        raise _fault(Code.TOO_LARGE, message, source, "break it into lines", at, at + 1)
    return source


def _of_other_files(data: bytes, shown: str) -> str:
    """What to do with a file that by its name or first bytes is something else than a net's text.

    It is said only where the file cannot be read as one.
    """
    ending = shown[shown.rfind(".") :].lower()
    if ending in _MODELS:
        return "`netc import` makes a net of such a model"
    if ending in _WEIGHTS:
        return "such a file holds weights: name the `.net` file, and this one by `--weights`"
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "it is UTF-16; save the file as UTF-8"
    return ""


def _blank(shown: str, text: str) -> Source:
    """The lines of a file that is no text, so that spans have their places and quote nothing."""
    return Source(shown, re.sub(r"[^\n]", " ", text))


def _long_line(text: str) -> int | None:
    """Where the first line of over MAX_LINE characters begins."""
    start = 0
    while len(text) - start > MAX_LINE:
        newline = text.rfind("\n", start, start + MAX_LINE + 1)
        if newline < 0:
            return start
        start = newline + 1
    return None


def _fault(
    code: Code, message: str, source: Source, help: str = "", start: int = 0, end: int = 0
) -> DiagnosticError:
    return DiagnosticError((Diagnostic(code, message, Span(source, start, end), help=help),))
