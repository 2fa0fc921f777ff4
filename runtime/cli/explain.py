"""`netc explain`: a diagnostic's long text."""

from __future__ import annotations

import click

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.pages import page
from ...dsl.diagnostics.suggest import did_you_mean
from ..errors import UserError
from .common import format_option
from .say import say, say_json


@click.command("explain")
@click.argument("code", required=False)
@format_option
def command(code: str | None, form: str) -> int:
    """Explain a code such as NET0301; without one, list them all."""
    if code is None:
        if form == "json":
            say_json([_described(each) for each in Code])
            return 0
        for each in Code:
            say(f"{each.id}  {each.severity:7}  {each.title}")
        return 0
    known = {each.id: each for each in Code}
    wanted = code.upper() if code.upper().startswith("NET") else f"NET{code.zfill(4)}"
    if wanted not in known:
        begun = [each for each in known if each.startswith(code.upper())]
        hint = f"so begin {', '.join(begun)}" if begun else did_you_mean(wanted, known)
        raise UserError(f"there is no code `{code}`. {hint}".strip())
    if form == "json":
        say_json(_described(known[wanted]))
        return 0
    say(page(wanted).removesuffix("\n"))
    return 0


def _described(code: Code) -> dict[str, object]:
    from ...compiler.reference.described import code_json  # reads operators, which text needs not

    return code_json(code)
