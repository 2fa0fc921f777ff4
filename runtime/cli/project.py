"""A project's settings for `netc check`: `netc.toml`, or `[tool.netc]` in `pyproject.toml`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from ...compiler.link.reach import escapes, from_here, inside, resolved
from ...dsl.record import record
from ..errors import UserError

OWN = "netc.toml"
SHARED = "pyproject.toml"

LONGEST = 2**20
"""The bytes of a file of settings."""


@record
class ProjectSettings:
    """What a project says once, so that every check of it says the same."""

    folder: Path
    """Patterns of paths begin here."""
    include: tuple[str, ...] = ()
    """The files below a folder that are checked; all `.net` files where it is empty."""
    exclude: tuple[str, ...] = ()
    """Those that are not; a file that is named itself always is."""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    max_layers: int | None = None
    warnings_as_errors: bool = False
    baselines: tuple[Path, ...] = ()
    """The files of known findings, all in the folder or below it."""

    def takes(self, path: Path) -> bool:
        """Whether a file that was found below a folder is checked."""
        if self.include and not self._matches(path, self.include):
            return False
        return not self._matches(path, self.exclude)

    def ignores(self, code: str, path: Path) -> bool:
        """Whether the findings of a code are left out in a file."""
        return any(
            code.startswith(codes) and self._matches(path, (pattern,))
            for pattern, codes in self.per_file_ignores
        )

    def _matches(self, path: Path, patterns: tuple[str, ...]) -> bool:
        """Whether a pattern names a path, its name, or a folder that it lies in."""
        if not patterns:
            return False
        full = path.resolve()
        if not full.is_relative_to(self.folder):
            return False
        inside = full.relative_to(self.folder)
        names = [inside.as_posix(), inside.name]
        names += [parent.as_posix() for parent in inside.parents if parent.parts]
        names += list(inside.parts[:-1])
        return any(fnmatchcase(name, pattern.strip("/")) for pattern in patterns for name in names)


def project_settings() -> ProjectSettings:
    """The settings of the project that the working folder lies in.

    The nearest file of settings counts, up to the top of the repository. Raises UserError for one
    that cannot be read or says what no setting says.
    """
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        for name in (OWN, SHARED):
            path = folder / name
            if path.is_symlink() and escapes(path):
                raise UserError(f"{path}: is a link that leads out of the project")
            if path.is_file() and (table := _table(path)) is not None:
                return _settings(folder, path, table)
        if (folder / ".git").exists():
            break
    return ProjectSettings(here)


def codes(given: Iterable[str], where: str) -> tuple[str, ...]:
    """Codes, or what they begin with. Raises ValueError for what no code begins with."""
    found = tuple(code.strip().upper() for code in given)
    if not found:
        return ()
    from ...dsl.diagnostics.codes import Code
    from ...dsl.diagnostics.suggest import did_you_mean

    known = [code.id for code in Code]
    for code in found:
        if not code or not any(each.startswith(code) for each in known):
            hint = did_you_mean(code, known)
            raise ValueError(f"{where}: no code begins with `{code}`. {hint}".rstrip())
    return found


def _table(path: Path) -> Mapping[str, object] | None:
    """What a file says of netc; None where it says nothing."""
    with path.open("rb") as file:
        data = file.read(LONGEST + 1)
    if path.name == SHARED and b"tool.netc" not in data:
        return None
    if len(data) > LONGEST:
        raise UserError(f"{path} holds more than {LONGEST // 2**20} MiB")
    import tomllib  # 3 ms that only a project with settings should cost

    try:
        found = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(f"{path} is no TOML: {error}") from None
    if path.name == OWN:
        return found
    tool = found.get("tool", {})
    table = tool.get("netc") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise UserError(f"{path}: `tool.netc` is a table")
    return table


_KEYS = (
    *("include", "exclude", "select", "ignore"),
    *("per-file-ignores", "max-layers", "warnings-as-errors", "baseline"),
)


def _settings(folder: Path, path: Path, table: Mapping[str, object]) -> ProjectSettings:
    for key in table:
        if key not in _KEYS:
            from ...dsl.diagnostics.suggest import did_you_mean

            raise UserError(f"{path}: there is no setting `{key}`. {did_you_mean(key, _KEYS)}")
    try:
        layers = table.get("max-layers")
        if layers is not None and (type(layers) is not int or layers < 1):
            raise ValueError("max-layers: an int of at least 1 is wanted")
        strict = table.get("warnings-as-errors", False)
        if not isinstance(strict, bool):
            raise ValueError("warnings-as-errors: true or false is wanted")
        per_file = table.get("per-file-ignores", {})
        if not isinstance(per_file, dict):
            raise ValueError("per-file-ignores: a table of lists of codes is wanted")
        return ProjectSettings(
            folder,
            _strings("include", table.get("include", [])),
            _strings("exclude", table.get("exclude", [])),
            codes(_strings("select", table.get("select", [])), "select"),
            codes(_strings("ignore", table.get("ignore", [])), "ignore"),
            tuple(
                (pattern, codes(_strings(f"per-file-ignores.{pattern}", listed), pattern))
                for pattern, listed in per_file.items()
            ),
            layers if isinstance(layers, int) else None,
            strict,
            _baselines(folder, table.get("baseline", [])),
        )
    except ValueError as error:
        raise UserError(f"{path}: {error}") from None


def _strings(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{name}: a list of strings is wanted")
    return tuple(value)


def _baselines(folder: Path, value: object) -> tuple[Path, ...]:
    """The paths of baselines: what a project says names nothing outside it."""
    if isinstance(value, str):
        value = [value]
    elif not isinstance(value, list):
        raise ValueError("baseline: a path or a list of paths is wanted")
    found: list[Path] = []
    for name in _strings("baseline", value):
        path = Path(os.path.normpath(folder / name))
        if not name or "\0" in name or path == folder or not inside(resolved(path), folder):
            raise ValueError(f"baseline: `{name}` is no file of the project")
        found.append(Path(from_here(path)))
    return tuple(found)
