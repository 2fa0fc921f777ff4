"""What the playground's page asks of netc: one text at a time, everything else is plain data.

The page runs this on Pyodide; nothing here is of a browser. Places are counted in UTF-16 units from
the start of the text, as JavaScript does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from ...compiler.check import Analysis, check_files
from ...compiler.cost.costs import net_costs
from ...compiler.ir.graph import CheckedGraph
from ...compiler.outline.outline import outline
from ...compiler.prove import Checked, mended, proved
from ...compiler.shapes.dims import DimTooComplex
from ...dsl.diagnostics.diagnostic import Diagnostic
from ...dsl.diagnostics.errors import NetcError
from ...dsl.diagnostics.render.order import in_order
from ...dsl.diagnostics.render.text import render_text
from ...dsl.format.file import format_file
from ...dsl.syntax.parse import parse
from ...dsl.text.source import Source, Span
from ..errors import UserError
from ..picture.faces import Colour
from ..picture.folding import opened
from ..picture.live import page
from ..picture.scene import scene

MOST_LAYERS = 100_000
NONE: Mapping[str, str] = MappingProxyType({})


class Playground:
    """A folder of nets, and the text in the place of one of its files that is looked at now."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "playground.net"
        self._text = ""
        self._beside: dict[Path, str] = {}
        self._analysis = Analysis()

    def examples(self) -> list[str]:
        """The nets of the folder."""
        return sorted(path.name for path in self._folder.glob("*.net"))

    def example(self, name: str) -> str:
        """The text of one of them. Raises UserError where there is none."""
        if name not in self.examples():
            raise UserError(f"there is no example `{name}`")
        return (self._folder / name).read_text(encoding="utf-8")

    def check(
        self, text: str, name: str = "playground.net", files: Mapping[str, str] = NONE
    ) -> dict[str, object]:
        """The findings in a text that is called `name`, and its nets that are without fault.

        `files` are texts that it can import from beside it, by their names.
        """
        self._path = self._folder / Path(name).name
        self._beside = {self._folder / Path(each).name: held for each, held in files.items()}
        self._text = text
        self._analysis = self._check(text, None)
        found = in_order(self._analysis.diagnostics)
        return {
            "failed": self._analysis.failed,
            "nets": [net.name for net in self._analysis.nets if net.graph is not None],
            "findings": [self._finding(one) for one in found],
            "text": render_text(found, color=False),
        }

    def fixes(self) -> list[list[dict[str, object]] | None]:
        """For each finding of the last check, in order, the edits that are proved to mend it."""
        shown = self._analysis.files[0]
        found = proved(in_order(self._analysis.diagnostics), shown, self._again)
        return [
            None
            if one.fix is None or one.fix.unsafe or one.fix.span.source.path != shown
            else [
                {"from": self._at(start), "to": self._at(stop), "insert": new}
                for start, stop, new in sorted(one.fix.edits)
            ]
            for one in found
        ]

    def mend(self) -> str:
        """The text with every fix that is proved."""
        text, _ = mended(self._analysis.files[0], self._text, self._again)
        return text

    def format(self) -> str:
        """The text in the one formatting. Raises DiagnosticError where it cannot be parsed."""
        return format_file(parse(Source(self._analysis.files[0], self._text)))

    def summary(self, net: str) -> dict[str, object]:
        """The layer table of a net. Raises UserError where the net is at fault."""
        try:
            report = net_costs(self._graph(net))
        except DimTooComplex as error:
            raise UserError(f"the costs of `{net}` come to {error}") from None
        table = report.table()
        return {
            "title": table.title,
            "headings": list(table.headings),
            "rows": [list(row) for row in table.rows],
            "below": [list(line) for line in table.below],
            "text": str(report),
        }

    def graph(self, net: str, colour: str = "kind") -> str:
        """A page that shows a net. Raises UserError where the net is at fault."""
        made = scene(outline(self._graph(net)))
        return page(made, opened(made.root), Colour(colour))

    def _check(self, text: str, most_work: int | None) -> Analysis:
        return check_files(
            [self._path],
            overlay={**self._beside, self._path: text},
            max_layers=MOST_LAYERS,
            most_work=most_work,
            keep_going=True,
        )

    def _again(self, text: str, most_work: int | None) -> Checked:
        found = self._check(text, most_work)
        return Checked(found.diagnostics, found.work)

    def _graph(self, net: str) -> CheckedGraph:
        for each in self._analysis.nets:
            if each.name == net and each.graph is not None:
                return each.graph
        raise UserError(f"there is no net `{net}` without fault")

    def _finding(self, finding: Diagnostic) -> dict[str, object]:
        return {
            "code": finding.code.id,
            "severity": finding.severity,
            "message": finding.message,
            "label": finding.label,
            "help": finding.help or "",
            **self._place(finding.span),
            "related": [
                {"message": one.message, **self._place(one.span)} for one in finding.related
            ],
        }

    def _place(self, span: Span) -> dict[str, object]:
        own = span.source.path in self._analysis.files
        return {
            "file": span.source.path,
            "line": span.line,
            "from": self._at(span.start) if own else None,
            "to": self._at(span.end) if own else None,
        }

    def _at(self, offset: int) -> int:
        return len(self._text[:offset].encode("utf-16-le", "surrogatepass")) // 2


def call(folder: Path) -> Callable[[str, list[object]], object]:
    """A function that takes what is wanted and with what, and answers with plain data.

    What a person got wrong is an answer, too: `{"refused": why}`.
    """
    playground = Playground(folder)
    verbs: dict[str, Callable[..., object]] = {
        "examples": playground.examples,
        "example": playground.example,
        "check": playground.check,
        "fixes": playground.fixes,
        "mend": playground.mend,
        "format": playground.format,
        "summary": playground.summary,
        "graph": playground.graph,
    }

    def answer(verb: str, given: list[object]) -> object:
        try:
            return verbs[verb](*given)
        except (UserError, NetcError) as error:
            return {"refused": str(error)}

    return answer
