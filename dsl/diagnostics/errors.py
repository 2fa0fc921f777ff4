"""What netc raises on purpose. Everything else that it raises is a bug of netc."""

from __future__ import annotations

from ..text.escape import terminal
from ..text.shorten import shortened

LONGEST = 4000
"""Characters of a message that are kept."""


class NetcError(Exception):
    """Bad input of any kind: `DiagnosticError` for a `.net` file, `UserError` for all else."""


class UserError(NetcError):
    """Bad input; the message is one line that names the file or value and what is wrong.

    `table` are lines that a person should see before it.
    """

    table: tuple[str, ...] = ()

    def __init__(self, message: str) -> None:
        super().__init__(terminal(shortened(" ".join(message.split()), LONGEST)))


class SettingError(UserError):
    """A setting that nothing has, or a value that no setting can have."""
