"""What a command line, or a call from Python, names: a file, or one net or recipe of it."""

from __future__ import annotations

from pathlib import Path

from ...compiler.link.project import MODELS
from ...dsl.diagnostics.suggest import did_you_mean
from ..errors import UserError


def split_target(target: str) -> tuple[Path, str | None]:
    """The file and the name in `FILE:NAME`; no name where there is none.

    `zoo.vgg` is the file of the zoo of that name, where nothing else is called so. Raises UserError
    where the zoo has none of that name.
    """
    path, colon, name = target.rpartition(":")
    if colon and name.isidentifier() and not Path(target).exists():
        return shipped(path) or Path(path), name
    return shipped(target) or Path(target), None


def shipped(name: str) -> Path | None:
    """The file of the zoo that `zoo.NAME` means; None for what is written otherwise.

    Raises UserError where the zoo has no such file.
    """
    head, _, rest = name.partition(".")
    parts = rest.split(".")
    if head != "zoo" or not all(map(str.isidentifier, parts)) or parts[-1:] == ["net"]:
        return None
    if Path(name).exists():
        return None
    path = MODELS.joinpath(*parts).with_suffix(".net")
    if not path.is_file():
        known = sorted(path.stem for path in MODELS.glob("*.net"))
        raise UserError(f"the zoo has no file `{rest}`. {did_you_mean(rest, known)}".strip())
    return path


def in_zoo(path: Path) -> str | None:
    """What a file of the zoo is called in imports and commands, `zoo.vgg`; None for others."""
    if not path.is_relative_to(MODELS):
        return None
    return ".".join(("zoo", *path.relative_to(MODELS).with_suffix("").parts))
