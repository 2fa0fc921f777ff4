"""`netc lsp`: the language server, on standard input and output."""

from __future__ import annotations

import click

from ..errors import UserError


@click.command("lsp")
@click.option("--stdio", is_flag=True, hidden=True, help="What editors add, and is so anyway.")
def command(stdio: bool) -> int:
    """Answer an editor: findings while typing, hovers, completion, renames, shapes, fixes.

    Speaks the Language Server Protocol on standard input and output.
    """
    try:
        import pygls as _pygls
    except ImportError:
        raise UserError("the language server needs pygls: `pip install 'netc[lsp]'`") from None
    from ..lsp.server import make_server

    del _pygls, stdio
    make_server().start_io()
    return 0
