"""What a person did wrong, in one line: the command line prints it and exits with status 1."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..dsl.diagnostics.errors import SettingError as SettingError
from ..dsl.diagnostics.errors import UserError as UserError

if TYPE_CHECKING:
    from ..compiler.ops.base.declare import Refusal


POINTER = b"version https://git-lfs.github.com/spec/"
LONGEST_POINTER = 1024
"""How Git LFS's pointers begin, and what they are shorter than: git-lfs, docs/spec.md."""
AGAIN = ". What was saved before is intact; make room, then go on with --resume"
"""What is said of a full disk to who can go on."""


def cannot_lower(net: str, fault: Refusal) -> UserError:
    """The error of a net that a lowering refuses: the line of the layer, the code and a way out."""
    where = net if fault.span is None else f"{fault.span}: {net}"
    return UserError(f"{where}: {fault.message} [{fault.code.id}]. {fault.help}".rstrip(". ") + ".")


def cannot_train(net: str, fault: Refusal) -> UserError:
    """The error of a net that Keras cannot train: the line of the layer and the code."""
    where = net if fault.span is None else f"{fault.span}: {net}"
    return UserError(f"{where}: {fault.message} [{fault.code.id}], and netc trains with Keras.")


def not_installed(shown: str, extra: str) -> str:
    """What is said of a package that is missing, and of the extra that brings it."""
    return f"{shown} is not installed; `pip install 'netc[{extra}]'` brings it"


def unreadable(path: Path, error: OSError) -> UserError:
    """The error of a file that cannot be opened, read or written."""
    reason = (error.strerror or str(error) or "input/output error").lower()
    return UserError(f"{path}: {reason}")


def resumable(reason: str) -> UserError:
    """The error of what cannot write on, and goes on when it can, for a reason."""
    return UserError(f"{reason}{AGAIN}")


def require_file(path: Path, what: str) -> int:
    """The size in bytes of a file that is there, readable and not empty.

    `what` says what the file should be, such as "a weights file". Raises UserError.
    """
    try:
        if path.is_dir():
            raise UserError(f"{path}: is a folder, not {what}")
        if path.exists() and not path.is_file():
            raise UserError(f"{path}: is not a regular file")
        with path.open("rb") as file:
            size = path.stat().st_size
            pointer = size < LONGEST_POINTER and file.read(len(POINTER)) == POINTER
    except OSError as error:
        raise unreadable(path, error) from error
    except ValueError as error:
        raise UserError(f"{str(path)!r}: is not a file name") from error
    if size == 0:
        raise UserError(f"{path}: is empty")
    if pointer:
        raise UserError(f"{path}: is a pointer of Git LFS, not {what}; `git lfs pull` fetches it")
    return size


def last_words(error: Exception) -> str:
    """What an engine says is wrong, on one line."""
    text = " ".join(str(error).split())
    return text.rpartition("[ONNXRuntimeError] : ")[2].split(" : ", 2)[-1][:300]
