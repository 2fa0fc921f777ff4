"""`python -m netc.runtime.ci.compare`: what a pull request changes about nets, as Markdown.

Both revisions are read from git's objects: nothing of the pull request has to be checked out, and
nothing in it runs.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from ...dsl.text.escape import markdown, markdown_code
from ..cli import execute
from ..cli.project import ProjectSettings, project_settings
from ..cli.say import say
from ..errors import UserError
from ..files.revision import OBJECT, Revision, read_revision
from ..files.write import write_text
from .changes import Changes, changes_of

LONGEST = 60_000
"""The characters of a comment; GitHub takes 65,536."""

MOST = 50
"""The files that are compared; the others are listed."""

_ID = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_NET = re.compile(rb"^[ \t]*net\b", re.MULTILINE)
_FAILED = re.compile(r"^\*\*Failed\*\*$", re.MULTILINE)


def marker(name: str) -> str:
    """The first line of a comment, by which it is found again. Raises UserError for an odd name."""
    if not _ID.fullmatch(name):
        raise UserError("the id of a comment is made of letters, digits and `_`, `.`, `-`")
    return f"<!-- netc {name} -->"


@click.command()
@click.option("--base", required=True)
@click.option("--head", required=True)
@click.option("--paths", default="", help="Files and folders, one a line; all without them.")
@click.option("--fail-if", "conditions", default="", help="As of netc diff, one a line.")
@click.option("--id", "name", default="netc", help="What the comment is found by.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
def command(base: str, head: str, paths: str, conditions: str, name: str, output: Path) -> int:
    """Write the comparison of two revisions; 1 where a condition fails."""
    first = marker(name)
    old, new = read_revision(base), read_revision(head)
    wanted = Wanted(_below(new.top, _lines(paths)), project_settings(), new.top)
    body, failed = compared(old, new, wanted, _lines(conditions))
    write_text(output, f"{first}\n{body}\n")
    say(f"compared {head} with {base}", err=True)
    return 1 if failed else 0


@dataclass(frozen=True)
class Wanted:
    """The files that are compared: below some paths, and not left out by the project."""

    below: tuple[str, ...]
    settings: ProjectSettings
    top: Path

    def of(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Those of some paths."""
        return tuple(path for path in paths if self._takes(path))

    def _takes(self, path: str) -> bool:
        inside = any(each in (".", path) or path.startswith(f"{each}/") for each in self.below)
        return inside and self.settings.takes(self.top / path)


def _below(top: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """Paths of the working folder, as seen from the top of the repository."""
    here = Path.cwd().resolve()
    full = [Path(os.path.normpath(here / path)) for path in paths or ["."]]
    return tuple(path.relative_to(top).as_posix() for path in full if path.is_relative_to(top))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def compared(
    old: Revision, new: Revision, wanted: Wanted, conditions: Sequence[str]
) -> tuple[str, bool]:
    """The Markdown of a comparison, and whether a condition fails.

    Raises UserError for a condition that is none.
    """
    found = changes_of(old, new)
    found = Changes(
        wanted.of(found.compared),
        wanted.of(found.added),
        wanted.of(found.removed),
        tuple(pair for pair in found.renamed if wanted.of(pair)),
    )
    pairs = [*found.renamed, *((path, path) for path in found.compared)]
    if not found:
        return "No net changes here.", False
    parts: list[str] = []
    failed = False
    with _apart(new.top):
        for pair in pairs[:MOST]:
            sides = tuple(zip((old, new), pair, strict=True))
            if not any(_NET.search(side[side.root / path]) for side, path in sides):
                continue
            text, fails = _diff(sides, conditions)
            failed |= fails
            title = " → ".join(map(markdown_code, dict.fromkeys(pair)))
            parts.append(f"#### {title}\n\n{text}")
    ends = [_listed("Added", found.added), _listed("Removed", found.removed)]
    left = [path for _, path in pairs[MOST:]]
    ends.append(_listed("Not compared, as there are so many", left))
    return _cut(parts, [end for end in ends if end], failed), failed


@contextmanager
def _apart(top: Path) -> Iterator[None]:
    """A folder with the repository's objects and no files.

    A file of the working tree could be called as a revision and its file are.
    """
    objects = top / ".git"
    if objects.is_file():
        # Where the tree is one of several of a repository, this says where the others are.
        written = objects.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        objects = top / written
    with TemporaryDirectory() as folder:
        (Path(folder) / ".git").write_text(f"gitdir: {objects.resolve()}\n", encoding="utf-8")
        with chdir(folder):
            yield


def _diff(sides: Sequence[tuple[Revision, str]], conditions: Sequence[str]) -> tuple[str, bool]:
    """What `netc diff` says of a file of two revisions, and whether a condition fails."""
    options = [word for condition in conditions for word in ("--fail-if", condition)]
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        names = [f"{_short(each.name)}:{path}" for each, path in sides]
        status = execute(["diff", "--format", "markdown", *options, *names])
    if status > 1:
        raise UserError(err.getvalue().strip().splitlines()[-1])
    text = out.getvalue().strip()
    if status and not text:
        return markdown(" ".join(err.getvalue().split())), False
    return text, bool(_FAILED.search(text))


def _short(name: str) -> str:
    """The name of a revision as a person reads it."""
    return name[:12] if OBJECT.fullmatch(name) else name


def _listed(title: str, paths: Sequence[str]) -> str:
    shown = ", ".join(map(markdown_code, paths[:MOST]))
    more = f" and {len(paths) - MOST} more" if len(paths) > MOST else ""
    return f"{title}: {shown}{more}." if paths else ""


def _cut(parts: Sequence[str], ends: Sequence[str], failed: bool) -> str:
    """The whole comment: as many parts as fit, whole ones alone."""
    head = "### What changes about nets" + (" — a condition fails" if failed else "")
    tail = [end if len(end) < LONGEST // 10 else f"{end.partition(':')[0]}: many." for end in ends]
    room = LONGEST - sum(map(len, tail)) - 500
    kept: list[str] = []
    for part in parts:
        room -= len(part) + 2
        if room < 0:
            break
        kept.append(part)
    if len(kept) < len(parts):
        tail.append(f"{len(parts) - len(kept)} of {len(parts)} files do not fit here.")
    return "\n\n".join([head, *kept, *tail])


def main() -> int:
    """Runs it as a program."""
    return execute(sys.argv[1:], command)


if __name__ == "__main__":
    sys.exit(main())
