"""What an assistant can ask of netc: seven functions, each with plain arguments and results.

A net is given as `text`, or as a `path` below the working folder. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...compiler.check import Analysis, check_files
from ...compiler.cost.costs import net_costs
from ...compiler.ir.graph import CheckedGraph
from ...compiler.outline.outline import outline
from ...compiler.prove import Check, mended, proved
from ...compiler.reference.described import code_json, objects_json, operators_json
from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.render.json import diagnostic_json
from ...dsl.diagnostics.render.order import in_order
from ...dsl.diagnostics.render.text import render_text
from ...dsl.diagnostics.suggest import did_you_mean
from ...dsl.record import record
from ..api.choose import only_net
from ..api.diff_json import net_json
from ..api.summary_json import as_json
from ..api.texts import check_of
from ..api.versions import compared, read_sides
from ..errors import UserError
from ..picture.folding import opened
from ..picture.mermaid import mermaid
from ..picture.scene import scene
from ..picture.svg import svg

NAME = "given.net"
"""What messages call a text that has no path."""
MOST_LAYERS = 100_000


@record
class Given:
    """A net's file: where it stands, or would stand, and its text."""

    path: Path
    text: str

    @property
    def overlay(self) -> Mapping[Path, str]:
        """The text in the place of the file's."""
        return {self.path: self.text}


def given(text: str, path: str) -> Given:
    """The file that a call is about. Raises UserError for neither or a path outside."""
    here = Path.cwd().resolve()
    full = (here / (path or NAME)).resolve()
    if not full.is_relative_to(here):
        raise UserError(f"`{path}` is outside of {here}, where this server reads")
    if text:
        return Given(full, text)
    if not path:
        raise UserError("give the `text` of a .net file, or its `path`")
    if full.suffix != ".net":
        raise UserError(f"`{path}` is no .net file")
    try:
        return Given(full, full.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read `{path}`: {error}") from None


def check(text: str = "", path: str = "") -> dict[str, object]:
    """Check a .net file: shapes, types, names, parameter counts, recipes.

    Gives every finding with its place, its cause, a help and, where one is proved, a fix as an
    edit; and the same as text. No finding means that the file is right.
    """
    file = given(text, path)
    analysis = _check(file)
    found = in_order(proved(analysis.diagnostics, analysis.files[0], _again(file)))
    return {
        "failed": analysis.failed,
        "nets": [net.name for net in analysis.nets],
        "findings": [diagnostic_json(one) for one in found],
        "text": render_text(found, color=False),
    }


def summary(text: str = "", path: str = "", net: str = "") -> dict[str, object]:
    """The layer table of a net: shapes, parameters, FLOPs, receptive fields, totals."""
    file = given(text, path)
    return as_json(net_costs(_graph(file, net)))


def explain(code: str) -> dict[str, object]:
    """What a diagnostic code such as NET0301 means, with a wrong and a right example."""
    known = {each.id: each for each in Code}
    wanted = code.strip().upper()
    if wanted not in known:
        raise UserError(f"there is no code `{code}`. {did_you_mean(wanted, known)}".strip())
    return code_json(known[wanted])


def ops(name: str = "") -> list[dict[str, object]]:
    """Layers, losses, optimizers and what else can be called, with arguments and examples.

    Without a name: the names, families and calls of all.
    """
    found = [*operators_json(), *objects_json()]
    if not name:
        return [{key: each[key] for key in ("name", "family", "signature")} for each in found]
    named = [each for each in found if str(each["name"]).lower() == name.lower()]
    if not named:
        hint = did_you_mean(name, [str(each["name"]) for each in found])
        raise UserError(f"nothing is called `{name}`. {hint}".strip())
    return named


def fix(text: str = "", path: str = "") -> dict[str, object]:
    """Apply the fixes of a .net file that are proved to help; the new text, and what is left."""
    file = given(text, path)
    new, count = mended(_check(file).files[0], file.text, _again(file))
    left = _check(Given(file.path, new))
    return {
        "text": new,
        "applied": count,
        "left": [diagnostic_json(one) for one in in_order(left.diagnostics)],
    }


def diff(old: str, new: str) -> list[dict[str, object]]:
    """What changed between two versions of a net, and which weights of an old checkpoint load.

    `old` and `new` are FILE, FILE:NET or, of a git repository, REVISION:FILE.
    """
    for side in (old, new):
        if Path(side).is_absolute() or ".." in Path(side).parts:
            raise UserError(f"`{side}` is outside of {Path.cwd()}, where this server reads")
    return [net_json(each) for each in compared(*read_sides(old, new, {}))]


def graph(text: str = "", path: str = "", net: str = "", kind: str = "mermaid") -> str:
    """A picture of a net: `mermaid` text, or `svg`."""
    if kind not in ("mermaid", "svg"):
        raise UserError(f"a graph is drawn as mermaid or svg, not as {kind}")
    made = scene(outline(_graph(given(text, path), net)))
    draw = mermaid if kind == "mermaid" else svg
    return draw(made, opened(made.root))


TOOLS = (check, summary, explain, ops, fix, diff, graph)


def _check(file: Given) -> Analysis:
    return check_files([file.path], overlay=file.overlay, max_layers=MOST_LAYERS, keep_going=True)


def _again(file: Given) -> Check:
    """Checks other texts in the place of a file's."""
    return check_of(file.path, {}, MOST_LAYERS)


def _graph(file: Given, net: str) -> CheckedGraph:
    analysis = check_files(
        [file.path], overlay=file.overlay, net=net or None, max_layers=MOST_LAYERS
    )
    if analysis.failed:
        raise UserError(render_text(in_order(analysis.diagnostics), color=False))
    chosen = only_net(analysis, file.path, net or None, before="")
    assert chosen.graph is not None
    return chosen.graph
