"""`netc mcp`: netc's tools for assistants, on standard input and output."""

from __future__ import annotations

from importlib.util import find_spec

import click

from ..errors import UserError


@click.command("mcp")
def command() -> int:
    """Offer check, summary, explain, ops, fix, diff and graph to an assistant.

    Speaks the Model Context Protocol on standard input and output. Reads below the working folder
    alone, and writes nothing.
    """
    if find_spec("mcp") is None:
        raise UserError("this needs the protocol's SDK: `pip install 'netc[mcp]'`")
    from ..assist.server import make_server

    make_server().run()
    return 0
