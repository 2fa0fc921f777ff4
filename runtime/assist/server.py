"""The tools as a server of the Model Context Protocol, on standard input and output."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from ...dsl.diagnostics.errors import NetcError
from ...dsl.version import __version__
from ..errors import UserError
from .tools import TOOLS

P = ParamSpec("P")
R = TypeVar("R")

INSTRUCTIONS = """\
netc compiles neural networks that are written as text (.net files). Before you show a .net file,
`check` it; take its findings' help, or `fix`. `ops` has the arguments of every layer, `explain` a
page on every code. Shapes are channels last, [N, H, W, C]."""


def make_server() -> MCPServer:
    """A server that offers the tools."""
    server = MCPServer("netc", instructions=INSTRUCTIONS, version=__version__)
    for tool in TOOLS:
        server.add_tool(_refusing(tool))
    return server


def _refusing(tool: Callable[P, R]) -> Callable[P, R]:
    """A tool whose refusals are answers, and not faults of the server."""

    @wraps(tool)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return tool(*args, **kwargs)
        except (UserError, NetcError) as error:
            raise ToolError(str(error)) from None

    return call
