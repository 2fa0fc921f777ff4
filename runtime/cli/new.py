"""`netc new`: a first file, for a kind of task or from a net that was trained."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import click

from ...compiler.link.reach import project_root, resolved
from ...compiler.ops.base.kinds import show
from ...dsl.text.escape import terminal
from ..api.target import in_zoo, split_target
from ..errors import UserError
from ..files.write import write_text
from ..scaffold.kinds import KINDS
from ..scaffold.pictures import MOST, Found, look_at
from ..scaffold.transfer import Case, Wanted, transfer_file
from .common import load_net
from .say import say

FEW = 1000
"""Pictures a class; with fewer a data set counts as small."""


TABLES = ("text", "mlp")
"""Kinds that can be made of a table."""
LEAST = 2
"""Classes that a net can tell apart."""


@click.command("new")
@click.argument("kind", type=click.Choice([*KINDS, "transfer"]))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="By default KIND.net."
)
@click.option("--from", "origin", metavar="FILE:NET", help="The net to begin with: zoo.vgg:VGG16.")
@click.option("--classes", type=click.IntRange(LEAST), help="How many classes the new data have.")
@click.option(
    "--data",
    metavar="small|large|FILE.csv",
    help="transfer: how many pictures there are. text, mlp: the table that is looked at.",
)
@click.option(
    "--text", metavar="COLUMN", help="text: the column of text, where the guess is wrong."
)
@click.option("--label", metavar="COLUMN", help="text, mlp: that of the labels.")
@click.option(
    "--similar", type=click.Choice(["yes", "no"]), help="Whether they are like those of the net."
)
@click.option(
    "--images",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="The pictures, a folder a class: they are counted, and the case is proposed.",
)
@click.option("--weights", metavar="FILE", help="The trained weights, from the new file's folder.")
def command(
    kind: str,
    output: Path | None,
    origin: str | None,
    classes: int | None,
    data: str | None,
    text: str | None,
    label: str | None,
    similar: str | None,
    images: Path | None,
    weights: str | None,
) -> int:
    """Write a first file with a net, a recipe and comments; what exists is never written over.

    KIND is mlp, cnn, text, unet or autoencoder, or transfer: a net that fits a trained one to data
    of your own, by how many those are and how like what it was trained on. mlp and text take a
    table, --data FILE.csv, and fit its columns.
    """
    path = output or Path(f"{kind}.net")
    if path.suffix != ".net":
        raise click.UsageError(f"-o names a .net file, got {path}")
    if path.exists() or path.is_symlink():
        raise UserError(f"{path} exists; nothing is written over. Choose another name with -o")
    notes: list[str] = []
    table = data if kind in TABLES else None
    _check_options(
        kind,
        {
            "--from": origin,
            "--classes": classes,
            "--data": None if table else data,
            "--similar": similar,
            "--images": images,
            "--weights": weights,
        },
        {"--text": text, "--label": label},
        table,
    )
    if table is not None:
        made, notes = _of_table(kind, path, Path(table), text, label)
    elif kind != "transfer":
        made = KINDS[kind]
    else:
        if origin is None:
            raise click.UsageError("transfer needs --from, such as --from zoo.vgg:VGG16")
        made, notes = _transfer(path, origin, classes, data, similar, images, weights)
    write_text(path, made)
    for note in notes:
        say(terminal(note))
    say(terminal(f"wrote {path}; look at it, then: netc check {path}, netc train {path}"))
    return 0


def _check_options(
    kind: str,
    of_transfer: Mapping[str, object],
    of_tables: Mapping[str, object],
    table: str | None,
) -> None:
    """Raises click.UsageError for an option that the kind does not take."""
    if kind != "transfer":
        for option, value in of_transfer.items():
            if value is not None:
                more = ", and with a table of `netc new text` and `mlp`" * (option == "--data")
                raise click.UsageError(f"{option} is an option of `netc new transfer`{more}")
    elif of_transfer["--data"] not in (None, "small", "large"):
        raise click.UsageError(f"--data of transfer is small or large, not {of_transfer['--data']}")
    for option, value in of_tables.items():
        if value is None:
            continue
        if kind not in TABLES or (option == "--text" and kind != "text"):
            owner = "text" if option == "--text" else "text` and `mlp"
            raise click.UsageError(f"{option} is an option of `netc new {owner}`")
        if table is None:
            raise click.UsageError(f"{option} is about a table: --data FILE.csv")


def _of_table(
    kind: str, path: Path, table: Path, text: str | None, label: str | None
) -> tuple[str, list[str]]:
    """The text of a file that fits a table, and what was guessed. Raises UserError."""
    from ..scaffold.from_table import mlp_file, text_file
    from ..scaffold.table import TableLook

    look = TableLook(table)
    data = _from(path, table, "--data")
    made = text_file(look, data, text, label) if kind == "text" else mlp_file(look, data, label)
    columns = f"{len(look.table.columns)} columns"
    return made, [f"{table}: {len(look):,} rows of {columns}", *look.notes]


def _transfer(
    path: Path,
    origin: str,
    classes: int | None,
    data: str | None,
    similar: str | None,
    images: Path | None,
    weights: str | None,
) -> tuple[str, list[str]]:
    """The text of a transfer file, and what is said beside it."""
    net, _ = load_net(origin, {})
    found = None if images is None else look_at(images)
    if classes is None and found is None:
        raise click.UsageError("transfer needs --classes, or --images, which has a folder for each")
    if data is None and found is None:
        raise click.UsageError("transfer needs --data small or large, or --images to count")
    if classes is None and found is not None and len(found.classes) < LEAST:
        raise UserError(
            f"{images}: holds pictures of one class, {found.classes[0]}; a net tells at least two "
            "apart"
        )
    large = data == "large" if found is None or data is not None else found.each >= FEW
    alike = similar != "no" if found is None or similar is not None else not found.gray
    case = Case(large, alike)
    wanted = Wanted(
        net,
        _import(path, origin),
        classes if classes is not None else len(found.classes) if found is not None else 2,
        case,
        weights=weights or "",
    )
    if found is None or images is None:
        notes = [] if similar else ["taken to be similar; otherwise say --similar no"]
        return transfer_file(wanted), notes
    why = _why(found, case, data, similar)
    place = _from(path, images, "--images")
    named = Wanted(
        net,
        wanted.origin,
        wanted.classes,
        case,
        why[0],
        _joined(place, found.train),
        [(part, _joined(place, name)) for part, name in found.parts],
        weights or "",
    )
    return transfer_file(named), [*why, f"case {case.number} of 4: {case.name.replace('_', ', ')}"]


def _why(found: Found, case: Case, data: str | None, similar: str | None) -> list[str]:
    """What speaks for a case; the first line goes into the file, too."""
    more = "at least " if found.pictures == MOST else ""
    counted = f"{more}{found.pictures:,} pictures of {len(found.classes)} classes"
    limit = f"{'not fewer' if found.each >= FEW else 'fewer'} than {FEW:,} a class"
    size = "large" if case.large else "small"
    lines = [f"{counted}, {limit}: {'by --data, ' if data else ''}{size}."]
    if similar is None and found.gray:
        lines.append("none looked into has colours, unlike photographs: taken to be different")
    elif similar is None:
        lines.append("taken to be similar; where they are no photographs, say --similar no")
    return lines


def _import(path: Path, origin: str) -> str:
    """What stands behind `from` in the new file. Raises UserError where it may not be imported."""
    source, _ = split_target(origin)
    full = resolved(source)
    if (zoo := in_zoo(full)) is not None:
        return zoo
    if not full.is_relative_to(project_root(path)):
        raise UserError(f"{source} is outside the project of {path}; imports stay inside it")
    return show(f"./{Path(os.path.relpath(full, resolved(path).parent)).as_posix()}")


def _from(path: Path, given: Path, option: str) -> str:
    """A folder or table as the new file names it. Raises UserError where it leaves the project."""
    full = resolved(given)
    if not full.is_relative_to(project_root(path)):
        raise UserError(
            f"{given} is outside the project of {path}; recipes read nothing there. Move it, or "
            f"leave out {option} and give --data to netc train"
        )
    return Path(os.path.relpath(full, resolved(path).parent)).as_posix()


def _joined(place: str, name: str) -> str:
    return place if name == "." else f"{place}/{name}"
