"""`%%net`: a cell of a notebook as a `.net` file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ...compiler.check import Analysis, check_files
from ...dsl.diagnostics.diagnostic import DiagnosticError
from ...dsl.diagnostics.render.text import render_text
from ...dsl.record import record
from ...dsl.text.escape import markup
from ..api.net import LoadedNet
from ..errors import UserError

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class Shell(Protocol):
    """What is used of IPython's shell."""

    user_ns: dict[str, object]
    execution_count: int

    def register_magic_function(
        self, func: Callable[[str, str], object], magic_kind: str, magic_name: str
    ) -> None:
        """Makes a function a magic of that name."""


class CellFault(DiagnosticError):
    """A cell at fault: stops the notebook, and shows its findings and no traceback."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback."""
        return [render_text(self.diagnostics, color=True)]


class CellMistake(UserError):
    """A `%%net` line that cannot be read, in one line."""

    def _render_traceback_(self) -> list[str]:
        return [f"error: {self}"]


@record
class CellNets:
    """What a cell came to: its nets, and what the check has to say."""

    nets: tuple[LoadedNet, ...]
    analysis: Analysis

    def __repr__(self) -> str:
        found = [str(self.analysis)] if self.analysis.diagnostics else []
        return "\n".join([*found, *map(repr, self.nets)]) or repr(self.analysis)

    def _repr_html_(self) -> str:
        found = self.analysis._repr_html_() if self.analysis.diagnostics else ""
        return found + "".join(f"<h4>{markup(n.name)}</h4>{n._repr_html_()}" for n in self.nets)


class NetMagic:
    """The magic of one notebook, with the cells that were given names."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self._named: dict[str, str] = {}

    def net(self, line: str, cell: str) -> CellNets:
        """Checks a cell, puts its nets into the notebook's namespace, and shows them.

        `%%net NAME` gives the cell a name, by which later cells import its nets:
        `from "./NAME.net" import …`. Files of the working folder are there, too. Raises CellFault
        with every finding where the cell is at fault: then nothing is defined.
        """
        name = line.strip()
        if name and _NAME.fullmatch(name) is None:
            raise CellMistake(f"%%net takes a name for the cell or nothing, got `{line.strip()}`")
        folder = Path.cwd()
        path = folder / f"{name or f'cell_{self.shell.execution_count}'}.net"
        others = {folder / f"{other}.net": text for other, text in self._named.items()}
        analysis = check_files([path], overlay={**others, path: cell})
        found = tuple(analysis.diagnostics)
        if analysis.failed:
            raise CellFault(found)
        nets = tuple(
            LoadedNet(
                net.graph, found, recipes=tuple(r for r in analysis.recipes if r.net == net.name)
            )
            for net in analysis.nets
            if net.graph is not None
        )
        if name:
            self._named[name] = cell
        self.shell.user_ns.update({net.name: net for net in nets})
        return CellNets(nets, analysis)


def load_ipython_extension(shell: Shell) -> None:
    """What `%load_ext netc` calls: registers `%%net`."""
    shell.register_magic_function(NetMagic(shell).net, "cell", "net")
